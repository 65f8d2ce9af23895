//! The last-resort room takes over: the storage layer of both production rooms is dead, their
//! controllers and hosts live.

#![allow(clippy::unwrap_used)]

mod world;

use model::id::{HostId, RoomId};
use model::incident::Cause;
use model::policy::Autonomy;
use model::units::Span;
use state_machine::{Command, RunState};
use world::World;

const RPO: Span = Span::from_secs(30);

fn storage_dies(world: &mut World) {
    world.stopped_sides.extend([RoomId::from("a"), RoomId::from("b")]);
}

fn all_run_in_c(world: &World) -> bool {
    let running = world.running();
    running.len() == 8 && running.values().all(|host| *host == HostId::from("c1"))
}

fn approve(world: &mut World, person: &str, loss: Option<u64>) -> bool {
    let leader = world.leader.clone().unwrap();
    let run = world.state.running_runs().next().unwrap();
    let item = run.plan.items[0].item.clone();
    let key = model::step::StepKey { era: world.state.era, run: run.id, item };
    let command = Command::StepApproved { key, loss: loss.map(Span::from_secs) };
    world.commit_for(&leader, Some(person.into()), command).rejected.is_none()
}

#[test]
fn a_dead_storage_layer_is_answered_from_the_copies_once_every_production_host_is_fenced() {
    let mut world = World::with_copies("a", Autonomy::Act, RPO);
    storage_dies(&mut world);
    assert!(world.run_until(400_000, all_run_in_c), "{}", world.story());
    world.run_for(10_000);
    let fenced = ["a1", "a2", "b1", "b2"].map(HostId::from);
    assert!(fenced.iter().all(|host| !world.state.hosts[host].may_start()));
    assert!(world.starts.values().all(|starts| *starts == 1), "{:?}", world.starts);
    let cause = Cause::StorageLayerLost { layer: "svc".into() };
    assert!(world.state.incidents.values().any(|incident| incident.cause == cause));
    // Storage thaws; its hosts come back. What it holds is old: they stay in quarantine.
    world.stopped_sides.clear();
    for host in &fenced {
        let machine = world.hosts.get_mut(host).unwrap();
        machine.on = true;
        machine.boot += 1;
    }
    world.run_for(120_000);
    assert!(fenced.iter().all(|host| !world.state.hosts[host].may_start()), "{}", world.story());
    assert!(all_run_in_c(&world), "{}", world.story());
}

#[test]
fn where_the_policy_asks_nothing_happens_before_two_persons_have_approved() {
    let mut world = World::with_copies("a", Autonomy::Ask, RPO);
    storage_dies(&mut world);
    let waits = |world: &World| world.state.running_runs().next().is_some();
    assert!(world.run_until(200_000, waits), "{}", world.story());
    world.run_for(60_000);
    assert!(world.calls_made.is_empty(), "{:?}", world.calls_made);
    assert!(approve(&mut world, "dana", None));
    assert!(!approve(&mut world, "dana", None), "one person is one person");
    world.run_for(30_000);
    assert!(world.calls_made.is_empty(), "{:?}", world.calls_made);
    assert!(approve(&mut world, "ewa", None));
    assert!(world.run_until(400_000, all_run_in_c), "{}", world.story());
}

#[test]
fn an_approval_that_nobody_gives_ends_the_run_with_nothing_done() {
    let mut world = World::with_copies("a", Autonomy::Ask, RPO);
    storage_dies(&mut world);
    let over = |world: &World| {
        world.state.runs.values().any(|run| matches!(run.state, RunState::Ended { .. }))
    };
    assert!(world.run_until(1_300_000, over), "{}", world.story());
    assert!(world.calls_made.is_empty(), "{:?}", world.calls_made);
}

#[test]
fn copies_that_may_lose_nothing_need_persons_who_name_the_seconds() {
    for (loss, starts) in [(None, false), (Some(1), false), (Some(60), true)] {
        let mut world = World::with_copies("a", Autonomy::Ask, Span::ZERO);
        storage_dies(&mut world);
        let waits = |world: &World| world.state.running_runs().next().is_some();
        assert!(world.run_until(200_000, waits), "{}", world.story());
        assert!(approve(&mut world, "dana", loss) && approve(&mut world, "ewa", loss));
        let started = world.run_until(400_000, all_run_in_c);
        assert_eq!(started, starts, "{loss:?}\n{}", world.story());
        if !starts {
            let says = world.log.iter().any(|(_, _, applied)| {
                applied.rejected.as_ref().is_some_and(|no| no.to_string().contains("would lose up"))
            });
            assert!(says, "{}", world.story());
        }
    }
}

/// At every committed entry of a run in turn, the leader dies before it can carry out what the
/// entry asks for; another controller goes on. The persons approve once.
#[test]
fn the_restart_survives_the_death_of_the_leader_at_every_step_boundary() {
    let play = |kill_after: Option<usize>| {
        let mut world = World::with_copies("a", Autonomy::Ask, RPO);
        let first = world.boundaries;
        world.kill_after = kill_after;
        storage_dies(&mut world);
        let waits =
            |world: &World| world.leader.is_some() && world.state.running_runs().next().is_some();
        assert!(world.run_until(300_000, waits), "{kill_after:?} {}", world.story());
        assert!(approve(&mut world, "dana", None));
        // The leader may have died of that entry.
        assert!(world.run_until(60_000, |world| world.leader.is_some()));
        assert!(approve(&mut world, "ewa", None));
        assert!(world.run_until(600_000, all_run_in_c), "{kill_after:?} {}", world.story());
        world.run_for(5_000);
        assert!(
            world.starts.values().all(|starts| *starts == 1),
            "{kill_after:?} {:?}",
            world.starts
        );
        (first, world.boundaries)
    };
    let (first, last) = play(None);
    for boundary in (first + 1..=last).step_by(3) {
        play(Some(boundary));
    }
}
