//! Whatever the clocks, delays, cuts, changes of leader and restarts of agents, within the stated
//! envelope: when the granter says that the lease rung proves, the host's watchdog has fired.
//! And each rule that this rests on is needed: without it, some seed breaks the property.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use lease::giver::{Giver, Record};
use lease::granter::{Granter, Renewal, Standing, Withheld};
use lease::holder::{Holder, Input, Output, PromiseSet};
use model::era::{Epoch, Era, Token};
use model::id::{HostId, VmId};
use model::policy::LeasePolicy;
use model::time::Monotonic;
use model::units::Span;
use proptest::prelude::*;

/// A rule left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bug {
    HolderCountsFromTheAnswer,
    GranterIgnoresThePromise,
    NewLeaderRestartsNoWait,
    NobodyWithholds,
    RestartForgetsWithholding,
    HolderAsksOnlyOne,
}

#[derive(Debug, Default)]
struct Reached {
    proofs: u32,
    lived_on_promises: u32,
    proofs_by_a_new_leader: u32,
    violated: bool,
}

/// A small generator: the seed is the whole randomness of a run.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
    fn up_to(&mut self, most: u64) -> u64 {
        self.next() % (most + 1)
    }
}

/// A clock: its own offset, and a rate within rho of any other's.
#[derive(Clone, Copy)]
struct Clock {
    offset: u64,
    fast_ppm: u64,
}

impl Clock {
    fn at(self, real: u64) -> Monotonic {
        Monotonic(self.offset + real * (1_000_000 + self.fast_ppm) / 1_000_000)
    }
}

enum Message {
    RenewalArrives {
        sent_at: Monotonic,
        set_number: u64,
    },
    RoundEnds {
        sent_at: Monotonic,
        set_number: u64,
        leader: usize,
        fence_seen_at_begin: bool,
    },
    GrantArrives {
        sent_at: Monotonic,
        lease: Span,
        set: PromiseSet,
    },
    QuestionArrives {
        to: usize,
        sent_at: Monotonic,
        vms: BTreeSet<VmId>,
        vms_number: u64,
        lasts: Span,
    },
    PromiseArrives {
        by: usize,
        sent_at: Monotonic,
        lasts: Span,
        vms_number: u64,
    },
    WithholdArrives,
    WithheldIsCommitted {
        promise_ends_in: Span,
    },
}

fn policy() -> LeasePolicy {
    LeasePolicy {
        lease: Span::from_millis(200),
        watchdog: Span::from_millis(100),
        drift_ppm: 50_000,
        margin: Span::from_millis(8),
        promise: Span::from_millis(200),
        renew_every: Span::from_millis(40),
    }
}

const FENCE: Token = Token { era: Era(1), epoch: Epoch(2) };

fn run(seed: u64, bug: Option<Bug>) -> Reached {
    let mut dice = Dice(seed);
    let policy = policy();
    let mut clock = || Clock { offset: dice.up_to(10_000), fast_ppm: dice.up_to(50_000) };
    let (host_clock, watchdog_clock) = (clock(), clock());
    let giver_clocks = [clock(), clock()];
    let leader_clocks = [clock(), clock()];
    let givers_names = [HostId::from("b1"), HostId::from("b2")];
    let set = PromiseSet {
        number: 1,
        of: givers_names.iter().cloned().collect(),
        ..PromiseSet::default()
    };
    let host = HostId::from("a1");

    let leader_change = 50 + dice.up_to(900);
    let cut_from_controllers = 150 + dice.up_to(600);
    let cut_from_givers = cut_from_controllers + dice.up_to(600);
    let fence_at = cut_from_controllers.saturating_sub(40) + dice.up_to(300);
    let withhold_at = fence_at + dice.up_to(60);
    let giver_restart = withhold_at + 10 + dice.up_to(200);

    let mut holder = Holder::new(policy, true, host_clock.at(0));
    holder.step(Input::Vms { vms: BTreeSet::from([VmId::from("v1")]) });
    let mut givers: Vec<Giver> = giver_clocks
        .iter()
        .map(|clock| Giver::restore(Record::default(), policy.promise, clock.at(0)))
        .collect();
    let mut granters = vec![Granter::new(policy, leader_clocks[0].at(0))];
    let mut withheld: Option<(u64, Span)> = None;
    let mut last_feed = watchdog_clock.at(0);
    let mut fired = false;
    let mut queue: BTreeMap<(u64, u64), Message> = BTreeMap::new();
    let mut number = 0;
    let mut reached = Reached::default();
    let mut lived_on_promises = false;

    for real in 0..4_000_u64 {
        if real == leader_change {
            let clock = leader_clocks[1];
            let started = if bug == Some(Bug::NewLeaderRestartsNoWait) {
                clock.at(0)
            } else {
                clock.at(real)
            };
            granters.push(Granter::new(policy, started));
        }
        if real == giver_restart {
            let record = if bug == Some(Bug::RestartForgetsWithholding) {
                Record::default()
            } else {
                givers[0].record().clone()
            };
            givers[0] = Giver::restore(record, policy.promise, giver_clocks[0].at(real));
        }
        let mut send = |queue: &mut BTreeMap<_, _>, delay: u64, message| {
            number += 1;
            queue.insert((real + delay, number), message);
        };
        if real == withhold_at {
            if bug == Some(Bug::NobodyWithholds) {
                withheld = Some((real, Span::ZERO));
            } else {
                send(&mut queue, dice.up_to(30), Message::WithholdArrives);
            }
        }
        while let Some(entry) = queue.first_entry().filter(|entry| entry.key().0 <= real) {
            match entry.remove() {
                Message::RenewalArrives { sent_at, set_number } => {
                    let message = Message::RoundEnds {
                        sent_at,
                        set_number,
                        leader: granters.len() - 1,
                        fence_seen_at_begin: real >= fence_at,
                    };
                    send(&mut queue, dice.up_to(30), message);
                }
                Message::RoundEnds { sent_at, set_number, leader, fence_seen_at_begin } => {
                    // A deposed leader may still end a round that began before: it then knows
                    // only what was committed when the round began.
                    let fenced = if leader + 1 == granters.len() {
                        real >= fence_at
                    } else {
                        fence_seen_at_begin
                    };
                    let renewal = Renewal {
                        host: host.clone(),
                        armed: true,
                        watchdog: policy.watchdog,
                        set_number,
                        sole_starter: true,
                    };
                    let standing = if fenced { Standing::Fenced } else { Standing::Admitted };
                    let now = leader_clocks[leader].at(real);
                    if let Ok(lease) = granters[leader].grant(&renewal, standing, &set, now) {
                        let message = Message::GrantArrives { sent_at, lease, set: set.clone() };
                        send(&mut queue, dice.up_to(120), message);
                    }
                }
                Message::GrantArrives { sent_at, lease, set } => {
                    let late = bug == Some(Bug::HolderCountsFromTheAnswer);
                    let sent_at = if late { host_clock.at(real) } else { sent_at };
                    holder.step(Input::Granted { sent_at, lease, set, token: Token::default() });
                }
                Message::QuestionArrives { to, sent_at, vms, vms_number, lasts } => {
                    let now = giver_clocks[to].at(real);
                    if let Ok(lasts) = givers[to].ask(&host, Token::default(), &vms, lasts, now) {
                        let message =
                            Message::PromiseArrives { by: to, sent_at, lasts, vms_number };
                        send(&mut queue, dice.up_to(30), message);
                    }
                }
                Message::PromiseArrives { by, sent_at, lasts, vms_number } => {
                    let by = givers_names[by].clone();
                    holder.step(Input::Promised { by, sent_at, lasts, vms_number });
                }
                Message::WithholdArrives => {
                    let now = giver_clocks[0].at(real);
                    let promise_ends_in = givers[0].withhold(&host, FENCE, now);
                    let message = Message::WithheldIsCommitted { promise_ends_in };
                    send(&mut queue, dice.up_to(30), message);
                }
                Message::WithheldIsCommitted { promise_ends_in } => {
                    withheld = Some((real, promise_ends_in));
                }
            }
        }

        if !fired && (real + seed).is_multiple_of(3) {
            let now = host_clock.at(real);
            if bug == Some(Bug::HolderAsksOnlyOne) && holder.set().number == 1 {
                let only = PromiseSet { fenced: BTreeSet::from(["b1".into()]), ..set.clone() };
                let grant = Input::Granted {
                    sent_at: Monotonic(0),
                    lease: Span::ZERO,
                    set: only,
                    token: Token { era: Era(9), epoch: Epoch(0) },
                };
                holder.step(grant);
            }
            for output in holder.step(Input::Tick { now }) {
                match output {
                    Output::SendRenewal { set_number } if real < cut_from_controllers => {
                        let message = Message::RenewalArrives { sent_at: now, set_number };
                        send(&mut queue, dice.up_to(30), message);
                    }
                    Output::AskPromises { vms, vms_number, lasts, .. }
                        if real < cut_from_givers =>
                    {
                        for to in 0..givers.len() {
                            let vms = vms.clone();
                            let message = Message::QuestionArrives {
                                to,
                                sent_at: now,
                                vms,
                                vms_number,
                                lasts,
                            };
                            send(&mut queue, dice.up_to(30), message);
                        }
                    }
                    Output::Feed => {
                        last_feed = watchdog_clock.at(real);
                        lived_on_promises |= !holder.has_lease(now);
                    }
                    _ => {}
                }
            }
        }
        fired |= watchdog_clock.at(real).since(last_feed) >= policy.watchdog;

        let Some((committed_at, promise_ends_in)) = withheld.filter(|_| real >= fence_at) else {
            continue;
        };
        let leader = granters.len() - 1;
        let clock = leader_clocks[leader];
        let own_start = if leader == 0 { 0 } else { leader_change };
        let known = if bug == Some(Bug::GranterIgnoresThePromise) {
            Withheld { seen_at: Monotonic(0), promise_ends_in: Span::ZERO }
        } else if bug == Some(Bug::NewLeaderRestartsNoWait) && leader == 1 {
            Withheld { seen_at: clock.at(0), promise_ends_in }
        } else {
            Withheld { seen_at: clock.at(committed_at.max(own_start)), promise_ends_in }
        };
        if granters[leader].proof_due(&host, known, Monotonic(0), clock.at(real)).is_some() {
            reached.violated = !fired;
            reached.proofs = 1;
            reached.proofs_by_a_new_leader = u32::from(leader == 1);
            break;
        }
    }
    reached.lived_on_promises = u32::from(lived_on_promises);
    reached
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn when_the_granter_says_due_the_watchdog_has_fired(seed in any::<u64>()) {
        let reached = run(seed, None);
        prop_assert!(!reached.violated, "seed {seed}: proof while the host was still fed");
        prop_assert_eq!(reached.proofs, 1, "seed {}: the ladder must end", seed);
    }
}

#[test]
fn the_runs_reach_what_they_are_for() {
    let (mut promises, mut new_leader) = (0, 0);
    for seed in 0..500 {
        let reached = run(seed, None);
        promises += reached.lived_on_promises;
        new_leader += reached.proofs_by_a_new_leader;
    }
    assert!(promises > 50, "hosts that lived on promises: {promises}");
    assert!(new_leader > 50, "proofs by a leader that knew no renewal: {new_leader}");
}

#[test]
fn each_rule_left_out_is_found_out() {
    for bug in [
        Bug::HolderCountsFromTheAnswer,
        Bug::GranterIgnoresThePromise,
        Bug::NewLeaderRestartsNoWait,
        Bug::NobodyWithholds,
        Bug::RestartForgetsWithholding,
        Bug::HolderAsksOnlyOne,
    ] {
        let found = (0..3_000).find(|seed| run(*seed, Some(bug)).violated);
        assert!(found.is_some(), "{bug:?}: no seed breaks the property");
    }
}
