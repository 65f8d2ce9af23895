//! A controller whose disk was put back to an older image stops before it votes or acknowledges.

use std::time::Duration;

use super::identity;
use super::rooms::Rooms;
use crate::disk::Store;
use crate::{NodeConfig, simulation};

/// Waits until a node has stopped, and gives its words.
pub(crate) async fn stopped(rooms: &Rooms, node: u64) -> String {
    let end = async {
        loop {
            if let Some(stopped) = rooms.node(node).stopped() {
                return stopped.to_string();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), end).await.expect("it goes on")
}

fn other_than(one: u64, two: u64) -> u64 {
    (1..=3).find(|node| *node != one && *node != two).unwrap()
}

/// `numbers` more entries, and time for every peer to have heard of them.
async fn go_on(rooms: &Rooms, numbers: std::ops::Range<u64>) {
    for number in numbers {
        rooms.write(number).await;
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
}

#[test]
fn an_old_image_is_found_out_with_any_one_peer_reachable() {
    for seed in 0..12 {
        simulation::run(seed, async move {
            let rooms = Rooms::formed(seed, NodeConfig::default()).await;
            go_on(&rooms, 0..5).await;
            let victim = seed % 3 + 1;
            let image = rooms.disk(victim).image();
            go_on(&rooms, 5..9).await;
            // Only one peer is there when it comes back: each of the two in turn.
            let gone = (victim + seed / 3 % 2) % 3 + 1;
            rooms.kill(victim);
            rooms.kill(gone);
            rooms.disk(victim).set_image(image);
            rooms.boot(victim).await;
            let words = stopped(&rooms, victim).await;
            assert!(words.contains("older image of itself"), "{words}");
            assert!(words.contains("new controller id"), "{words}");
            let left = rooms.node(other_than(victim, gone));
            assert_eq!(
                left.read_index(Duration::from_secs(3)).await.ok(),
                None,
                "two voters voted"
            );
        });
    }
}

#[test]
fn a_disk_emptied_and_made_anew_under_the_same_id_is_found_out() {
    simulation::run(21, async {
        let rooms = Rooms::formed(21, NodeConfig::default()).await;
        go_on(&rooms, 0..5).await;
        rooms.kill(2);
        rooms.disk(2).set_image(Vec::new());
        rooms.boot_new(2).await;
        let words = stopped(&rooms, 2).await;
        assert!(words.contains("older image of itself"), "{words}");
        rooms.kill(2);
        rooms.write(6).await;
    });
}

#[test]
fn the_image_of_a_disk_whose_original_runs_is_found_out() {
    simulation::run(22, async {
        let rooms = Rooms::formed(22, NodeConfig::default()).await;
        go_on(&rooms, 0..5).await;
        let image = rooms.disk(3).image();
        // The original restarts once more and is known under its new start.
        rooms.kill(3);
        rooms.boot(3).await;
        go_on(&rooms, 5..6).await;
        rooms.kill(3);
        rooms.disk(3).set_image(image);
        rooms.boot(3).await;
        let words = stopped(&rooms, 3).await;
        assert!(words.contains("older image of itself"), "{words}");
    });
}

#[test]
fn nobody_is_taken_for_an_old_image_after_power_cuts() {
    for seed in 30..40 {
        simulation::run(seed, async move {
            let rooms = Rooms::formed(seed, NodeConfig::default()).await;
            for round in 0..4 {
                rooms.write(round).await;
                (1..=3).for_each(|node| rooms.kill(node));
                for node in 1..=3 {
                    rooms.boot(node).await;
                }
            }
            rooms.write(9).await;
            rooms.assert_same().await;
            for node in 1..=3 {
                assert_eq!(rooms.node(node).stopped(), None);
            }
        });
    }
}

#[test]
fn a_controller_that_reaches_nobody_waits_and_takes_no_part() {
    simulation::run(41, async {
        let rooms = Rooms::formed(41, NodeConfig::default()).await;
        go_on(&rooms, 0..3).await;
        rooms.kill(1);
        rooms.isolate(1);
        rooms.boot(1).await;
        tokio::time::sleep(Duration::from_secs(10)).await;
        assert!(!rooms.node(1).is_sure_of_its_disk());
        assert_eq!(rooms.node(1).stopped(), None);
        rooms.heal();
        go_on(&rooms, 3..5).await;
        assert!(rooms.node(1).is_sure_of_its_disk());
        rooms.assert_same().await;
    });
}

/// The one peer that is left was cut off when the entry was agreed on: only an agent's word tells,
/// and without it an acknowledged entry is lost.
#[test]
fn what_no_peer_left_has_seen_an_agent_s_word_finds_out() {
    simulation::run(51, async {
        let rooms = Rooms::formed(51, NodeConfig::default()).await;
        go_on(&rooms, 0..3).await;
        let leader = rooms.leader().await;
        let (forgets, lags) = (leader % 3 + 1, (leader + 1) % 3 + 1);
        let image = rooms.disk(forgets).image();
        // The third room hears nothing of what the two others agree on.
        for other in 1..=3 {
            rooms.cut(lags, other);
            rooms.cut(other, lags);
        }
        let lost = rooms.write(3).await;
        let word = rooms.node(forgets).standing();
        let mut told = rooms.node(forgets).watch_applied();
        told.reached(lost).await.unwrap();
        rooms.kill(leader);
        rooms.kill(forgets);
        rooms.heal();
        rooms.disk(forgets).set_image(image);
        let store = Store::open(rooms.disk(forgets).insert(), identity(forgets)).unwrap();
        let error = store.hear("the agent of a1", &word).unwrap_err();
        assert!(error.to_string().contains("the agent of a1 has seen"), "{error}");
        drop(store);
        let store = Store::open(rooms.disk(forgets).insert(), identity(forgets)).unwrap();
        rooms.forget_applied_from(lost);
        rooms.start(forgets, store).await.unwrap();
        let now_leads = rooms.leader().await;
        assert!(now_leads != leader);
        let index = rooms.node(now_leads).with_state(|state| state.applied_index);
        let leaves = rooms.leaves(now_leads);
        let told = leaves
            .get(usize::try_from(lost).unwrap())
            .map(|leaf| String::from_utf8_lossy(leaf).contains("pause 3"));
        assert_ne!(told, Some(true), "the entry survived at {lost}, applied {index}");
    });
}
