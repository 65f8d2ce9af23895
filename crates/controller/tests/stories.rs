//! Stories of a clinic with eight VMs, told with three controllers on one ordered log.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod world;

use std::collections::BTreeSet;

use model::call::Call;
use model::fence::Rung;
use model::id::{HostId, RoomId, VmId};
use model::incident::{Cause, Phase};
use model::units::Span;
use state_machine::{Command, Intended, RunEnd, RunState};
use world::World;

fn fences(world: &World) -> usize {
    world
        .calls_made
        .iter()
        .filter(|call| {
            matches!(call, Call::PowerOff { .. } | Call::CutStorage { .. } | Call::Withhold { .. })
        })
        .count()
}

fn opened(world: &World) -> Vec<Cause> {
    world
        .commands("incident-opened")
        .into_iter()
        .map(|command| match command {
            Command::IncidentOpened { cause, .. } => cause.clone(),
            _ => unreachable!(),
        })
        .collect()
}

fn rungs(world: &World) -> BTreeSet<Rung> {
    world
        .commands("fence-proved")
        .into_iter()
        .map(|command| match command {
            Command::FenceProved { proof } => proof.evidence.rung(),
            _ => unreachable!(),
        })
        .collect()
}

#[test]
fn on_a_quiet_day_nothing_is_decided_and_little_is_written() {
    let mut world = World::new("a");
    let before = world.log.len();
    world.run_for(120_000);
    assert_eq!(opened(&world), [], "{}", world.story());
    assert!(world.log.len() - before < 10, "{}", world.story());
    assert_eq!(world.running().len(), 8);
}

#[test]
fn a_room_dies_and_its_vms_run_in_the_other_one() {
    let mut world = World::new("b");
    let died = world.now;
    world.kill_room("a");
    assert!(world.run_until(5_000, |w| !opened(w).is_empty()), "{}", world.story());
    assert!(world.now - died <= 5_000);
    assert_eq!(opened(&world), [Cause::RoomLost { room: "a".into() }]);
    assert_eq!(fences(&world), 0, "the hold-off runs");
    let over = |w: &World| w.state.runs.values().any(|run| run.state != RunState::Running);
    assert!(world.run_until(300_000, over), "{}", world.story());
    world.run_for(1_000);
    let run = world.state.runs.values().next().unwrap();
    assert_eq!(run.state, RunState::Ended { end: RunEnd::Succeeded }, "{}", world.story());
    assert_eq!(world.running().len(), 8);
    assert_eq!(rungs(&world), BTreeSet::from([Rung::Lease]), "its BMCs died with it");
    assert_eq!(opened(&world).len(), 1, "one incident: {}", world.story());
    assert!(world.starts.values().all(|starts| *starts == 1), "{:?}", world.starts);
    let incident = world.state.incidents.values().next().unwrap();
    assert_eq!(incident.phase, Phase::Closed);
    // db after base, app after db.
    let order: Vec<&VmId> = world
        .calls_made
        .iter()
        .filter_map(|call| match call {
            Call::StartVm { vm, .. } => Some(vm),
            _ => None,
        })
        .collect();
    let at = |vm: &str| order.iter().position(|id| id.as_str() == vm).unwrap();
    assert!(at("base-1") < at("db-1") && at("db-1") < at("app-1"), "{order:?}");
    world.run_for(60_000);
    assert_eq!(opened(&world).len(), 1, "nothing new is said of it: {}", world.story());
}

#[test]
fn where_the_leader_dies_with_its_room_another_one_takes_over() {
    let mut world = World::new("a");
    world.kill_room("a");
    assert!(world.run_until(300_000, |w| w.running().len() == 8), "{}", world.story());
    world.run_for(10_000);
    assert!(world.starts.values().all(|starts| *starts == 1), "{:?}", world.starts);
    assert_eq!(opened(&world), [Cause::RoomLost { room: "a".into() }], "{}", world.story());
}

#[test]
fn a_cut_link_is_told_from_a_dead_room() {
    let mut world = World::new("a");
    world.cut.insert(("a".into(), "b".into()));
    world.run_for(180_000);
    assert_eq!(opened(&world), [Cause::LinkLost { link: "ab".into() }], "{}", world.story());
    assert_eq!(fences(&world), 0);
    assert!(world.starts.is_empty());
    world.cut.clear();
    world.run_for(20_000);
    assert_eq!(world.state.open_incidents().count(), 0, "{}", world.story());
}

#[test]
fn room_c_out_of_reach_moves_nothing() {
    let mut world = World::new("a");
    world.cut.insert(("a".into(), "c".into()));
    world.cut.insert(("b".into(), "c".into()));
    world.run_for(180_000);
    assert_eq!(opened(&world), [Cause::RoomLost { room: "c".into() }], "{}", world.story());
    assert!(world.state.runs.is_empty());
    assert_eq!(fences(&world), 0);
    world.cut.clear();
    world.run_for(20_000);
    assert_eq!(world.state.open_incidents().count(), 0, "{}", world.story());
}

#[test]
fn fifty_seconds_of_silence_between_all_rooms_fence_and_move_nothing() {
    let mut world = World::new("a");
    for (one, other) in [("a", "b"), ("b", "c"), ("a", "c")] {
        world.cut.insert((one.into(), other.into()));
    }
    world.leader = None;
    world.run_for(50_000);
    world.cut.clear();
    world.run_for(120_000);
    assert_eq!(fences(&world), 0, "{}", world.story());
    assert!(world.state.runs.is_empty(), "{}", world.story());
    assert_eq!(opened(&world), [], "{}", world.story());
    assert!(world.starts.is_empty());
}

#[test]
fn a_verdict_is_withdrawn_when_life_is_seen_within_the_hold_off() {
    let mut world = World::new("b");
    world.hosts.get_mut(&HostId::from("a1")).unwrap().silent_agent = true;
    assert!(world.run_until(10_000, |w| !opened(w).is_empty()), "{}", world.story());
    assert_eq!(opened(&world), [Cause::HostLost { host: "a1".into() }]);
    world.hosts.get_mut(&HostId::from("a1")).unwrap().silent_agent = false;
    world.run_for(60_000);
    let incident = world.state.incidents.values().next().unwrap();
    assert_eq!(incident.phase, Phase::Withdrawn, "{}", world.story());
    assert_eq!(fences(&world), 0);
}

#[test]
fn a_silent_host_is_fenced_by_power_before_its_vms_start_elsewhere() {
    let mut world = World::new("b");
    world.hosts.get_mut(&HostId::from("a1")).unwrap().silent_agent = true;
    let moved = |w: &World| {
        let running = w.running();
        running.len() == 8 && running.values().all(|host| host.as_str() != "a1")
    };
    assert!(world.run_until(120_000, moved), "{}", world.story());
    assert!(rungs(&world).contains(&Rung::Power), "{}", world.story());
    // It comes back: quarantine, admission, nothing starts by itself.
    world.run_for(20_000);
    let machine = world.hosts.get_mut(&HostId::from("a1")).unwrap();
    machine.on = true;
    machine.boot = 2;
    machine.silent_agent = false;
    machine.vms.clear();
    let admitted = |w: &World| w.state.hosts[&HostId::from("a1")].may_start();
    assert!(world.run_until(30_000, admitted), "{}", world.story());
    world.run_for(30_000);
    assert_eq!(world.running().len(), 8);
    assert_eq!(world.starts.len(), 2, "only its own two VMs were started: {:?}", world.starts);
    assert_eq!(world.state.open_incidents().count(), 0, "{}", world.story());
}

#[test]
fn a_vm_that_its_administrator_stopped_stays_down_until_started_again() {
    let mut world = World::new("b");
    let (host, vm) = (HostId::from("a2"), VmId::from("app-1"));
    let guest = world.hosts.get_mut(&host).unwrap().vms.get_mut(&vm).unwrap();
    guest.running = false;
    guest.stopped_on_purpose = true;
    world.run_for(30_000);
    assert_eq!(world.state.vms[&vm].intended, Intended::StoppedOnPurpose);
    assert!(world.starts.is_empty(), "{}", world.story());
    world.kill_room("a");
    assert!(world.run_until(300_000, |w| w.running().len() == 7), "{}", world.story());
    world.run_for(30_000);
    assert!(!world.starts.contains_key(&vm), "a lost room does not wake it");
}

#[test]
fn vms_that_stop_by_themselves_start_again_where_they_were_in_one_run() {
    let mut world = World::new("b");
    let host = HostId::from("a2");
    for guest in world.hosts.get_mut(&host).unwrap().vms.values_mut() {
        guest.running = false;
    }
    assert!(world.run_until(30_000, |w| w.running().len() == 8), "{}", world.story());
    world.run_for(10_000);
    assert_eq!(world.running()[&VmId::from("app-1")], host);
    assert_eq!(world.state.runs.len(), 1, "{}", world.story());
    assert_eq!(world.state.open_incidents().count(), 0, "{}", world.story());
    assert_eq!(fences(&world), 0);
}

#[test]
fn a_host_that_reboots_is_admitted_and_its_vms_start_again_there() {
    let mut world = World::new("b");
    let machine = world.hosts.get_mut(&HostId::from("a1")).unwrap();
    machine.boot = 2;
    machine.vms.clear();
    assert!(world.run_until(60_000, |w| w.running().len() == 8), "{}", world.story());
    assert_eq!(world.running()[&VmId::from("db-1")], HostId::from("a1"));
    assert_eq!(world.commands("host-admitted").len(), 1);
    assert_eq!(fences(&world), 0);
}

#[test]
fn a_pause_holds_until_it_ends_by_itself() {
    let mut world = World::new("b");
    let until = world.log_time().after(Span::from_secs(200));
    let b = RoomId::from("b");
    world.commit(&b, Command::Paused { until, reason: "works".to_owned() });
    world.kill_room("a");
    world.run_for(150_000);
    assert_eq!(opened(&world).len(), 1, "a verdict is not an act");
    assert!(world.state.runs.is_empty(), "{}", world.story());
    assert!(world.run_until(200_000, |w| w.running().len() == 8), "{}", world.story());
    assert!(world.log_time() > until);
}

#[test]
fn where_the_policy_asks_nothing_happens_until_a_person_approves() {
    let mut policy = model::policy::Policy::default();
    for class in policy.incidents.values_mut() {
        class.autonomy = model::policy::Autonomy::Ask;
    }
    let mut world = World::with_policy("b", policy);
    world.kill_room("a");
    world.run_for(180_000);
    assert_eq!(opened(&world), [Cause::RoomLost { room: "a".into() }], "{}", world.story());
    assert!(world.commands("run-started").is_empty(), "{}", world.story());
    assert_eq!(fences(&world), 0);
    let incident = world.state.open_incidents().next().unwrap().id;
    let approved = Command::IncidentApproved { incident };
    let applied = world.commit_for(&RoomId::from("b"), Some("dana".into()), approved);
    assert_eq!(applied.rejected, None);
    assert!(world.run_until(300_000, |w| w.running().len() == 8), "{}", world.story());
    world.run_for(10_000);
    assert_eq!(world.state.runs.len(), 1, "{}", world.story());
    assert!(world.starts.values().all(|starts| *starts == 1), "{:?}", world.starts);
}

#[test]
fn where_storage_stopped_serving_a_side_exactly_its_vms_move_whoever_led() {
    for (leader, stopped, goes_on) in
        [("a", "b", 'a'), ("b", "b", 'a'), ("c", "b", 'a'), ("a", "a", 'b'), ("b", "a", 'b')]
    {
        let mut world = World::new(leader);
        world.cut.insert(("a".into(), "b".into()));
        world.stopped_sides.insert(stopped.into());
        let moved = |w: &World| {
            let running = w.running();
            running.len() == 8 && running.values().all(|host| host.as_str().starts_with(goes_on))
        };
        let case = format!("led by {leader}, {stopped} stopped");
        assert!(world.run_until(300_000, moved), "{case}\n{}", world.story());
        world.run_for(5_000);
        let cause = Cause::StorageSideLost { layer: "svc".into(), room: stopped.into() };
        assert!(opened(&world).contains(&cause), "{case}\n{}", world.story());
        assert_eq!(world.starts.len(), 4, "{case}: {:?}", world.starts);
        // Only room C hears both sides.
        assert_eq!(world.leader, Some("c".into()), "{case}");
    }
}

#[test]
fn the_leadership_stays_where_the_whole_estate_is_heard() {
    for leader in ["a", "b", "c"] {
        let mut world = World::new(leader);
        world.run_for(60_000);
        assert_eq!(world.leader, Some(leader.into()));
    }
}

#[test]
fn an_unanswered_start_is_observed_and_not_repeated() {
    let mut world = World::new("b");
    world.lost_answers.insert(VmId::from("base-1"));
    world.kill_room("a");
    assert!(world.run_until(300_000, |w| w.running().len() == 8), "{}", world.story());
    world.run_for(10_000);
    assert!(world.starts.values().all(|starts| *starts == 1), "{:?}", world.starts);
    let orders = world
        .calls_made
        .iter()
        .filter(|call| matches!(call, Call::StartVm { vm, .. } if vm.as_str() == "base-1"))
        .count();
    assert_eq!(orders, 1, "it was seen running: no second order");
}

/// At every committed entry of a run in turn, the leader dies before it can carry out what the
/// entry asks for; another controller goes on.
#[test]
fn a_run_survives_the_death_of_the_leader_at_every_step_boundary() {
    let quick = || {
        let mut policy = model::policy::Policy::default();
        for class in policy.incidents.values_mut() {
            class.hold_off = class.hold_off.min(Span::from_secs(2));
        }
        policy.lease.lease = Span::from_secs(2);
        policy
    };
    let (first, last) = {
        let mut world = World::with_policy("b", quick());
        world.kill_room("a");
        let first = world.boundaries;
        assert!(world.run_until(300_000, |w| w.running().len() == 8), "{}", world.story());
        world.run_for(5_000);
        (first, world.boundaries)
    };
    assert!(last > first + 20);
    for boundary in first + 1..=last {
        // Three controllers, one room dead: the one that dies comes back as another process.
        let mut world = World::with_policy("b", quick());
        world.kill_after = Some(boundary);
        world.kill_room("a");
        let died = world.run_until(200_000, |w| !w.dead_controllers.is_empty());
        assert!(died, "boundary {boundary} was not reached: {}", world.story());
        let room = world.dead_controllers.iter().next().unwrap().clone();
        world.run_for(1_000);
        world.restart_controller(&room);
        let over = |w: &World| {
            w.running().len() == 8
                && w.state.open_incidents().count() == 0
                && w.state.running_runs().next().is_none()
        };
        assert!(world.run_until(300_000, over), "boundary {boundary}: {}", world.story());
        world.run_for(2_000);
        assert!(
            world.starts.values().all(|starts| *starts == 1),
            "boundary {boundary}: {:?}\n{}",
            world.starts,
            world.story()
        );
    }
}

#[test]
fn hosts_that_their_watchdogs_reset_start_their_vms_again_where_they_ran() {
    let mut world = World::new("a");
    let before = world.running();
    for (one, other) in [("a", "b"), ("b", "c"), ("a", "c")] {
        world.cut.insert((one.into(), other.into()));
    }
    world.run_for(45_000);
    for machine in world.hosts.values_mut() {
        machine.boot = 2;
        machine.vms.clear();
    }
    world.run_for(5_000);
    world.cut.clear();
    assert!(world.run_until(60_000, |w| w.running().len() == 8), "{}", world.story());
    world.run_for(10_000);
    assert_eq!(world.running(), before, "{}", world.story());
    assert_eq!(fences(&world), 0);
    assert_eq!(world.commands("run-started").len(), 4, "one run a host: {}", world.story());
    assert_eq!(world.state.open_incidents().count(), 0, "{}", world.story());
}

#[test]
fn a_room_that_dies_while_one_of_its_hosts_is_an_incident_becomes_the_one_cause() {
    // Within the hold-off of the host, and while its run is under way.
    for later in [10_000, 32_000, 40_000] {
        let mut world = World::new("b");
        world.broken_power = true;
        world.refuse_cuts = true;
        world.hosts.get_mut(&HostId::from("a1")).unwrap().silent_agent = true;
        world.run_for(later);
        world.kill_room("a");
        let over = |w: &World| w.running().len() == 8 && w.state.open_incidents().count() == 0;
        assert!(world.run_until(600_000, over), "{later}: {}", world.story());
        assert!(world.starts.values().all(|starts| *starts == 1), "{:?}", world.starts);
        assert_eq!(opened(&world).len(), 2, "{later}: {}", world.story());
    }
}

#[test]
fn a_lease_is_granted_after_a_quorum_round_and_refused_once_a_fence_is_ordered() {
    let mut world = World::new("b");
    world.run_for(5_000);
    assert!(world.hosts.values().all(|machine| machine.set_number != 0), "all hold a lease");
    let sets: BTreeSet<u64> = world.hosts.values().map(|machine| machine.set_number).collect();
    assert_eq!(sets.len(), 4, "each its own promise set");
    world.broken_power = true;
    world.refuse_cuts = true;
    // Only this agent's observation port is dead: it goes on renewing.
    world.hosts.get_mut(&HostId::from("a1")).unwrap().silent_agent = true;
    world.renews_though_silent = true;
    let ordered = |w: &World| w.state.hosts[&HostId::from("a1")].fence.is_some();
    assert!(world.run_until(60_000, ordered), "{}", world.story());
    world.refusals.clear();
    let at = world.now;
    let proved = |w: &World| !w.commands("fence-proved").is_empty();
    assert!(world.run_until(120_000, proved), "{}", world.story());
    assert!(world.now - at >= 32_000, "the whole wait: {} ms", world.now - at);
    assert!(world.refusals[&HostId::from("a1")].contains("a fence of a1 is ordered"));
}

#[test]
fn a_room_of_a_clinic_at_full_size_dies_and_all_450_vms_run() {
    let mut world = World::full_size("b");
    world.kill_room("a");
    assert!(world.run_until(600_000, |w| w.running().len() == 450), "{}", world.story());
    world.run_for(30_000);
    assert!(world.starts.values().all(|starts| *starts == 1));
    assert_eq!(world.state.open_incidents().count(), 0);
    assert_eq!(world.state.runs.len(), 1);
}

#[test]
fn a_management_controller_that_lies_about_a_host_that_is_heard_proves_nothing() {
    let mut world = World::new("b");
    world.lying_power = true;
    world.refuse_cuts = true;
    world.stopped_sides.insert("a".into());
    let ordered = |w: &World| w.state.hosts.values().any(|host| host.fence.is_some());
    assert!(world.run_until(120_000, ordered), "{}", world.story());
    world.run_for(25_000);
    assert!(world.calls_made.iter().any(|call| matches!(call, Call::PowerOff { .. })));
    assert_eq!(rungs(&world), BTreeSet::new(), "{}", world.story());
}

#[test]
fn a_fence_under_way_outlasts_a_pause_and_goes_on_after_it() {
    let mut world = World::new("b");
    world.kill_room("a");
    let fencing = |w: &World| w.state.hosts.values().any(|host| host.fence.is_some());
    assert!(world.run_until(120_000, fencing), "{}", world.story());
    let until = world.log_time().after(Span::from_secs(1200));
    world.commit(&"b".into(), Command::Paused { until, reason: "asked".to_owned() });
    // The new leader knows nothing of the calls of the old one, and must not repeat them now.
    world.elect(&"c".into());
    let made = world.calls_made.len();
    world.run_for(1_000_000);
    let acts = world.calls_made.iter().skip(made);
    assert_eq!(acts.count(), 0, "no rung is tried while a person holds it: {}", world.story());
    let run = world.state.runs.values().next().unwrap();
    assert_eq!(run.state, RunState::Running, "a pause fails nothing: {}", world.story());
    assert!(world.starts.is_empty());
    assert!(world.run_until(400_000, |w| w.running().len() == 8), "{}", world.story());
    world.run_for(10_000);
    assert_eq!(world.state.runs.len(), 1, "the same run: {}", world.story());
}

#[test]
fn a_host_that_was_let_in_again_does_not_withhold_for_a_leader_that_saw_no_set_confirmed() {
    let mut world = World::new("a");
    let host = HostId::from("b1");
    let machine = world.hosts.get_mut(&host).unwrap();
    machine.on = false;
    machine.vms.clear();
    assert!(world.run_until(120_000, |w| w.state.hosts[&host].fence.is_some()));
    assert!(world.run_until(120_000, |w| w.state.running_runs().next().is_none()));
    let machine = world.hosts.get_mut(&host).unwrap();
    machine.on = true;
    machine.boot = 2;
    assert!(world.run_until(60_000, |w| w.state.hosts[&host].may_start()), "{}", world.story());
    world.run_for(20_000);
    world.kill_room("a");
    assert!(world.run_until(300_000, |w| w.running().len() == 8), "{}", world.story());
    let withheld: BTreeSet<&HostId> = world
        .commands("withheld")
        .into_iter()
        .filter_map(|command| match command {
            Command::Withheld { host, by, .. } if host.as_str().starts_with('a') => Some(by),
            _ => None,
        })
        .collect();
    assert_eq!(withheld, BTreeSet::from([&HostId::from("b2")]), "{}", world.story());
}
