use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::id::{HostId, LocationId};
use crate::text::Text;
use crate::units::Span;

/// What a spare is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpareKind {
    /// A machine into which the disks of the dead one are moved.
    Machine,
    /// A part that is fitted into the dead machine: a motherboard, a power supply.
    Part,
}

/// A spare: the data come back as they were, because the disks are the same. It serves one machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spare {
    /// For people.
    pub title: Text,
    /// What it is.
    pub kind: SpareKind,
    /// The machines that it can stand in for.
    pub replaces: BTreeSet<HostId>,
    /// Where it is kept.
    pub at: LocationId,
    /// From the first call until it stands where it is needed.
    pub fetch: Span,
    /// To move the disks or fit the part, and to start.
    pub fit: Span,
}
