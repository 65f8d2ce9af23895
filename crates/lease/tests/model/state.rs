//! One state of the world: who runs, what is on its way, what is committed.

use std::collections::{BTreeMap, BTreeSet};

use lease::giver::{Giver, Record};
use lease::granter::{Granter, Renewal, Standing, Withheld};
use lease::guardian::{self, Guardian, GuardianSet};
use lease::holder::{Holder, Input, PromiseSet};
use lease::survivor::Wait;
use lease::tokens::Seen;
use model::era::{Epoch, Era, Token};
use model::id::{ControllerId, HostId, VmId};
use model::time::Monotonic;
use model::units::Span;

use crate::bounds::Bounds;

/// The epoch of the last admission before a run begins, of the fence order, and of what is started
/// after it.
pub(crate) const ADMITTED: Token = Token { era: Era(1), epoch: Epoch(3) };
pub(crate) const FENCE: Token = Token { era: Era(1), epoch: Epoch(4) };
pub(crate) const ELSEWHERE: Token = Token { era: Era(1), epoch: Epoch(5) };
/// An order from before the last admission, still on its way.
pub(crate) const LONG_AGO: Token = Token { era: Era(1), epoch: Epoch(1) };

/// A message on its way: it may arrive whenever, or never.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Message {
    Renewal { from: usize, sent_at: Monotonic, confirms: u64 },
    Round { from: usize, sent_at: Monotonic, confirms: u64, leader: usize, fenced: bool },
    Grant { to: usize, sent_at: Monotonic, set: PromiseSet, token: Token },
    Question { from: usize, to: usize, sent_at: Monotonic, vms_number: u64, token: Token },
    Promise { to: usize, by: usize, sent_at: Monotonic, lasts: Span, vms_number: u64 },
    Withhold { from: usize, by: usize },
    Withheld { from: usize, by: usize, ends_in: Span },
    AskGuardian { from: usize, of: usize, sent_at: Monotonic },
    GuardianPromise { to: usize, by: usize, sent_at: Monotonic, lasts: Span },
    Start { vm: usize, at: usize, token: Token },
}

/// A host with its agent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Host {
    pub(crate) holder: Holder,
    pub(crate) giver: Giver,
    pub(crate) seen: Seen,
    /// The VMs that execute here.
    pub(crate) runs: BTreeSet<usize>,
    /// By the watchdog's clock; none once it has fired.
    pub(crate) last_feed: Option<Monotonic>,
    /// It is stopped between reading its clock and feeding: since when.
    pub(crate) paused: Option<u64>,
}

/// A controller with its guardian.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Controller {
    pub(crate) runs: bool,
    pub(crate) guardian: Guardian,
}

/// What the log says of a host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Fence {
    pub(crate) ordered: bool,
    pub(crate) withheld: BTreeMap<usize, Withheld>,
    pub(crate) asked: BTreeSet<usize>,
    pub(crate) proved: bool,
    /// Where its VM was started after the proof.
    pub(crate) started_at: Option<usize>,
}

/// What may still happen.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Left {
    pub(crate) renewals: u8,
    pub(crate) asks: u8,
    pub(crate) leader_changes: u8,
    pub(crate) pauses: u8,
    pub(crate) reboots: u8,
    pub(crate) restarts: u8,
    pub(crate) stops: u8,
    pub(crate) additions: u8,
}

/// What was reached on the way here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Reached {
    pub(crate) lived_on_promises: bool,
    pub(crate) lived_on_guardians: bool,
    pub(crate) kept_against_an_order: bool,
    pub(crate) era_due: bool,
    pub(crate) older_token_refused: bool,
    pub(crate) controller_held_back: bool,
}

/// The world.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(crate) now: u64,
    /// Clock rates: of holders, of watchdogs, of controllers and givers, in halves.
    pub(crate) rates: [u64; 3],
    pub(crate) hosts: Vec<Host>,
    pub(crate) leaders: Vec<Granter>,
    /// Which controller leads, where controllers are modelled.
    pub(crate) led_by: Option<usize>,
    pub(crate) controllers: Vec<Controller>,
    pub(crate) fences: Vec<Fence>,
    pub(crate) added: bool,
    pub(crate) burned: bool,
    pub(crate) wait: Option<Wait>,
    pub(crate) on_the_way: BTreeSet<Message>,
    pub(crate) left: Left,
    pub(crate) reached: Reached,
}

pub(crate) fn host_id(host: usize) -> HostId {
    HostId::from(["a1", "b1", "c1", "d1"][host])
}

pub(crate) fn vm_id(vm: usize) -> VmId {
    VmId::from(["v1", "v2"][vm])
}

pub(crate) fn controller_id(controller: usize) -> ControllerId {
    ControllerId([1, 2, 3, 4][controller])
}

impl World {
    /// All hosts have a lease that was granted just now; nothing is fenced.
    pub(crate) fn begin(bounds: &Bounds, rates: [u64; 3]) -> Self {
        let policy = bounds.policy;
        let mut world = Self {
            now: 0,
            rates,
            hosts: Vec::new(),
            leaders: Vec::new(),
            led_by: bounds.first_leader,
            controllers: Vec::new(),
            fences: vec![Fence::default(); bounds.holders],
            added: false,
            burned: false,
            wait: None,
            on_the_way: BTreeSet::new(),
            left: bounds.left.clone(),
            reached: Reached::default(),
        };
        for host in 0..bounds.hosts {
            let mut seen = Seen::default();
            let _ = seen.seal(ADMITTED);
            let mut holder = Holder::new(policy, host < bounds.holders, Monotonic(0));
            let mut runs = BTreeSet::new();
            if host < bounds.holders {
                holder.step(Input::Vms { vms: BTreeSet::from([vm_id(host)]) });
                runs.insert(host);
            }
            let giver = Giver::restore(Record::default(), policy.promise, Monotonic(0));
            let last_feed = (host < bounds.holders).then_some(Monotonic(0));
            world.hosts.push(Host { holder, giver, seen, runs, last_feed, paused: None });
        }
        for _ in 0..bounds.controllers {
            let record = guardian::Record { promised: None, controller: true };
            let guardian = Guardian::restore(record, policy.promise, Monotonic(0));
            world.controllers.push(Controller { runs: true, guardian });
        }
        for stopped in &bounds.stopped_at_first {
            world.controllers[*stopped].runs = false;
            world.controllers[*stopped].guardian.no_controller_runs();
        }
        // The sets of the first grants are those that a leader before this one had named.
        let mut leader = world.new_leader(bounds);
        for host in 0..bounds.holders {
            let set = world.set(bounds, host, true);
            if !bounds.knows_no_renewal {
                let _ =
                    leader.grant(&renewal(bounds, host, 0), Standing::Admitted, &set, Monotonic(0));
            }
            world.hosts[host].holder.step(Input::Granted {
                sent_at: Monotonic(0),
                lease: policy.lease,
                set,
                token: ADMITTED,
            });
        }
        world.leaders.push(leader);
        if bounds.an_old_order_is_on_its_way {
            // Since the first fence, the VM runs on the second host.
            world.hosts[0].runs.clear();
            world.hosts[1].runs.insert(0);
            world.on_the_way.insert(Message::Start { vm: 0, at: 0, token: LONG_AGO });
        }
        world
    }

    /// A granter that begins now, led by whoever leads.
    pub(crate) fn new_leader(&self, bounds: &Bounds) -> Granter {
        let began = if bounds.is(crate::bounds::Broken::NewLeaderCountsFromBefore) {
            Monotonic(0)
        } else {
            self.controllers_clock()
        };
        let leader = Granter::new(bounds.policy, began);
        let Some(by) = self.led_by else { return leader };
        let founding = bounds.named_guardians.contains(&by)
            || bounds.is(crate::bounds::Broken::AddedControllerProves);
        leader.led_by(controller_id(by), founding)
    }

    /// The promise set of a host as the state is now, or as it was at first.
    pub(crate) fn set(&self, bounds: &Bounds, host: usize, at_first: bool) -> PromiseSet {
        let added = self.added && !at_first;
        let last = bounds.hosts - usize::from(bounds.last_is_added && !added);
        let of = (0..last).filter(|other| *other != host).map(host_id).collect();
        let named = if at_first { &bounds.named_guardians } else { &bounds.voters };
        let guardians = GuardianSet::new(named.iter().map(|one| controller_id(*one)));
        let number = if at_first {
            1
        } else {
            1 + u64::from(added) + 2 * u64::from(named != &bounds.named_guardians)
        };
        PromiseSet { number, of, fenced: BTreeSet::new(), guardians }
    }

    /// Holders have the first clock, hosts that only give promises have that of the controllers.
    pub(crate) fn clock_of(&self, host: usize) -> Monotonic {
        let holds = host < self.fences.len();
        Monotonic(self.now * self.rates[if holds { 0 } else { 2 }] / 2)
    }

    pub(crate) fn watchdogs_clock(&self) -> Monotonic {
        Monotonic(self.now * self.rates[1] / 2)
    }

    pub(crate) fn controllers_clock(&self) -> Monotonic {
        Monotonic(self.now * self.rates[2] / 2)
    }

    /// Whether the leader, if any, has a majority.
    pub(crate) fn has_majority(&self, bounds: &Bounds) -> bool {
        if self.burned {
            return false;
        }
        if self.controllers.is_empty() {
            return true;
        }
        let up = bounds.voters.iter().filter(|one| self.controllers[**one].runs).count();
        self.led_by.is_some() && 2 * up > bounds.voters.len()
    }

    /// A host's agent is up and not stopped.
    pub(crate) fn acts(&self, host: usize, bounds: &Bounds) -> bool {
        host >= bounds.holders
            || (self.hosts[host].last_feed.is_some() && self.hosts[host].paused.is_none())
    }
}

pub(crate) fn renewal(bounds: &Bounds, host: usize, confirms: u64) -> Renewal {
    Renewal {
        host: host_id(host),
        armed: true,
        watchdog: bounds.policy.watchdog,
        set_number: confirms,
        sole_starter: true,
    }
}
