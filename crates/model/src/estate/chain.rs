use serde::{Deserialize, Serialize};

use crate::id::ServiceId;
use crate::text::Text;

/// Services that hand the same data on, one to the next, and that several parties answer for. Who
/// answers for a link is the first of its service's contacts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    /// For people.
    pub title: Text,
    /// Its links, in the order in which the data passes.
    pub links: Vec<ServiceId>,
}
