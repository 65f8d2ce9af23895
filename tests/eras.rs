//! Rooms A and B are lost for good: what the one controller left does without two persons, and with
//! them, as processes and from the command line.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;

use serde_json::Value;
use tests::cluster::Cluster;

/// Controllers 1 and 2 stand in rooms A and B.
const LOST: [u64; 2] = [1, 2];
const SURVIVOR: u64 = 3;

/// Has the survivor draft the order, as often as it takes until no channel shows life any more.
async fn draft_in_silence(cluster: &Cluster, order: &str) {
    let statement = "We stood before both rooms: burned out, and without power.";
    let args = ["era", "draft", "--survivor", "3", "--statement", statement];
    let args = [&args[..], &["--reason", "fire", "--to", order]].concat();
    cluster
        .until("every channel to the other rooms is silent", async |cluster| {
            let (code, _, words) = cluster.run("pki/person-admin", &[SURVIVOR], &args);
            assert_eq!(code, Some(0), "{words}");
            let drafted = fs::read_to_string(order).unwrap();
            (!drafted.contains("\"says\": \"life\"")).then_some(())
        })
        .await;
}

/// Hands the order over; it must be refused, with these words.
fn is_refused(cluster: &Cluster, order: &str, expected: &str) {
    let (code, _, words) = cluster.run("pki/person-admin", &[SURVIVOR], &["era", "open", order]);
    assert!(code != Some(0) && words.contains(expected), "{code:?} {words}");
}

fn sign(cluster: &Cluster, order: &str, key: &str) -> (Option<i32>, String) {
    let (code, _, words) = cluster.run_alone(&["era", "sign", order, "--key", key]);
    (code, words)
}

async fn era(cluster: &Cluster) -> Option<u64> {
    cluster.query(SURVIVOR, "era").await.ok()?["era"].as_u64()
}

async fn estate_is_loaded_by(cluster: &Cluster, id: u64) {
    cluster
        .until("the estate is loaded", async |cluster| {
            let view = cluster.query(id, "era").await.ok()?;
            view["draft"].is_object().then_some(())
        })
        .await;
}

#[tokio::test]
async fn rooms_a_and_b_are_lost_for_good_and_two_persons_let_c_go_on_alone() {
    let mut cluster = Cluster::start_with_persons(&["claire", "marc"]);
    cluster.leader_seen_by(&[1, 2, 3]).await;
    for id in 1..=3 {
        estate_is_loaded_by(&cluster, id).await;
    }
    let before = cluster.query(SURVIVOR, "audit-head").await.unwrap();
    for id in LOST {
        cluster.kill(id);
    }
    let order = cluster.folder().join("order").display().to_string();
    draft_in_silence(&cluster, &order).await;

    // Nobody, one person, and one person twice open nothing.
    is_refused(&cluster, &order, "0 of 2 persons");
    assert_eq!(sign(&cluster, &order, "claire.key").0, Some(0));
    is_refused(&cluster, &order, "1 of 2 persons");
    let (code, words) = sign(&cluster, &order, "claire.key");
    assert!(code != Some(0) && words.contains("another person"), "{words}");
    is_refused(&cluster, &order, "1 of 2 persons");
    // Nor does somebody whom the policy does not name.
    let (code, _, words) = cluster.run_alone(&["era", "key", "eve", "--to", "eve.key"]);
    assert_eq!(code, Some(0), "{words}");
    let one = fs::read_to_string(&order).unwrap();
    assert_eq!(sign(&cluster, &order, "eve.key").0, Some(0));
    is_refused(&cluster, &order, "does not name");
    fs::write(&order, one).unwrap();
    let view = cluster.query(SURVIVOR, "era").await.unwrap();
    assert_eq!((&view["era"], &view["opening"]), (&Value::from(0), &Value::Null), "{view}");
    let after = cluster.query(SURVIVOR, "audit-head").await.unwrap();
    assert!(after["size"].as_u64() >= before["size"].as_u64());

    assert_eq!(sign(&cluster, &order, "marc.key").0, Some(0));
    let (code, _, words) = cluster.run("pki/person-admin", &[SURVIVOR], &["era", "open", &order]);
    assert_eq!(code, Some(0), "{words}");
    cluster
        .until("the era is opened", async |cluster| (era(cluster).await? == 1).then_some(()))
        .await;
    assert_eq!(cluster.leader_seen_by(&[SURVIVOR]).await, SURVIVOR);
    let opened = cluster.query(SURVIVOR, "era").await.unwrap()["opened"].clone();
    assert_eq!(opened["persons"], serde_json::json!(["claire", "marc"]));
    // Nothing but the persons' statement covers these hosts: nobody has ever heard them.
    assert_eq!(opened["hosts"]["a1"], "statement", "{opened}");
    let waited = opened["waited_ms"].as_u64().unwrap();
    assert!(waited >= 3_503, "the wait of the policy is 3.503 s, {waited} ms were waited");

    // Controller 1 comes back with its old disk.
    cluster.start_one(1);
    let code = cluster.wait_for_end(1);
    assert!(code.is_some_and(|code| code != 0), "it must not go on, it ended with {code:?}");
    let words = cluster.words(1);
    assert!(words.contains("era 1 was opened by the order"), "{words}");
    assert!(words.contains("as evidence"), "{words}");
    let kept = cluster.data_dir(1).join("orphan-of-era-0/leaves.jsonl");
    assert!(fs::read_to_string(kept).unwrap().lines().count() > 3);
    cluster
        .until("the newer era knows where that log ended", async |cluster| {
            let view = cluster.query(SURVIVOR, "era").await.ok()?;
            let orphans = view["opened"]["orphans"].as_array()?;
            orphans.iter().any(|one| one["controller"] == 1).then_some(())
        })
        .await;
    // It does not even try again.
    cluster.start_one(1);
    let code = cluster.wait_for_end(1);
    assert!(code.is_some_and(|code| code != 0), "it ended with {code:?}");
    assert!(cluster.words(1).contains("era 1 was opened by the order"), "{}", cluster.words(1));
    // The survivor goes on.
    assert_eq!(cluster.leader_seen_by(&[SURVIVOR]).await, SURVIVOR);
    both_eras_are_exported_and_verified(&cluster, opened["old"]["size"].as_u64().unwrap());
}

/// What an auditor takes away from the survivor holds the log of the older era too, and one word
/// changed in that is found.
fn both_eras_are_exported_and_verified(cluster: &Cluster, older_leaves: u64) {
    let bundle = cluster.folder().join("bundle");
    let to = bundle.display().to_string();
    let args = ["audit", "export", "--to", &to];
    let (code, _, words) = cluster.run("pki/person-admin", &[SURVIVOR], &args);
    assert_eq!(code, Some(0), "{words}");
    let keys = cluster.folder().join("pki/keys").display().to_string();
    let verify = ["audit", "verify", &to, "--keys", &keys, "-o", "json"];
    let (code, found, words) = cluster.run_alone(&verify);
    assert_eq!(code, Some(0), "{found} {words}");
    let found: Value = serde_json::from_str(&found).unwrap();
    let older = &found["older_eras"][0];
    assert_eq!((&found["era"], &older["era"]), (&Value::from(1), &Value::from(0)), "{found}");
    assert_eq!(older["leaves_proved"], older_leaves, "{found}");
    assert_eq!(older["signed_by"], serde_json::json!(["claire", "marc"]));
    let kept = bundle.join("era-0.leaves.jsonl");
    let text = fs::read_to_string(&kept).unwrap();
    fs::write(&kept, text.replacen("leader-started", "leader-stopped", 1)).unwrap();
    let (code, words, _) = cluster.run_alone(&["audit", "verify", &to, "--keys", &keys]);
    assert!(code != Some(0) && words.contains("era 0: leaf"), "{words}");
}
