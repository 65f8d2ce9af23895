//! What will happen, in order of time; together, in the order in which it was planned.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use model::era::Token;
use model::id::{HostId, RunId};

use super::file::Struck;

/// What will happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// Something dies.
    Strikes(Struck),
    /// Another controller leads.
    Leads,
    /// Two rooms have told that it is silent.
    Silent(Struck),
    /// The storage layer serves the side that is left.
    Elected,
    /// The leader looks whether a verdict or a run is due.
    Look,
    /// An agent has withheld its promises from a host.
    Withheld { host: HostId, token: Token },
    /// A rung proves.
    Proved { host: HostId, token: Token, by_lease: Option<HostId> },
    /// The order of an attempt ended without effect.
    OrderFailed { run: RunId, item: usize, attempt: u32 },
    /// A probe tells that the guest of a start executes.
    Booted { run: RunId, item: usize, attempt: u32 },
    /// The time of an attempt is over.
    TimedOut { run: RunId, item: usize, attempt: u32 },
    /// Nobody saw what became of an attempt for as long again.
    Patience { run: RunId, item: usize, attempt: u32 },
    /// The pause between two attempts is over.
    Rested { run: RunId },
    /// What was to be seen of a step that only looks is seen.
    Seen { run: RunId, item: usize, attempt: u32 },
    /// Users of a service are served, if nothing has died since.
    Serves { service: usize, life: u32 },
}

#[derive(Debug, PartialEq, Eq)]
struct Planned {
    at: u64,
    number: u64,
    event: Event,
}

impl Ord for Planned {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

impl PartialOrd for Planned {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The queue.
#[derive(Debug, Default)]
pub(super) struct Queue {
    heap: BinaryHeap<Reverse<Planned>>,
    number: u64,
}

impl Queue {
    /// It happens at this millisecond.
    pub(super) fn at(&mut self, at: u64, event: Event) {
        self.number += 1;
        self.heap.push(Reverse(Planned { at, number: self.number, event }));
    }

    /// What happens next, and when.
    pub(super) fn next(&mut self) -> Option<(u64, Event)> {
        self.heap.pop().map(|Reverse(planned)| (planned.at, planned.event))
    }
}
