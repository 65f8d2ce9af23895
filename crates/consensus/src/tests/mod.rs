//! Tests of the whole crate: the store alone, and real nodes in a seeded world.

#![allow(clippy::unwrap_used)]

mod chaos;
mod cluster;
mod damage;
mod eras;
mod grpc;
mod log_suite;
mod old_image;
mod replaced;
mod restart;
mod rooms;
mod snapshot;
mod stale_reads;
mod versions;

use model::era::Era;
use model::id::ControllerId;
use model::time::{LogTime, WallTime};
use state_machine::{Command, Entry};

use crate::disk::Identity;

/// The identity of a controller of the test cluster.
pub(crate) fn identity(controller: u64) -> Identity {
    Identity::first_era("clinic", ControllerId(controller))
}

/// An entry that can be told from all others.
pub(crate) fn entry(by: ControllerId, number: u64) -> Entry {
    Entry {
        era: Era(0),
        at: LogTime(number),
        wall: WallTime(number),
        by,
        person: None,
        command: Command::Paused { until: LogTime(number + 1), reason: format!("pause {number}") },
    }
}
