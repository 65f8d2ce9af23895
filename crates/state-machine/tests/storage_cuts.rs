//! What a storage cut proves: that no array serves the host any more, whatever it reaches.

#![allow(clippy::unwrap_used, clippy::panic)]

mod clinic;

use clinic::*;
use model::action::Action;
use model::era::Era;
use model::era_order::{OldLog, OpenedFrom};
use model::estate::{Array, Estate, Replica, StorageLayer, Volume};
use model::fence::FenceEvidence;
use model::id::{ControllerId, RunId};
use model::incident::Cause;
use model::observation::{CopyPoint, Detail, Status, Target};
use model::plan::PlannedItem;
use model::policy::Autonomy;
use model::time::LogTime;
use model::units::Span;
use state_machine::{Command, CoveredBy, Member, OpenedEra, Rejection, RunEnd};

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

/// Everything but room c is fenced, and db-1 runs on c1 from the copy there.
fn runs_from_the_copy(c1_reaches_arrays: bool) -> Log {
    let mut log = log_with(|estate| {
        let volume = estate.volumes.get_mut(&"vol".into()).unwrap();
        volume.replica = Some(Replica { room: "c".into(), behind: Span::from_secs(2) });
        for host in ["c1", "c2"] {
            let mut definition = estate.hosts[&"a1".into()].clone();
            definition.room = "c".into();
            if !c1_reaches_arrays {
                definition.volumes.clear();
            }
            estate.hosts.insert(host.into(), definition);
        }
        estate.services.values_mut().for_each(|service| service.rpo = Span::from_secs(60));
    });
    let mut policy = policy();
    policy.incidents.values_mut().for_each(|class| class.autonomy = Autonomy::Act);
    let Command::EstateLoaded { runbooks, .. } = load() else { panic!() };
    let estate = Box::new(log.state.estate.clone().unwrap());
    log.ok(Command::EstateLoaded { estate, policy: Box::new(pinned(policy)), runbooks });
    log.pass(Span::from_secs(100));
    log.ok(side("svc", "a", Status::Up));
    log.ok(side("svc", "a", Status::Down));
    let holds_until = CopyPoint::At(LogTime(log.now));
    let copy = Detail::Copy { in_contact: false, holds_until };
    let target = Target::Copy { volume: "vol".into() };
    log.ok(seen(vec![observation("c", target, Status::Up, copy)]));
    let incident = log.incident(Cause::StorageLayerLost { layer: "svc".into() });
    log.pass(Span::from_secs(61));
    let others = ["a1", "a2", "b1", "b2"];
    let mut items: Vec<PlannedItem> = others.map(fence).into();
    items.push(from_copy("c1", &["fence/a1", "fence/a2", "fence/b1", "fence/b2"]));
    let run = log.run(incident, items);
    for host in others {
        log.ok(log.start(run, &format!("fence/{host}"), 1));
        log.pass(Span::from_secs(10));
        log.ok(log.power_proof(host));
        log.ok(log.finish(run, &format!("fence/{host}"), 1, done()));
    }
    log.ok(log.start(run, "start/db-1", 1));
    let key = log.key(run, "start/db-1");
    log.ok(seen(vec![vm_started("a", "db-1", "c1", log.token(), key)]));
    log.ok(log.finish(run, "start/db-1", 1, done()));
    log.ok(Command::RunEnded { run, end: RunEnd::Succeeded });
    log
}

fn from_copy(host: &str, needs: &[&str]) -> PlannedItem {
    let action = Action::VmStartFromCopy { vm: "db-1".into(), host: host.into() };
    planned("start/db-1", action, needs)
}

#[test]
fn a_host_that_runs_from_a_copy_is_not_cut_off_by_arrays_that_it_does_not_use() {
    for (c1_reaches_arrays, arrays, says) in [
        (false, &[][..], "no array serves host c1"),
        (true, &["array-a", "array-b"], "VM db-1 might run on host c1 with volume vol"),
    ] {
        let mut log = runs_from_the_copy(c1_reaches_arrays);
        let then = vec![from_copy("c2", &["fence/c1"])];
        let run = fence_ordered(&mut log, "c1", then);
        proves_nothing(&mut log, "c1", cut(arrays), says);
        let early = log.no(log.finish(run, "fence/c1", 1, done()));
        assert!(matches!(early, Rejection::NoProof { .. }), "{early}");
        log.ok(log.power_proof("c1"));
        log.ok(log.finish(run, "fence/c1", 1, done()));
        log.ok(log.start(run, "start/db-1", 1));
    }
}

#[test]
fn a_new_eras_doubt_about_every_vm_holds_up_no_cut_of_a_host_that_reaches_arrays() {
    let mut log = log_with(|estate| {
        let arrays = vec!["array-b".into()];
        let local = Volume { layer: None, arrays, replica: None };
        estate.volumes.insert("local-b".into(), local);
        estate.hosts.get_mut(&"b1".into()).unwrap().volumes.insert("local-b".into());
        let vm = estate.vms.get_mut(&"base-2".into()).unwrap();
        vm.volumes.insert("local-b".into());
    });
    fence_ordered(&mut log, "a1", vec![]);
    let both = cut(&["array-a", "array-b"]);
    let placed = log.token();
    let base = log.state.vms.get_mut(&"base-2".into()).unwrap();
    base.might_run_on.insert("a1".into(), placed);
    proves_nothing(&mut log, "a1", both.clone(), "VM base-2 might run on host a1");
    let hosts = [("a1".into(), CoveredBy::Wait)].into();
    log.state.opened = Some(OpenedEra {
        order: String::new(),
        from: OpenedFrom::Survivor,
        old: OldLog { era: Era(0), origin: String::new(), size: 0, root: String::new() },
        statement: String::new(),
        persons: Default::default(),
        token: placed,
        at: LogTime(0),
        waited_ms: 0,
        hosts,
        superseded_runs: Vec::new(),
        superseded_incidents: Vec::new(),
        orphans: Vec::new(),
    });
    log.ok(log.proof("a1", both));
}
