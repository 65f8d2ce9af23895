//! What a plan may touch, and what is said of one that is not carried out.

#![allow(clippy::unwrap_used)]

mod clinic;

use clinic::{Log, fence, run_started, start_vm};
use model::id::IncidentId;
use model::incident::Cause;
use model::plan::{Digest, Plan};
use model::policy::Autonomy;
use model::units::Span;
use state_machine::{Command, Rejection};

fn observing() -> (Log, IncidentId) {
    let mut log = Log::new();
    let Command::EstateLoaded { estate, mut policy, runbooks } = clinic::load() else {
        unreachable!()
    };
    for class in policy.value.incidents.values_mut() {
        class.autonomy = Autonomy::Observe;
    }
    log.ok(Command::EstateLoaded { estate, policy, runbooks });
    let incident = log.incident(Cause::HostLost { host: "a1".into() });
    (log, incident)
}

fn would(incident: IncidentId) -> Command {
    let items = vec![fence("a1"), start_vm("db-1", "b1", &["fence/a1"])];
    let digest = Plan { items, ..Plan::default() }.digest();
    Command::WouldRun { incident, runbook: "host-loss".into(), digest: Box::new(digest) }
}

#[test]
fn what_would_be_done_is_said_once_when_it_would_begin_and_changes_nothing_else() {
    let (mut log, incident) = observing();
    assert_eq!(log.no(would(incident)), Rejection::HoldOff { incident });
    log.pass(Span::from_secs(31));
    let before = log.state.clone();
    let applied = log.ok(would(incident));
    assert!(applied.effects.is_empty());
    let said = log.state.would_run.remove(&incident).unwrap();
    assert_eq!(said.digest.starts.len(), 1);
    assert_eq!(said.digest.steps.iter().map(|step| step.items).sum::<u32>(), 2);
    assert_eq!((&log.state.runs, &log.state.hosts), (&before.runs, &before.hosts));
    assert_eq!((&log.state.vms, log.state.epoch), (&before.vms, before.epoch));
    log.state.would_run.insert(incident, said);
    assert!(log.no(would(incident)).to_string().contains("said already"));
}

#[test]
fn there_is_no_shadow_where_bascule_acts() {
    let mut log = Log::new();
    let incident = log.incident(Cause::HostLost { host: "a1".into() });
    log.pass(Span::from_secs(31));
    assert!(log.no(would(incident)).to_string().contains("lets Bascule act"));
    let nothing = Box::new(Digest::default());
    let ended = IncidentId(9999);
    log.no(Command::WouldRun { incident: ended, runbook: "host-loss".into(), digest: nothing });
}

#[test]
fn no_plan_starts_a_vm_on_a_host_that_is_being_fenced() {
    let mut log = Log::new();
    let first = log.host_loss();
    log.ok(log.start(first, "fence/a1", 1));
    let incident = log.incident(Cause::HostLost { host: "a2".into() });
    log.pass(Span::from_secs(31));
    let onto_a1 = run_started(incident, vec![fence("a2"), start_vm("app-1", "a1", &["fence/a2"])]);
    let rejection = log.no(onto_a1).to_string();
    assert!(rejection.contains("host a1, which is fenced at token"), "{rejection}");
    log.run(incident, vec![fence("a2"), start_vm("app-1", "b2", &["fence/a2"])]);
}

#[test]
fn two_open_incidents_do_not_plan_onto_each_others_hosts() {
    let mut log = Log::new();
    let one = log.incident(Cause::HostLost { host: "a1".into() });
    let other = log.incident(Cause::HostLost { host: "b1".into() });
    log.pass(Span::from_secs(31));
    let onto_b1 = run_started(one, vec![fence("a1"), start_vm("db-1", "b1", &["fence/a1"])]);
    let rejection = log.no(onto_b1).to_string();
    assert!(rejection.contains(&format!("host b1, which is lost by {other}")), "{rejection}");
    let room = log.incident(Cause::RoomLost { room: "b".into() });
    let onto_b2 = run_started(one, vec![fence("a1"), start_vm("db-1", "b2", &["fence/a1"])]);
    let rejection = log.no(onto_b2).to_string();
    assert!(rejection.contains(&format!("lost by {room}")), "{rejection}");
    let reason = "it was a cable".to_owned();
    log.ok(Command::IncidentEnded { incident: room, withdrawn: true, reason });
    log.run(one, vec![fence("a1"), start_vm("db-1", "b2", &["fence/a1"])]);
}
