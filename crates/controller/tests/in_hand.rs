//! Stories in which persons carry out steps of a run, and take runs in hand.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod world;

use model::id::{HostId, RoomId};
use model::manual::ManualEvidence;
use model::units::Span;
use state_machine::{Command, ItemState, RunEnd, RunState};
use world::World;

const WHY: &str = "seen on the spot";

/// The shipped runbook for a lost room, with a task before its VMs start and one that always runs.
fn with_tasks(on_failure: &str) -> String {
    let shipped = include_str!("../../../runbooks/room-loss.yaml");
    let after = shipped.replace("needs: [fence, storage]", "needs: [fence, storage, breakers]");
    assert_ne!(shipped, after);
    after
        + &format!(
            "    - id: breakers
      needs: [fence]
      manual: {{ role: operator, evidence: text, text: {{ fr: Couper, en: Open the breakers }} }}
      timeout: 10m
      on_failure: {on_failure}
      retry: {{ attempts: 1 }}
    - id: tell
      always: true
      manual: {{ role: operator, evidence: none, text: {{ fr: Prévenir, en: Tell the wards }} }}
      timeout: 2m
      on_failure: continue
      retry: {{ attempts: 1 }}
"
        )
}

fn room_lost(on_failure: &str) -> World {
    let mut world = World::new("b");
    world.load_runbook(&with_tasks(on_failure));
    world.kill_room("a");
    world
}

fn waits_for(world: &mut World, item: &str) {
    let asked = |world: &World| world.item(item) == ItemState::Started;
    assert!(world.run_until(700_000, asked), "{item}: {}", world.story());
}

fn done(world: &mut World, person: &str, item: &str) {
    let key = world.key(world.last_run().id, item);
    let evidence = ManualEvidence { text: "they are open".to_owned(), photo: None };
    let applied = world.says(person, Command::StepDone { key, evidence });
    assert_eq!(applied.rejected, None, "{}", world.story());
}

fn ends(world: &mut World) -> RunEnd {
    let over = |world: &World| world.last_run().state != RunState::Running;
    assert!(world.run_until(900_000, over), "{}", world.story());
    match &world.last_run().state {
        RunState::Ended { end } => end.clone(),
        RunState::Running => unreachable!(),
    }
}

fn abort(world: &mut World) {
    let run = world.last_run().id;
    let applied = world.says("anna", Command::RunAborted { run, reason: WHY.to_owned() });
    assert_eq!(applied.rejected, None);
}

#[test]
fn a_run_waits_for_a_persons_task_and_goes_on_once_it_is_said_to_be_done() {
    let mut world = room_lost("abort");
    waits_for(&mut world, "breakers");
    world.run_for(120_000);
    assert!(world.starts.is_empty(), "{}", world.story());
    done(&mut world, "anna", "breakers");
    waits_for(&mut world, "tell");
    assert_eq!(world.running().len(), 8, "what always runs comes last");
    done(&mut world, "bob", "tell");
    assert_eq!(ends(&mut world), RunEnd::Succeeded);
    let says = world.last_run().items[&world.key(world.last_run().id, "breakers").item].clone();
    assert_eq!(says.outcome.unwrap().words(), "done by anna: they are open");
}

#[test]
fn a_task_survives_the_leader_who_asked_for_it() {
    let mut world = room_lost("abort");
    waits_for(&mut world, "breakers");
    let b = RoomId::from("b");
    world.elect(&"c".into());
    world.run_for(5_000);
    waits_for(&mut world, "breakers");
    done(&mut world, "anna", "breakers");
    world.elect(&b);
    waits_for(&mut world, "tell");
    assert_eq!(world.running().len(), 8);
}

#[test]
fn a_task_that_nobody_does_or_can_do_fails_as_its_step_says() {
    for (on_failure, told, starts) in
        [("abort", false, 0), ("abort", true, 0), ("continue", true, 0), ("ignore", true, 4)]
    {
        let case = format!("{on_failure} {told}");
        let mut world = room_lost(on_failure);
        waits_for(&mut world, "breakers");
        if told {
            let key = world.key(world.last_run().id, "breakers");
            let reason = "the corridor is full of smoke".to_owned();
            assert_eq!(world.says("anna", Command::StepCannot { key, reason }).rejected, None);
        }
        let before = world.now;
        waits_for(&mut world, "tell");
        assert_eq!(told, world.now - before < 600_000, "{case}: nobody is waited for in vain");
        done(&mut world, "bob", "tell");
        assert!(matches!(ends(&mut world), RunEnd::Failed { .. }), "{case}");
        assert_eq!(world.starts.len(), starts, "{case}: {}", world.story());
    }
}

#[test]
fn what_always_runs_runs_after_an_abort_too_and_nothing_else_does() {
    let mut world = room_lost("abort");
    waits_for(&mut world, "breakers");
    abort(&mut world);
    waits_for(&mut world, "tell");
    assert_eq!(world.item("breakers"), ItemState::Failed, "nobody is asked for it any more");
    done(&mut world, "bob", "tell");
    let RunEnd::Failed { reason } = ends(&mut world) else { panic!("{}", world.story()) };
    assert_eq!(reason, format!("aborted by anna: {WHY}"));
    // Nothing automatic answers it until a person hands it back.
    let runs = world.state.runs.len();
    world.run_for(600_000);
    assert_eq!(world.state.runs.len(), runs, "{}", world.story());
    assert!(world.starts.is_empty());
    let incident = world.state.open_incidents().next().unwrap().id;
    assert_eq!(world.says("carl", Command::IncidentApproved { incident }).rejected, None);
    waits_for(&mut world, "breakers");
    done(&mut world, "anna", "breakers");
    assert!(world.run_until(300_000, |world| world.running().len() == 8), "{}", world.story());
    assert!(world.starts.values().all(|starts| *starts == 1), "{:?}", world.starts);
}

#[test]
fn an_abort_at_any_moment_of_a_run_ends_it_and_leaves_no_vm_running_twice() {
    for after in (0..130_000).step_by(6_500) {
        let mut world = World::new("b");
        world.kill_room("a");
        let begun = |world: &World| world.state.running_runs().next().is_some();
        assert!(world.run_until(200_000, begun), "{}", world.story());
        world.run_for(after);
        if !begun(&world) {
            break;
        }
        abort(&mut world);
        let starts = world.starts.clone();
        let RunEnd::Failed { reason } = ends(&mut world) else { panic!("{}", world.story()) };
        assert!(reason.starts_with("aborted by anna"), "{after}: {reason}");
        world.run_for(120_000);
        assert_eq!(world.starts, starts, "{after}: nothing starts after it: {}", world.story());
        let under_way = world.last_run().items.values().any(|item| item.state.is_under_way());
        assert!(!under_way, "{after}");
        let Some(incident) = world.state.open_incidents().next().map(|incident| incident.id) else {
            continue;
        };
        assert_eq!(world.says("carl", Command::IncidentApproved { incident }).rejected, None);
        let well = |world: &World| world.running().len() == 8;
        assert!(world.run_until(600_000, well), "{after}: {}", world.story());
        assert!(world.starts.values().all(|starts| *starts == 1), "{after}: {:?}", world.starts);
    }
}

#[test]
fn a_held_run_does_nothing_until_it_is_let_go_and_others_go_on() {
    let mut world = World::new("b");
    world.kill_room("a");
    let fencing = |world: &World| world.state.hosts.values().any(|host| host.fence.is_some());
    assert!(world.run_until(120_000, fencing), "{}", world.story());
    let until = world.log_time().after(Span::from_secs(1200));
    let run = world.last_run().id;
    let pause = Command::RunPaused { run, until, reason: WHY.to_owned() };
    assert_eq!(world.says("anna", pause).rejected, None);
    world.run_for(1_000);
    let made = world.calls_made.len();
    world.run_for(300_000);
    assert_eq!(world.calls_made.len(), made, "no rung is tried, nothing starts");
    // A VM that stops elsewhere is another run's.
    let b1 = HostId::from("b1");
    let vms = &mut world.hosts.get_mut(&b1).unwrap().vms;
    vms.values_mut().for_each(|guest| guest.running = false);
    let again = |world: &World| world.running().len() == 4;
    assert!(world.run_until(120_000, again), "{}", world.story());
    assert_eq!(world.says("anna", Command::RunResumed { run }).rejected, None);
    assert!(world.run_until(400_000, |world| world.running().len() == 8), "{}", world.story());
    assert!(!matches!(
        world.state.runs[&run].state,
        RunState::Ended { end: RunEnd::Failed { .. } }
    ));
}

#[test]
fn a_held_run_goes_on_by_itself_when_its_pause_ends() {
    let mut world = World::new("b");
    world.kill_room("a");
    let begun = |world: &World| world.state.running_runs().next().is_some();
    assert!(world.run_until(120_000, begun), "{}", world.story());
    let until = world.log_time().after(Span::from_secs(400));
    let run = world.last_run().id;
    let pause = Command::RunPaused { run, until, reason: WHY.to_owned() };
    assert_eq!(world.says("anna", pause).rejected, None);
    world.run_for(390_000);
    assert!(world.starts.is_empty(), "{}", world.story());
    assert!(world.run_until(400_000, |world| world.running().len() == 8), "{}", world.story());
}

#[test]
fn a_fence_that_failed_for_good_is_tried_again_by_a_person_and_its_vms_start() {
    let mut world = World::new("b");
    // No rung can prove a1: unarmed, its management controller dead, its arrays silent.
    let b = RoomId::from("b");
    let a1 = HostId::from("a1");
    let disarmed = Command::HostArmed { host: a1.clone(), armed: false, watchdog: Span::ZERO };
    assert_eq!(world.commit(&b, disarmed).rejected, None);
    // A task that holds the run open while the fence fails.
    world.load_runbook(
        &with_tasks("ignore")
            .replace("needs: [fence]\n      manual", "manual")
            .replace("10m", "60m"),
    );
    (world.broken_power, world.refuse_cuts) = (true, true);
    world.kill_room("a");
    let failed = |world: &World| world.item("fence/a1") == ItemState::Failed;
    world.run_until(1_500_000, failed);
    assert!(failed(&world), "{}", world.story());
    let run = world.last_run().id;
    assert_eq!(world.item("breakers"), ItemState::Started, "{}", world.story());
    world.run_for(5_000);
    assert_eq!(world.item("start/db-1"), ItemState::Skipped, "{}", world.story());
    // The cable is plugged in.
    (world.broken_power, world.refuse_cuts) = (false, false);
    world.dead_rooms.remove(&RoomId::from("a"));
    world.dead_controllers.insert(RoomId::from("a"));
    let key = world.key(run, "fence/a1");
    let retry = Command::StepRetried { key, reason: WHY.to_owned() };
    assert_eq!(world.says("anna", retry).rejected, None);
    let fenced = |world: &World| world.item("fence/a1") == ItemState::Succeeded;
    assert!(world.run_until(300_000, fenced), "{}", world.story());
    done(&mut world, "anna", "breakers");
    assert!(world.run_until(300_000, |world| world.running().len() == 8), "{}", world.story());
    assert!(world.starts.values().all(|starts| *starts == 1), "{:?}", world.starts);
}

#[test]
fn a_task_that_is_passed_over_holds_the_run_back_no_longer() {
    let mut world = room_lost("abort");
    waits_for(&mut world, "breakers");
    let key = world.key(world.last_run().id, "breakers");
    let command = Command::StepPassedOver { key, reason: WHY.to_owned() };
    assert_eq!(world.says("anna", command).rejected, None);
    waits_for(&mut world, "tell");
    assert_eq!(world.running().len(), 8);
    done(&mut world, "bob", "tell");
    assert_eq!(ends(&mut world), RunEnd::Succeeded);
}
