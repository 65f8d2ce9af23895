//! Stories in which persons matter: what they attest, and what they are shown.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod world;

use model::fence::Rung;
use model::id::{HostId, RoomId};
use model::policy::{Autonomy, Policy};
use model::units::Span;
use state_machine::{AttestedHost, Command, RunState};
use world::World;

fn attested(world: &World, host: &str) -> Command {
    let host = HostId::from(host);
    let token = world.state.hosts[&host].fence.as_ref().unwrap().token;
    Command::Attested {
        hosts: vec![AttestedHost { host, token }],
        statement: "its plugs are out".to_owned(),
    }
}

#[test]
fn two_persons_prove_what_no_other_rung_could_and_its_vms_start_elsewhere() {
    let mut policy = Policy::default();
    policy.people.attest = ["anna", "bob"].map(Into::into).into();
    let mut world = World::with_policy("b", policy);
    let room = RoomId::from("b");
    let host = HostId::from("a1");
    let disarmed = Command::HostArmed { host: host.clone(), armed: false, watchdog: Span::ZERO };
    assert_eq!(world.commit(&room, disarmed).rejected, None);
    (world.broken_power, world.refuse_cuts) = (true, true);
    world.hosts.get_mut(&host).unwrap().on = false;
    let given_up = |w: &World| {
        w.state.runs.len() == 3 && w.state.runs.values().all(|r| r.state != RunState::Running)
    };
    assert!(world.run_until(3_600_000, given_up), "{}", world.story());
    world.run_for(120_000);
    assert_eq!(world.state.runs.len(), 3, "no rung has proved: it waits for persons");
    assert!(world.starts.is_empty());

    let first = attested(&world, "a1");
    assert_eq!(world.commit_for(&room, Some("anna".into()), first.clone()).rejected, None);
    world.run_for(60_000);
    assert!(world.commands("fence-proved").is_empty(), "one person is no proof");
    assert_eq!(world.commit_for(&room, Some("bob".into()), first).rejected, None);
    assert!(world.run_until(300_000, |w| w.running().len() == 8), "{}", world.story());
    let proofs = world.commands("fence-proved");
    let [Command::FenceProved { proof }] = proofs.as_slice() else {
        panic!("{}", world.story());
    };
    assert_eq!(proof.evidence.rung(), Rung::People);
    assert!(world.starts.values().all(|starts| *starts == 1), "{:?}", world.starts);
}

#[test]
fn where_bascule_only_observes_it_says_once_what_it_would_do_and_does_nothing() {
    let mut policy = Policy::default();
    for class in policy.incidents.values_mut() {
        class.autonomy = Autonomy::Observe;
    }
    let mut world = World::with_policy("b", policy);
    world.kill_room("a");
    world.run_for(300_000);
    let would = world.commands("would-run");
    let [Command::WouldRun { incident, digest, .. }] = would.as_slice() else {
        panic!("{}", world.story());
    };
    let opened = world.state.incidents[incident].opened_at;
    assert!(world.state.would_run[incident].at >= opened.after(Span::from_secs(60)));
    let on_a = world.state.estate.as_ref().unwrap().value.hosts_in(&"a".into()).count();
    assert_eq!(digest.fences.len(), on_a);
    assert_eq!(digest.starts.len(), 4, "{digest:?}");
    assert!(digest.starts.iter().all(|start| start.host.as_str().starts_with('b')));
    assert!(world.state.runs.is_empty() && world.calls_made.is_empty(), "{}", world.story());
}
