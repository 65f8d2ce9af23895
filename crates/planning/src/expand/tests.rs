#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use model::action::Action;
use model::estate::Replica;
use model::id::{HostId, VmId};
use model::incident::Cause;
use model::plan::Plan;
use model::policy::{Autonomy, Policy, StartLimits};
use model::text::{Lang, Text};
use model::units::MemoryMib;
use proptest::prelude::*;
use runbook::step_log::{self, Event};
use runbook::{ItemState, Runbook, StepGraph};

use super::*;
use crate::lost::lost_vms;
use crate::small_estate;

fn shipped(name: &str) -> Runbook {
    let text = match name {
        "host-loss" => include_str!("../../../../runbooks/host-loss.yaml"),
        "room-loss" => include_str!("../../../../runbooks/room-loss.yaml"),
        "last-resort-restart" => {
            include_str!("../../../../runbooks/last-resort-restart.yaml")
        }
        "vm-loss" => include_str!("../../../../runbooks/vm-loss.yaml"),
        other => panic!("the policy names a runbook that is not shipped: {other}"),
    };
    let reading = runbook::read(name, text);
    assert_eq!(
        reading.diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [] as [&str; 0]
    );
    reading.runbook.unwrap()
}

/// Plans for an estate where every VM runs at home and every host is admitted.
fn plan_in(estate: &Estate, name: &str, cause: &Cause) -> Plan {
    plan_with(estate, name, cause, &Copies::default())
}

/// The same, with what is agreed about copies.
fn plan_with(estate: &Estate, name: &str, cause: &Cause, copies: &Copies) -> Plan {
    let runs_on: BTreeMap<VmId, HostId> =
        estate.vms.iter().map(|(id, vm)| (id.clone(), vm.home.clone())).collect();
    let admitted: BTreeSet<HostId> = estate.hosts.keys().cloned().collect();
    let restart = lost_vms(estate, cause, &runs_on);
    let view = View {
        estate,
        starts: StartLimits::default(),
        admitted: &admitted,
        fenced: &BTreeSet::new(),
        runs_on: &runs_on,
        might_run_on: &BTreeMap::new(),
        restart: &restart,
        copies,
        level: Autonomy::Act,
    };
    let plan = expand(&shipped(name), cause, &view).unwrap();
    StepGraph::of(&plan).unwrap();
    plan
}

fn show(plan: &Plan) -> String {
    let mut text = String::new();
    for item in &plan.items {
        let needs: Vec<String> = item.needs.iter().map(ToString::to_string).collect();
        let to = match &item.action {
            Action::VmStart { host, .. }
            | Action::VmStartFromCopy { host, .. }
            | Action::VmStop { host, .. } => format!(" on {host}"),
            Action::StorageConfirmSide { room, .. } => format!(" in {room}"),
            Action::Manual(task) => format!(" by {}", task.role),
            Action::FenceHost { .. } | Action::ServiceCheck { .. } | Action::Approval { .. } => {
                String::new()
            }
        };
        text +=
            &format!("{} ({}{to}) after [{}]\n", item.item, item.action.name(), needs.join(", "));
    }
    for shed in &plan.shed {
        text += &format!("shed {}: {}\n", shed.vm, shed.reason);
    }
    text + &format!("forecast {}\n", plan.forecast)
}

#[test]
fn a_lost_room_is_fenced_and_its_vms_start_in_the_other() {
    let plan = plan_in(&small_estate::clinic(), "room-loss", &Cause::RoomLost { room: "a".into() });
    expect_test::expect![[r#"
        fence/a1 (fence.host) after []
        fence/a2 (fence.host) after []
        storage/svc (storage.confirm-side in b) after []
        start/dns-1 (vm.start on b2) after [fence/a1, storage/svc]
        start/db-1 (vm.start on b1) after [fence/a1, start/dns-1, storage/svc]
        start/dpi-1 (vm.start on b2) after [fence/a2, start/db-1, storage/svc]
        start/wiki-1 (vm.start on b1) after [fence/a2, start/dns-1, storage/svc]
        check/db (service.check) after [start/db-1]
        check/dns (service.check) after [start/dns-1]
        check/dpi (service.check) after [start/dpi-1]
        check/wiki (service.check) after [start/wiki-1]
        forecast 2m15s
    "#]]
    .assert_eq(&show(&plan));
}

#[test]
fn a_stopped_storage_side_uses_the_same_runbook() {
    let cause = Cause::StorageSideLost { layer: "svc".into(), room: "b".into() };
    let plan = plan_in(&small_estate::clinic(), "room-loss", &cause);
    expect_test::expect![[r#"
        fence/b1 (fence.host) after []
        fence/b2 (fence.host) after []
        storage/svc (storage.confirm-side in a) after []
        start/dns-2 (vm.start on a2) after [fence/b1, storage/svc]
        start/dpi-2 (vm.start on a2) after [fence/b2, start/dns-2, storage/svc]
        check/db (service.check) after [start/dns-2]
        check/dns (service.check) after [start/dns-2]
        check/dpi (service.check) after [start/dpi-2]
        check/wiki (service.check) after [start/dns-2]
        forecast 1m45s
    "#]]
    .assert_eq(&show(&plan));
}

#[test]
fn a_lost_host_touches_its_own_vms_only() {
    let plan =
        plan_in(&small_estate::clinic(), "host-loss", &Cause::HostLost { host: "a1".into() });
    expect_test::expect![[r#"
        fence/a1 (fence.host) after []
        start/dns-1 (vm.start on b2) after [fence/a1]
        start/db-1 (vm.start on b1) after [fence/a1, start/dns-1]
        check/db (service.check) after [start/db-1]
        check/dns (service.check) after [start/dns-1]
        check/dpi (service.check) after [start/db-1, start/dns-1]
        check/wiki (service.check) after [start/dns-1]
        forecast 1m45s
    "#]]
    .assert_eq(&show(&plan));
}

#[test]
fn a_lost_vm_restarts_in_place() {
    let cause = Cause::VmLost { vm: "db-1".into(), host: "a1".into() };
    let plan = plan_in(&small_estate::clinic(), "vm-loss", &cause);
    expect_test::expect![[r#"
        start/db-1 (vm.start on a1) after []
        forecast 30s
    "#]]
    .assert_eq(&show(&plan));
}

#[test]
fn a_vm_that_does_not_fit_is_shed_and_those_above_it_still_start_in_order() {
    let mut estate = small_estate::clinic();
    estate.vms.get_mut(&"db-1".into()).unwrap().memory_mib = MemoryMib(64 * 1024);
    let plan = plan_in(&estate, "room-loss", &Cause::RoomLost { room: "a".into() });
    expect_test::expect![[r#"
        fence/a1 (fence.host) after []
        fence/a2 (fence.host) after []
        storage/svc (storage.confirm-side in b) after []
        start/dns-1 (vm.start on b2) after [fence/a1, storage/svc]
        start/dpi-1 (vm.start on b1) after [fence/a2, start/dns-1, storage/svc]
        start/wiki-1 (vm.start on b1) after [fence/a2, start/dns-1, storage/svc]
        check/dns (service.check) after [start/dns-1]
        check/dpi (service.check) after [start/dpi-1]
        check/wiki (service.check) after [start/wiki-1]
        shed db-1: no room; it would fit on b2 with 44 GiB more
        forecast 1m45s
    "#]]
    .assert_eq(&show(&plan));
}

#[test]
fn a_volume_with_no_copy_outside_the_room_keeps_its_vms_down_and_says_so() {
    let mut estate = small_estate::clinic();
    estate.volumes.get_mut(&"vol-2".into()).unwrap().arrays = vec!["array-a".into()];
    estate.vms.get_mut(&"wiki-1".into()).unwrap().volumes = BTreeSet::from(["vol-2".into()]);
    let plan = plan_in(&estate, "room-loss", &Cause::RoomLost { room: "a".into() });
    let said: Vec<&str> = plan.shed.iter().map(|shed| shed.reason.as_str()).collect();
    assert_eq!(said, ["no copy of vol-2 is left; bring an array back or restore it"]);
    assert!(!plan.items.iter().any(|item| item.item.to_string() == "check/wiki"));
}

#[test]
fn a_vm_waits_for_every_host_on_which_it_might_run_and_no_fence_is_ordered_twice() {
    let estate = small_estate::clinic();
    let cause = Cause::RoomLost { room: "a".into() };
    let runs_on: BTreeMap<VmId, HostId> =
        estate.vms.iter().map(|(id, vm)| (id.clone(), vm.home.clone())).collect();
    let restart = lost_vms(&estate, &cause, &runs_on);
    let admitted: BTreeSet<HostId> = estate.hosts.keys().cloned().collect();
    let might_run_on =
        BTreeMap::from([("wiki-1".into(), BTreeSet::from(["a1".into(), "a2".into()]))]);
    let mut view = View {
        estate: &estate,
        starts: StartLimits { per_host: 3, per_volume: 2 },
        admitted: &admitted,
        fenced: &BTreeSet::new(),
        runs_on: &runs_on,
        might_run_on: &might_run_on,
        restart: &restart,
        copies: &Copies::default(),
        level: Autonomy::Act,
    };
    let fences = |plan: &Plan| -> Vec<String> {
        let wiki = plan.items.iter().find(|item| item.item.to_string() == "start/wiki-1").unwrap();
        wiki.needs
            .iter()
            .map(ToString::to_string)
            .filter(|need| need.starts_with("fence"))
            .collect()
    };
    let plan = expand(&shipped("room-loss"), &cause, &view).unwrap();
    assert_eq!(fences(&plan), ["fence/a1", "fence/a2"]);
    assert_eq!((plan.starts_at_once_per_host, plan.starts_at_once_per_volume), (3, 2));
    let fenced = BTreeSet::from(["a1".into()]);
    view.fenced = &fenced;
    let plan = expand(&shipped("room-loss"), &cause, &view).unwrap();
    assert_eq!(fences(&plan), ["fence/a2"]);
    assert!(!plan.items.iter().any(|item| item.item.to_string() == "fence/a1"));
}

#[test]
fn shipped_runbooks_answer_the_shipped_policy_and_introduce_themselves_in_both_languages() {
    for (class, policy) in Policy::default().incidents {
        let Some(name) = policy.runbook else { continue };
        let runbook = shipped(name.as_str());
        assert_eq!(runbook.name, name, "{class}");
        let of = |text: &Text| {
            text.in_lang(Lang::Fr) != text.in_lang(Lang::En) && *text != Text::default()
        };
        for text in
            [&runbook.title, &runbook.purpose, &runbook.before, &runbook.reach, &runbook.undo]
        {
            assert!(of(text), "{name}: {text:?}");
        }
    }
}

#[test]
fn a_plan_is_the_same_every_time() {
    let cause = Cause::RoomLost { room: "a".into() };
    let estate = small_estate::clinic();
    assert_eq!(plan_in(&estate, "room-loss", &cause), plan_in(&estate, "room-loss", &cause));
}

proptest! {
    /// Whatever fails in whatever order: a VM starts only after the fence of its host is done and
    /// its storage layer is confirmed, and the run ends.
    #[test]
    fn no_vm_starts_without_the_fence_of_its_host(dice in proptest::collection::vec(any::<u8>(), 1..64)) {
        let estate = small_estate::clinic();
        let plan = plan_in(&estate, "room-loss", &Cause::RoomLost { room: "a".into() });
        let graph = StepGraph::of(&plan).unwrap();
        let mut states = vec![ItemState::Waiting; plan.items.len()];
        let mut dice = dice.into_iter().cycle();
        let done = |states: &[ItemState], step: &str, item: &str| {
            let item = ItemRef { step: step.into(), item: item.to_owned() };
            graph.index_of(&item).is_some_and(|index| states[index] == ItemState::Succeeded)
        };
        for _ in 0..1000 {
            let next = graph.next(&states);
            if next.end.is_some() {
                return Ok(());
            }
            for skip in &next.skip {
                states[skip.item] = step_log::next(states[skip.item], Event::Skipped).unwrap();
            }
            for index in next.start.iter().chain(&next.again).chain(&next.observe) {
                if let Action::VmStart { vm, host } = &plan.items[*index].action {
                    prop_assert!(done(&states, "fence", estate.vms[vm].home.as_str()), "{vm}");
                    prop_assert!(done(&states, "storage", "svc"), "{vm}");
                    prop_assert_eq!(estate.hosts[host].room.as_str(), "b");
                }
                states[*index] = step_log::next(states[*index], Event::Started).unwrap();
            }
            let started: Vec<usize> =
                (0..states.len()).filter(|index| states[*index] == ItemState::Started).collect();
            if let Some(index) = started.get(dice.next().unwrap() as usize % started.len().max(1)) {
                let event = match dice.next().unwrap() % 4 {
                    0 => Event::Failed { last: true },
                    1 => Event::Refused { last: false },
                    _ => Event::Succeeded,
                };
                states[*index] = step_log::next(states[*index], event).unwrap();
            }
        }
        // Refused for ever is the one way not to end: attempts are counted elsewhere.
        prop_assert!(states.contains(&ItemState::Started), "the run is stuck: {states:?}");
    }
}

/// The small clinic with a host and copies of its volumes in room c.
fn with_copies() -> Estate {
    let mut estate = small_estate::clinic();
    small_estate::host(&mut estate, "c1", "c", 8, 33);
    estate.hosts.get_mut(&"c1".into()).unwrap().volumes.clear();
    for volume in estate.volumes.values_mut() {
        volume.replica = Some(Replica { room: "c".into(), behind: Span::from_secs(2) });
    }
    estate.services.values_mut().for_each(|service| service.rpo = Span::from_secs(30));
    estate
}

fn last_resort(estate: &Estate, copies: &Copies, level: Autonomy) -> Plan {
    let runs_on: BTreeMap<VmId, HostId> =
        estate.vms.iter().map(|(id, vm)| (id.clone(), vm.home.clone())).collect();
    let admitted: BTreeSet<HostId> = estate.hosts.keys().cloned().collect();
    let restart: BTreeSet<VmId> = estate.vms.keys().cloned().collect();
    let view = View {
        estate,
        starts: StartLimits::default(),
        admitted: &admitted,
        fenced: &BTreeSet::new(),
        runs_on: &runs_on,
        might_run_on: &BTreeMap::new(),
        restart: &restart,
        copies,
        level,
    };
    let plan = expand(&shipped("last-resort-restart"), &Cause::ProductionLost, &view).unwrap();
    StepGraph::of(&plan).unwrap();
    plan
}

fn lost(seconds: u64) -> Copies {
    let lost = ["vol-1", "vol-2"].map(|id| (id.into(), Span::from_secs(seconds)));
    Copies { lost: lost.into(), ..Copies::default() }
}

#[test]
fn the_last_resort_room_starts_the_main_services_from_its_copies_once_production_is_fenced() {
    let plan = last_resort(&with_copies(), &lost(3), Autonomy::Act);
    expect_test::expect![[r#"
        fence/a1 (fence.host) after []
        fence/a2 (fence.host) after []
        fence/b1 (fence.host) after []
        fence/b2 (fence.host) after []
        start/dns-1 (vm.start-from-copy on c1) after [fence/a1, fence/a2, fence/b1, fence/b2]
        start/db-1 (vm.start-from-copy on c1) after [fence/a1, fence/a2, fence/b1, fence/b2, start/dns-1]
        start/dpi-1 (vm.start-from-copy on c1) after [fence/a1, fence/a2, fence/b1, fence/b2, start/db-1]
        check/db (service.check) after [start/db-1]
        check/dns (service.check) after [start/dns-1]
        check/dpi (service.check) after [start/dpi-1]
        shed dns-2: c1 has room but runs a VM of group dns already; add a host or allow them together
        shed dpi-2: no room; it would fit on c1 with 4 GiB more
        shed wiki-1: tier 3; this runbook starts tiers up to 2
        forecast 2m15s
    "#]].assert_eq(&show(&plan));
}

#[test]
fn where_the_policy_asks_everything_waits_for_two_persons_who_may_accept_an_old_copy() {
    let plan = last_resort(&with_copies(), &lost(90), Autonomy::Ask);
    expect_test::expect![[r#"
        approve (approval) after []
        fence/a1 (fence.host) after [approve]
        fence/a2 (fence.host) after [approve]
        fence/b1 (fence.host) after [approve]
        fence/b2 (fence.host) after [approve]
        start/dns-1 (vm.start-from-copy on c1) after [fence/a1, fence/a2, fence/b1, fence/b2]
        start/db-1 (vm.start-from-copy on c1) after [fence/a1, fence/a2, fence/b1, fence/b2, start/dns-1]
        start/dpi-1 (vm.start-from-copy on c1) after [fence/a1, fence/a2, fence/b1, fence/b2, start/db-1]
        check/db (service.check) after [start/db-1]
        check/dns (service.check) after [start/dns-1]
        check/dpi (service.check) after [start/dpi-1]
        shed dns-2: c1 has room but runs a VM of group dns already; add a host or allow them together
        shed dpi-2: no room; it would fit on c1 with 4 GiB more
        shed wiki-1: tier 3; this runbook starts tiers up to 2
        forecast 5m15s
    "#]].assert_eq(&show(&plan));
}

#[test]
fn a_copy_older_than_the_objective_is_left_closed_and_the_shed_list_says_why() {
    let plan = last_resort(&with_copies(), &lost(90), Autonomy::Act);
    expect_test::expect![[r#"
        fence/a1 (fence.host) after []
        fence/a2 (fence.host) after []
        fence/b1 (fence.host) after []
        fence/b2 (fence.host) after []
        shed dns-1: the copy of vol-1 would lose up to 1m30s, the service may lose 30s; two persons may approve that loss
        shed dns-2: the copy of vol-1 would lose up to 1m30s, the service may lose 30s; two persons may approve that loss
        shed db-1: the copy of vol-1 would lose up to 1m30s, the service may lose 30s; two persons may approve that loss
        shed dpi-1: the copy of vol-1 would lose up to 1m30s, the service may lose 30s; two persons may approve that loss
        shed dpi-2: the copy of vol-1 would lose up to 1m30s, the service may lose 30s; two persons may approve that loss
        shed wiki-1: tier 3; this runbook starts tiers up to 2
        forecast 35s
    "#]].assert_eq(&show(&plan));
    let unknown = last_resort(&with_copies(), &Copies::default(), Autonomy::Ask);
    assert!(unknown.shed[0].reason.contains("nobody knows how far"), "{:?}", unknown.shed);
}

#[test]
fn nothing_is_planned_onto_a_stale_side_and_the_shed_list_says_why() {
    let estate = small_estate::clinic();
    let stale = ["vol-1", "vol-2"].map(|id| (("b".into(), id.into()), "a".into()));
    let copies = Copies { stale: stale.into(), ..Copies::default() };
    let cause = Cause::RoomLost { room: "a".into() };
    let plan = plan_with(&estate, "room-loss", &cause, &copies);
    assert!(plan.items.iter().all(|item| item.action.starts().is_none()), "{}", show(&plan));
    expect_test::expect!["the copy of vol-1 in room b is old: storage went on without it in room a; resynchronise it, or two persons approve the loss"].assert_eq(&plan.shed[0].reason);
}

#[test]
fn what_was_opened_from_a_copy_restarts_in_that_room_only() {
    let estate = with_copies();
    let opened = ["vol-1", "vol-2"].map(|id| (id.into(), "c".into()));
    let copies = Copies { opened: opened.into(), ..Copies::default() };
    let cause = Cause::VmLost { vm: "db-1".into(), host: "c1".into() };
    let plan = plan_with(&estate, "vm-loss", &cause, &copies);
    expect_test::expect![[r#"
        start/db-1 (vm.start on c1) after []
        forecast 30s
    "#]]
    .assert_eq(&show(&plan));
}

#[test]
fn a_persons_task_is_one_item_after_its_needs_and_what_always_runs_is_marked() {
    let text = include_str!("../../../../runbooks/host-loss.yaml").to_owned()
        + "    - { id: ward, needs: [start], expect: 5m, manual: { role: operator, evidence: text,
          text: { fr: Ouvrir un dossier, en: Open a record } } }
    - { id: tell, always: true, manual: { role: operator, evidence: none,
          text: { fr: Prévenir les services, en: Tell the wards } } }\n";
    let runbook = runbook::parse("host-loss.yaml", &text).unwrap();
    let estate = small_estate::clinic();
    let (none, copies) = (BTreeSet::new(), Copies::default());
    let placed: BTreeMap<VmId, HostId> =
        estate.vms.iter().map(|(id, vm)| (id.clone(), vm.home.clone())).collect();
    let restart = placed.iter().filter(|(_, host)| host.as_str() == "a1");
    let view = View {
        estate: &estate,
        starts: StartLimits::default(),
        admitted: &estate.hosts.keys().cloned().collect(),
        fenced: &none,
        runs_on: &placed,
        might_run_on: &BTreeMap::new(),
        restart: &restart.map(|(id, _)| id.clone()).collect(),
        copies: &copies,
        level: Autonomy::Act,
    };
    let plan = expand(&runbook, &Cause::HostLost { host: "a1".into() }, &view).unwrap();
    let shown = show(&plan);
    let lines: Vec<&str> = shown.lines().filter(|line| line.contains("by operator")).collect();
    let mut starts: Vec<String> = plan
        .items
        .iter()
        .filter(|planned| planned.action.starts().is_some())
        .map(|planned| planned.item.to_string())
        .collect();
    starts.sort_unstable();
    assert_eq!(
        lines,
        [
            format!("ward (manual by operator) after [{}]", starts.join(", ")).as_str(),
            "tell (manual by operator) after []"
        ]
    );
    let always: Vec<bool> = plan.items.iter().map(|planned| planned.always).collect();
    assert_eq!(always.iter().filter(|always| **always).count(), 1, "{shown}");
    StepGraph::of(&plan).unwrap();
}
