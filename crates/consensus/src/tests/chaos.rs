//! Faults drawn from a seed: power cuts, blackouts of all rooms, cut links, lost messages.

use std::time::Duration;

use rand::RngExt;

use super::entry;
use super::rooms::{Rooms, id};
use crate::{NodeConfig, simulation};

/// What a run did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Outcome {
    trace: (u64, u64),
    acknowledged: u64,
    reads: u64,
    faults: u64,
}

fn timers() -> NodeConfig {
    NodeConfig { snapshot_every: 40, keep_behind_snapshot: 10, ..NodeConfig::default() }
}

/// Writes and reads at whoever leads; a read must reach every write that was acknowledged before.
async fn client(rooms: Rooms, seconds: u64) -> (u64, u64, u64) {
    let (mut acknowledged, mut reads, mut newest) = (0, 0, 0);
    let end = tokio::time::Instant::now() + Duration::from_secs(seconds);
    let mut number = 0;
    let within = Duration::from_millis(1500);
    while tokio::time::Instant::now() < end {
        number += 1;
        for leader in rooms.leaders() {
            let Some(node) = rooms.up().contains(&leader).then(|| rooms.node(leader)) else {
                continue;
            };
            let before: u64 = newest;
            let proposed = node.propose(entry(id(leader), number));
            if let Ok(Ok((index, _))) = tokio::time::timeout(within, proposed).await {
                rooms.note(&format!("ack {number} {index}"));
                acknowledged += 1;
                newest = newest.max(index);
            }
            if let Ok(index) = node.read_index(within).await {
                reads += 1;
                assert!(index >= before, "stale read: {index}, acknowledged before: {before}");
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    (acknowledged, reads, newest)
}

async fn fault(rooms: &Rooms) {
    let (kind, node, millis) = rooms.random(|rng| {
        (rng.random_range(0..6_u32), rng.random_range(1..=3_u64), rng.random_range(500..6000_u64))
    });
    let lasting = Duration::from_millis(millis);
    match kind {
        0 => {
            rooms.isolate(node);
            tokio::time::sleep(lasting).await;
            rooms.heal();
        }
        1 => {
            rooms.cut(node, node % 3 + 1);
            tokio::time::sleep(lasting).await;
            rooms.heal();
        }
        2 => {
            rooms.kill(node);
            tokio::time::sleep(lasting).await;
            rooms.boot(node).await;
        }
        _ => {
            // All rooms lose power together, some of them again while they are electing.
            let storms = if kind == 3 { 1 } else { 4 };
            for _ in 0..storms {
                (1..=3).for_each(|node| rooms.kill(node));
                let (off, on) = rooms
                    .random(|rng| (rng.random_range(1..50_u64), rng.random_range(300..1500_u64)));
                tokio::time::sleep(Duration::from_millis(off)).await;
                for node in 1..=3 {
                    rooms.boot(node).await;
                }
                tokio::time::sleep(Duration::from_millis(on)).await;
            }
        }
    }
}

fn live(seed: u64, seconds: u64) -> Outcome {
    simulation::run(seed, async {
        let rooms = Rooms::formed(seed, timers()).await;
        rooms.set_loss(10_000);
        let client = simulation::spawn(client(rooms.clone(), seconds));
        let mut faults = 0;
        while !client.is_finished() {
            let calm = rooms.random(|rng| rng.random_range(1000..4000_u64));
            tokio::time::sleep(Duration::from_millis(calm)).await;
            rooms.leaders();
            fault(&rooms).await;
            faults += 1;
        }
        let (acknowledged, reads, newest) = client.await.unwrap();
        rooms.heal();
        rooms.set_loss(0);
        let last = rooms.write(1_000_000).await;
        assert!(last > newest, "an acknowledged write is gone");
        rooms.all_reach(last).await;
        for node in 1..=3 {
            while !rooms.node(node).leaves_complete().unwrap() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        rooms.assert_same().await;
        Outcome { trace: rooms.trace(), acknowledged, reads, faults }
    })
}

#[test]
fn no_seed_loses_an_acknowledged_write_or_reads_a_stale_state() {
    let (mut acknowledged, mut reads, mut faults) = (0, 0, 0);
    for seed in 1..=12 {
        let outcome = live(seed, 40);
        acknowledged += outcome.acknowledged;
        reads += outcome.reads;
        faults += outcome.faults;
    }
    // Faults that stop all work would prove nothing.
    assert!(acknowledged > 500 && reads > 500 && faults > 50, "{acknowledged} {reads} {faults}");
}

#[test]
fn one_seed_gives_one_history() {
    let first = live(42, 30);
    assert_eq!(first, live(42, 30));
    assert_ne!(first.trace, live(43, 30).trace);
}
