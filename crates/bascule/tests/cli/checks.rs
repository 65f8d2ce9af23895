//! Checking files that people write.

use std::path::PathBuf;

use crate::bascule::{Ran, run, shipped};

fn check(noun: &str, text: &str, more: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.yaml");
    std::fs::write(&path, text).unwrap();
    let path = path.display().to_string();
    let ran = run([&[noun, "check", &path], more].concat());
    let hide = |text: String| text.replace(&folder.path().display().to_string(), "");
    Ran { stdout: hide(ran.stdout), stderr: hide(ran.stderr), ..ran }
}

fn ward() -> String {
    std::fs::read_to_string(shipped("simulations/estates/ward.yaml")).unwrap()
}

#[test]
fn shipped_files_are_in_order() {
    for (noun, path) in [
        ("estate", "simulations/estates/ward.yaml"),
        ("estate", "simulations/estates/clinic.yaml"),
        ("estate", "simulations/estates/hospital.yaml"),
        ("estate", "simulations/estates/field-hospital.yaml"),
        ("policy", "simulations/policies/default.yaml"),
        ("runbook", "runbooks/host-loss.yaml"),
        ("runbook", "runbooks/room-loss.yaml"),
    ] {
        let path = shipped(path);
        let ran = run([noun.as_ref(), "check".as_ref(), path.as_os_str()]);
        assert_eq!(ran.code, 0, "{path:?}: {ran:?}");
    }
}

#[test]
fn an_unknown_key_is_shown_with_its_place_an_underline_and_what_to_do() {
    let text = ward().replace("  networks: [ward]\n  rooms:", "  netwroks: [ward]\n  rooms:");
    let ran = check("estate", &text, &[]);
    assert_eq!(ran.code, 1, "{ran:?}");
    for words in ["netwroks", "/file.yaml:6:3", "──", "help:"] {
        assert!(ran.stdout.contains(words), "{words:?} is not in:\n{}", ran.stdout);
    }
    assert!(!ran.stdout.contains('\x1b'), "colours only for a terminal");
    let french = check("estate", &text, &["--lang", "fr"]);
    assert!(french.stdout.contains("aide:") && french.stdout.contains("erreurs"), "{french:?}");
}

#[test]
fn diagnostics_are_data_for_programs_and_lines_for_scripts() {
    let text = ward().replace("home: a1", "home: a9");
    let json = check("estate", &text, &["-o", "json"]);
    let found = &json.json()[0]["diagnostics"][0];
    assert_eq!((json.code, found["severity"].as_str()), (1, Some("error")), "{json:?}");
    assert!(found["line"].as_u64().unwrap() > 1 && found["help"].is_string(), "{found}");
    let names = check("estate", &text, &["-o", "name"]);
    assert!(names.stdout.starts_with("/file.yaml:"), "{names:?}");
}

#[test]
fn a_warning_does_not_fail_the_check() {
    let policy = std::fs::read_to_string(shipped("simulations/policies/default.yaml")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("policy.yaml");
    std::fs::write(&path, policy).unwrap();
    let estate = shipped("simulations/estates/clinic.yaml").display().to_string();
    let ran = run(["estate", "check", &estate, "--policy", &path.display().to_string()]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("policy.yaml"), "{ran:?}");
}

#[test]
fn a_wrong_policy_and_a_wrong_runbook_say_where() {
    let ran = check("policy", "apiVersion: bascule/v1\nkind: Policy\nspek: {}\n", &[]);
    assert!(ran.code == 1 && ran.stdout.contains("spek"), "{ran:?}");
    let runbook = std::fs::read_to_string(shipped("runbooks/host-loss.yaml")).unwrap();
    let ran = check("runbook", &runbook.replacen("steps:", "stepps:", 1), &["-o", "json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(ran.json()[0]["diagnostics"][0]["code"], "runbook/unknown-key", "{ran:?}");
}

#[test]
fn an_estate_is_shown_in_figures() {
    let path = shipped("simulations/estates/clinic.yaml").display().to_string();
    let ran = run(["estate", "show", &path]);
    assert!(ran.code == 0 && ran.stdout.contains("450 VMs"), "{ran:?}");
    let json = run(["estate", "show", &path, "-o", "json"]);
    assert_eq!(json.json()["counts"]["vms"], 450);
    let yaml = run(["estate", "show", &path, "-o", "yaml"]);
    assert!(yaml.stdout.contains("stretched_volumes:"), "{yaml:?}");
}

#[test]
fn power_sensors_and_data_tiers_are_shown_where_an_estate_has_them() {
    let path = shipped("simulations/estates/field-hospital.yaml").display().to_string();
    let ran = run(["estate", "show", &path]);
    for words in ["ups-a1", "20m", "site/shelter-1/door", "Restored in this order"] {
        assert!(ran.stdout.contains(words), "{words:?} is not in:\n{}", ran.stdout);
    }
    let ward =
        run(["estate", "show", &shipped("simulations/estates/ward.yaml").display().to_string()]);
    assert!(!ward.stdout.contains("Power") && !ward.stdout.contains("Sensors"), "{ward:?}");
}

#[test]
fn the_tree_of_a_service_says_what_it_stands_on_and_who_is_called() {
    let path = shipped("simulations/estates/hospital.yaml").display().to_string();
    let ran = run(["estate", "tree", &path, "viewer"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for words in [
        "└─ reconciliation: Identity reconciliation",
        "Chain imaging: From the modality to the patient record",
        "PACS vendor (+33 1 99 00 20 01)",
        "Radiologists read at their own consoles",
    ] {
        assert!(ran.stdout.contains(words), "{words:?} is not in:\n{}", ran.stdout);
    }
    assert!(!ran.stdout.contains("fog"), "{ran:?}");
    let french = run(["estate", "tree", &path, "viewer", "--lang", "fr"]);
    assert!(
        french.stdout.contains("Qui est appelé") && french.stdout.contains("DMIA"),
        "{french:?}"
    );
    let whole = run(["estate", "tree", &path, "-o", "json"]);
    let services = whole.json()["services"].as_array().unwrap().len();
    assert!(services > 25 && whole.json()["lowest"].as_array().unwrap().is_empty(), "{whole:?}");
    let none = run(["estate", "tree", &path, "vewer"]);
    assert!(none.code == 6 && none.stderr.contains("viewer"), "{none:?}");
}

#[test]
fn a_file_that_is_not_there_is_an_input_error() {
    let ran = run(["estate", "check", "/nonexistent.yaml"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("to do:") && ran.stderr.contains("/nonexistent.yaml"), "{ran:?}");
}
