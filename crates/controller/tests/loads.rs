//! Another estate is loaded: what the rooms see is told again.

#![allow(clippy::unwrap_used, clippy::panic)]

mod world;

use std::collections::BTreeSet;

use model::estate::Estate;
use model::id::{HostId, RoomId, VmId};
use model::observation::{Status, Target};
use state_machine::Command;
use world::World;

/// Who says what of what, as far as anything is said.
fn told(world: &World) -> BTreeSet<(Target, RoomId, bool)> {
    let sights = world.state.observations.iter();
    sights
        .flat_map(|(target, rooms)| {
            rooms
                .iter()
                .map(|(room, seen)| (target.clone(), room.clone(), seen.status == Status::Up))
        })
        .collect()
}

fn load(world: &mut World, change: impl FnOnce(&mut Estate)) {
    let loaded = world.commands("estate-loaded").into_iter().next().unwrap().clone();
    let Command::EstateLoaded { mut estate, policy, runbooks } = loaded else { panic!() };
    change(&mut estate.value);
    let leader = world.leader.clone().unwrap();
    let applied = world.commit(&leader, Command::EstateLoaded { estate, policy, runbooks });
    assert_eq!(applied.rejected, None);
}

#[test]
fn what_an_estate_without_it_made_the_log_forget_every_room_tells_again() {
    let mut world = World::new("a");
    world.run_for(5_000);
    let before = told(&world);
    let app_1 = Target::Vm { vm: "app-1".into(), host: "a2".into() };
    let rooms = world.state.observations[&app_1].len();
    assert!(rooms > 1, "{}", world.story());
    load(&mut world, |estate| {
        estate.vms.remove(&VmId::from("app-1"));
        estate.hosts.retain(|id, _| *id != HostId::from("b2"));
        estate.vms.retain(|_, vm| vm.home != HostId::from("b2"));
    });
    world.run_for(5_000);
    assert!(!world.state.observations.contains_key(&app_1));
    load(&mut world, |_| ());
    world.run_for(30_000);
    let missing: Vec<_> = before.difference(&told(&world)).cloned().collect();
    assert_eq!(missing, [], "{}", world.story());
    assert_eq!(world.state.observations[&app_1].len(), rooms);
    assert!(world.state.hosts[&HostId::from("b2")].may_start(), "let in again: {}", world.story());
    // Its agent let go of what it held, like any that is let in.
    assert_eq!(world.running().len(), 8, "{}", world.story());
}
