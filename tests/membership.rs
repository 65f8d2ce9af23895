//! Controllers that are replaced, put back to an old image, upgraded: as processes.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;

use serde_json::Value;
use tests::cluster::Cluster;

const ROOMS: [&str; 3] = ["a", "b", "c"];

/// Waits until this controller has loaded the estate and follows the leader closely.
async fn follows(cluster: &Cluster, id: u64, leader: u64) {
    cluster
        .until("it follows", async |cluster| {
            let own = cluster.query(id, "cluster").await.ok()?["applied_index"].as_u64()?;
            let theirs = cluster.query(leader, "cluster").await.ok()?["applied_index"].as_u64()?;
            (own > 3 && own >= theirs).then_some(())
        })
        .await;
}

fn members(view: &Value) -> Vec<u64> {
    let members = view["members"].as_array().map(Vec::as_slice).unwrap_or_default();
    members.iter().filter_map(|member| member["controller"].as_u64()).collect()
}

#[tokio::test]
async fn a_dead_controller_is_replaced_under_a_new_id_and_its_own_is_refused_for_ever() {
    let mut cluster = Cluster::start();
    let leader = cluster.leader_seen_by(&[1, 2, 3]).await;
    follows(&cluster, leader, leader).await;
    let dead = leader % 3 + 1;
    let alive: Vec<u64> = (1..=3).filter(|id| *id != dead).collect();
    cluster.kill(dead);
    let room = ROOMS[usize::try_from(dead).unwrap() - 1];
    let address = cluster.prepare_replacement(4, room).to_string();
    let authority = cluster.folder().join("pki").display().to_string();
    let to = cluster.folder().join("joined-4").display().to_string();
    let order = ["cluster", "token", "--room", room, "--id", "4", "-o", "name"];
    let order = [&order[..], &["--authority", &authority, "--to", &to]].concat();
    let (code, token, words) = cluster.run("pki/person-admin", &alive, &order);
    assert_eq!(code, Some(0), "{words}");

    let join = |cluster: &Cluster, token: &str| {
        let args = ["cluster", "join", "--token", token, "--address", &address];
        cluster.run("joined-4", &alive, &args)
    };
    let (code, _, words) = join(&cluster, "guessed");
    assert!(code != Some(0) && words.contains("not known"), "{words}");
    // A person cannot join, whatever the token.
    let args = ["cluster", "join", "--token", token.trim(), "--address", &address];
    let (code, _, words) = cluster.run("pki/person-admin", &alive, &args);
    assert!(code != Some(0) && words.contains("no controller"), "{words}");
    let (code, _, words) = join(&cluster, token.trim());
    assert_eq!(code, Some(0), "{words}");
    let (code, _, words) = join(&cluster, token.trim());
    assert!(code != Some(0) && words.contains("used already"), "{words}");

    cluster.start_one(4);
    let mut expected = alive.clone();
    expected.push(4);
    for id in &expected {
        cluster
            .until("the new one is a member everywhere", async |cluster| {
                let view = cluster.query(*id, "cluster").await.ok()?;
                (members(&view) == expected).then_some(())
            })
            .await;
    }
    cluster
        .until("the audit trees agree", async |cluster| {
            let new = cluster.query(4, "audit-head").await.ok()?;
            (new == cluster.query(alive[0], "audit-head").await.ok()?).then_some(())
        })
        .await;

    // The old one returns with its disk and its certificate as they were.
    cluster.start_one(dead);
    let code = cluster.wait_for_end(dead);
    assert!(code.is_some_and(|code| code != 0), "it must not go on, it ended with {code:?}");
    let words = cluster.words(dead);
    assert!(words.contains("was replaced") && words.contains("never used again"), "{words}");

    // The new one counts: with one more gone there is still a majority.
    cluster.kill(leader);
    let left: Vec<u64> = expected.into_iter().filter(|id| *id != leader).collect();
    cluster.leader_seen_by(&left).await;
}

#[tokio::test]
async fn a_controller_put_back_to_an_old_image_stops_with_a_sentence_and_the_others_go_on() {
    let mut cluster = Cluster::start();
    let leader = cluster.leader_seen_by(&[1, 2, 3]).await;
    let victim = leader % 3 + 1;
    follows(&cluster, victim, leader).await;
    cluster.kill(victim);
    let store = cluster.data_dir(victim).join("consensus.redb");
    let image = fs::read(&store).unwrap();
    cluster.start_one(victim);
    follows(&cluster, victim, leader).await;
    cluster.kill(victim);
    fs::write(&store, image).unwrap();
    cluster.start_one(victim);
    let code = cluster.wait_for_end(victim);
    assert!(code.is_some_and(|code| code != 0), "it must not join, it ended with {code:?}");
    let words = cluster.words(victim);
    assert!(words.contains("older image of itself"), "{words}");
    assert!(words.contains("new controller id"), "{words}");
    let left: Vec<u64> = (1..=3).filter(|id| *id != victim).collect();
    cluster.leader_seen_by(&left).await;
}

#[tokio::test]
async fn the_version_of_apply_is_raised_once_every_controller_has_reported() {
    let mut cluster = Cluster::start();
    let leader = cluster.leader_seen_by(&[1, 2, 3]).await;
    let reported = async |cluster: &Cluster| {
        let view = cluster.query(leader, "cluster").await.ok()?;
        let members = view["members"].as_array()?;
        // Before the first entries are applied the list is empty, and an empty list reports nothing.
        let all = members.len() == 3 && members.iter().all(|member| member["newest_apply"] == 2);
        all.then_some(())
    };
    cluster.until("all three have reported", reported).await;
    let (code, _, words) =
        cluster.run("pki/person-admin", &[1, 2, 3], &["cluster", "upgrade", "--to", "3"]);
    assert!(code != Some(0) && words.contains("one at a time"), "{words}");
    let (code, _, words) = cluster.run("pki/person-admin", &[1, 2, 3], &["cluster", "upgrade"]);
    assert_eq!(code, Some(0), "{words}");
    // A follower applies the entry a moment after the leader has answered.
    for id in 1..=3 {
        cluster
            .until("version 2 is in force everywhere", async |cluster| {
                let view = cluster.query(id, "cluster").await.ok()?;
                (view["apply_version"] == 2).then_some(())
            })
            .await;
    }
    // What was raised stays raised for one that was away.
    let away = leader % 3 + 1;
    cluster.kill(away);
    cluster.start_one(away);
    cluster
        .until("it runs version 2", async |cluster| {
            let view = cluster.query(away, "cluster").await.ok()?;
            (view["apply_version"] == 2).then_some(())
        })
        .await;
}
