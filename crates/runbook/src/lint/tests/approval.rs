//! What the rules on approvals and conditions say.

use expect_test::{Expect, expect};

use super::{changed, render};
use crate::read::read;

/// The shipped last-resort runbook with one thing changed.
fn last_resort(from: &str, to: &str, expect: Expect) {
    let text = include_str!("../../../../../runbooks/last-resort-restart.yaml");
    assert!(text.contains(from), "{from}");
    let found = read("last-resort-restart.yaml", &text.replacen(from, to, 1)).diagnostics;
    expect.assert_eq(&render(&found));
}

#[test]
fn an_approval_of_nobody_is_refused() {
    last_resort(
        "quorum: 2",
        "quorum: 0",
        expect![[r#"
        runbook/bad-approval

          × step `approve` waits for nobody
            ╭─[last-resort-restart.yaml:36:17]
         35 │       title: { fr: "Faire approuver par deux personnes", en: "Have two persons approve" }
         36 │       approval: { from: [role:operator], quorum: 0 }
            ·                 ┬
            ·                 ╰── here
         37 │       when: "policy.level == 'ask'"
            ╰────
          help: write `quorum: 2`
    "#]],
    );
    last_resort(
        "[role:operator]",
        "[operator]",
        expect![[r#"
        runbook/bad-approval

          × step `approve` does not say whose approval it waits for
            ╭─[last-resort-restart.yaml:36:17]
         35 │       title: { fr: "Faire approuver par deux personnes", en: "Have two persons approve" }
         36 │       approval: { from: [operator], quorum: 2 }
            ·                 ┬
            ·                 ╰── here
         37 │       when: "policy.level == 'ask'"
            ╰────
          help: write for example `from: [role:on-call-manager]`
    "#]],
    );
}

#[test]
fn an_approval_is_applied_to_nothing_and_its_failure_ends_the_run() {
    last_resort(
        "timeout: 15m",
        "for_each: { hosts: lost }",
        expect![[r#"
        runbook/bad-approval

          × step `approve` is applied to nothing
            ╭─[last-resort-restart.yaml:36:17]
         35 │       title: { fr: "Faire approuver par deux personnes", en: "Have two persons approve" }
         36 │       approval: { from: [role:operator], quorum: 2 }
            ·                 ┬
            ·                 ╰── here
         37 │       when: "policy.level == 'ask'"
            ╰────
          help: remove `for_each` and `verify`: the persons' word is all that counts
    "#]],
    );
    last_resort(
        "timeout: 15m",
        "on_failure: continue",
        expect![[r#"
        runbook/bad-approval

          × without the approval of step `approve` the run would go on
            ╭─[last-resort-restart.yaml:36:17]
         35 │       title: { fr: "Faire approuver par deux personnes", en: "Have two persons approve" }
         36 │       approval: { from: [role:operator], quorum: 2 }
            ·                 ┬
            ·                 ╰── here
         37 │       when: "policy.level == 'ask'"
            ╰────
          help: write `on_failure: abort`
    "#]],
    );
}

#[test]
fn nothing_changes_the_world_before_the_approval() {
    last_resort(
        "needs: [fence]\n      action: vm.start-from-copy",
        "needs: []\n      action: vm.start-from-copy",
        expect![[r#"
            runbook/before-approval

              × step `start` changes the world before anybody has approved
                ╭─[last-resort-restart.yaml:53:15]
             52 │       needs: []
             53 │       action: vm.start-from-copy
                ·               ─────────┬────────
                ·                        ╰── does not wait for the approval
             54 │       for_each: { vms: lost, order: start-order, up_to_tier: 2, at_once: 32 }
                ╰────
              help: let it need the approval step, or a step that does
        "#]],
    );
}

#[test]
fn a_step_that_is_an_action_and_an_approval_is_refused() {
    last_resort(
        "timeout: 15m",
        "action: vm.start",
        expect![[r#"
            runbook/what-it-does

              × step `approve` is two things at once: action and approval
                ╭─[last-resort-restart.yaml:38:15]
             37 │       when: "policy.level == 'ask'"
             38 │       action: vm.start
                ·               ────┬───
                ·                   ╰── one thing a step
             39 │       retry: { attempts: 1 }
                ╰────
              help: write one of them: `action: …`, `manual: { role: operator, text: … }`, or `approval:
                    { from: [role:on-call-manager], quorum: 2 }`
        "#]],
    );
}

#[test]
fn a_condition_on_anything_but_the_policy_is_refused() {
    last_resort(
        "policy.level == 'ask'",
        "now > 3",
        expect![[r#"
        runbook/bad-expression

          × the `when` of step `approve` can't be evaluated: there is no `now` here; a condition reads
          │ `policy.level`
            ╭─[last-resort-restart.yaml:37:13]
         36 │       approval: { from: [role:operator], quorum: 2 }
         37 │       when: "now > 3"
            ·             ────┬────
            ·                 ╰── here
         38 │       timeout: 15m
            ╰────
          help: write a condition on the policy's level, for example `policy.level == 'ask'`
    "#]],
    );
}

#[test]
fn a_runbook_without_steps_is_refused() {
    let text = "\
apiVersion: bascule/v1
kind: Runbook
metadata: { name: nothing, title: { fr: Rien, en: Nothing } }
spec:
  steps: []
";
    expect![[r#"
        runbook/no-steps

          × this runbook does nothing
           ╭─[nothing.yaml:5:10]
         4 │ spec:
         5 │   steps: []
           ·          ┬
           ·          ╰── no steps
           ╰────
          help: add at least one step
    "#]]
    .assert_eq(&render(&read("nothing.yaml", text).diagnostics));
    // A step without a set is told by its own rule.
    changed(
        "for_each: { vms: lost, order: start-order, at_once: 32 }",
        "for_each: {}",
        expect![[r#"
        runbook/wrong-set

          × step `start` does not say what it is applied to
            ╭─[host-loss.yaml:16:15]
         15 │       needs: [fence]
         16 │       action: vm.start
            ·               ────┬───
            ·                   ╰── no `for_each`
         17 │       for_each: {}
            ╰────
          help: write `for_each: { vms: lost }`
    "#]],
    );
}
