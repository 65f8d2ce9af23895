//! The file as such: YAML, keys, words.

use expect_test::expect;

use super::{GOOD, changed, render};
use crate::read::read;

#[test]
fn a_good_runbook_has_no_findings_and_keeps_what_it_says() {
    let reading = read("host-loss.yaml", GOOD);
    assert_eq!(render(&reading.diagnostics), "");
    let runbook = reading.runbook.unwrap();
    assert_eq!(runbook.steps.len(), 3);
    assert_eq!(runbook.steps[0].retry.attempts, 3);
    let json = serde_json::to_string(&runbook).unwrap();
    assert_eq!(serde_json::from_str::<crate::Runbook>(&json).unwrap(), runbook);
}

#[test]
fn an_unknown_key_names_the_nearest_and_all_keys() {
    changed(
        "      expect: 10m",
        "      expct: 10m",
        expect![[r#"
            runbook/unknown-key

              × `expct` is not a key that is known here
                ╭─[host-loss.yaml:19:7]
             18 │       on_failure: ignore
             19 │       expct: 10m
                ·       ──┬──
                ·         ╰── unknown key
             20 │     - id: check
                ╰────
              help: did you mean `expect`? the keys here are: id, title, action, approval, manual, when,
                    needs, for_each, uses, verify, timeout, retry, on_failure, expect, always
        "#]],
    );
}

#[test]
fn a_missing_key_is_named() {
    changed(
        "      action: vm.start\n",
        "",
        expect![[r#"
            runbook/what-it-does

              × step `start` does nothing
                ╭─[host-loss.yaml:14:11]
             13 │       expect: 35s
             14 │     - id: start
                ·           ──┬──
                ·             ╰── neither `action`, nor `manual`, nor `approval`
             15 │       needs: [fence]
                ╰────
              help: write one of them: `action: …`, `manual: { role: operator, text: … }`, or `approval:
                    { from: [role:on-call-manager], quorum: 2 }`
        "#]],
    );
}

#[test]
fn an_unknown_word_lists_the_words() {
    changed(
        "on_failure: ignore",
        "on_failure: undo",
        expect![[r#"
        runbook/unknown-word

          × `undo` is not one of the words that are known here
            ╭─[host-loss.yaml:18:19]
         17 │       for_each: { vms: lost, order: start-order, at_once: 32 }
         18 │       on_failure: undo
            ·                   ──┬─
            ·                     ╰── unknown word
         19 │       expect: 10m
            ╰────
          help: write one of: abort, continue, ignore
    "#]],
    );
}

#[test]
fn a_duration_without_unit_is_refused() {
    changed(
        "expect: 35s",
        "expect: 35",
        expect![[r#"
        runbook/unreadable

          × this can't be read: `35` is not a duration; write for example `90s`, `10m`, `1h30m` or `250ms`
            ╭─[host-loss.yaml:13:15]
         12 │       for_each: { hosts: lost }
         13 │       expect: 35
            ·               ─┬
            ·                ╰── here
         14 │     - id: start
            ╰────
          help: runbooks/FORMAT.md describes the format, the files beside it are examples
    "#]],
    );
}

#[test]
fn a_title_in_one_language_is_refused() {
    changed(
        "fr: \"Perte d'un hôte\", ",
        "",
        expect![[r#"
        runbook/missing-key

          × the key `fr` is missing
           ╭─[host-loss.yaml:5:12]
         4 │   name: host-loss
         5 │   title: { en: "Loss of a host" }
           ·            ─┬
           ·             ╰── `fr` is needed in this block
         6 │ spec:
           ╰────
          help: add `fr:`
    "#]],
    );
}

#[test]
fn a_key_written_twice_is_refused() {
    changed(
        "      on_failure: ignore\n",
        "      on_failure: ignore\n      on_failure: abort\n",
        expect![[r#"
        runbook/duplicate-key

          × the key `on_failure` is written twice
            ╭─[host-loss.yaml:19:7]
         18 │       on_failure: ignore
         19 │       on_failure: abort
            ·       ─────┬────
            ·            ╰── second time
         20 │       expect: 10m
            ╰────
          help: keep one of the two
    "#]],
    );
}

#[test]
fn what_is_not_yaml_is_refused() {
    changed(
        "needs: [fence]",
        "needs: [fence",
        expect![[r#"
        runbook/unreadable

          × this can't be read: illegal placement of ':' indicator
            ╭─[host-loss.yaml:16:13]
         15 │       needs: [fence
         16 │       action: vm.start
            ·             ┬
            ·             ╰── here
         17 │       for_each: { vms: lost, order: start-order, at_once: 32 }
            ╰────
          help: runbooks/FORMAT.md describes the format, the files beside it are examples
    "#]],
    );
}

#[test]
fn another_kind_of_file_is_refused() {
    changed(
        "kind: Runbook",
        "kind: Estate",
        expect![[r#"
        runbook/wrong-kind

          × `kind` is `Estate`: this is not a runbook that can be read
           ╭─[host-loss.yaml:2:7]
         1 │ apiVersion: bascule/v1
         2 │ kind: Estate
           ·       ───┬──
           ·          ╰── must be `Runbook`
         3 │ metadata:
           ╰────
          help: write `kind: Runbook`
    "#]],
    );
}

#[test]
fn a_name_that_no_file_can_have_is_refused() {
    changed(
        "name: host-loss",
        "name: Host loss",
        expect![[r#"
        runbook/bad-name

          × `Host loss` can't be a name: it stands in step keys and file names
           ╭─[host-loss.yaml:4:9]
         3 │ metadata:
         4 │   name: Host loss
           ·         ────┬────
           ·             ╰── this `name`
         5 │   title: { fr: "Perte d'un hôte", en: "Loss of a host" }
           ╰────
          help: use lower-case letters, digits and `-`
    "#]],
    );
}

#[test]
fn a_warning_does_not_keep_a_runbook_from_running() {
    let slow = GOOD.replacen("expect: 10m", "expect: 21m", 1);
    assert!(read("host-loss.yaml", &slow).runbook.is_some());
    let too_slow = GOOD.replacen("expect: 10m", "expect: 40m", 1);
    assert_eq!(crate::parse("host-loss.yaml", &too_slow).unwrap_err().len(), 1);
}
