//! Three controllers as three processes.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;

use model::id::VmId;
use model::time::LogTime;
use state_machine::{Command, Intended};
use tests::cluster::Cluster;

fn intend(vm: &str) -> Command {
    Command::VmIntended {
        vm: VmId::from(vm),
        intended: Intended::StoppedOnPurpose,
        reason: "test".into(),
    }
}

async fn some_vm(cluster: &Cluster, id: u64) -> String {
    cluster
        .until("the estate is loaded", async |cluster| {
            let vms = cluster.query(id, "vms").await.ok()?;
            Some(vms.as_array()?.first()?["vm"].as_str()?.to_owned())
        })
        .await
}

#[tokio::test]
async fn a_leader_that_is_killed_is_replaced_and_what_was_acknowledged_stays() {
    let mut cluster = Cluster::start();
    let first = cluster.leader_seen_by(&[1, 2, 3]).await;
    let vm = some_vm(&cluster, first).await;
    let (index, rejected) = cluster.execute("admin", first, &intend(&vm)).await.unwrap();
    assert_eq!(rejected, "");
    cluster.kill(first);
    let left: Vec<u64> = (1..=3).filter(|id| *id != first).collect();
    let second = cluster.leader_seen_by(&left).await;
    assert_ne!(second, first);
    for id in &left {
        cluster
            .until("the acknowledged entry is on every controller left", async |cluster| {
                let vms = cluster.query(*id, "vms").await.ok()?;
                let found = vms.as_array()?.iter().find(|view| view["vm"] == vm.as_str())?;
                (found["state"] == "stopped-on-purpose").then_some(())
            })
            .await;
    }
    // It comes back with its log and follows.
    cluster.start_one(first);
    cluster
        .until("the killed controller follows again", async |cluster| {
            let view = cluster.query(first, "cluster").await.ok()?;
            (view["applied_index"].as_u64()? > index && view["leader"] == second).then_some(())
        })
        .await;
    let mut roots = Vec::new();
    cluster
        .until("the audit trees agree", async |cluster| {
            roots.clear();
            for id in 1..=3 {
                roots.push(cluster.query(id, "audit-head").await.ok()?);
            }
            (roots[0] == roots[1] && roots[1] == roots[2]).then_some(())
        })
        .await;
}

#[tokio::test]
async fn the_leadership_is_handed_over_on_request() {
    let cluster = Cluster::start();
    let first = cluster.leader_seen_by(&[1, 2, 3]).await;
    let next = first % 3 + 1;
    cluster.transfer_leader(first, next).await.unwrap();
    cluster
        .until("the chosen one leads", async |cluster| {
            (cluster.leader_seen_by(&[1, 2, 3]).await == next).then_some(())
        })
        .await;
    let refused = cluster.transfer_leader(first, 9).await.unwrap_err();
    assert!(!refused.message().is_empty());
}

#[tokio::test]
async fn a_damaged_log_stops_its_controller_with_a_sentence_and_the_others_go_on() {
    let mut cluster = Cluster::start();
    let leader = cluster.leader_seen_by(&[1, 2, 3]).await;
    let victim = leader % 3 + 1;
    cluster.kill(victim);
    let store = cluster.data_dir(victim).join("consensus.redb");
    let mut bytes = fs::read(&store).unwrap();
    let middle = bytes.len() / 2;
    for byte in &mut bytes[..middle] {
        *byte ^= 0x40;
    }
    fs::write(&store, bytes).unwrap();
    cluster.start_one(victim);
    let code = cluster.wait_for_end(victim);
    assert!(code.is_some_and(|code| code != 0), "it must not join, it ended with {code:?}");
    let words = cluster.words(victim);
    assert!(words.contains("damaged"), "{words}");
    let left: Vec<u64> = (1..=3).filter(|id| *id != victim).collect();
    cluster.leader_seen_by(&left).await;
}

#[tokio::test]
async fn a_log_that_vanished_is_not_taken_for_a_first_start() {
    let mut cluster = Cluster::start();
    let leader = cluster.leader_seen_by(&[1, 2, 3]).await;
    let victim = leader % 3 + 1;
    cluster.kill(victim);
    fs::remove_file(cluster.data_dir(victim).join("consensus.redb")).unwrap();
    cluster.start_one(victim);
    let code = cluster.wait_for_end(victim);
    assert!(code.is_some_and(|code| code != 0), "it must not join, it ended with {code:?}");
    let words = cluster.words(victim);
    assert!(words.contains("new controller id") || words.contains("new id"), "{words}");
}

#[tokio::test]
async fn a_viewer_changes_nothing_and_nobody_commits_a_proof_by_hand() {
    let cluster = Cluster::start();
    let leader = cluster.leader_seen_by(&[1, 2, 3]).await;
    let vm = some_vm(&cluster, leader).await;
    let refused = cluster.execute("guest", leader, &intend(&vm)).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::PermissionDenied);
    let forged = Command::LeaderStarted { controller: model::id::ControllerId(1) };
    let refused = cluster.execute("admin", leader, &forged).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::PermissionDenied);
}

#[tokio::test]
async fn a_pause_without_an_end_is_rejected_and_followers_pass_requests_on() {
    let cluster = Cluster::start();
    let leader = cluster.leader_seen_by(&[1, 2, 3]).await;
    some_vm(&cluster, leader).await;
    let follower = leader % 3 + 1;
    let endless = Command::Paused { until: LogTime(u64::MAX), reason: "for ever".into() };
    let (_, rejected) = cluster.execute("admin", follower, &endless).await.unwrap();
    assert!(rejected.contains("at most 24h ahead"), "{rejected}");
}

#[tokio::test]
async fn the_leader_s_metrics_tell_that_it_leads_and_what_it_applied() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let cluster = Cluster::start();
    let leader = cluster.leader_seen_by(&[1, 2, 3]).await;
    some_vm(&cluster, leader).await;
    let address = cluster.metrics_address(leader);
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = "GET /metrics HTTP/1.1\r\nhost: controller\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    for line in ["bascule_leads 1", "bascule_vms{state=\"total\"} 8", "bascule_memory_bytes "] {
        assert!(text.contains(line), "{line:?} not in:\n{text}");
    }
    assert!(!text.contains("bascule_applied_index 0\n"), "{text}");
}
