//! A dead controller is replaced under a new id, and its own id is refused for ever.

use std::time::Duration;

use model::time::LogTime;
use state_machine::{Command, Member};

use super::rooms::{Rooms, id, peer};
use crate::{NodeConfig, Peer, simulation};

async fn formed(seed: u64) -> Rooms {
    let config =
        NodeConfig { snapshot_every: 20, keep_behind_snapshot: 5, ..NodeConfig::default() };
    let rooms = Rooms::formed(seed, config).await;
    let member =
        |node: u64| Member { controller: id(node), room: format!("room-{node}").as_str().into() };
    let members = (1..=3).map(member).collect();
    assert_eq!(rooms.order(Command::ClusterFormed { members }).await.rejected, None);
    rooms
}

/// The leader's part, as the server does it.
async fn replace(rooms: &Rooms, old: u64, new: u64) {
    let room = peer(old).room;
    let token = Command::JoinTokenMade {
        hash: "h".into(),
        controller: id(new),
        room: room.clone(),
        until: LogTime(3_600_000),
    };
    assert_eq!(rooms.order(token).await.rejected, None);
    let joining = Command::ControllerJoining {
        hash: "h".into(),
        controller: id(new),
        room: room.clone(),
        address: new.to_string(),
    };
    assert_eq!(rooms.order(joining).await.rejected, None);
    let leader = rooms.node(rooms.leader().await);
    leader.add_learner(id(new), Peer { room, address: new.to_string() }).await.unwrap();
    while !rooms.node(new).leaves_complete().unwrap() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let voters = leader.status().voters.into_iter().filter(|voter| *voter != id(old));
    leader.change_voters(voters.chain([id(new)]).collect()).await.unwrap();
    let joined = rooms.order(Command::ControllerJoined { controller: id(new) }).await;
    assert_eq!(joined.rejected, None);
}

#[test]
fn the_new_one_has_every_leaf_before_it_votes_and_the_old_one_stops_when_it_returns() {
    for seed in 80..84 {
        simulation::run(seed, async move {
            let rooms = formed(seed).await;
            for number in 0..60 {
                rooms.write(number).await;
            }
            let leader = rooms.leader().await;
            let dead = leader % 3 + 1;
            rooms.kill(dead);
            rooms.boot_new(4).await;
            replace(&rooms, dead, 4).await;
            rooms.write(99).await;
            rooms.assert_same().await;
            assert!(rooms.restored(4).is_some(), "it came by a snapshot and fetched its leaves");
            // The cluster lives on with the new one where the leader dies.
            rooms.kill(leader);
            rooms.write(100).await;
            // The old one returns with its disk as it was.
            rooms.boot(dead).await;
            let words = super::old_image::stopped(&rooms, dead).await;
            assert!(words.contains("was replaced"), "{words}");
            assert!(words.contains("never used again"), "{words}");
            rooms.kill(dead);
            rooms.boot(leader).await;
            rooms.write(101).await;
            rooms.assert_same().await;
        });
    }
}
