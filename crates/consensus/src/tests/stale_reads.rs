//! Why a restarted leader has to be elected again and `committed` is kept. A leader that resumes
//! its old term takes that term's first entry as the floor of its reads. If it has also forgotten
//! what was committed, that floor lies below writes that were acknowledged before the power cut,
//! and a "linearizable" read shows a state without them. Here both halves of the remedy are taken
//! away in a simulated world, one at a time and together, and the same seeds are played.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rand::RngExt;

use super::entry;
use super::rooms::{Rooms, id};
use crate::NodeConfig;
use crate::simulation::{self, Hazards};

const SEEDS: u64 = 40;
const BLACKOUTS: usize = 12;
const WITHIN: Duration = Duration::from_millis(1500);

/// Writes at whoever says that it leads, and keeps the highest acknowledged index.
async fn write(rooms: Rooms, acknowledged: Arc<AtomicU64>) {
    for number in 0.. {
        for leader in rooms.leaders() {
            if !rooms.up().contains(&leader) {
                continue;
            }
            let node = rooms.node(leader);
            let proposed = node.propose(entry(id(leader), number));
            if let Ok(Ok((index, _))) = tokio::time::timeout(WITHIN, proposed).await {
                acknowledged.fetch_max(index, Ordering::Relaxed);
            }
        }
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
}

/// Reads at whoever says that it leads; counts reads, and those that lack an acknowledged write.
async fn read(rooms: Rooms, acknowledged: Arc<AtomicU64>, reads: Arc<[AtomicU64; 2]>) {
    loop {
        for leader in rooms.leaders() {
            if !rooms.up().contains(&leader) {
                continue;
            }
            let before = acknowledged.load(Ordering::Relaxed);
            if let Ok(index) = rooms.node(leader).read_index(WITHIN).await {
                reads[0].fetch_add(1, Ordering::Relaxed);
                if index < before {
                    reads[1].fetch_add(1, Ordering::Relaxed);
                }
            }
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// How many reads there were in a run with blackouts, and how many of them were stale.
fn reads(seed: u64, hazards: Hazards) -> (u64, u64) {
    simulation::run(seed, async {
        simulation::set_hazards(hazards);
        let rooms = Rooms::formed(seed, NodeConfig::default()).await;
        let (acknowledged, reads) = (Arc::new(AtomicU64::new(0)), Arc::<[AtomicU64; 2]>::default());
        let client = [
            simulation::spawn(write(rooms.clone(), acknowledged.clone())),
            simulation::spawn(read(rooms.clone(), acknowledged.clone(), reads.clone())),
        ];
        for _ in 0..BLACKOUTS {
            let (calm, off) =
                rooms.random(|rng| (rng.random_range(1000..3000_u64), rng.random_range(1..50_u64)));
            tokio::time::sleep(Duration::from_millis(calm)).await;
            (1..=3).for_each(|node| rooms.kill(node));
            tokio::time::sleep(Duration::from_millis(off)).await;
            for node in 1..=3 {
                rooms.boot(node).await;
            }
        }
        client.iter().for_each(tokio::task::JoinHandle::abort);
        let [all, stale] = &*reads;
        (all.load(Ordering::Relaxed), stale.load(Ordering::Relaxed))
    })
}

/// In how many runs a read was stale.
fn stale_runs(hazards: Hazards) -> usize {
    let runs: Vec<(u64, u64)> = (1..=SEEDS).map(|seed| reads(seed, hazards)).collect();
    let read: u64 = runs.iter().map(|(all, _)| all).sum();
    let stale = runs.iter().filter(|(_, stale)| *stale > 0).count();
    println!("{hazards:?}: {stale} of {SEEDS} seeds, {read} reads");
    // A cluster that serves no reads shows nothing.
    assert!(read > SEEDS * 100, "{read}");
    stale
}

#[test]
fn the_stale_read_appears_with_both_remedies_taken_away() {
    let both = Hazards { restores_leader: true, forgets_committed: true };
    assert!(stale_runs(both) > 0);
}

#[test]
fn either_remedy_alone_keeps_reads_current() {
    assert_eq!(stale_runs(Hazards { restores_leader: true, ..Hazards::default() }), 0);
    assert_eq!(stale_runs(Hazards { forgets_committed: true, ..Hazards::default() }), 0);
}

#[test]
fn as_controllers_run_no_read_is_stale() {
    assert_eq!(stale_runs(Hazards::default()), 0);
}
