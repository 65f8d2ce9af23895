//! Steps that persons carry out, and steps that run however their run ends.

use expect_test::expect;

use super::{GOOD, render};
use crate::read::read;

/// The good runbook with a person's task, and one that runs however the run ends.
fn with_persons() -> String {
    GOOD.to_owned()
        + "    - id: ward
      needs: [check]
      manual:
        role: operator
        evidence: photo
        text: { fr: \"Ouvrir un dossier\", en: \"Open a record\" }
    - id: tell
      always: true
      needs: [ward]
      manual: { role: operator, quorum: 2, evidence: none, text: { fr: Prévenir, en: Tell } }
"
}

fn codes(from: &str, to: &str) -> Vec<&'static str> {
    let text = with_persons();
    assert!(text.contains(from), "{from}");
    let found = read("host-loss.yaml", &text.replacen(from, to, 1)).diagnostics;
    found.iter().map(|one| one.code).collect()
}

#[test]
fn a_task_says_who_does_what_and_what_always_runs_comes_last() {
    for (from, to, says) in [
        ("role: operator", "role: operator", vec![]),
        ("role: operator", "role: \" \"", vec!["runbook/bad-manual"]),
        ("quorum: 2", "quorum: 0", vec!["runbook/bad-manual"]),
        ("en: Tell", "en: \"\"", vec!["runbook/bad-manual"]),
        ("evidence: photo", "evidence: video", vec!["runbook/unknown-word"]),
        ("        evidence: photo\n", "", vec!["runbook/missing-key"]),
        ("role: operator", "role: operator\n        who: x", vec!["runbook/unknown-key"]),
        (
            "needs: [check]",
            "needs: [check]\n      for_each: { hosts: lost }",
            vec!["runbook/bad-manual"],
        ),
        (
            "needs: [check]",
            "needs: [check]\n      action: service.check",
            vec!["runbook/what-it-does"],
        ),
        (
            "action: service.check",
            "action: manual",
            vec!["runbook/unknown-action", "runbook/wrong-set"],
        ),
        ("needs: [check]", "needs: [check, tell]", vec!["runbook/cycle", "runbook/bad-always"]),
        ("    - id: check", "    - id: check\n      always: true", vec!["runbook/bad-always"]),
        (
            "manual: { role: operator, quorum: 2, evidence: none, text: { fr: Prévenir, en: Tell } }",
            "approval: { from: [role:operator], quorum: 2 }",
            vec![
                "runbook/bad-always",
                "runbook/before-approval",
                "runbook/before-approval",
                "runbook/before-approval",
            ],
        ),
    ] {
        let mut found = codes(from, to);
        let mut says = says;
        found.sort_unstable();
        says.sort_unstable();
        assert_eq!(found, says, "{from} -> {to}");
    }
}

#[test]
fn what_comes_after_everything_is_needed_by_nothing_else() {
    let text = with_persons().replacen("    - id: check", "    - id: check\n      always: true", 1);
    expect![[r#"
        runbook/bad-always

          × step `ward` needs `check`, which runs once everything else is over
            ╭─[host-loss.yaml:28:15]
         27 │     - id: ward
         28 │       needs: [check]
            ·               ──┬──
            ·                 ╰── comes after everything
         29 │       manual:
            ╰────
          help: write `always: true` for both, or for neither
    "#]]
    .assert_eq(&render(&read("host-loss.yaml", &text).diagnostics));
}

#[test]
fn a_task_of_nobody_is_refused() {
    let text = with_persons().replacen("quorum: 2", "quorum: 0", 1);
    expect![[r#"
        runbook/bad-manual

          × step `tell` waits for nobody
            ╭─[host-loss.yaml:35:15]
         34 │       needs: [ward]
         35 │       manual: { role: operator, quorum: 0, evidence: none, text: { fr: Prévenir, en: Tell } }
            ·               ┬
            ·               ╰── this `manual`
            ╰────
          help: write `quorum: 1`, or 2 where one pair of eyes is not enough
    "#]].assert_eq(&render(&read("host-loss.yaml", &text).diagnostics));
}

#[test]
fn two_things_at_once_are_named() {
    let text = with_persons().replacen(
        "needs: [check]",
        "needs: [check]\n      approval: { from: [role:operator], quorum: 2 }",
        1,
    );
    let found = read("host-loss.yaml", &text).diagnostics;
    let words: Vec<&str> = found.iter().map(|one| one.message.as_str()).collect();
    assert!(words.contains(&"step `ward` is two things at once: manual and approval"), "{words:?}");
}

#[test]
fn a_task_is_read_with_its_evidence_and_its_quorum() {
    let runbook = read("host-loss.yaml", &with_persons()).runbook.unwrap();
    let [ward, tell] = &runbook.steps[runbook.steps.len() - 2..] else { panic!() };
    let task = ward.manual.as_ref().unwrap();
    assert_eq!((task.role.as_str(), task.quorum, task.evidence.as_str()), ("operator", 1, "photo"));
    assert!(!ward.always && tell.always);
    assert_eq!(tell.manual.as_ref().unwrap().quorum, 2);
}
