//! What one exploration is bounded by, and the rule that it breaks, if any.

use lease::granter::Withheld;
use model::policy::LeasePolicy;
use model::units::Span;

use crate::state::Left;

/// A rule left out, at the edge of the real functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Broken {
    CountedFromReceipt,
    GrantedFromMemoryByADeposedLeader,
    ProofWhileAPromiseIsOpen,
    PromiseForgottenAtRestart,
    WithholdingForgottenAtRestart,
    NewHostNeverAsked,
    SetChangedWithoutConfirmation,
    EraCountedFromTheLastContact,
    ProofWithoutWithholding,
    GuardianForgets,
    NewLeaderCountsFromBefore,
    AddedControllerProves,
    FedAfterALongPause,
    RebootStartsItsGuests,
    OlderTokenAccepted,
}

/// The bounds of one exploration.
#[derive(Clone, Debug)]
pub(crate) struct Bounds {
    pub(crate) name: &'static str,
    pub(crate) policy: LeasePolicy,
    /// Steps of time.
    pub(crate) until: u64,
    pub(crate) hosts: usize,
    /// How many of the hosts hold a lease and run a VM.
    pub(crate) holders: usize,
    /// The last host joins later.
    pub(crate) last_is_added: bool,
    pub(crate) controllers: usize,
    pub(crate) voters: Vec<usize>,
    /// The guardians that the sets of the first grants name.
    pub(crate) named_guardians: Vec<usize>,
    pub(crate) stopped_at_first: Vec<usize>,
    pub(crate) first_leader: Option<usize>,
    /// The leader has granted nothing itself.
    pub(crate) knows_no_renewal: bool,
    pub(crate) an_old_order_is_on_its_way: bool,
    /// A survivor instead of a leader.
    pub(crate) survivor: bool,
    /// Messages may arrive twice.
    pub(crate) duplicates: bool,
    /// Clocks run at every combination of these rates, in halves.
    pub(crate) rates: Vec<u64>,
    pub(crate) left: Left,
    pub(crate) broken: Option<Broken>,
}

impl Bounds {
    pub(crate) fn is(&self, broken: Broken) -> bool {
        self.broken == Some(broken)
    }

    pub(crate) fn breaking(mut self, broken: Broken) -> Self {
        self.broken = Some(broken);
        self
    }

    /// For how long a host may be stopped between its clock and its watchdog.
    pub(crate) fn longest_pause(&self) -> u64 {
        let margin = self.policy.margin.as_millis();
        if self.is(Broken::FedAfterALongPause) { margin + 4 } else { margin }
    }

    /// What the judge of the rung is told of a withholding.
    pub(crate) fn told(&self, withheld: Withheld) -> Withheld {
        if self.is(Broken::ProofWhileAPromiseIsOpen) {
            return Withheld { promise_ends_in: Span::ZERO, ..withheld };
        }
        withheld
    }
}

/// Nothing may happen but time, fences, proofs and what is on its way.
pub(crate) const NOTHING: Left = Left {
    renewals: 0,
    asks: 0,
    leader_changes: 0,
    pauses: 0,
    reboots: 0,
    restarts: 0,
    stops: 0,
    additions: 0,
};

/// L = 2, W = 2, m = 1, T = `promise`, clocks of one rate.
fn policy(promise: u64) -> LeasePolicy {
    LeasePolicy {
        lease: Span::from_millis(2),
        watchdog: Span::from_millis(2),
        drift_ppm: 0,
        margin: Span::from_millis(1),
        promise: Span::from_millis(promise),
        renew_every: Span::from_millis(1),
    }
}

/// One holder, two givers, one leader; everything else is added by name.
fn plain(name: &'static str) -> Bounds {
    Bounds {
        name,
        policy: policy(6),
        until: 9,
        hosts: 3,
        holders: 1,
        last_is_added: false,
        controllers: 0,
        voters: vec![],
        named_guardians: vec![],
        stopped_at_first: vec![],
        first_leader: None,
        knows_no_renewal: false,
        an_old_order_is_on_its_way: false,
        survivor: false,
        duplicates: false,
        rates: vec![2],
        left: NOTHING,
        broken: None,
    }
}

/// A change of granter with renewals under way; messages may arrive twice.
pub(crate) fn change_of_granter() -> Bounds {
    let left = Left { renewals: 2, leader_changes: 1, ..NOTHING };
    Bounds { hosts: 2, left, duplicates: true, until: 8, ..plain("change of granter") }
}

/// Promises, withholding, and restarts of the agents that gave them.
pub(crate) fn promises() -> Bounds {
    let left = Left { asks: 1, restarts: 1, ..NOTHING };
    Bounds { left, until: 13, ..plain("promises and restarts") }
}

/// Three givers.
pub(crate) fn three_givers() -> Bounds {
    let left = Left { asks: 1, ..NOTHING };
    Bounds { hosts: 4, left, until: 9, ..plain("three givers") }
}

/// Two holders that give promises to each other.
pub(crate) fn two_holders() -> Bounds {
    let left = Left { asks: 2, ..NOTHING };
    Bounds { hosts: 2, holders: 2, left, until: 7, ..plain("two holders") }
}

/// Clocks of different rates, with a promise and a renewal.
pub(crate) fn drift() -> Bounds {
    let policy = LeasePolicy {
        lease: Span::from_millis(4),
        watchdog: Span::from_millis(2),
        drift_ppm: 500_000,
        margin: Span::from_millis(2),
        promise: Span::from_millis(4),
        renew_every: Span::from_millis(2),
    };
    let left = Left { renewals: 1, asks: 1, ..NOTHING };
    Bounds { policy, hosts: 2, rates: vec![2, 3], left, until: 12, ..plain("drift") }
}

/// A stop of the world between the clock and the watchdog, and a reboot.
pub(crate) fn pause_and_reboot() -> Bounds {
    let left = Left { renewals: 1, asks: 1, pauses: 1, reboots: 1, ..NOTHING };
    let policy = LeasePolicy { watchdog: Span::from_millis(4), ..policy(3) };
    Bounds { policy, hosts: 2, left, until: 9, ..plain("pause and reboot") }
}

/// A host is added while another lives on promises.
pub(crate) fn host_added() -> Bounds {
    let left = Left { renewals: 1, asks: 1, additions: 1, ..NOTHING };
    Bounds { last_is_added: true, left, until: 10, ..plain("a host is added") }
}

/// The host came back from an earlier fence; an order from before it is still on its way.
pub(crate) fn readmitted() -> Bounds {
    let left = Left { asks: 1, reboots: 1, ..NOTHING };
    Bounds {
        hosts: 2,
        an_old_order_is_on_its_way: true,
        left,
        until: 8,
        ..plain("after a re-admission")
    }
}

/// All three controllers stop; guardians keep the host alive; controllers start again.
pub(crate) fn guardians() -> Bounds {
    let left = Left { asks: 1, stops: 2, restarts: 1, leader_changes: 1, ..NOTHING };
    Bounds {
        policy: policy(4),
        hosts: 2,
        controllers: 3,
        voters: vec![0, 1, 2],
        named_guardians: vec![0, 1, 2],
        stopped_at_first: vec![2],
        first_leader: Some(0),
        left,
        until: 10,
        ..plain("guardians")
    }
}

/// The same with promises that last longer than the wait of a new leader.
pub(crate) fn guardians_for_long() -> Bounds {
    Bounds { policy: policy(7), until: 9, ..guardians() }
}

/// The third controller was replaced under a new id, and leads.
pub(crate) fn controller_replaced() -> Bounds {
    let left = Left { asks: 1, stops: 1, leader_changes: 1, ..NOTHING };
    Bounds {
        policy: policy(4),
        hosts: 2,
        controllers: 4,
        voters: vec![0, 1, 3],
        named_guardians: vec![0, 1, 2],
        stopped_at_first: vec![1, 2],
        first_leader: Some(3),
        knows_no_renewal: true,
        left,
        until: 8,
        ..plain("a controller is replaced")
    }
}

/// The rooms of the majority burn; a survivor opens an era.
pub(crate) fn era() -> Bounds {
    let left = Left { renewals: 2, asks: 1, restarts: 1, ..NOTHING };
    Bounds { hosts: 2, survivor: true, left, until: 9, ..plain("an era") }
}
