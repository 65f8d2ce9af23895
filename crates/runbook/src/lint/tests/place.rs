//! The rules that ask where a runbook will run: what it answers, what its steps rely on.

use std::collections::{BTreeMap, BTreeSet};

use expect_test::{Expect, expect};
use model::action::{ActionRow, Effects, OneOf, Over};
use model::blast_radius::BlastRadius;
use model::incident::IncidentClass;
use model::relied_on::{Means, ReliedOn};

use super::render;
use crate::diagnostic::Findings;
use crate::read::read_in;
use crate::scope::Scope;
use crate::yaml::RawFile;

const LAST_RESORT: &str = include_str!("../../../../../runbooks/last-resort-restart.yaml");
const ROOM_LOSS: &str = include_str!("../../../../../runbooks/room-loss.yaml");

/// The shipped runbook with a step that uses this while it checks the services.
fn using(text: &str, what: &str) -> String {
    let with = format!("action: service.check\n      uses: [{what}]\n");
    text.replacen("action: service.check\n", &with, 1)
}

fn said(text: &str, scope: &Scope, expect: Expect) {
    expect.assert_eq(&render(&read_in("runbook.yaml", text, scope).diagnostics));
}

fn codes(text: &str, scope: &Scope) -> Vec<&'static str> {
    read_in("runbook.yaml", text, scope).diagnostics.iter().map(|one| one.code).collect()
}

/// An estate in which these are left whatever happens, and these go with every incident.
fn estate(left: &[&str], gone: &[&str]) -> Scope {
    let parse = |name: &&str| name.parse::<ReliedOn>().unwrap();
    let radius = IncidentClass::ALL.into_iter().map(|class| {
        let mut radius = BlastRadius::of(class);
        left.iter().map(parse).for_each(|what| radius.remove(&what));
        gone.iter().map(parse).for_each(|what| radius.add(what, "it stands there".to_owned()));
        (class, radius)
    });
    Scope {
        radius: Some(radius.collect()),
        names: left.iter().chain(gone).map(parse).collect(),
        asked_of: None,
    }
}

#[test]
fn a_last_resort_restart_through_vcenter_is_refused_by_name() {
    said(
        &using(LAST_RESORT, "vcenter"),
        &Scope::default(),
        expect![[r#"
            runbook/inside-blast-radius

              × step `check` uses vcenter, which storage-layer-lost may take out with it: the step could not
              │ run
                ╭─[runbook.yaml:63:14]
             62 │       action: service.check
             63 │       uses: [vcenter]
                ·              ───┬───
                ·                 ╰── it runs in the production rooms
             64 │       for_each: { services: affected, up_to_tier: 2 }
                ╰────
              help: find another way for this step, one that does not need vcenter; where this hospital keeps
                    it elsewhere, lint with `--estate FILE`
        "#]],
    );
}

#[test]
fn no_base_service_is_left_for_the_last_resort_or_for_a_lost_room() {
    for text in [LAST_RESORT, ROOM_LOSS] {
        for what in ["vcenter", "directory", "dns", "mail-relay", "time-source", "login"] {
            let found = read_in("runbook.yaml", &using(text, what), &Scope::default()).diagnostics;
            let [one] = found.as_slice() else { panic!("{what}: {found:?}") };
            assert_eq!(one.code, "runbook/inside-blast-radius", "{what}");
            let names = format!("step `check` uses {what}, which ");
            assert!(one.message.starts_with(&names), "{}", one.message);
        }
        for what in ["agent", "persons", "controllers", "probe"] {
            assert_eq!(codes(&using(text, what), &Scope::default()), [""; 0], "{what}");
        }
    }
}

#[test]
fn an_action_that_goes_through_what_is_lost_is_refused_without_a_word_in_the_file() {
    let catalogue = [ActionRow {
        name: "vm.start",
        effects: Effects::Write,
        over: Over::Vms,
        post_condition: Some("a probe sees the VM running"),
        uses: &[OneOf(&[Means::Vcenter])],
    }];
    let file = |answers: &str| {
        format!(
            "\
apiVersion: bascule/v1
kind: Runbook
metadata: {{ name: by-vcenter, title: {{ fr: Essai, en: Trial }} }}
spec:
{answers}  steps:
    - {{ id: start, action: vm.start, for_each: {{ vms: lost }} }}
"
        )
    };
    let lint = |answers: &str| {
        let text = file(answers);
        let raw: RawFile = serde_saphyr::from_str(&text).unwrap();
        let mut findings = Findings::new("by-vcenter.yaml", &text);
        crate::lint::run_in(&raw, &catalogue, &Scope::default(), &mut findings);
        render(&findings.into_vec())
    };
    expect![[r#"
        runbook/inside-blast-radius

          × step `start` does `vm.start`, which goes through vcenter: production-lost may take that out
          │ with it
           ╭─[by-vcenter.yaml:7:28]
         6 │   steps:
         7 │     - { id: start, action: vm.start, for_each: { vms: lost } }
           ·                            ────┬───
           ·                                ╰── it runs in the production rooms
           ╰────
          help: use an action that does not need vcenter, or take the step out
    "#]].assert_eq(&lint("  answers: [production-lost]\n"));
    expect![[r#"
        runbook/answers-nothing

          ⚠ this runbook does not say which incidents it answers: what step `start` uses may be lost with
          │ them
           ╭─[by-vcenter.yaml:3:19]
         2 │ kind: Runbook
         3 │ metadata: { name: by-vcenter, title: { fr: Essai, en: Trial } }
           ·                   ─────┬────
           ·                        ╰── for which incidents?
         4 │ spec:
           ╰────
          help: write for example `answers: [room-lost]` under `spec`, or lint it with the policy
    "#]].assert_eq(&lint(""));
    assert_eq!(lint("  answers: [vm-lost]\n"), "");
}

#[test]
fn an_action_with_another_way_left_is_not_refused() {
    // The ladder of `fence.host` reaches hosts without their BMCs, and without the storage layer.
    assert_eq!(codes(LAST_RESORT, &Scope::default()), [""; 0]);
    let checks = LAST_RESORT.replacen(
        "action: service.check\n      for_each: { services: affected, up_to_tier: 2 }",
        "action: storage.confirm-side\n      for_each: { storage-layers: affected }",
        1,
    );
    said(
        &checks,
        &Scope::default(),
        expect![[r#"
        runbook/inside-blast-radius

          × step `check` does `storage.confirm-side`, which goes through storage-management: storage-
          │ layer-lost may take that out with it
            ╭─[runbook.yaml:62:15]
         61 │       needs: [start]
         62 │       action: storage.confirm-side
            ·               ──────────┬─────────
            ·                         ╰── the layer serves no room any more
         63 │       for_each: { storage-layers: affected }
            ╰────
          help: use an action that does not need storage-management, or take the step out
    "#]],
    );
}

#[test]
fn the_estate_says_what_is_left_and_what_is_gone() {
    let here = estate(&["dns", "room/c", "service/paging"], &["room/a", "service/dpi"]);
    for (what, expected) in [
        ("dns", vec![]),
        ("room/c", vec![]),
        ("service/paging", vec![]),
        ("vcenter", vec!["runbook/inside-blast-radius"]),
        ("room/a", vec!["runbook/inside-blast-radius"]),
        ("service/dpi", vec!["runbook/inside-blast-radius"]),
        ("service/dpj", vec!["runbook/unknown-use"]),
        ("host/c9", vec!["runbook/unknown-use"]),
    ] {
        assert_eq!(codes(&using(ROOM_LOSS, what), &here), expected, "{what}");
    }
    said(
        &using(ROOM_LOSS, "service/dpj"),
        &here,
        expect![[r#"
        runbook/unknown-use

          × step `check` uses `service/dpj`, which this estate does not have
            ╭─[runbook.yaml:63:14]
         62 │       action: service.check
         63 │       uses: [service/dpj]
            ·              ─────┬─────
            ·                   ╰── not in the estate
         64 │       for_each: { services: affected }
            ╰────
          help: did you mean `service/dpi`?
    "#]],
    );
}

#[test]
fn without_the_estate_a_name_of_its_own_is_a_warning() {
    said(
        &using(ROOM_LOSS, "service/paging"),
        &Scope::default(),
        expect![[r#"
        runbook/use-not-judged

          ⚠ whether `service/paging`, which step `check` uses, is left when it is needed can't be told
          │ without the estate
            ╭─[runbook.yaml:63:14]
         62 │       action: service.check
         63 │       uses: [service/paging]
            ·              ───────┬──────
            ·                     ╰── not judged
         64 │       for_each: { services: affected }
            ╰────
          help: lint it with `--estate FILE`
    "#]],
    );
}

#[test]
fn what_is_nothing_that_is_known_names_the_nearest() {
    said(
        &using(ROOM_LOSS, "vcentre"),
        &Scope::default(),
        expect![[r#"
        runbook/unknown-use

          × step `check` uses `vcentre`, which is nothing that is known here
            ╭─[runbook.yaml:63:14]
         62 │       action: service.check
         63 │       uses: [vcentre]
            ·              ───┬───
            ·                 ╰── not known
         64 │       for_each: { services: affected }
            ╰────
          help: did you mean `vcenter`? write one of: agent, bmc, storage-management, persons,
                controllers, probe, vcenter, dns, directory, mail-relay, time-source, login; or `room/ID`,
                `host/ID`, `service/ID` as in the estate
    "#]],
    );
}

#[test]
fn the_policy_names_a_runbook_only_for_what_it_answers() {
    let asked = |class: IncidentClass| Scope {
        asked_of: Some(BTreeMap::from([("room-loss".into(), BTreeSet::from([class]))])),
        ..Scope::default()
    };
    assert_eq!(codes(ROOM_LOSS, &asked(IncidentClass::RoomLost)), [""; 0]);
    said(
        ROOM_LOSS,
        &asked(IncidentClass::HostLost),
        expect![[r#"
        runbook/not-answered

          × the policy answers host-lost with `room-loss`, which does not say that it is made for that
            ╭─[runbook.yaml:29:12]
         28 │ spec:
         29 │   answers: [room-lost, storage-side-lost]
            ·            ┬
            ·            ╰── host-lost is not among them
         30 │   objectives: { rto: 30m, rpo: 0s }
            ╰────
          help: add host-lost here once each step may run during it, or name another runbook in the policy
    "#]],
    );
    // One that says nothing is judged by what the policy asks of it.
    let silent = ROOM_LOSS.replacen("  answers: [room-lost, storage-side-lost]\n", "", 1);
    assert_eq!(codes(&using(&silent, "dns"), &asked(IncidentClass::HostLost)), [""; 0]);
    let found = codes(&using(&silent, "dns"), &asked(IncidentClass::RoomLost));
    assert_eq!(found, ["runbook/inside-blast-radius"]);
}

#[test]
fn an_incident_that_there_is_not_is_refused() {
    let text = ROOM_LOSS.replacen("[room-lost,", "[room-gone,", 1);
    assert_eq!(codes(&text, &Scope::default()), ["runbook/unknown-word"]);
}
