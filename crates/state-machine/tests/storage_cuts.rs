//! What a storage cut proves: that no array serves the host any more, whatever it reaches.

#![allow(clippy::unwrap_used, clippy::panic)]

mod clinic;

use clinic::*;
use model::estate::{Array, Estate, StorageLayer, Volume};
use model::fence::FenceEvidence;
use model::id::{ControllerId, RunId};
use model::incident::Cause;
use model::observation::{Detail, Status, Target};
use model::plan::PlannedItem;
use model::units::Span;
use state_machine::{Command, Member, Rejection};

fn log_with(change: impl FnOnce(&mut Estate)) -> Log {
    let mut log = Log::empty();
    let members = [(1, "a"), (2, "b"), (3, "c")]
        .map(|(id, room)| Member { controller: ControllerId(id), room: room.into() });
    log.ok(Command::ClusterFormed { members: members.to_vec() });
    log.ok(Command::LeaderStarted { controller: ControllerId(1) });
    let Command::EstateLoaded { mut estate, policy, runbooks } = load() else { panic!() };
    change(&mut estate.value);
    log.ok(Command::EstateLoaded { estate, policy, runbooks });
    log
}

/// The host is lost and its fence is ordered.
fn fence_ordered(log: &mut Log, host: &str, then: Vec<PlannedItem>) -> RunId {
    let incident = log.incident(Cause::HostLost { host: host.into() });
    log.pass(Span::from_secs(31));
    let mut items = vec![fence(host)];
    items.extend(then);
    let run = log.run(incident, items);
    log.ok(log.start(run, &format!("fence/{host}"), 1));
    run
}

fn side(layer: &str, side: &str, status: Status) -> Command {
    let target = Target::StorageSide { layer: layer.into(), room: side.into() };
    seen(vec![observation("a", target, status, Detail::None)])
}

fn cut(arrays: &[&str]) -> FenceEvidence {
    FenceEvidence::StorageCut {
        unmapped_on: arrays.iter().map(|array| (*array).to_owned()).collect(),
        uplink_closed: "room a".to_owned(),
    }
}

#[track_caller]
fn proves_nothing(log: &mut Log, host: &str, evidence: FenceEvidence, says: &str) {
    let rejection = log.no(log.proof(host, evidence));
    assert!(matches!(rejection, Rejection::NoProof { .. }), "{rejection}");
    assert!(rejection.to_string().contains(says), "{rejection}");
}

#[test]
fn an_array_whose_layer_stopped_it_still_serves_a_volume_of_no_layer() {
    let mut log = log_with(|estate| {
        let local = Volume { layer: None, arrays: vec!["array-a".into()], replica: None };
        estate.volumes.insert("local-a".into(), local);
        for host in ["a1", "a2"] {
            estate.hosts.get_mut(&host.into()).unwrap().volumes.insert("local-a".into());
        }
        estate.vms.get_mut(&"db-1".into()).unwrap().volumes = ["local-a".into()].into();
    });
    let run = fence_ordered(&mut log, "a1", vec![start_vm("db-1", "a2", &["fence/a1"])]);
    // The link is cut, and the layer goes on in b.
    log.ok(side("svc", "a", Status::Down));
    log.ok(side("svc", "b", Status::Up));
    proves_nothing(&mut log, "a1", cut(&["array-b"]), "array array-a could still serve");
    log.ok(log.proof("a1", cut(&["array-a", "array-b"])));
    log.ok(log.finish(run, "fence/a1", 1, done()));
    log.ok(log.start(run, "start/db-1", 1));
}

#[test]
fn one_layer_does_not_say_for_another_that_it_goes_on() {
    let mut log = log_with(|estate| {
        estate.rooms.insert("d".into(), estate.rooms[&"a".into()].clone());
        estate.arrays.insert("array-d".into(), Array { room: "d".into() });
        let arrays = vec!["array-a".into(), "array-d".into()];
        let (quorum, preferred) = ("c".into(), "a".into());
        let layer = StorageLayer { arrays: arrays.clone(), quorum, preferred };
        estate.storage_layers.insert("svc-2".into(), layer);
        let volume = Volume { layer: Some("svc-2".into()), arrays, replica: None };
        estate.volumes.insert("vol-2".into(), volume);
        estate.hosts.get_mut(&"a1".into()).unwrap().volumes.insert("vol-2".into());
    });
    fence_ordered(&mut log, "a1", vec![]);
    // One says that its side in a stopped, the other that its other side goes on.
    log.ok(side("svc", "a", Status::Down));
    log.ok(side("svc-2", "d", Status::Up));
    let others = cut(&["array-b", "array-d"]);
    proves_nothing(&mut log, "a1", others.clone(), "array array-a could still serve");
    // Now the first went on without a, of the other's nobody knows.
    log.ok(side("svc", "b", Status::Up));
    proves_nothing(&mut log, "a1", others.clone(), "array array-a could still serve");
    log.ok(side("svc-2", "a", Status::Down));
    log.ok(log.proof("a1", others));
}
