//! Stories of the standing proof, on a clinic of six VMs.

#![allow(clippy::unwrap_used)]

mod changes;

use std::collections::BTreeSet;

use model::estate::{Link, LinkKind, LinkPath, Replica};
use model::fence::Rung;
use model::id::{CheckId, VmId};
use model::incident::IncidentClass;
use model::observation::Status;
use model::policy::{
    Autonomy, CheckHow, Person, PersonRole, Policy, RateLimit, ReadinessCheck, Waiver,
};
use model::text::Lang;
use model::units::{MemoryMib, Span};
use proptest::prelude::*;

use super::*;
use crate::small_estate;

const RUNBOOKS: [(&str, &str); 4] = [
    ("vm-loss", include_str!("../../../../runbooks/vm-loss.yaml")),
    ("host-loss", include_str!("../../../../runbooks/host-loss.yaml")),
    ("room-loss", include_str!("../../../../runbooks/room-loss.yaml")),
    ("last-resort-restart", include_str!("../../../../runbooks/last-resort-restart.yaml")),
];

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// The small clinic with a host in room C that runs everything from synchronous copies, the shipped
/// policy and runbooks, two persons who sign, and one check of room C that is well.
fn clinic() -> Situation {
    let mut estate = small_estate::clinic();
    small_estate::host(&mut estate, "c1", "c", 32, 129);
    small_estate::host(&mut estate, "c2", "c", 32, 129);
    for id in ["c1", "c2"] {
        estate.hosts.get_mut(&id.into()).unwrap().volumes.clear();
    }
    for volume in estate.volumes.values_mut() {
        volume.replica = Some(Replica { room: "c".into(), behind: Span::ZERO });
    }
    for (id, kind) in [("lan-ab", LinkKind::Network), ("san-ab", LinkKind::Storage)] {
        let between = BTreeSet::from(["a".into(), "b".into()]);
        let paths = vec![LinkPath { id: "east".into() }, LinkPath { id: "west".into() }];
        estate.links.insert(id.into(), Link { kind, between, paths, measured: None });
    }
    // As in the shipped estates: who needs the wiki on a day like that?
    estate.services.get_mut(&"wiki".into()).unwrap().tier = model::estate::Tier(2);
    let mut policy = Policy::default();
    for name in ["claire", "marc"] {
        let roles = BTreeSet::from([PersonRole::OpensEras]);
        policy.persons.insert(name.into(), Person { key: String::new(), roles });
    }
    let password = ReadinessCheck {
        title: Text::Each {
            fr: "mot de passe du dépôt".into(),
            en: "password of the repository".into(),
        },
        room: "c".into(),
        how: CheckHow::File { path: "/etc/bascule/repository.password".into() },
        every: ReadinessCheck::EVERY,
        timeout: ReadinessCheck::TIMEOUT,
    };
    policy.readiness_checks.insert("password".into(), password);
    let mut now = Now::at_home(&estate, day("2026-11-30"));
    now.armed = estate.hosts.keys().cloned().collect();
    let mut situation = Situation {
        estate,
        policy,
        runbooks: RUNBOOKS
            .into_iter()
            .map(|(name, text)| (name.into(), runbook::parse(name, text).unwrap()))
            .collect(),
        now,
    };
    check_is(&mut situation, Status::Up, "");
    situation
}

fn check_is(situation: &mut Situation, status: Status, says: &str) {
    let last_success_ago = Some(Span::from_secs(120));
    let finding = CheckFinding { status, says: says.into(), last_success_ago };
    situation.now.checks.insert(CheckId::from("password"), finding);
}

fn proof(situation: &Situation) -> Readiness {
    prove(situation, MadeFrom::default())
}

fn of<'r>(readiness: &'r Readiness, failure: &Failure) -> &'r Played {
    readiness.failures.iter().find(|played| played.failure == *failure).unwrap()
}

fn said(readiness: &Readiness) -> String {
    let lines = readiness.sentences.iter();
    lines.map(|r| format!("{}: {}\n", r.level.as_str(), r.text.in_lang(Lang::En))).collect()
}

fn grow(situation: &mut Situation, vm: &str, gib: u64) {
    situation.estate.vms.get_mut(&vm.into()).unwrap().memory_mib = MemoryMib(gib * 1024);
}

#[test]
fn every_failure_of_a_clinic_that_is_large_enough_is_survived() {
    let readiness = proof(&clinic());
    let mut table = String::new();
    for played in &readiness.failures {
        table += &format!(
            "{}, {}: {} VMs, verdict {}, hold-off {}, fences {}, all back {}{}\n",
            played.failure.words().in_lang(Lang::En),
            played.level.as_str(),
            played.lost,
            played.verdict_after,
            played.hold_off,
            played.fence_wait,
            played.forecast,
            played.persons_have.map_or(String::new(), |have| format!(", persons have {have}")),
        );
    }
    expect_test::expect![[r#"
        room a lost, green: 4 VMs, verdict 4s500ms, hold-off 1m, fences 0s, all back 3m4s500ms
        room b lost, green: 2 VMs, verdict 4s500ms, hold-off 1m, fences 0s, all back 2m34s500ms
        room c lost, green: 0 VMs, verdict 0s, hold-off 0s, fences 0s, all back 0s
        host a1 lost, green: 2 VMs, verdict 2s500ms, hold-off 30s, fences 0s, all back 1m42s500ms
        host a2 lost, green: 2 VMs, verdict 2s500ms, hold-off 30s, fences 0s, all back 1m12s500ms
        host b1 lost, green: 1 VMs, verdict 2s500ms, hold-off 30s, fences 0s, all back 1m12s500ms
        host b2 lost, green: 1 VMs, verdict 2s500ms, hold-off 30s, fences 0s, all back 1m12s500ms
        host c1 lost, green: 0 VMs, verdict 0s, hold-off 0s, fences 0s, all back 0s
        host c2 lost, green: 0 VMs, verdict 0s, hold-off 0s, fences 0s, all back 0s
        array array-a lost, green: 0 VMs, verdict 0s, hold-off 0s, fences 0s, all back 0s
        array array-b lost, green: 0 VMs, verdict 0s, hold-off 0s, fences 0s, all back 0s
        link lan-ab cut, green: 0 VMs, verdict 0s, hold-off 0s, fences 0s, all back 0s
        link san-ab cut, green: 2 VMs, verdict 2s500ms, hold-off 1m, fences 52s30ms, all back 3m4s530ms
        controller 1 lost, green: 0 VMs, verdict 0s, hold-off 0s, fences 0s, all back 0s
        controller 2 lost, green: 0 VMs, verdict 0s, hold-off 0s, fences 0s, all back 0s
        controller 3 lost, green: 0 VMs, verdict 0s, hold-off 0s, fences 0s, all back 0s
        storage layer svc lost in every room, green: 6 VMs, verdict 2s500ms, hold-off 1m, fences 52s30ms, all back 6m34s530ms, persons have 23m25s470ms
        every VM of base service dns lost, green: 2 VMs, verdict 2s500ms, hold-off 0s, fences 0s, all back 32s500ms
        every production room lost, green: 6 VMs, verdict 0s, hold-off 0s, fences 32s30ms, all back 5m12s30ms, persons have 24m47s970ms
    "#]].assert_eq(&table);
    assert_eq!((readiness.level, said(&readiness).as_str()), (Level::Green, ""));
}

#[test]
fn a_vm_that_fits_nowhere_is_named_with_what_would_make_it_fit() {
    let mut clinic = clinic();
    grow(&mut clinic, "wiki-1", 21);
    let readiness = proof(&clinic);
    assert_eq!(readiness.level, Level::Red);
    expect_test::expect![[r#"
        red: room a lost: VM wiki-1 stays down: needs 9 GiB more on a host of room b that reaches vol-1, least on b1
        red: room b lost: VM dns-2 stays down: each host in room a that has the room runs a VM of group dns: add a host there or let them run together
        red: link san-ab cut: VM dns-2 stays down: each host in room a that has the room runs a VM of group dns: add a host there or let them run together
    "#]].assert_eq(&said(&readiness));
    let played = of(&readiness, &Failure::Room("a".into()));
    let [left] = played.left_down.as_slice() else { panic!("{:?}", played.left_down) };
    let Lack::NoRoom { host, memory_mib, .. } = &left.lack else { panic!("{:?}", left.lack) };
    // So much more on that host, and it fits; nothing more, and it does not. Something between may
    // do: others can then be packed in another way.
    for (less, fits) in [(0, true), (memory_mib.0, false)] {
        let mut larger = clinic.clone();
        let host = larger.estate.hosts.get_mut(host).unwrap();
        host.memory_mib = MemoryMib(host.memory_mib.0 + memory_mib.0 - less);
        let played = of(&proof(&larger), &Failure::Room("a".into())).clone();
        assert_eq!(played.left_down.is_empty(), fits, "{:?}", played.left_down);
    }
}

#[test]
fn the_sentences_are_in_french_too() {
    let mut clinic = clinic();
    grow(&mut clinic, "wiki-1", 21);
    let readiness = proof(&clinic);
    let french: Vec<&str> =
        readiness.sentences.iter().map(|remark| remark.text.in_lang(Lang::Fr)).collect();
    expect_test::expect![[r#"
        salle a perdue : la VM wiki-1 reste arrêtée : demande 9 GiB de plus sur un hôte de la salle b qui atteint vol-1, le moins sur b1
        salle b perdue : la VM dns-2 reste arrêtée : chaque hôte en salle a qui a la place porte une VM du groupe dns : y ajouter un hôte ou lever cette séparation
        lien san-ab coupé : la VM dns-2 reste arrêtée : chaque hôte en salle a qui a la place porte une VM du groupe dns : y ajouter un hôte ou lever cette séparation
    "#]].assert_eq(&(french.join("\n") + "\n"));
}

#[test]
fn a_waiver_names_the_vm_and_counts_until_its_day() {
    let mut clinic = clinic();
    grow(&mut clinic, "wiki-1", 21);
    let waiver = Waiver {
        vms: BTreeSet::from(["wiki-1".into(), "dns-2".into()]),
        incidents: BTreeSet::new(),
        until: day("2027-01-31"),
        reason: "the new host comes in January".into(),
        who: "marie".into(),
    };
    clinic.policy.waivers.push(waiver);
    for (today, level) in
        [("2026-11-30", Level::Amber), ("2027-01-31", Level::Amber), ("2027-02-01", Level::Red)]
    {
        clinic.now.today = day(today);
        let readiness = proof(&clinic);
        assert_eq!(readiness.level, level, "{today}:\n{}", said(&readiness));
    }
    // Agreed for one class of incident alone, it says nothing of another.
    clinic.now.today = day("2026-11-30");
    clinic.policy.waivers[0].incidents = BTreeSet::from([IncidentClass::ProductionLost]);
    assert_eq!(proof(&clinic).level, Level::Red);
}

#[test]
fn a_waiver_that_ends_soon_or_has_ended_is_said() {
    let mut clinic = clinic();
    clinic.policy.waivers.push(Waiver {
        vms: BTreeSet::from(["wiki-1".into()]),
        incidents: BTreeSet::new(),
        until: day("2026-12-14"),
        reason: "x".into(),
        who: "marie".into(),
    });
    for (today, words) in [
        ("2026-11-29", ""),
        ("2026-11-30", "amber: the waiver of wiki-1 by marie ends on 2026-12-14, in 14 days\n"),
        (
            "2026-12-15",
            "amber: the waiver of wiki-1 by marie ended on 2026-12-14: it counts no more\n",
        ),
    ] {
        clinic.now.today = day(today);
        assert_eq!(said(&proof(&clinic)), words);
    }
}

#[test]
fn what_the_policy_only_observes_is_not_survived() {
    let mut clinic = clinic();
    clinic.policy.incidents.get_mut(&IncidentClass::HostLost).unwrap().autonomy = Autonomy::Observe;
    let readiness = proof(&clinic);
    let played = of(&readiness, &Failure::Host("a1".into()));
    assert_eq!((played.level, &played.answer), (Level::Red, &Answer::Nobody));
    assert!(
        said(&readiness).contains("the policy only observes `host-lost`"),
        "{}",
        said(&readiness)
    );
}

#[test]
fn a_runbook_that_is_not_loaded_answers_nothing() {
    let mut clinic = clinic();
    clinic.runbooks.remove(&"host-loss".into());
    let words = said(&proof(&clinic));
    assert!(words.contains("runbook host-loss, which is not loaded"), "{words}");
}

#[test]
fn without_two_who_sign_nothing_starts_once_production_is_gone() {
    let mut clinic = clinic();
    clinic.policy.persons.remove(&"marc".into());
    let readiness = proof(&clinic);
    assert_eq!(of(&readiness, &Failure::Production).level, Level::Red);
    let words = said(&readiness);
    assert!(words.contains("the policy names 1"), "{words}");
    assert!(words.contains("name two with the role `opens-eras`"), "{words}");
}

#[test]
fn with_a_controller_down_one_more_room_is_not_survived_and_hosts_stop_by_their_lease() {
    let mut clinic = clinic();
    clinic.now.silent_controllers.insert(model::id::ControllerId(3));
    let readiness = proof(&clinic);
    let played = of(&readiness, &Failure::Room("a".into()));
    assert_eq!(played.answer, Answer::Nobody);
    assert!(played.left_down.iter().all(|left| left.lack == Lack::NoMajority));
    let words = said(&readiness);
    assert!(words.contains("their VMs stop too, 2 in all"), "{words}");
    // One host is still answered by the two that are left.
    assert_eq!(of(&readiness, &Failure::Host("a1".into())).level, Level::Green);
}

#[test]
fn what_an_array_alone_holds_is_not_survived() {
    let mut clinic = clinic();
    clinic.estate.volumes.get_mut(&"vol-1".into()).unwrap().arrays = vec!["array-a".into()];
    let readiness = proof(&clinic);
    let played = of(&readiness, &Failure::Array("array-a".into()));
    assert_eq!((played.level, played.lost), (Level::Red, 6));
    assert_eq!(played.left_down[0].lack, Lack::NoCopyLeft { volumes: vec!["vol-1".into()] });
    assert_eq!(of(&readiness, &Failure::Array("array-b".into())).answer, Answer::Absorbed);
}

#[test]
fn a_host_that_only_persons_can_prove_off_needs_two_of_them() {
    let mut clinic = clinic();
    clinic.estate.hosts.get_mut(&"a1".into()).unwrap().rungs = BTreeSet::from([Rung::People]);
    let readiness = proof(&clinic);
    let played = of(&readiness, &Failure::Host("a1".into()));
    assert_eq!(played.level, Level::Red);
    let never = Lack::NobodyFences { host: "a1".into() };
    assert!(played.left_down.iter().all(|left| left.lack == never), "{:?}", played.left_down);
    clinic.policy.people.attest = BTreeSet::from(["dana".into(), "eve".into()]);
    let readiness = proof(&clinic);
    let played = of(&readiness, &Failure::Host("a1".into()));
    assert_eq!(played.level, Level::Green);
    assert!(played.persons_have.is_some(), "how long they may take is said");
}

#[test]
fn a_disarmed_host_is_not_proved_off_by_a_lease() {
    let mut clinic = clinic();
    let host = clinic.estate.hosts.get_mut(&"a1".into()).unwrap();
    host.rungs = BTreeSet::from([Rung::Power, Rung::Lease]);
    assert_eq!(of(&proof(&clinic), &Failure::Host("a1".into())).level, Level::Green);
    clinic.now.armed.remove(&"a1".into());
    assert_eq!(of(&proof(&clinic), &Failure::Host("a1".into())).level, Level::Red);
}

#[test]
fn a_service_that_is_back_too_late_is_red_and_one_nearly_too_late_amber() {
    let mut clinic = clinic();
    let back = |clinic: &Situation| {
        let played = of(&proof(clinic), &Failure::Room("a".into())).clone();
        let dpi = played.services.iter().find(|service| service.service.as_str() == "dpi");
        let dpi = dpi.unwrap().clone();
        (dpi.back_after.unwrap(), dpi.level)
    };
    let (after, level) = back(&clinic);
    assert_eq!(level, Level::Green);
    for (rto, level) in [
        (after.as_millis() * 10 / 7 + 1, Level::Green),
        (after.as_millis() * 10 / 7 - 10, Level::Amber),
        (after.as_millis(), Level::Amber),
        (after.as_millis() - 1, Level::Red),
    ] {
        clinic.estate.services.get_mut(&"dpi".into()).unwrap().rto = Span::from_millis(rto);
        assert_eq!(back(&clinic), (after, level), "{rto} ms");
    }
    let words = said(&proof(&clinic));
    assert!(words.contains("room a lost: dpi back after"), "{words}");
}

#[test]
fn a_service_waits_for_those_below_it_and_a_twin_that_stays_down_stops_nobody_above() {
    let clinic = clinic();
    let played = of(&proof(&clinic), &Failure::Host("a1".into())).clone();
    let back = |name: &str| {
        let service = played.services.iter().find(|service| service.service.as_str() == name);
        service.unwrap().back_after.unwrap()
    };
    assert!(back("dns") < back("db") && back("db") <= back("dpi"));
    // dns-1 stays down because dns-2 runs on the one host left: names are served all the same.
    let mut cramped = clinic.clone();
    cramped.now.admitted = BTreeSet::from(["a1".into(), "b1".into()]);
    let played = of(&proof(&cramped), &Failure::Host("a1".into())).clone();
    let lacks: Vec<(&VmId, &Lack)> =
        played.left_down.iter().map(|left| (&left.vm, &left.lack)).collect();
    let apart = Lack::KeptApart { group: "dns".into(), rooms: vec!["b".into()] };
    assert!(lacks.contains(&(&"dns-1".into(), &apart)), "{lacks:?}");
    let wiki = played.services.iter().find(|service| service.service.as_str() == "wiki");
    assert!(wiki.unwrap().back_after.is_some());
}

#[test]
fn a_base_service_of_more_vms_than_the_brake_lets_start_is_not_survived() {
    let mut clinic = clinic();
    clinic.policy.rate_limit = RateLimit { runs: 1, window: Span::from_secs(3600) };
    let readiness = proof(&clinic);
    let played = of(&readiness, &Failure::BaseService("dns".into()));
    let braked = Lack::Braked { runs: 1, window: Span::from_secs(3600) };
    assert_eq!((played.level, &played.left_down[0].lack), (Level::Red, &braked));
}

#[test]
fn a_password_that_is_missing_in_the_last_resort_room_turns_it_red() {
    let mut clinic = clinic();
    check_is(&mut clinic, Status::Down, "cannot read /etc/bascule/repository.password");
    let readiness = proof(&clinic);
    assert_eq!(readiness.level, Level::Red);
    expect_test::expect![[r#"
        red: room c could not act alone: password of the repository: cannot read /etc/bascule/repository.password
    "#]].assert_eq(&said(&readiness));
    check_is(&mut clinic, Status::Unknown, "no answer within 1m");
    assert_eq!(proof(&clinic).level, Level::Amber);
    clinic.now.checks.clear();
    assert_eq!(proof(&clinic).level, Level::Amber, "never made is not well");
    clinic.policy.readiness_checks.clear();
    let words = said(&proof(&clinic));
    assert!(words.contains("amber: room c: nothing is checked"), "{words}");
}

#[test]
fn a_copy_that_may_be_older_than_the_service_allows_is_not_opened() {
    let mut clinic = clinic();
    for lost in clinic.now.copies.lost.values_mut() {
        *lost = Span::from_secs(30);
    }
    // Where the policy acts nobody is asked for the loss.
    let production = clinic.policy.incidents.get_mut(&IncidentClass::ProductionLost);
    production.unwrap().autonomy = Autonomy::Act;
    let words = said(&proof(&clinic));
    assert!(words.contains("the copy of vol-1 may lose 30s and the service 0s"), "{words}");
}

#[test]
fn another_estate_or_policy_makes_the_proof_another_one() {
    let clinic = clinic();
    let made_from = MadeFrom { estate: "e1".into(), ..MadeFrom::default() };
    let readiness = prove(&clinic, made_from.clone());
    assert!(!readiness.is_stale(&made_from));
    assert!(readiness.is_stale(&MadeFrom { policy: "p2".into(), ..made_from.clone() }));
    assert!(readiness.is_stale(&MadeFrom { estate: "e2".into(), ..made_from }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the sizes, and whoever may start VMs: each VM that a failure takes down is started
    /// by the plan or named with what it lacks, in both languages, and never both; and a proof with
    /// a VM that stays down is never green.
    #[test]
    fn every_lost_vm_is_back_or_named(
        gib in proptest::collection::vec(1_u64..40, 6),
        admitted in proptest::collection::vec(any::<bool>(), 6),
        armed in proptest::collection::vec(any::<bool>(), 6),
        silent in 0_u64..4,
    ) {
        let mut clinic = clinic();
        for (vm, gib) in clinic.estate.vms.values_mut().zip(gib) {
            vm.memory_mib = MemoryMib(gib * 1024);
        }
        let pick = |on: &[bool]| -> BTreeSet<model::id::HostId> {
            let hosts = clinic.estate.hosts.keys().zip(on);
            hosts.filter(|(_, on)| **on).map(|(id, _)| id.clone()).collect()
        };
        (clinic.now.admitted, clinic.now.armed) = (pick(&admitted), pick(&armed));
        clinic.now.silent_controllers.extend((silent > 0).then_some(model::id::ControllerId(silent)));
        let readiness = proof(&clinic);
        for played in &readiness.failures {
            let (lost, starts) = play::aftermath(&clinic, &played.failure);
            prop_assert_eq!(lost.len(), played.lost);
            let down: BTreeSet<VmId> = played.left_down.iter().map(|l| l.vm.clone()).collect();
            prop_assert_eq!(down.len(), played.left_down.len());
            for vm in &lost {
                prop_assert!(down.contains(vm) || starts.contains_key(vm), "{} {vm}", played.failure.words().in_lang(Lang::En));
            }
            prop_assert!(down.is_subset(&lost));
            prop_assert!(down.is_empty() || played.level == Level::Red);
            for left in &played.left_down {
                let never = matches!(left.lack, Lack::NobodyFences { .. } | Lack::Braked { .. });
                prop_assert!(never || !starts.contains_key(&left.vm));
                prop_assert!(!matches!(left.lack, Lack::Other { .. }), "{:?}", left);
                prop_assert_ne!(left.needs.in_lang(Lang::En), left.needs.in_lang(Lang::Fr));
            }
            prop_assert!(played.level <= readiness.level);
        }
        prop_assert_eq!(&readiness, &proof(&clinic));
    }
}
