//! The commands around runbooks.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use std::path::Path;

use crate::bascule::{run, shipped};

fn path(name: &str) -> String {
    shipped(&format!("runbooks/{name}.yaml")).display().to_string()
}

fn clinic() -> String {
    shipped("simulations/estates/clinic.yaml").display().to_string()
}

fn policy() -> String {
    shipped("simulations/policies/default.yaml").display().to_string()
}

/// A shipped runbook with one thing changed, in a folder of its own.
fn changed(folder: &Path, name: &str, from: &str, to: &str) -> String {
    let text = std::fs::read_to_string(path(name)).unwrap();
    assert!(text.contains(from), "{from}");
    let file = folder.join(format!("{name}.yaml"));
    std::fs::write(&file, text.replacen(from, to, 1)).unwrap();
    file.display().to_string()
}

#[test]
fn lint_refuses_what_the_incident_takes_out_and_names_step_and_thing() {
    let folder = tempfile::tempdir().unwrap();
    for what in ["vcenter", "directory", "dns"] {
        let uses = format!("action: service.check\n      uses: [{what}]\n");
        let file = changed(folder.path(), "last-resort-restart", "action: service.check\n", &uses);
        let ran = run(["runbook", "lint", &file, "-o", "json"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        let found = &ran.json()[0]["diagnostics"][0];
        assert_eq!(found["code"], "runbook/inside-blast-radius", "{found}");
        let message = found["message"].as_str().unwrap();
        assert!(message.contains("`check`") && message.contains(what), "{message}");
        // Both production rooms hold it: the estate changes nothing.
        let ran = run(["runbook", "lint", &file, "--estate", &clinic(), "-o", "json"]);
        assert_eq!(ran.code, 1, "{ran:?}");
    }
}

#[test]
fn the_estate_lets_pass_what_outlives_the_incident() {
    let folder = tempfile::tempdir().unwrap();
    let uses = "action: service.check\n      uses: [dns]\n";
    let file = changed(folder.path(), "room-loss", "action: service.check\n", uses);
    assert_eq!(run(["runbook", "lint", &file]).code, 1);
    let ran = run(["runbook", "lint", &file, "--estate", &clinic(), "--policy", &policy()]);
    assert_eq!(ran.code, 0, "the clinic has names in each room: {ran:?}");
}

#[test]
fn the_shipped_runbooks_answer_what_the_shipped_policy_asks_of_them() {
    let files = ["vm-loss", "host-loss", "room-loss", "last-resort-restart"].map(path);
    let mut arguments = vec!["runbook", "lint"];
    arguments.extend(files.iter().map(String::as_str));
    let (estate, policy) = (clinic(), policy());
    arguments.extend(["--estate", &estate, "--policy", &policy]);
    let ran = run(arguments);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!ran.stdout.contains("warning"), "{ran:?}");
}

#[test]
fn show_tells_the_graph_and_the_critical_path_in_both_languages() {
    let english = run(["runbook", "show", &path("room-loss")]);
    assert_eq!(english.code, 0, "{english:?}");
    for words in [
        "fence* (35s)   |   storage (20s)",
        "start* (15m) <- fence, storage",
        "fence 35s -> start 15m -> check 10s = 15m45s, 53 % of the objective of 30m",
    ] {
        assert!(english.stdout.contains(words), "{words:?} is not in:\n{}", english.stdout);
    }
    let french = run(["runbook", "show", &path("room-loss"), "--lang", "fr"]);
    assert!(french.stdout.contains("Chemin critique"), "{french:?}");
    let json = run(["runbook", "show", &path("room-loss"), "-o", "json"]);
    assert_eq!(json.json()["critical_path"]["percent_of_rto"], 53);
}

#[test]
fn show_with_an_estate_lists_the_sets() {
    let (file, estate, policy) = (path("room-loss"), clinic(), policy());
    let ran =
        run(["runbook", "show", &file, "--estate", &estate, "--policy", &policy, "-o", "json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let here = &ran.json()["here"];
    let first = &here[0];
    assert_eq!(first["steps"][0]["step"], "fence", "{first}");
    assert_eq!(first["steps"][0]["items"].as_array().unwrap().len(), 2);
    assert!(first["steps"][2]["items"].as_array().unwrap().len() > 200);
    assert!(first["causes"].as_array().unwrap().len() == 2, "{}", first["causes"]);
}

#[test]
fn the_page_for_paper_is_one_file_in_two_languages_or_one() {
    let (file, estate) = (path("last-resort-restart"), clinic());
    let both = run(["runbook", "show", &file, "--print", "--estate", &estate]);
    assert_eq!(both.code, 0, "{both:?}");
    for words in ["<!DOCTYPE html>", "Isoler la production", "Fence production", "c1"] {
        assert!(both.stdout.contains(words), "{words}");
    }
    let french = run(["runbook", "show", &file, "--print", "--lang", "fr"]);
    assert!(!french.stdout.contains("Fence production"), "only French was asked for");
}

#[test]
fn fmt_writes_the_canonical_form_once_and_check_only_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = changed(
        folder.path(),
        "host-loss",
        "      needs: [fence]\n",
        "      needs:   [ fence ] # first\n",
    );
    let before = std::fs::read_to_string(&file).unwrap();
    let check = run(["runbook", "fmt", "--check", &file]);
    assert_eq!(
        (check.code, check.stdout.contains("not in canonical form")),
        (1, true),
        "{check:?}"
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), before);
    std::fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
    assert_eq!(run(["runbook", "fmt", &file]).code, 0);
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    let after = std::fs::read_to_string(&file).unwrap();
    assert!(after.contains("      needs: [fence] # first\n"), "{after}");
    assert_eq!(run(["runbook", "fmt", "--check", &file]).code, 0);
    let same = run(["runbook", "diff", &path("host-loss"), &file, "--exit-code"]);
    assert_eq!(same.code, 0, "{same:?}");
}

#[test]
fn fmt_leaves_alone_what_it_can_not_read_or_keep() {
    let folder = tempfile::tempdir().unwrap();
    let file = changed(folder.path(), "host-loss", "steps:", "stepps:");
    assert_eq!(run(["runbook", "fmt", &file]).code, 1);
    let file = changed(folder.path(), "host-loss", "expect: 35s", "expect: &a 35s");
    let ran = run(["runbook", "fmt", &file]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("anchor"), "{ran:?}");
}

#[test]
fn diff_speaks_of_meaning() {
    let folder = tempfile::tempdir().unwrap();
    let file = changed(folder.path(), "room-loss", "needs: [fence, storage]", "needs: [fence]");
    let ran = run(["runbook", "diff", &path("room-loss"), &file, "--exit-code"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.stdout.starts_with("- start waits no more for storage\n= Critical path"),
        "{ran:?}"
    );
}

#[test]
fn a_new_runbook_lints_clean() {
    let folder = tempfile::tempdir().unwrap();
    for like in [&["--like", "room-loss"][..], &[]] {
        let ran = run([&["runbook", "new", "our-own"], like].concat());
        assert_eq!(ran.code, 0, "{ran:?}");
        let file = folder.path().join("our-own.yaml");
        std::fs::write(&file, &ran.stdout).unwrap();
        let file = file.display().to_string();
        assert_eq!(run(["runbook", "lint", &file]).code, 0);
        assert_eq!(run(["runbook", "fmt", "--check", &file]).code, 0);
    }
    assert_eq!(run(["runbook", "new", "Our own"]).code, 3);
}

#[test]
fn the_schema_and_the_playbook_are_json() {
    let schema = run(["runbook", "schema"]);
    assert_eq!(schema.json()["additionalProperties"], false);
    let export = ["runbook", "export", "--format", "cacao", "--at", "2026-01-31T12:00:00Z"];
    let file = path("room-loss");
    let ran = run(export.into_iter().chain([file.as_str()]));
    let playbook = ran.json();
    assert_eq!(playbook["spec_version"], "cacao-2.0");
    assert_eq!(playbook["created"], "2026-01-31T12:00:00.000Z");
    assert_eq!(ran.stdout, run(export.into_iter().chain([file.as_str()])).stdout);
}
