//! S9: nothing is started from a copy that lacks acknowledged writes, but within a loss that was
//! agreed to.

#![allow(clippy::unwrap_used)]

mod clinic;

use std::collections::BTreeSet;

use clinic::{Log, fence, observation, pinned, planned, run_started, seen, start_vm};
use model::action::Action;
use model::era::Token;
use model::estate::{Estate, Host, Replica};
use model::id::{IncidentId, PersonId, RunId};
use model::incident::Cause;
use model::observation::{CopyPoint, Detail, Observation, Status, Target};
use model::plan::PlannedItem;
use model::policy::{Autonomy, Policy};
use model::time::LogTime;
use model::units::Span;
use proptest::prelude::*;
use state_machine::{Approval, Command, Question, Rejection, State, Terms, apply};

/// What a side says of itself.
fn side(room: &str, serving: bool, elected: Option<&str>, generation: u64) -> Observation {
    let target = Target::StorageSide { layer: "svc".into(), room: room.into() };
    let status = if serving { Status::Up } else { Status::Down };
    let detail = Detail::Storage {
        serving,
        in_sync: elected.is_none_or(|winner| winner == room),
        elected: elected.map(Into::into),
        generation,
    };
    observation(room, target, status, detail)
}

fn copy(in_contact: bool, until: u64) -> Observation {
    let holds_until = CopyPoint::At(LogTime(until));
    let detail = Detail::Copy { in_contact, holds_until };
    observation("c", Target::Copy { volume: "vol".into() }, Status::Up, detail)
}

fn silent(target: Target) -> Observation {
    observation("c", target, Status::Unknown, Detail::None)
}

/// The clinic with a copy in room c and a host there, services that may lose five seconds, and a
/// policy at this level.
fn estate_with_copies() -> Estate {
    let mut estate = clinic::clinic();
    let volume = estate.volumes.get_mut(&"vol".into()).unwrap();
    volume.replica = Some(Replica { room: "c".into(), behind: Span::from_secs(2) });
    let host: Host = estate.hosts[&"a1".into()].clone();
    let c1 = Host { room: "c".into(), volumes: Default::default(), ..host };
    estate.hosts.insert("c1".into(), c1);
    estate.services.values_mut().for_each(|service| service.rpo = Span::from_secs(5));
    estate
}

fn log_with_copies(autonomy: Autonomy) -> Log {
    let mut log = Log::new();
    let mut policy = Policy::default();
    policy.incidents.values_mut().for_each(|class| class.autonomy = autonomy);
    let Command::EstateLoaded { runbooks, .. } = clinic::load() else { unreachable!() };
    log.ok(Command::EstateLoaded {
        estate: Box::new(pinned(estate_with_copies())),
        policy: Box::new(pinned(policy)),
        runbooks,
    });
    log.ok(seen(vec![clinic::host_up("c", "c1", "boot-1", Token::default())]));
    let sealed_below = log.token();
    log.ok(Command::HostAdmitted { host: "c1".into(), boot: "boot-1".to_owned(), sealed_below });
    log
}

fn from_copy(vm: &str, needs: &[&str]) -> PlannedItem {
    let action = Action::VmStartFromCopy { vm: vm.into(), host: "c1".into() };
    planned(&format!("start/{vm}"), action, needs)
}

fn fences() -> Vec<PlannedItem> {
    ["a1", "a2", "b1", "b2"].map(fence).into()
}

fn fence_all(log: &mut Log, run: RunId) {
    for host in ["a1", "a2", "b1", "b2"] {
        log.ok(log.start(run, &format!("fence/{host}"), 1));
        log.pass(Span::from_secs(10));
        log.ok(log.power_proof(host));
        log.ok(log.finish(run, &format!("fence/{host}"), 1, clinic::done()));
    }
}

/// All serve, and the copy keeps up; then both sides stop, and the copy holds so much.
fn layer_lost(log: &mut Log, copy_holds_until_before_the_end: u64) -> IncidentId {
    log.pass(Span::from_secs(100));
    log.ok(seen(vec![side("a", true, None, 0), side("b", true, None, 0)]));
    log.pass(Span::from_secs(100));
    let end = log.now;
    log.ok(seen(vec![side("a", false, None, 0), side("b", false, None, 0)]));
    log.ok(seen(vec![copy(false, end - copy_holds_until_before_the_end)]));
    let incident = log.incident(Cause::StorageLayerLost { layer: "svc".into() });
    log.pass(Span::from_secs(61));
    incident
}

#[test]
fn the_elected_side_burns_and_nothing_starts_from_the_old_copies() {
    let mut log = Log::new();
    log.ok(seen(vec![side("a", true, None, 0), side("b", true, None, 0)]));
    // The link is cut; storage goes on in a.
    log.ok(seen(vec![side("a", true, Some("a"), 1), side("b", false, None, 0)]));
    log.pass(Span::from_secs(600));
    let run = log.host_loss();
    log.ok(log.start(run, "fence/a1", 1));
    log.ok(seen(vec![silent(Target::Host { host: "a1".into() })]));
    log.pass(Span::from_secs(5));
    log.ok(log.power_proof("a1"));
    log.ok(log.finish(run, "fence/a1", 1, clinic::done()));
    // Room a has burnt; b, whose copy is ten minutes old, is forced to serve.
    log.ok(seen(vec![side("b", true, None, 0)]));
    let rejection = log.no(log.start(run, "start/db-1", 1));
    assert!(matches!(&rejection, Rejection::StaleSide { .. }), "{rejection}");
    assert!(rejection.to_string().contains("storage went on without it in room a"), "{rejection}");
    // Only a resynchronisation that followed ends it.
    log.ok(seen(vec![side("b", true, None, 1)]));
    log.ok(log.start(run, "start/db-1", 1));
}

#[test]
fn a_stale_side_is_not_confirmed() {
    let mut log = Log::new();
    log.ok(seen(vec![side("a", true, Some("a"), 1)]));
    let incident = log.incident(Cause::RoomLost { room: "a".into() });
    log.pass(Span::from_secs(61));
    let action = |room: &str| Action::StorageConfirmSide { layer: "svc".into(), room: room.into() };
    let items = ["a", "b"].map(|room| planned(&format!("storage/{room}"), action(room), &[]));
    let run = log.run(incident, items.into());
    assert!(matches!(log.no(log.start(run, "storage/b", 1)), Rejection::StaleLayer { .. }));
    log.ok(log.start(run, "storage/a", 1));
}

#[test]
fn a_host_whose_own_array_is_old_still_starts_vms_while_the_other_side_serves_it_over_the_link() {
    let mut log = Log::new();
    let mut estate = clinic::clinic();
    let link = model::estate::Link {
        kind: model::estate::LinkKind::Storage,
        between: ["a".into(), "b".into()].into(),
        paths: vec![model::estate::LinkPath { id: "p1".into() }],
        measured: None,
    };
    estate.links.insert("san-ab".into(), link);
    let Command::EstateLoaded { policy, runbooks, .. } = clinic::load() else { unreachable!() };
    log.ok(Command::EstateLoaded { estate: Box::new(pinned(estate)), policy, runbooks });
    log.ok(seen(vec![side("a", true, Some("a"), 1), side("b", false, Some("a"), 0)]));
    let incident = log.incident(Cause::VmLost { vm: "base-2".into(), host: "b1".into() });
    let run = log.run(incident, vec![start_vm("base-2", "b1", &[])]);
    assert!(matches!(log.no(log.start(run, "start/base-2", 1)), Rejection::StaleSide { .. }));
    let path = Target::Path { link: "san-ab".into(), path: "p1".into() };
    log.ok(seen(vec![observation("a", path, Status::Up, Detail::None)]));
    log.ok(log.start(run, "start/base-2", 1));
}

/// The layer is lost, every host is fenced, and db-1 runs in room C from its copy.
fn started_from_its_copy(log: &mut Log) -> RunId {
    let incident = layer_lost(log, 1_000);
    let mut items = fences();
    items.push(from_copy("db-1", &["fence/a1", "fence/a2", "fence/b1", "fence/b2"]));
    let run = log.run(incident, items);
    fence_all(log, run);
    log.ok(log.start(run, "start/db-1", 1));
    let token = log.state.vms[&"db-1".into()].placed.clone().unwrap().1;
    log.ok(seen(vec![clinic::vm_started("c", "db-1", "c1", token, log.key(run, "start/db-1"))]));
    log.ok(log.finish(run, "start/db-1", 1, clinic::done()));
    run
}

#[test]
fn both_sides_dead_the_main_services_start_from_copies_within_their_rpo() {
    let mut log = log_with_copies(Autonomy::Act);
    let run = started_from_its_copy(&mut log);
    assert_eq!(log.state.opened_in(&"vol".into()), Some(&"c".into()));
    log.ok(Command::RunEnded { run, end: state_machine::RunEnd::Succeeded });
    // Past the point of no return: what storage comes back with is old.
    let token = log.token();
    let admitted =
        Command::HostAdmitted { host: "a1".into(), boot: "boot-2".to_owned(), sealed_below: token };
    assert!(matches!(log.no(admitted), Rejection::OpenedElsewhere { .. }));
}

#[test]
fn no_estate_makes_anybody_forget_that_a_copy_was_opened() {
    let mut log = log_with_copies(Autonomy::Act);
    let load = |change: &dyn Fn(&mut Estate)| {
        let Command::EstateLoaded { policy, runbooks, .. } = clinic::load() else { panic!() };
        let mut estate = estate_with_copies();
        change(&mut estate);
        Command::EstateLoaded { estate: Box::new(pinned(estate)), policy, runbooks }
    };
    let replica = |estate: &mut Estate, room: Option<&str>| {
        let volume = estate.volumes.get_mut(&"vol".into()).unwrap();
        let behind = Span::from_secs(2);
        volume.replica = room.map(|room| Replica { room: room.into(), behind });
    };
    let taken_out = |estate: &mut Estate| replica(estate, None);
    let elsewhere = |estate: &mut Estate| replica(estate, Some("b"));
    log.clone().ok(load(&taken_out));
    let run = started_from_its_copy(&mut log);
    log.ok(Command::RunEnded { run, end: state_machine::RunEnd::Succeeded });
    for change in [&taken_out as &dyn Fn(&mut Estate), &elsewhere] {
        let rejection = log.no(load(change));
        assert!(matches!(rejection, Rejection::EstateForgets { .. }), "S4: {rejection}");
        assert!(rejection.to_string().contains("from its copy in room c"), "{rejection}");
    }
    // The volume leaves and its name comes back.
    log.ok(load(&|estate: &mut Estate| {
        estate.volumes.clear();
        estate.hosts.values_mut().for_each(|host| host.volumes.clear());
        estate.vms.values_mut().for_each(|vm| vm.volumes.clear());
    }));
    assert!(matches!(log.no(load(&taken_out)), Rejection::EstateForgets { .. }));
    log.ok(load(&|_: &mut Estate| ()));
    assert_eq!(log.state.opened_in(&"vol".into()), Some(&"c".into()));
}

#[test]
fn a_copy_is_not_opened_while_anybody_may_still_write_to_the_volume() {
    let mut log = log_with_copies(Autonomy::Act);
    let incident = layer_lost(&mut log, 1_000);
    let run = log.run(incident, vec![fence("a1"), from_copy("db-1", &["fence/a1"])]);
    log.ok(log.start(run, "fence/a1", 1));
    log.pass(Span::from_secs(10));
    log.ok(log.power_proof("a1"));
    log.ok(log.finish(run, "fence/a1", 1, clinic::done()));
    let rejection = log.no(log.start(run, "start/db-1", 1));
    assert!(matches!(rejection, Rejection::NotFenced { .. }), "{rejection}");
}

#[test]
fn a_copy_that_is_too_old_needs_two_persons_who_name_what_is_lost() {
    let mut log = log_with_copies(Autonomy::Ask);
    let incident = layer_lost(&mut log, 60_000);
    let approval = Action::Approval { from: vec!["role:operator".to_owned()], quorum: 2 };
    let mut items = vec![planned("approve/", approval, &[])];
    items.extend(fences().into_iter().map(|mut fence| {
        fence.needs.push(clinic::item_ref("approve/"));
        fence
    }));
    items.push(from_copy("db-1", &["fence/a1", "fence/a2", "fence/b1", "fence/b2"]));
    let run = log.run(incident, items);
    let rejection = log.no(log.start(run, "fence/a1", 1));
    assert!(matches!(rejection, Rejection::IllegalStep { .. }), "before the approval: {rejection}");
    log.ok(log.start(run, "approve/", 1));
    let approve = |log: &mut Log, person: &str, loss: Option<u64>| {
        let loss = loss.map(Span::from_secs);
        let key = log.key(run, "approve/");
        let mut entry = log.entry(Command::StepApproved { key, loss });
        entry.person = Some(PersonId::from(person));
        log.index += 1;
        apply(&mut log.state, log.index, &entry).rejected
    };
    assert_eq!(approve(&mut log, "dana", Some(90)), None);
    assert!(approve(&mut log, "dana", Some(90)).is_some(), "twice the same person");
    let early = log.no(log.finish(run, "approve/", 1, clinic::done()));
    assert!(matches!(early, Rejection::NoProof { .. }), "{early}");
    assert_eq!(approve(&mut log, "ewa", Some(30)), None);
    log.ok(log.finish(run, "approve/", 1, clinic::done()));
    fence_all(&mut log, run);
    // The second person has named 30 s only: both must have named what is lost.
    let rejection = log.no(log.start(run, "start/db-1", 1));
    let Rejection::OldCopy { lost: Some(lost), agreed, .. } = rejection else {
        panic!("{rejection}")
    };
    assert_eq!(agreed, Span::from_secs(30));
    assert!(lost >= Span::from_secs(60) && lost < Span::from_secs(70), "{lost}");
}

#[test]
fn who_named_a_loss_and_whose_word_has_lapsed_names_none() {
    let minutes = |of: u64| LogTime(of * 60_000);
    let terms = Terms { quorum: 2, from: BTreeSet::new(), valid_for: Span::from_secs(1800) };
    let question = Question::Incident { incident: IncidentId(7) };
    let mut asked = Approval::ask(question, None, minutes(0), terms);
    for (person, at, loss) in
        [("dana", 1, Some(600)), ("ewa", 25, Some(600)), ("finn", 40, None), ("gus", 41, Some(30))]
    {
        asked.say_yes(&person.into(), minutes(at)).unwrap();
        asked.name_loss(loss.map(Span::from_secs));
    }
    assert_eq!(asked.loss_named(minutes(30)), Some(Span::from_secs(600)));
    assert_eq!(asked.loss_named(minutes(42)), Some(Span::from_secs(30)), "dana's has lapsed");
}

#[test]
fn a_run_may_begin_unasked_only_if_it_asks_before_it_changes_anything() {
    let mut log = log_with_copies(Autonomy::Ask);
    let incident = layer_lost(&mut log, 1_000);
    let approval = |quorum| Action::Approval { from: vec!["role:operator".to_owned()], quorum };
    let late = vec![fence("a1"), planned("approve/", approval(2), &["fence/a1"])];
    assert!(matches!(log.no(run_started(incident, late)), Rejection::Braked { .. }));
    let mut one = vec![planned("approve/", approval(1), &[]), fence("a1")];
    one[1].needs.push(clinic::item_ref("approve/"));
    assert!(matches!(log.no(run_started(incident, one.clone())), Rejection::Braked { .. }));
    one[0].action = approval(2);
    one[0].on_failure = model::plan::OnFailure::Ignore;
    assert!(matches!(log.no(run_started(incident, one.clone())), Rejection::Braked { .. }));
    one[0].on_failure = model::plan::OnFailure::Abort;
    log.ok(run_started(incident, one));
}

#[test]
fn nobody_knows_how_old_a_copy_is_that_nobody_has_seen() {
    let log = log_with_copies(Autonomy::Act);
    assert_eq!(log.state.lost_by_copy(&"vol".into()), None);
}

fn news() -> impl Strategy<Value = Observation> {
    let room = prop_oneof![Just("a"), Just("b")];
    (room, any::<bool>(), 0_u64..4, 0_u8..3).prop_map(|(room, serving, generation, elected)| {
        let elected = match elected {
            0 => None,
            1 => Some("a"),
            _ => Some("b"),
        };
        side(room, serving, elected, generation)
    })
}

fn stale(state: &State) -> Vec<bool> {
    ["a", "b"].map(|room| state.stale_side(&"svc".into(), &room.into()).is_some()).into()
}

proptest! {
    /// News may come late, twice and in any order: what is known in the end is the same.
    #[test]
    fn the_order_of_news_makes_no_difference(news in proptest::collection::vec(news(), 1..8)) {
        let told = |order: &[Observation]| {
            let mut log = Log::new();
            for one in order {
                log.ok(seen(vec![one.clone()]));
            }
            stale(&log.state)
        };
        let mut backwards = news.clone();
        backwards.reverse();
        backwards.extend(news.clone());
        prop_assert_eq!(told(&news), told(&backwards));
    }
}
