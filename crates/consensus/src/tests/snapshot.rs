//! A room that was away so long that the others have dropped what it lacks.

use std::time::Duration;

use super::rooms::Rooms;
use crate::{LeavesError, NodeConfig, simulation};

fn soon() -> NodeConfig {
    NodeConfig { snapshot_every: 30, keep_behind_snapshot: 5, ..NodeConfig::default() }
}

async fn leave_behind(rooms: &Rooms) -> u64 {
    let leader = rooms.leader().await;
    rooms.write(0).await;
    let behind = leader % 3 + 1;
    rooms.isolate(behind);
    for number in 1..=120 {
        rooms.write(number).await;
    }
    behind
}

async fn complete(rooms: &Rooms, node: u64) {
    let whole = async {
        while !rooms.node(node).leaves_complete().unwrap() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), whole).await.expect("leaves still missing");
}

#[test]
fn a_room_that_lags_takes_a_snapshot_and_fetches_every_leaf() {
    simulation::run(1, async {
        let rooms = Rooms::formed(1, soon()).await;
        let behind = leave_behind(&rooms).await;
        assert_eq!(rooms.restored(behind), None);
        rooms.heal();
        let last = rooms.write(1000).await;
        rooms.all_reach(last).await;
        assert!(rooms.restored(behind).is_some(), "it caught up without a snapshot");
        complete(&rooms, behind).await;
        rooms.assert_same().await;
        // Nothing of it is lost when the power fails.
        rooms.kill(behind);
        rooms.boot(behind).await;
        rooms.all_reach(last).await;
        rooms.assert_same().await;
    });
}

#[test]
fn a_room_that_lacks_leaves_says_so_and_goes_on_fetching_after_a_restart() {
    simulation::run(2, async {
        let rooms = Rooms::formed(2, soon()).await;
        let behind = leave_behind(&rooms).await;
        rooms.heal();
        let mut applied = rooms.node(behind).watch_applied();
        applied.reached(100).await.unwrap();
        // It has the state, not yet the leaves: nobody has answered yet.
        assert!(!rooms.node(behind).leaves_complete().unwrap());
        let missing = rooms.node(behind).leaves(50..60, 1000);
        assert!(matches!(missing, Err(LeavesError::Missing { .. })), "{missing:?}");
        rooms.kill(behind);
        rooms.boot(behind).await;
        assert!(!rooms.node(behind).leaves_complete().unwrap());
        rooms.write(1000).await;
        complete(&rooms, behind).await;
        rooms.assert_same().await;
    });
}

#[test]
fn the_log_is_purged_behind_the_saved_state_and_the_leaves_stay() {
    simulation::run(3, async {
        let rooms = Rooms::formed(3, soon()).await;
        for number in 0..100 {
            rooms.write(number).await;
        }
        for node in rooms.up() {
            let status = rooms.node(node).status();
            let (purged, snapshot) = (status.purged.unwrap(), status.snapshot.unwrap());
            assert!(purged < snapshot, "{purged} {snapshot}");
            assert!(purged > 30, "{purged}");
        }
        rooms.assert_same().await;
    });
}
