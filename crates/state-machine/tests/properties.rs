//! Whatever is proposed, in whatever order: nothing panics, replicas agree, a rejected entry
//! changes nothing, the epoch only grows, and no start is let through without a proof or a seal.

#![allow(clippy::unwrap_used, clippy::panic)]

mod clinic;

use std::collections::BTreeMap;

use clinic::*;
use model::action::Action;
use model::era::Token;
use model::fence::FenceEvidence;
use model::id::{ControllerId, HostId, IncidentId, RunId, VmId};
use model::incident::Cause;
use model::observation::{Detail, Status, Target};
use model::step::{ItemRef, Outcome, StepKey};
use model::time::LogTime;
use model::units::Span;
use proptest::prelude::*;
use state_machine::{Command, Intended, RunEnd, State, apply};

const HOSTS: [&str; 4] = ["a1", "a2", "b1", "b2"];
const VMS: [&str; 3] = ["db-1", "app-1", "base-2"];

/// Small numbers from which a command is made, most of the time one that fits the state.
type Dice = (u8, u8, u8, u8);

fn pick<T: Copy>(from: &[T], die: u8) -> T {
    from[usize::from(die) % from.len()]
}

fn some_step(state: &State, dice: Dice) -> Option<(StepKey, u32)> {
    let runs: Vec<_> = state.running_runs().collect();
    let run = runs.get(usize::from(dice.1) % runs.len().max(1))?;
    let items: Vec<(&ItemRef, _)> = run.items.iter().collect();
    let (item, record) = items.get(usize::from(dice.2) % items.len().max(1))?;
    let key = StepKey { era: state.era, run: run.id, item: (*item).clone() };
    Some((key, record.attempts))
}

fn command(log: &Log, dice: Dice) -> Command {
    let state = &log.state;
    let (host, other) = (pick(&HOSTS, dice.1), pick(&HOSTS, dice.2));
    let vm = pick(&VMS, dice.3);
    let ordered: Vec<&str> = HOSTS
        .into_iter()
        .filter(|id| log.state.hosts[&HostId::from(*id)].fence.is_some())
        .collect();
    let ordered = if ordered.is_empty() { host } else { pick(&ordered, dice.1) };
    let vantage = pick(&["a", "b", "c"], dice.2);
    let near = |die: u8| {
        let mut token = state.token();
        token.epoch.0 = (token.epoch.0 + 1).saturating_sub(u64::from(die % 4));
        token
    };
    let incidents: Vec<IncidentId> = state.incidents.keys().copied().collect();
    let incident = incidents.get(usize::from(dice.3) % incidents.len().max(1)).copied();
    let incident = incident.unwrap_or(IncidentId(1));
    match dice.0 % 20 {
        0 => Command::LeaderStarted { controller: ControllerId(log.by) },
        1 => seen(vec![host_up(vantage, host, pick(&["boot-1", "boot-2"], dice.3), near(dice.2))]),
        2 | 3 => seen(vec![
            host_up(vantage, host, "boot-1", near(dice.2)),
            vm_seen(vantage, vm, host, Status::Down, None, dice.2.is_multiple_of(7)),
        ]),
        4 => seen(vec![vm_seen(vantage, vm, host, Status::Up, Some(near(dice.2)), false)]),
        5 => seen(vec![observation(
            vantage,
            Target::StorageSide { layer: "svc".into(), room: vantage.into() },
            pick(&[Status::Up, Status::Down, Status::Unknown], dice.3),
            Detail::None,
        )]),
        6 => opened(Cause::HostLost { host: host.into() }, Span::from_secs(30)),
        7 => opened(Cause::VmLost { vm: vm.into(), host: host.into() }, Span::ZERO),
        8 | 9 => run_started(
            incident,
            vec![fence(host), start_vm(vm, other, &[]), start_vm(pick(&VMS, dice.1), host, &[])],
        ),
        10..=12 => match some_step(state, dice) {
            Some((key, attempts)) => {
                Command::StepStarted { key, token: near(dice.3 | 1), attempt: attempts + 1 }
            }
            None => Command::Resumed,
        },
        13 => match some_step(state, dice) {
            Some((key, attempt)) => Command::StepFinished {
                key,
                attempt,
                outcome: match dice.3 % 4 {
                    0 => done(),
                    1 => Outcome::Refused { reason: String::new() },
                    2 => Outcome::Failed { reason: String::new() },
                    _ => Outcome::Unknown { reason: String::new() },
                },
                last: dice.3.is_multiple_of(5),
            },
            None => Command::Resumed,
        },
        14 => Command::RunEnded {
            run: state.running_runs().next().map_or(RunId(0), |run| run.id),
            end: RunEnd::Failed { reason: String::new() },
        },
        15 => Command::Withheld {
            host: host.into(),
            token: state
                .hosts
                .get(&HostId::from(host))
                .and_then(|h| h.fence.as_ref())
                .map_or(near(dice.2), |order| order.token),
            by: other.into(),
            promise_ends_in: Span::ZERO,
        },
        16 => log.power_proof(ordered),
        17 => log.proof(
            host,
            FenceEvidence::LeaseExpired {
                withheld_by: other.into(),
                waited_ms: 33_000,
                required_ms: 32_030,
            },
        ),
        18 => Command::HostAdmitted {
            host: host.into(),
            boot: pick(&["boot-1", "boot-2"], dice.3).to_owned(),
            sealed_below: near(dice.2),
        },
        _ => match dice.3 % 4 {
            0 => Command::Paused { until: LogTime(log.now + 5_000), reason: String::new() },
            1 => Command::VmIntended {
                vm: vm.into(),
                intended: Intended::Running,
                reason: String::new(),
            },
            2 => load(),
            _ => Command::IncidentEnded { incident, withdrawn: false, reason: String::new() },
        },
    }
}

/// What an auditor knows from the accepted entries alone.
#[derive(Default)]
struct History {
    placed: BTreeMap<(VmId, HostId), Token>,
    proofs: BTreeMap<HostId, Token>,
    seals: BTreeMap<(VmId, HostId), Token>,
    starts: usize,
    moves: usize,
}

impl History {
    fn check(&mut self, before: &State, after: &State, command: &Command) {
        match command {
            Command::FenceProved { proof } => {
                self.proofs.insert(proof.target.clone(), proof.token);
            }
            Command::Observed { observations } => {
                for vm_seen in observations {
                    for host_seen in observations {
                        if let (
                            Target::Vm { vm, host },
                            Target::Host { host: sealing },
                            Detail::Host { accepted, sealed: true, .. },
                        ) = (&vm_seen.target, &host_seen.target, &host_seen.detail)
                            && host == sealing
                            && vm_seen.status == Status::Down
                            && vm_seen.vantage == host_seen.vantage
                        {
                            let seal = self.seals.entry((vm.clone(), host.clone())).or_default();
                            *seal = (*accepted).max(*seal);
                        }
                    }
                }
            }
            Command::HostAdmitted { host, sealed_below, .. } => {
                for vm in after.vms.keys() {
                    let seal = self.seals.entry((vm.clone(), host.clone())).or_default();
                    *seal = (*sealed_below).max(*seal);
                }
            }
            Command::StepStarted { key, token, .. } => {
                let (planned, _) = before.runs[&key.run].item(&key.item).unwrap();
                if let Action::VmStart { vm, host: target } = &planned.action {
                    self.starts += 1;
                    let from = before.vms[vm].placed.as_ref().map(|(host, _)| host);
                    self.moves += usize::from(from != Some(target));
                    for ((placed_vm, host), placed) in &self.placed {
                        let proved = self.proofs.get(host).is_some_and(|proof| proof >= placed);
                        let sealed = self
                            .seals
                            .get(&(vm.clone(), host.clone()))
                            .is_some_and(|seal| seal > placed);
                        assert!(
                            placed_vm != vm || host == target || proved || sealed,
                            "S1: {vm} started on {target} though it might run on {host}"
                        );
                    }
                    assert!(before.hosts[target].may_start(), "S7");
                    assert!(*token <= before.token());
                    self.placed.insert((vm.clone(), target.clone()), *token);
                }
            }
            Command::EstateLoaded { .. } if before.vms.is_empty() => {
                for (id, vm) in &after.vms {
                    let (host, token) = vm.placed.clone().unwrap();
                    self.placed.insert((id.clone(), host), token);
                }
            }
            _ => {}
        }
    }
}

fn play(dice: &[Dice]) -> History {
    let mut log = Log::new();
    let mut replica = log.state.clone();
    let mut history = History::default();
    for (id, vm) in &log.state.vms {
        let (host, token) = vm.placed.clone().unwrap();
        history.placed.insert((id.clone(), host), token);
    }
    for (round, roll) in dice.iter().enumerate() {
        let command = command(&log, *roll);
        log.now += u64::from(roll.3) * 400;
        let entry = log.entry(command.clone());
        let before = log.state.clone();
        let applied = log.apply(command.clone());
        let again = apply(&mut replica, log.index, &entry);
        assert_eq!(again, applied);
        assert_eq!(replica, log.state, "replicas agree");
        assert!(log.state.token() >= before.token(), "the epoch only grows");
        assert!(log.state.log_time >= before.log_time);
        if applied.rejected.is_some() {
            let mut after = log.state.clone();
            after.applied_index = before.applied_index;
            after.log_time = before.log_time;
            after.wall = before.wall;
            assert_eq!(after, before, "a rejected entry changes nothing");
        } else {
            history.check(&before, &log.state, &command);
        }
        if round % 16 == 0 {
            // A replica that comes back from its snapshot goes on as if nothing had happened.
            let snapshot = serde_json::to_vec(&replica).unwrap();
            replica = serde_json::from_slice(&snapshot).unwrap();
        }
    }
    history
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn whatever_is_proposed_the_rules_hold(dice in prop::collection::vec(any::<Dice>(), 1..120)) {
        play(&dice);
    }
}

/// A campaign that starts nothing proves nothing.
#[test]
fn the_generated_sequences_do_start_vms() {
    let mut state: u64 = 7;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    };
    let (mut starts, mut moves) = (0, 0);
    for _ in 0..200 {
        let dice: Vec<Dice> = (0..150).map(|_| (next(), next(), next(), next())).collect();
        let history = play(&dice);
        starts += history.starts;
        moves += history.moves;
    }
    assert!(starts > 50 && moves > 20, "only {starts} starts, {moves} moves");
}
