//! Each command: what it needs, what it does, what it refuses.

#![allow(clippy::unwrap_used, clippy::panic)]

mod clinic;

use clinic::*;
use model::era::Era;
use model::estate::Replica;
use model::id::{ControllerId, HostId, IncidentId, RoomId, VmId};
use model::incident::{Cause, Phase};
use model::observation::{Detail, Status, Target};
use model::time::LogTime;
use model::units::Span;
use runbook::ItemState;
use state_machine::{Command, Intended, Member, Rejection, RunEnd, State};

fn host(id: &str) -> HostId {
    id.into()
}

#[test]
fn only_the_last_leader_to_start_changes_anything() {
    let mut log = Log::new();
    log.by = 2;
    assert!(matches!(log.no(Command::Resumed), Rejection::NotLeading { .. }));
    let before = log.token();
    log.ok(Command::LeaderStarted { controller: ControllerId(2) });
    assert!(log.token() > before);
    log.ok(Command::Resumed);
    log.by = 1;
    assert!(matches!(log.no(Command::Resumed), Rejection::NotLeading { .. }));
    assert!(matches!(
        log.no(Command::LeaderStarted { controller: ControllerId(2) }),
        Rejection::NotLeading { .. }
    ));
    log.by = 9;
    assert!(matches!(
        log.no(Command::LeaderStarted { controller: ControllerId(9) }),
        Rejection::NoSuch { .. }
    ));
}

#[test]
fn an_entry_of_another_era_changes_nothing_but_log_time() {
    let mut log = Log::new();
    let mut entry = log.entry(Command::Resumed);
    entry.era = Era(7);
    entry.at = LogTime(999_999);
    let applied = state_machine::apply(&mut log.state, 99, &entry);
    assert!(matches!(applied.rejected, Some(Rejection::WrongEra { .. })));
    assert_eq!(log.state.log_time, LogTime(999_999));
}

#[test]
fn log_time_never_goes_back() {
    let mut log = Log::new();
    log.now = 50_000;
    log.ok(Command::Resumed);
    log.now = 10;
    log.ok(Command::Resumed);
    assert_eq!(log.state.log_time, LogTime(50_000));
}

#[test]
fn a_cluster_is_formed_once_with_one_controller_a_room() {
    let member = |id, room: &str| Member { controller: ControllerId(id), room: room.into() };
    let formed = |members| Command::ClusterFormed { members };
    for members in [vec![member(1, "a"), member(2, "a")], vec![member(1, "a"), member(1, "b")]] {
        let rejection = Log::empty().no(formed(members));
        assert!(matches!(rejection, Rejection::TwoControllersInOneRoom { .. }));
    }
    let mut log = Log::new();
    assert_eq!(log.no(formed(vec![member(4, "d")])), Rejection::AlreadyFormed);
}

#[test]
fn the_first_load_admits_every_host_and_places_every_vm_on_its_home() {
    let log = Log::new();
    let vm = &log.state.vms[&VmId::from("db-1")];
    let (home, placed) = vm.placed.clone().unwrap();
    assert_eq!(home, host("a1"));
    assert_eq!(vm.might_run_on[&home], placed);
    let record = &log.state.hosts[&home];
    assert_eq!(record.admitted.as_ref().unwrap().token, placed);
    assert_eq!(record.admitted.as_ref().unwrap().boot, "boot-1", "the first boot is let in");
    assert!(record.armed.is_some(), "armed, as the estate says and the agent shows");
}

#[test]
fn a_reload_keeps_what_is_known_and_does_not_forget_where_a_vm_might_run() {
    let mut log = Log::new();
    let vm = VmId::from("app-1");
    log.ok(Command::VmIntended {
        vm: vm.clone(),
        intended: Intended::StoppedOnPurpose,
        reason: "asked".to_owned(),
    });
    let Command::EstateLoaded { mut estate, policy, runbooks } = load() else { panic!() };
    estate.value.vms.remove(&VmId::from("app-4"));
    log.ok(Command::EstateLoaded { estate: estate.clone(), policy: policy.clone(), runbooks });
    assert_eq!(log.state.vms[&vm].intended, Intended::StoppedOnPurpose);
    assert!(!log.state.vms.contains_key(&VmId::from("app-4")));
    // Host a1 leaves while db-1 might be running on it.
    estate.value.hosts.remove(&host("a1"));
    for vm in estate.value.vms.values_mut() {
        vm.home = "b1".into();
    }
    let rejection = log.no(Command::EstateLoaded { estate, policy, runbooks: Vec::new() });
    assert!(matches!(rejection, Rejection::NotFenced { .. }), "{rejection}");
}

#[test]
fn who_joins_a_hosts_takers_by_a_reload_may_not_be_asked_by_it() {
    let mut log = Log::new();
    let with = |in_c: bool, replica: bool| {
        let Command::EstateLoaded { mut estate, policy, runbooks } = load() else { unreachable!() };
        if in_c {
            let mut c1 = estate.value.hosts[&host("a1")].clone();
            (c1.room, c1.volumes) = ("c".into(), [].into());
            estate.value.hosts.insert(host("c1"), c1);
        }
        let copy = Replica { room: "c".into(), behind: Span::from_secs(2) };
        for volume in estate.value.volumes.values_mut().filter(|_| replica) {
            volume.replica = Some(copy.clone());
        }
        Command::EstateLoaded { estate, policy, runbooks }
    };
    // A cluster that begins with c1: its first sets name whom they name.
    let mut log_with_c1 = Log::empty();
    let members = [(1, "a"), (2, "b"), (3, "c")]
        .map(|(id, room)| Member { controller: ControllerId(id), room: room.into() });
    log_with_c1.ok(Command::ClusterFormed { members: members.to_vec() });
    log_with_c1.ok(Command::LeaderStarted { controller: ControllerId(1) });
    log_with_c1.ok(with(true, false));
    let asks = |log: &Log, of: &str, by: &str| log.state.surely_asks(&host(of), &host(by));
    assert!(asks(&log_with_c1, "a1", "c1") && asks(&log_with_c1, "a1", "b1"));
    log_with_c1.ok(with(true, false));
    assert!(asks(&log_with_c1, "a1", "c1"), "nothing has changed");
    // Copies go to room c: c1 can take what runs on a1, and a1 may not know it yet.
    log_with_c1.ok(with(true, true));
    assert!(!asks(&log_with_c1, "a1", "c1") && !asks(&log_with_c1, "c1", "a1"));
    assert!(asks(&log_with_c1, "a1", "b1"), "those who were there are asked");
    log_with_c1.ok(with(true, true));
    assert!(!asks(&log_with_c1, "a1", "c1"), "a reload confirms no set");
    // A host that is new is asked by none of those who were there, and asks whom it is told to.
    log.ok(with(true, true));
    assert!(!asks(&log, "a1", "c1") && asks(&log, "c1", "a1"));
}

#[test]
fn a_load_with_a_hash_that_is_none_is_refused() {
    let mut log = Log::new();
    let Command::EstateLoaded { mut estate, policy, runbooks } = load() else { panic!() };
    estate.hash = "abc".to_owned();
    let rejection = log.no(Command::EstateLoaded { estate, policy, runbooks });
    assert!(rejection.to_string().contains("not a SHA-256"), "{rejection}");
}

#[test]
fn an_observation_keeps_since_when_and_when_it_was_last_up() {
    let mut log = Log::new();
    let target = Target::Array { array: "array-a".into() };
    let say = |status| seen(vec![observation("b", target.clone(), status, Detail::None)]);
    log.now = 1_000;
    log.ok(say(Status::Up));
    log.now = 5_000;
    log.ok(say(Status::Unknown));
    log.now = 9_000;
    log.ok(say(Status::Unknown));
    let seen = &log.state.observations[&target][&RoomId::from("b")];
    assert_eq!(seen.since, LogTime(5_000));
    assert_eq!(seen.last_up, Some(LogTime(3_500)), "three results were needed to believe it");
    assert_eq!(seen.heard_at, LogTime(9_000));
}

#[test]
fn what_no_estate_has_is_not_observed() {
    let mut log = Log::new();
    let ghost = observation("b", Target::Host { host: "zz".into() }, Status::Up, Detail::None);
    assert!(matches!(log.no(seen(vec![ghost])), Rejection::NoSuch { .. }));
}

#[test]
fn a_host_with_another_boot_is_in_quarantine_until_it_is_admitted() {
    let mut log = Log::new();
    let run = log.host_loss();
    log.ok(seen(vec![host_up("b", "b1", "boot-2", token(1))]));
    assert!(!log.state.hosts[&host("b1")].may_start());
    log.ok(log.start(run, "fence/a1", 1));
    log.ok(log.power_proof("a1"));
    log.ok(log.finish(run, "fence/a1", 1, done()));
    let rejection = log.no(log.start(run, "start/db-1", 1));
    assert!(matches!(rejection, Rejection::Quarantined { .. }), "S7: {rejection}");
    // A room that is late tells of the boot before: nothing new.
    log.ok(seen(vec![host_up("a", "b1", "boot-1", token(1))]));
    let admit = |sealed_below| Command::HostAdmitted {
        host: host("b1"),
        boot: "boot-2".to_owned(),
        sealed_below,
    };
    assert!(matches!(log.no(admit(token(1))), Rejection::WrongToken { .. }), "seals too little");
    let too_high = token(log.token().epoch.0 + 2);
    assert!(matches!(log.no(admit(too_high)), Rejection::WrongToken { .. }));
    let before = log.token();
    log.ok(admit(before));
    assert!(log.token() > before, "an admission raises the epoch");
    log.ok(seen(vec![host_up("a", "b1", "boot-1", token(1))]));
    assert!(log.state.hosts[&host("b1")].may_start(), "late word of the old boot");
    log.ok(log.start(run, "start/db-1", 1));
}

#[test]
fn a_vm_stopped_on_purpose_is_wanted_down_until_its_administrator_starts_it() {
    let mut log = Log::new();
    let vm = VmId::from("app-1");
    let intended = |log: &Log| log.state.vms[&VmId::from("app-1")].intended;
    log.ok(seen(vec![vm_seen("b", "app-1", "a2", Status::Up, None, false)]));
    log.ok(seen(vec![vm_seen("b", "app-1", "a2", Status::Down, None, false)]));
    assert_eq!(intended(&log), Intended::Running, "it only stopped");
    log.ok(seen(vec![vm_seen("b", "app-1", "a2", Status::Up, None, false)]));
    log.ok(seen(vec![vm_seen("b", "app-1", "a2", Status::Down, None, true)]));
    assert_eq!(intended(&log), Intended::StoppedOnPurpose);
    // Another room's late word is no new start.
    log.ok(seen(vec![vm_seen("c", "app-1", "a2", Status::Up, None, false)]));
    assert_eq!(intended(&log), Intended::StoppedOnPurpose);
    log.ok(seen(vec![vm_seen("b", "app-1", "a2", Status::Up, None, false)]));
    assert_eq!(intended(&log), Intended::Running);
    assert!(log.state.vms[&vm].might_run_on.contains_key(&host("a2")));
}

#[test]
fn a_vm_that_its_administrator_moved_might_run_in_both_places_until_one_is_sealed() {
    let mut log = Log::new();
    log.ok(seen(vec![
        vm_seen("b", "app-1", "a2", Status::Down, None, false),
        vm_seen("b", "app-1", "a1", Status::Up, None, false),
    ]));
    let vm = &log.state.vms[&VmId::from("app-1")];
    assert_eq!(vm.placed.as_ref().unwrap().0, host("a1"));
    assert_eq!(vm.might_run_on.len(), 2);
}

#[test]
fn a_verdict_needs_its_hold_off_and_one_cause_has_one_incident() {
    let mut log = Log::new();
    let cause = Cause::HostLost { host: "a1".into() };
    assert!(matches!(log.no(opened(cause.clone(), Span::ZERO)), Rejection::Braked { .. }));
    assert!(matches!(
        log.no(opened(Cause::HostLost { host: "zz".into() }, Span::from_secs(30))),
        Rejection::NoSuch { .. }
    ));
    let incident = log.incident(cause.clone());
    assert_eq!(
        log.no(opened(cause.clone(), Span::from_secs(30))),
        Rejection::AlreadyOpen { incident }
    );
    let end =
        |withdrawn| Command::IncidentEnded { incident, withdrawn, reason: "it answers".to_owned() };
    log.ok(end(true));
    assert_eq!(log.state.incidents[&incident].phase, Phase::Withdrawn);
    assert_eq!(log.no(end(true)), Rejection::IncidentOver { incident });
    log.incident(cause);
}

#[test]
fn what_is_under_maintenance_makes_no_incident_until_its_time_is_over() {
    let mut log = Log::new();
    let set = |log: &Log, host: Option<&str>, hours: u64| Command::MaintenanceSet {
        host: host.map(HostId::from),
        room: "a".into(),
        until: LogTime(log.now).after(Span::from_secs(hours * 3600)),
        reason: "new memory".to_owned(),
    };
    assert_eq!(
        log.no(set(&log, Some("a1"), 169)),
        Rejection::NoEnd { longest: Span::from_secs(168 * 3600) }
    );
    assert!(matches!(log.no(set(&log, Some("b1"), 1)), Rejection::NoSuch { .. }));
    log.ok(set(&log, Some("a1"), 1));
    let cause = Cause::HostLost { host: "a1".into() };
    let open = opened(cause, Span::from_secs(30));
    assert!(matches!(log.no(open.clone()), Rejection::Braked { .. }));
    log.pass(Span::from_secs(3601));
    log.ok(open);
    log.ok(set(&log, None, 1));
    let room = opened(Cause::RoomLost { room: "a".into() }, Span::from_secs(60));
    assert!(matches!(log.no(room.clone()), Rejection::Braked { .. }));
    log.ok(set(&log, None, 0));
    log.ok(room);
}

#[test]
fn a_state_reads_back_from_its_snapshot() {
    let mut log = Log::new();
    let run = log.host_loss();
    log.ok(log.start(run, "fence/a1", 1));
    log.ok(log.power_proof("a1"));
    let snapshot = serde_json::to_vec(&log.state).unwrap();
    assert_eq!(serde_json::from_slice::<State>(&snapshot).unwrap(), log.state);
    assert_eq!(log.state.runs[&run].items[&item_ref("start/db-1")].state, ItemState::Waiting);
}

#[test]
fn the_past_is_kept_within_bounds() {
    let mut log = Log::new();
    let mut first = None;
    for _ in 0..1100 {
        let incident = log.incident(Cause::VmLost { vm: "db-1".into(), host: "a1".into() });
        first.get_or_insert(incident);
        log.pass(Span::from_secs(200));
        let run = log.run(
            incident,
            vec![planned(
                "check/x",
                model::action::Action::StorageConfirmSide { layer: "svc".into(), room: "a".into() },
                &[],
            )],
        );
        let key = log.key(run, "check/x");
        log.ok(Command::StepSkipped { key, reason: String::new() });
        log.ok(Command::RunEnded { run, end: RunEnd::Succeeded });
        log.ok(Command::IncidentEnded { incident, withdrawn: false, reason: String::new() });
    }
    assert_eq!(log.state.incidents.len(), 1000);
    assert!(!log.state.incidents.contains_key(&first.unwrap_or(IncidentId(0))));
    assert!(log.state.runs.len() <= 1001, "{}", log.state.runs.len());
    assert!(log.state.runs.values().filter(|run| !run.items.is_empty()).count() <= 101);
}
