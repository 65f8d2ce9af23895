use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Measured;
use crate::id::LocationId;

/// A wide-area link: between sites, or between a site and a room. No controller votes over it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WideLink {
    /// Its two ends, two distinct locations.
    pub between: BTreeSet<LocationId>,
    /// What it carries.
    pub measured: Measured,
}
