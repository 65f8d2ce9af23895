//! One file per rule: which causes it sees.

pub(crate) mod array_lost;
pub(crate) mod controller_lost;
pub(crate) mod host_lost;
pub(crate) mod link_lost;
pub(crate) mod production_lost;
pub(crate) mod room_lost;
pub(crate) mod storage_layer_lost;
pub(crate) mod storage_side_lost;
pub(crate) mod vm_lost;

use model::incident::Cause;
use model::observation::{Status, Target};

use crate::judge::{Grounds, Judge};

/// A cause that a rule sees, and on what grounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) cause: Cause,
    pub(crate) grounds: Grounds,
}

/// Whether somebody alive had an answer from the device itself, whatever it said.
pub(crate) fn answers(judge: &Judge<'_>, target: &Target) -> bool {
    judge.sights(target).iter().any(|sight| sight.status != Status::Unknown)
}
