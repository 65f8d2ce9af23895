//! One test a rule.

use expect_test::expect;
use model::action::{ActionRow, Effects, Over};

use super::{changed, render};
use crate::diagnostic::Findings;
use crate::yaml::RawFile;

#[test]
fn an_unknown_action_names_the_nearest() {
    changed(
        "action: vm.start",
        "action: vm.strat",
        expect![[r#"
            runbook/unknown-action

              × there is no action `vm.strat`
                ╭─[host-loss.yaml:16:15]
             15 │       needs: [fence]
             16 │       action: vm.strat
                ·               ────┬───
                ·                   ╰── not in the catalogue
             17 │       for_each: { vms: lost, order: start-order, at_once: 32 }
                ╰────
              help: did you mean `vm.start`? the actions are: fence.host, storage.confirm-side, vm.start,
                    vm.start-from-copy, vm.stop, service.check
        "#]],
    );
}

#[test]
fn a_duplicate_step_id_names_the_first() {
    changed(
        "id: start",
        "id: fence",
        expect![[r#"
            runbook/duplicate-step

              × the step id `fence` is taken: the log could not tell the two steps apart
                ╭─[host-loss.yaml:14:11]
             13 │       expect: 35s
             14 │     - id: fence
                ·           ──┬──
                ·             ╰── first used on line 10
             15 │       needs: [fence]
                ╰────
              help: give one of them another id
        "#]],
    );
}

#[test]
fn a_dangling_need_names_the_nearest() {
    changed(
        "needs: [fence]",
        "needs: [fense]",
        expect![[r#"
        runbook/dangling-need

          × step `start` needs `fense`, which is no step of this runbook: it would never start
            ╭─[host-loss.yaml:15:15]
         14 │     - id: start
         15 │       needs: [fense]
            ·               ──┬──
            ·                 ╰── no such step
         16 │       action: vm.start
            ╰────
          help: did you mean `fence`?
    "#]],
    );
}

#[test]
fn a_cycle_is_spelled_out() {
    changed(
        "    - id: fence\n",
        "    - id: fence\n      needs: [check]\n",
        expect![[r#"
        runbook/cycle

          × these steps wait for each other: check needs start needs fence needs check
            ╭─[host-loss.yaml:21:11]
         20 │       expect: 10m
         21 │     - id: check
            ·           ──┬──
            ·             ╰── none of them could ever start
         22 │       needs: [start]
            ╰────
          help: remove one of these `needs`
    "#]],
    );
}

#[test]
fn a_set_of_the_wrong_kind_is_refused() {
    changed(
        "{ hosts: lost }",
        "{ vms: lost }",
        expect![[r#"
        runbook/wrong-set

          × `fence.host` is not applied to vms
            ╭─[host-loss.yaml:12:24]
         11 │       action: fence.host
         12 │       for_each: { vms: lost }
            ·                        ──┬─
            ·                          ╰── must be a set of hosts
         13 │       expect: 35s
            ╰────
          help: write `for_each: { hosts: lost }`
    "#]],
    );
}

#[test]
fn no_set_and_two_sets_are_refused() {
    changed(
        "      for_each: { hosts: lost }\n",
        "",
        expect![[r#"
        runbook/wrong-set

          × step `fence` does not say what it is applied to
            ╭─[host-loss.yaml:11:15]
         10 │     - id: fence
         11 │       action: fence.host
            ·               ─────┬────
            ·                    ╰── no `for_each`
         12 │       expect: 35s
            ╰────
          help: write `for_each: { hosts: lost }`
    "#]],
    );
    changed(
        "{ hosts: lost }",
        "{ hosts: lost, vms: lost }",
        expect![[r#"
        runbook/wrong-set

          × step `fence` ranges over 2 sets
            ╭─[host-loss.yaml:11:15]
         10 │     - id: fence
         11 │       action: fence.host
            ·               ─────┬────
            ·                    ╰── one set a step
         12 │       for_each: { hosts: lost, vms: lost }
            ╰────
          help: write `for_each: { hosts: lost }`
    "#]],
    );
}

#[test]
fn a_set_that_there_is_not_and_an_order_that_it_has_not_are_refused() {
    changed(
        "{ hosts: lost }",
        "{ hosts: affected, order: start-order }",
        expect![[r#"
        runbook/wrong-set

          × there is no such set of hosts
            ╭─[host-loss.yaml:12:26]
         11 │       action: fence.host
         12 │       for_each: { hosts: affected, order: start-order }
            ·                          ────┬───
            ·                              ╰── known: `hosts: lost`
         13 │       expect: 35s
            ╰────
          help: write `for_each: { hosts: lost }`
        runbook/wrong-set

          × hosts have no start order: only VMs do
            ╭─[host-loss.yaml:12:43]
         11 │       action: fence.host
         12 │       for_each: { hosts: affected, order: start-order }
            ·                                           ─────┬─────
            ·                                                ╰── not for this set
         13 │       expect: 35s
            ╰────
          help: remove `order`
    "#]],
    );
}

#[test]
fn a_limit_of_nought_is_refused() {
    changed(
        "timeout: 5m",
        "timeout: 0s",
        expect![[r#"
        runbook/bad-limit

          × an attempt that may take no time fails before it begins
           ╭─[host-loss.yaml:8:24]
         7 │   objectives: { rto: 30m }
         8 │   defaults: { timeout: 0s, retry: { attempts: 3, backoff: 5s } }
           ·                        ─┬
           ·                         ╰── more than 0s
         9 │   steps:
           ╰────
          help: write how long one attempt may take, with its verification
    "#]],
    );
    changed(
        "at_once: 32",
        "at_once: 0",
        expect![[r#"
        runbook/bad-limit

          × `at_once: 0` lets nothing start
            ╭─[host-loss.yaml:17:59]
         16 │       action: vm.start
         17 │       for_each: { vms: lost, order: start-order, at_once: 0 }
            ·                                                           ┬
            ·                                                           ╰── at least 1
         18 │       on_failure: ignore
            ╰────
          help: write a number from 1, or remove `at_once`
    "#]],
    );
}

#[test]
fn an_expression_that_does_not_compile_is_underlined() {
    changed(
        ".ok\"",
        ".ok &&\"",
        expect![[r#"
        runbook/bad-expression

          × the `verify` of step `check` can't be evaluated: Syntax error: mismatched input '<EOF>'
          │ expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT,
          │ NUM_UINT, STRING, BYTES, IDENTIFIER}
            ╭─[host-loss.yaml:24:45]
         23 │       for_each: { services: affected }
         24 │       verify: "probe('service/' + item).ok &&"
            ·                                             ┬
            ·                                             ╰── here
         25 │       expect: 1m
            ╰────
          help: write a CEL expression that is true when the step is done, for example `probe('service/' +
                item).ok`
    "#]],
    );
    changed(
        "probe('service/' + item)",
        "prob('service/' + item)",
        expect![[r#"
        runbook/bad-expression

          × the `verify` of step `check` can't be evaluated: there is no `prob` here; did you mean
          │ `probe`?
            ╭─[host-loss.yaml:24:16]
         23 │       for_each: { services: affected }
         24 │       verify: "prob('service/' + item).ok"
            ·                ┬
            ·                ╰── here
         25 │       expect: 1m
            ╰────
          help: write a CEL expression that is true when the step is done, for example `probe('service/' +
                item).ok`
    "#]],
    );
    changed(
        "'service/'",
        "'servce/'",
        expect![[r#"
        runbook/bad-expression

          × the `verify` of step `check` can't be evaluated: no probe watches `servce/item`; targets begin
          │ with controller/, host/, power/, vm/, array/, storage/, storage-quorum/, volume/, link/,
          │ service/
            ╭─[host-loss.yaml:24:15]
         23 │       for_each: { services: affected }
         24 │       verify: "probe('servce/' + item).ok"
            ·               ──────────────┬─────────────
            ·                             ╰── here
         25 │       expect: 1m
            ╰────
          help: write a CEL expression that is true when the step is done, for example `probe('service/' +
                item).ok`
    "#]],
    );
}

#[test]
fn a_path_longer_than_the_objective_is_an_error_and_near_it_a_warning() {
    changed(
        "expect: 10m",
        "expect: 40m",
        expect![[r#"
        runbook/too-slow

          × by its own expected times this runbook takes 41m35s: its objective is 30m
           ╭─[host-loss.yaml:7:22]
         6 │ spec:
         7 │   objectives: { rto: 30m }
           ·                      ─┬─
           ·                       ╰── the longest path takes 41m35s
         8 │   defaults: { timeout: 5m, retry: { attempts: 3, backoff: 5s } }
           ╰────
          help: shorten `expect` or the path: fence, then start, then check
    "#]],
    );
    changed(
        "expect: 10m",
        "expect: 21m",
        expect![[r#"
        runbook/too-slow

          ⚠ the longest path takes 22m35s, more than 70 % of the objective of 30m
           ╭─[host-loss.yaml:7:22]
         6 │ spec:
         7 │   objectives: { rto: 30m }
           ·                      ─┬─
           ·                       ╰── the longest path takes 22m35s
         8 │   defaults: { timeout: 5m, retry: { attempts: 3, backoff: 5s } }
           ╰────
          help: shorten `expect` or the path: fence, then start, then check
    "#]],
    );
}

#[test]
fn an_action_without_post_condition_needs_a_verify() {
    let catalogue = [ActionRow {
        name: "vm.nudge",
        effects: Effects::Write,
        over: Over::Vms,
        post_condition: None,
        uses: &[],
    }];
    let text = "\
apiVersion: bascule/v1
kind: Runbook
metadata: { name: nudge, title: { fr: Pousser, en: Nudge } }
spec:
  steps:
    - { id: nudge, action: vm.nudge, for_each: { vms: lost } }
";
    let file: RawFile = serde_saphyr::from_str(text).unwrap();
    let mut findings = Findings::new("nudge.yaml", text);
    crate::lint::run(&file, &catalogue, &mut findings);
    expect![[r#"
        runbook/no-post-condition

          × nothing tells when step `nudge` is done: `vm.nudge` has no post-condition of its own
           ╭─[nudge.yaml:6:28]
         5 │   steps:
         6 │     - { id: nudge, action: vm.nudge, for_each: { vms: lost } }
           ·                            ────┬───
           ·                                ╰── its answer alone proves nothing
           ╰────
          help: add `verify:` with what a probe must see, for example `probe('service/' + item).ok`
    "#]]
    .assert_eq(&render(&findings.into_vec()));
}

/// What the rules say of the shipped last-resort runbook with one thing changed.
fn last_resort(from: &str, to: &str) -> Vec<&'static str> {
    let text = include_str!("../../../../../runbooks/last-resort-restart.yaml");
    assert!(text.contains(from), "{from}");
    let found = crate::read::read("last-resort-restart.yaml", &text.replacen(from, to, 1));
    found.diagnostics.iter().map(|one| one.code).collect()
}

#[test]
fn an_approval_is_asked_of_somebody_before_anything_changes_and_its_failure_ends_the_run() {
    for (from, to, says) in [
        ("needs: [approve]", "needs: []", vec!["runbook/before-approval"; 2]),
        ("quorum: 2", "quorum: 0", vec!["runbook/bad-approval"]),
        ("[role:operator]", "[]", vec!["runbook/bad-approval"]),
        ("[role:operator]", "[operator]", vec!["runbook/bad-approval"]),
        ("timeout: 15m", "on_failure: continue", vec!["runbook/bad-approval"]),
        ("timeout: 15m", "for_each: { hosts: lost }", vec!["runbook/bad-approval"]),
        ("timeout: 15m", "action: vm.start", vec!["runbook/what-it-does"]),
        ("'ask'\"", "'ask' && now > 3\"", vec!["runbook/bad-expression"]),
        ("hosts: lost", "hosts: lost, up_to_tier: 2", vec!["runbook/wrong-set"]),
        ("quorum: 2", "quorum: 2", vec![]),
    ] {
        assert_eq!(last_resort(from, to), says, "{from} -> {to}");
    }
}
