//! Stories of fences under way: what the ladder may prove, and whom it asks.

#![allow(clippy::unwrap_used)]

mod world;

use std::collections::BTreeSet;

use model::call::Call;
use model::fence::{FenceEvidence, FenceProof};
use model::id::HostId;
use model::units::Span;
use state_machine::Command;
use world::World;

/// How the fence of this host was proved.
fn proofs<'a>(world: &'a World, host: &str) -> Vec<&'a FenceEvidence> {
    let host = HostId::from(host);
    let all = world.commands("fence-proved").into_iter();
    all.filter_map(|command| match command {
        Command::FenceProved { proof: FenceProof { target, evidence, .. } } if *target == host => {
            Some(evidence)
        }
        _ => None,
    })
    .collect()
}

#[test]
fn a_host_that_is_disarmed_and_armed_again_while_fenced_is_waited_for_from_the_arming() {
    let mut world = World::new("b");
    (world.broken_power, world.refuse_cuts) = (true, true);
    let host = HostId::from("a1");
    // Its side of the storage is lost, it lives, and only its lease can prove.
    world.stopped_sides.insert("a".into());
    let withheld = |w: &World| {
        w.state.hosts[&host].fence.as_ref().is_some_and(|order| !order.withheld.is_empty())
    };
    assert!(world.run_until(120_000, withheld), "{}", world.story());
    world.run_for(20_000);
    // The room's other host is reset in time; a1 is not, because a person has disarmed it.
    let arming = |armed, seconds| Command::HostArmed {
        host: host.clone(),
        armed,
        watchdog: Span::from_secs(seconds),
    };
    world.commit(&"b".into(), arming(false, 0));
    world.hosts.get_mut(&host).unwrap().armed_by = None;
    world.power_fails("a2");
    world.run_for(40_000);
    assert!(proofs(&world, "a1").is_empty(), "{}", world.story());
    world.commit(&"b".into(), arming(true, 10));
    world.hosts.get_mut(&host).unwrap().armed_by = Some(world.state.token());
    world.run_for(31_000);
    assert!(world.state.hosts[&host].armed.is_some(), "{}", world.story());
    assert!(proofs(&world, "a1").is_empty(), "S1: {}", world.story());
    world.power_fails("a1");
    assert!(world.run_until(10_000, |w| !proofs(w, "a1").is_empty()), "{}", world.story());
}

#[test]
fn what_was_read_as_off_proves_nothing_once_anything_else_was_read_or_time_has_passed() {
    for says_nothing_else in [false, true] {
        let mut world = World::new("b");
        (world.lying_power, world.refuse_cuts) = (true, true);
        // Rooms a and c hear a1 and it is fenced with its room, whose side is lost.
        world.stopped_sides.insert("a".into());
        let host = HostId::from("a1");
        let asked = |w: &World| {
            let off = |call: &&Call| matches!(call, Call::PowerOff { host: of } if *of == host);
            w.calls_made.iter().filter(off).count()
        };
        assert!(world.run_until(120_000, |w| asked(w) == 2), "{}", world.story());
        // It was resetting itself. From now on it answers nothing, or is asked no more.
        if says_nothing_else {
            world.power_hangs = true;
            world.run_for(10_000);
        } else {
            world.broken_power = true;
            world.run_for(1_000);
        }
        world.hosts.get_mut(&host).unwrap().silent_agent = true;
        world.run_for(9_000);
        assert!(!world.state.is_heard(&host), "{}", world.story());
        let by_power = |w: &World| {
            let all = proofs(w, "a1").into_iter();
            all.filter(|proof| matches!(proof, FenceEvidence::PowerOff { .. })).count()
        };
        assert_eq!(by_power(&world), 0, "S1: {}", world.story());
        // Read again in silence, it proves.
        (world.power_hangs, world.broken_power, world.lying_power) = (false, false, false);
        assert!(world.run_until(30_000, |w| by_power(w) == 1), "{}", world.story());
    }
}

/// Who withholds from this host by a committed entry.
fn withholders(world: &World, host: &str) -> BTreeSet<HostId> {
    let order = world.state.hosts[&HostId::from(host)].fence.as_ref();
    order.into_iter().flat_map(|order| &order.withheld).map(|one| one.by.clone()).collect()
}

#[test]
fn a_withholding_without_effect_under_a_new_leader_keeps_nobody_else_from_being_asked() {
    let mut world = World::new("c");
    let (b1, b2) = (HostId::from("b1"), HostId::from("b2"));
    world.power_fails("b1");
    world.hosts.get_mut(&b1).unwrap().vms.clear();
    assert!(world.run_until(120_000, |w| w.state.hosts[&b1].fence.is_some()));
    assert!(world.run_until(120_000, |w| w.state.running_runs().next().is_none()));
    let machine = world.hosts.get_mut(&b1).unwrap();
    (machine.on, machine.boot) = (true, 2);
    assert!(world.run_until(60_000, |w| w.state.hosts[&b1].may_start()), "{}", world.story());
    // This leader has seen every host confirm a set that asks b1.
    world.run_for(20_000);
    world.kill_room("a");
    let first = |w: &World| !withholders(w, "a1").is_empty();
    assert!(world.run_until(120_000, first), "{}", world.story());
    assert_eq!(withholders(&world, "a1"), BTreeSet::from([b1.clone()]), "{}", world.story());
    // The next one has not.
    world.elect(&"b".into());
    assert!(world.run_until(60_000, |w| withholders(w, "a1").contains(&b2)), "{}", world.story());
    assert!(world.run_until(300_000, |w| w.running().len() == 8), "{}", world.story());
    for proof in proofs(&world, "a1") {
        let by_b2 =
            matches!(proof, FenceEvidence::LeaseExpired { withheld_by, .. } if *withheld_by == b2);
        assert!(by_b2, "{}", world.story());
    }
}

#[test]
fn whom_a_host_may_not_ask_yet_after_a_reload_does_not_withhold_for_a_new_leader() {
    for (reload, confirmed) in [(false, true), (true, true), (true, false)] {
        let mut world = World::each_room_alone("c", !reload);
        world.run_for(10_000);
        if reload {
            world.load_copies();
        }
        if confirmed {
            // Grants with the new set, and renewals that confirm it.
            world.run_for(20_000);
        } else {
            // Cut off with the old set; the new leader has seen none.
            world.kill_room("a");
            world.elect(&"b".into());
        }
        world.kill_room("a");
        let fenced = |w: &World| {
            let asked = w.calls_made.iter();
            asked
                .filter(|call| matches!(call, Call::PowerOff { host } if host.as_str() == "a1"))
                .count()
        };
        assert!(world.run_until(120_000, |w| fenced(w) > 3), "{}", world.story());
        let by_c1 = withholders(&world, "a1").contains(&HostId::from("c1"));
        assert_eq!(by_c1, confirmed, "reload {reload}: {}", world.story());
        world.run_for(60_000);
        assert_eq!(proofs(&world, "a1").is_empty(), !confirmed, "S1: {}", world.story());
    }
}
