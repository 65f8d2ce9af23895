//! The moments of a recovery that people ask for.

use std::collections::BTreeMap;

/// A moment of a recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Milestone {
    /// The first verdict is committed.
    Verdict,
    /// The first run begins.
    RunBegins,
    /// The last fence is proved.
    Fenced,
    /// The first guest executes again.
    FirstVm,
    /// Half of the guests that are started execute.
    HalfOfVms,
    /// The last guest executes again.
    LastVm,
    /// The last service serves its users.
    LastService,
}

impl Milestone {
    /// As written in reports.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Verdict => "1 verdict",
            Self::RunBegins => "2 run begins",
            Self::Fenced => "3 last fence proved",
            Self::FirstVm => "4 first VM runs",
            Self::HalfOfVms => "5 half of the VMs run",
            Self::LastVm => "6 last VM runs",
            Self::LastService => "7 last service serves",
        }
    }
}

/// When each was reached, in milliseconds of the log.
#[derive(Clone, Debug, Default)]
pub(super) struct Milestones {
    reached: BTreeMap<Milestone, u64>,
    boots: Vec<u64>,
}

impl Milestones {
    /// The first time counts.
    pub(super) fn first(&mut self, milestone: Milestone, at: u64) {
        self.reached.entry(milestone).or_insert(at);
    }

    /// The last time counts.
    pub(super) fn last(&mut self, milestone: Milestone, at: u64) {
        self.reached.insert(milestone, at);
    }

    /// A guest executes again.
    pub(super) fn booted(&mut self, at: u64) {
        self.boots.push(at);
        self.first(Milestone::FirstVm, at);
        self.last(Milestone::LastVm, at);
    }

    /// All of them, in milliseconds since this moment.
    pub(super) fn since(mut self, begin: u64) -> Vec<(&'static str, u64)> {
        if let Some(half) = self.boots.len().checked_sub(1).map(|last| self.boots[last / 2]) {
            self.first(Milestone::HalfOfVms, half);
        }
        let reached = self.reached.iter();
        reached.map(|(milestone, at)| (milestone.as_str(), at.saturating_sub(begin))).collect()
    }
}
