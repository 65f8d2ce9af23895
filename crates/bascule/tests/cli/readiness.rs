//! The standing proof of files, without a cluster.

use std::path::Path;

use crate::bascule::{Ran, run, shipped};

/// Two persons who sign, and what else a test adds.
fn policy(folder: &Path, more: &str) -> String {
    let lines = std::fs::read_to_string(shipped("simulations/policies/fast-last-resort.yaml"));
    let signers = std::fs::read_to_string(shipped("simulations/policies/survivor.yaml")).unwrap();
    let (_, persons) = signers.split_once("  persons:\n").unwrap();
    let path = folder.join("policy.yaml");
    std::fs::write(&path, format!("{}  persons:\n{persons}{more}", lines.unwrap())).unwrap();
    path.display().to_string()
}

const WAIVERS: &str = "
  waivers:
    - vms: [\"office-{1..2}\"]
      incidents: [production-lost, storage-layer-lost]
      until: 2027-01-31
      who: marie
      reason: a day without the office is possible
    - vms: [dc-2]
      incidents: [production-lost, storage-layer-lost]
      until: 2027-01-31
      who: marie
      reason: one directory server is enough for a day
";

fn readiness(estate: &str, policy: &str, more: &[&str]) -> Ran {
    let runbooks = shipped("runbooks").display().to_string();
    let files = ["--estate", estate, "--policy", policy, "--runbooks", &runbooks];
    run([&["readiness"][..], &files[..], more].concat())
}

fn ward() -> String {
    shipped("simulations/estates/ward.yaml").display().to_string()
}

#[test]
fn what_is_waived_until_a_day_is_amber_until_then_and_red_after() {
    let folder = tempfile::tempdir().unwrap();
    let checks = "
  readiness-checks:
    policy: { room: c, file: FILE }
";
    let path = folder.path().join("policy.yaml").display().to_string();
    let policy = policy(folder.path(), &format!("{WAIVERS}{}", checks.replace("FILE", &path)));
    for (day, code, level) in [("2026-11-30", 1, "amber"), ("2027-02-01", 2, "red")] {
        let ran = readiness(&ward(), &policy, &["--on", day, "--check", "c", "-o", "json"]);
        let proof = &ran.json()["readiness"];
        assert_eq!((ran.code, proof["level"].as_str()), (code, Some(level)), "{}", ran.stdout);
        assert_eq!(proof["rooms_alone"][0]["level"], "green", "{}", ran.stdout);
    }
    let page = readiness(&ward(), &policy, &["--on", "2027-02-01", "-o", "wide"]);
    for words in ["RED    every production room lost: 3 VMs stay down", "group dc", "office-1"] {
        assert!(page.stdout.contains(words), "{words:?} not in:\n{}", page.stdout);
    }
    let name = readiness(&ward(), &policy, &["--on", "2026-11-30", "-o", "name"]);
    assert_eq!(name.stdout, "readiness/amber\n");
}

#[test]
fn a_vm_that_does_not_fit_is_named_with_what_would_make_it_fit() {
    let folder = tempfile::tempdir().unwrap();
    let policy = policy(folder.path(), WAIVERS);
    let larger = std::fs::read_to_string(ward()).unwrap()
        + "    big-1: { service: office, home: a1, volumes: [svc-1], memory: 14GiB }\n";
    let estate = folder.path().join("estate.yaml");
    std::fs::write(&estate, larger).unwrap();
    let estate = estate.display().to_string();
    let ran = readiness(&estate, &policy, &["--on", "2026-11-30"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let words = "room a lost: VM big-1 stays down: needs 7 GiB more on a host of room b that \
                 reaches svc-1";
    assert!(ran.stdout.contains(words), "{}", ran.stdout);
    let french = readiness(&estate, &policy, &["--on", "2026-11-30", "--lang", "fr"]);
    let words = "salle a perdue : la VM big-1 reste arrêtée : demande 7 GiB de plus";
    assert!(french.stdout.contains(words), "{}", french.stdout);
}

#[test]
fn a_change_tells_what_it_would_break_before_it_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let policy = policy(folder.path(), WAIVERS);
    let change = ["--on", "2026-11-30", "--if", "vm big-1 added with 4 cpus 64GiB"];
    let ran = readiness(&ward(), &policy, &change);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stdout.starts_with("AMBER now, RED after the change\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("VM big-1"), "{}", ran.stdout);
    let small = ["--on", "2026-11-30", "--if", "vm small-1 added with 1 cpu 1GiB like db-1"];
    let ran = readiness(&ward(), &policy, &small);
    assert_eq!(ran.code, 1, "{ran:?}");
    let nonsense = readiness(&ward(), &policy, &["--if", "the fire"]);
    assert_eq!(nonsense.code, 3, "{nonsense:?}");
    assert!(nonsense.stderr.contains("vm VM added with N cpus MEMORY"), "{nonsense:?}");
}

#[test]
fn what_leaves_it_unknown_ends_with_3_and_never_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let policy = policy(folder.path(), "  waivres: []\n");
    for ran in [
        readiness(&ward(), &policy, &[]),
        readiness("/nonexistent/estate.yaml", &policy, &[]),
        readiness(&ward(), &policy, &["--no-such-option"]),
        run(["readiness", "--controller", "1=127.0.0.1:1", "--tls-dir", "/nonexistent"]),
    ] {
        assert_eq!(ran.code, 3, "{ran:?}");
    }
}
