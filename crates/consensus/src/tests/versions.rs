//! A rolling upgrade: each node in turn gets the newer binary, and only then the newer `apply` runs.

use model::time::LogTime;
use state_machine::{APPLY_VERSIONS, Command, Member, Versions};

use super::rooms::{Rooms, id};
use crate::{NodeConfig, simulation};

const OLD: Versions = Versions { oldest: 1, newest: 1 };

fn formed() -> Command {
    let member =
        |node: u64| Member { controller: id(node), room: format!("room-{node}").as_str().into() };
    Command::ClusterFormed { members: (1..=3).map(member).collect() }
}

fn reported(node: u64, versions: Versions) -> Command {
    let Versions { oldest, newest } = versions;
    Command::VersionsReported { controller: id(node), oldest, newest }
}

fn paused(until: u64) -> Command {
    Command::Paused { until: LogTime(until), reason: "work".into() }
}

/// Three nodes on the old binary, their reports in the log.
async fn three_old(seed: u64) -> Rooms {
    let config = NodeConfig { apply_versions: OLD, ..NodeConfig::default() };
    let rooms = Rooms::formed(seed, config).await;
    assert_eq!(rooms.order(formed()).await.rejected, None);
    for node in 1..=3 {
        assert_eq!(rooms.order(reported(node, OLD)).await.rejected, None);
    }
    rooms
}

#[test]
fn three_nodes_are_upgraded_one_after_the_other_and_agree_to_the_byte_throughout() {
    for seed in 60..66 {
        simulation::run(seed, async move {
            let rooms = three_old(seed).await;
            for node in 1..=3 {
                let refused = rooms.order(Command::ApplyVersionRaised { to: 2 }).await.rejected;
                assert!(refused.is_some(), "{} of 3 nodes are upgraded", node - 1);
                rooms.kill(node);
                rooms.write(node).await;
                rooms.boot_carrying(node, APPLY_VERSIONS).await.unwrap();
                assert_eq!(rooms.order(reported(node, APPLY_VERSIONS)).await.rejected, None);
                // Version 1 still runs everywhere: a shorter pause replaces a longer one.
                assert_eq!(rooms.order(paused(1_000_000)).await.rejected, None);
                assert_eq!(rooms.order(paused(500_000)).await.rejected, None);
                rooms.assert_same().await;
            }
            let raised = rooms.order(Command::ApplyVersionRaised { to: 2 }).await.rejected;
            assert_eq!(raised, None);
            assert_eq!(rooms.order(paused(1_000_000)).await.rejected, None);
            assert!(rooms.order(paused(500_000)).await.rejected.is_some(), "version 2 runs");
            rooms.assert_same().await;
            // What it was when an entry was applied is what it is when it is applied again.
            (1..=3).for_each(|node| rooms.kill(node));
            for node in 1..=3 {
                rooms.boot_carrying(node, APPLY_VERSIONS).await.unwrap();
            }
            rooms.assert_same().await;
        });
    }
}

#[test]
fn a_binary_without_the_version_in_force_stops_and_says_so() {
    simulation::run(70, async {
        let rooms = three_old(70).await;
        for node in 1..=3 {
            rooms.kill(node);
            rooms.boot_carrying(node, APPLY_VERSIONS).await.unwrap();
            rooms.order(reported(node, APPLY_VERSIONS)).await;
        }
        rooms.kill(2);
        assert_eq!(rooms.order(Command::ApplyVersionRaised { to: 2 }).await.rejected, None);
        // It comes back on the old binary and meets the entry that raises the version.
        rooms.boot_carrying(2, OLD).await.unwrap();
        let words = super::old_image::stopped(&rooms, 2).await;
        assert!(words.contains("version 2 of `apply` is in force"), "{words}");
        assert!(words.contains("carries 1 to 1"), "{words}");
        rooms.write(1).await;
        // Put back on the newer binary it goes on where it stopped.
        rooms.kill(2);
        rooms.boot_carrying(2, APPLY_VERSIONS).await.unwrap();
        rooms.write(2).await;
        rooms.assert_same().await;
    });
}
