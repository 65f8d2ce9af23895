//! The standing proof of a running cluster of three processes.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::Path;

use model::estate::Estate;
use model::policy::Policy;
use server::pin;
use state_machine::Command;
use tests::cluster::Cluster;
use tests::repository;

const BIG: &str = "    big-1: { service: office, home: a1, volumes: [svc-1], memory: 14GiB }\n";

/// Acts everywhere, two who sign, what has no copy in room C waived for a century, and the password
/// of the repository looked at every second. No host runs here: that they are silent is held off for
/// longer than the test, and for less than the objectives.
fn policy(password: &Path, own: &str) -> String {
    let shipped = repository().join("simulations/policies/fast-last-resort.yaml");
    let shipped = fs::read_to_string(shipped).unwrap();
    let held_off = shipped.replace("hold-off: 1s", "hold-off: 20m");
    assert_ne!(shipped, held_off);
    let (_, persons) = own.split_once("  persons:\n").unwrap();
    format!(
        "{held_off}  persons:\n{persons}
  waivers:
    - vms: [\"dc-{{1..2}}\", \"db-{{1..2}}\", \"record-{{1..2}}\", \"office-{{1..2}}\"]
      incidents: [production-lost, storage-layer-lost]
      until: 2126-12-31
      who: marie
      reason: no room of this test keeps copies
  readiness-checks:
    password:
      title: {{ fr: \"mot de passe du dépôt\", en: \"password of the repository\" }}
      room: c
      file: {}
      every: 1s
      timeout: 1s
",
        password.display()
    )
}

/// Loads the ward, with this added to its VMs, and the policy.
fn loaded(policy: &str, more: &str) -> Command {
    let ward = fs::read_to_string(repository().join("simulations/estates/ward.yaml")).unwrap();
    let (estate, _) = Estate::parse("ward.yaml", &(ward + more)).unwrap();
    let (policy, _) = Policy::parse_for(&estate, "policy.yaml", policy).unwrap();
    let mut files: Vec<_> = fs::read_dir(repository().join("runbooks"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .collect();
    files.sort();
    let runbooks = files.iter().map(|path| {
        let text = fs::read_to_string(path).unwrap();
        pin(runbook::parse(&path.display().to_string(), &text).unwrap()).unwrap()
    });
    Command::EstateLoaded {
        estate: Box::new(pin(estate).unwrap()),
        policy: Box::new(pin(policy).unwrap()),
        runbooks: runbooks.collect(),
    }
}

/// Waits until every controller has proved this level, and that no other estate.
async fn all_say(cluster: &Cluster, level: &str, words: &str) {
    for id in 1..=3 {
        cluster
            .until(&format!("{level} on controller {id}, with {words:?}"), async |cluster| {
                let view = cluster.query(id, "readiness").await.ok()?;
                let proof = &view["readiness"];
                let said = proof["sentences"].to_string();
                let found = view["stale"] == false && proof["level"] == level;
                (found && said.contains(words)).then_some(())
            })
            .await;
    }
}

#[tokio::test]
async fn what_breaks_the_proof_is_known_within_a_minute_and_named() {
    let cluster = Cluster::start_with_policy(&["claire", "marc"], |folder, own| {
        let password = folder.join("repository.password");
        fs::write(&password, "secret").unwrap();
        policy(&password, &own)
    });
    let leader = cluster.leader_seen_by(&[1, 2, 3]).await;
    let password = cluster.folder().join("repository.password");
    let policy = fs::read_to_string(cluster.folder().join("policy.yaml")).unwrap();
    let load = async |more: &str| {
        let (_, rejected) = cluster.execute("admin", leader, &loaded(&policy, more)).await.unwrap();
        assert_eq!(rejected, "");
    };
    all_say(&cluster, "amber", "as agreed until 2126-12-31").await;

    // A password is missing in the last-resort room.
    fs::remove_file(&password).unwrap();
    all_say(&cluster, "red", "room c could not act alone: password of the repository").await;
    fs::write(&password, "secret").unwrap();
    all_say(&cluster, "amber", "as agreed").await;

    // What a change would break is told before it is made.
    let ask = |args: &[&str]| cluster.run("pki/person-admin", &[1, 2, 3], args);
    let (code, page, words) =
        ask(&["readiness", "--if", "vm big-1 added with 2 cpus 14GiB like db-1"]);
    assert_eq!(code, Some(2), "{page}{words}");
    assert!(page.contains("big-1"), "{page}");
    let (code, page, words) = ask(&["readiness"]);
    assert_eq!(code, Some(1), "{page}{words}");

    // A VM that fits on no host of the other room.
    load(BIG).await;
    let needs = "VM big-1 stays down: needs 7 GiB more on a host of room b that reaches svc-1";
    all_say(&cluster, "red", needs).await;
    let (code, page, words) = ask(&["readiness"]);
    assert_eq!(code, Some(2), "{page}{words}");
    assert!(page.contains(needs), "{page}");
    let (_, page, _) = ask(&["status"]);
    assert!(page.contains("RED") && page.contains(needs), "{page}");
    let (_, json, _) = ask(&["readiness", "-o", "json"]);
    let view: serde_json::Value = serde_json::from_str(&json).unwrap();
    let past: Vec<&str> =
        view["history"].as_array().unwrap().iter().filter_map(|p| p["level"].as_str()).collect();
    assert!(past.windows(2).any(|pair| pair == ["amber", "red"]), "{past:?}");
    assert_eq!(past.last(), Some(&"red"));

    load("").await;
    all_say(&cluster, "amber", "as agreed").await;
}

#[tokio::test]
async fn with_no_controller_in_sight_it_is_not_known() {
    let mut cluster = Cluster::start_with_persons(&["claire", "marc"]);
    cluster.leader_seen_by(&[1, 2, 3]).await;
    for id in 1..=3 {
        cluster.kill(id);
    }
    let (code, page, words) = cluster.run("pki/person-admin", &[1, 2, 3], &["readiness"]);
    assert_eq!(code, Some(3), "{page}{words}");
}
