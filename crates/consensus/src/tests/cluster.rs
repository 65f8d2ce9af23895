//! Three nodes: election, replication, what is refused, handing over, changing members.

use std::time::Duration;

use model::era::Era;

use super::rooms::{Rooms, id, members, peer};
use super::{entry, identity};
use crate::disk::Store;
use crate::frame::{self, FORMAT, Header, Kind, Refusal};
use crate::{
    BootstrapError, Event, MembershipError, NodeConfig, Peer, ProposeError, ReadError, Role,
    TransferError, simulation,
};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn three_nodes_elect_and_replicate_the_same_leaves() {
    simulation::run(1, async {
        let rooms = Rooms::formed(1, NodeConfig::default()).await;
        for number in 0..20 {
            rooms.write(number).await;
        }
        rooms.assert_same().await;
        // Entry 0 is the membership, entry 1 the leader's blank: leaves like all others.
        let leaves = rooms.leaves(2);
        assert!(leaves.len() >= 22);
        assert!(String::from_utf8_lossy(&leaves[0]).contains("raft-membership"));
        assert!(String::from_utf8_lossy(&leaves[1]).contains("raft-blank"));
        assert!(String::from_utf8_lossy(&leaves[21]).contains("\"pause 19\""));
    });
}

#[test]
fn a_follower_names_the_leader_and_proposes_nothing() {
    simulation::run(2, async {
        let rooms = Rooms::formed(2, NodeConfig::default()).await;
        let leader = rooms.leader().await;
        rooms.write(1).await;
        let follower = (1..=3).find(|node| *node != leader).unwrap();
        let told = rooms.node(follower).propose(entry(id(follower), 2)).await;
        assert_eq!(told, Err(ProposeError::NotLeader { leader: Some(id(leader)) }));
        let read = rooms.node(follower).read_index(SECOND).await;
        assert_eq!(read, Err(ReadError::NotLeader { leader: Some(id(leader)) }));
    });
}

#[test]
fn a_leader_whose_answers_are_lost_does_not_keep_the_others_from_electing() {
    simulation::run(31, async {
        let rooms = Rooms::formed(31, NodeConfig::default()).await;
        let old = rooms.leader().await;
        rooms.write(1).await;
        for other in (1..=3).filter(|other| *other != old) {
            rooms.cut(other, old);
        }
        tokio::time::sleep(3 * SECOND).await;
        assert_ne!(rooms.leader().await, old);
        rooms.write(2).await;
        rooms.heal();
        rooms.write(3).await;
        rooms.assert_same().await;
    });
}

#[test]
fn a_leader_that_is_cut_off_confirms_nothing_and_commits_nothing() {
    simulation::run(3, async {
        let rooms = Rooms::formed(3, NodeConfig::default()).await;
        let old = rooms.leader().await;
        rooms.write(1).await;
        rooms.isolate(old);
        let read = rooms.node(old).read_index(2 * SECOND).await;
        assert!(matches!(read, Err(ReadError::NoQuorum { .. })), "{read:?}");
        let told = rooms.node(old).propose(entry(id(old), 99)).await;
        assert!(
            matches!(told, Err(ProposeError::NoQuorum | ProposeError::Unknown { .. })),
            "{told:?}"
        );
        // The others go on, although the old one still believes that it leads.
        let mut new = old;
        while new == old {
            tokio::time::sleep(SECOND / 10).await;
            new = *rooms.leaders().iter().find(|leader| **leader != old).unwrap_or(&old);
        }
        assert_eq!(rooms.node(old).status().role, Role::Leader);
        rooms.heal();
        rooms.write(2).await;
        rooms.assert_same().await;
    });
}

#[test]
fn leadership_moves_where_it_is_sent() {
    simulation::run(4, async {
        let rooms = Rooms::formed(4, NodeConfig::default()).await;
        for to in [1, 2, 3, 1] {
            let leader = rooms.leader().await;
            rooms.node(leader).transfer_leader(id(to), 5 * SECOND).await.unwrap();
            assert_eq!(rooms.leader().await, to);
            rooms.write(to).await;
        }
        let nobody = rooms.node(1).transfer_leader(id(4), SECOND).await;
        assert_eq!(nobody, Err(TransferError::NotAVoter { to: id(4) }));
    });
}

#[test]
fn a_room_never_gets_two_voters() {
    simulation::run(5, async {
        let rooms = Rooms::new(5, NodeConfig::default());
        for node in 1..=4 {
            rooms.boot_new(node).await;
        }
        let mut twice = members(1..=3);
        twice.get_mut(&id(3)).unwrap().room = "room-1".into();
        let told = rooms.node(1).bootstrap(twice).await;
        assert_eq!(
            told,
            Err(BootstrapError::TwoVotersInOneRoom {
                room: "room-1".into(),
                first: id(1),
                second: id(3)
            })
        );
        rooms.node(1).bootstrap(members(1..=3)).await.unwrap();
        assert_eq!(
            rooms.node(1).bootstrap(members(1..=3)).await,
            Err(BootstrapError::AlreadyFormed)
        );
        let leader = rooms.node(rooms.leader().await);
        let same_room = Peer { room: "room-2".into(), ..peer(4) };
        leader.add_learner(id(4), same_room).await.unwrap();
        let told = leader.change_voters([id(1), id(2), id(4)].into()).await;
        assert!(matches!(told, Err(MembershipError::TwoVotersInOneRoom { .. })), "{told:?}");
        let told = leader.change_voters([id(1), id(2), id(9)].into()).await;
        assert_eq!(told, Err(MembershipError::NotAMember { controller: id(9) }));
        // Room 2's controller is replaced by the new one.
        rooms.node(1).transfer_leader(id(1), SECOND).await.ok();
        let leader = rooms.node(rooms.leader().await);
        leader.change_voters([id(1), id(3), id(4)].into()).await.unwrap();
        rooms.write(1).await;
        let status = rooms.node(rooms.leader().await).status();
        assert_eq!(status.voters, [id(1), id(3), id(4)]);
    });
}

#[test]
fn a_frame_of_another_era_or_another_sender_never_reaches_raft() {
    simulation::run(6, async {
        let rooms = Rooms::formed(6, NodeConfig::default()).await;
        let node = rooms.node(1);
        let header = Header {
            format: FORMAT,
            era: Era(0),
            order: None,
            from: id(2),
            to: id(1),
            kind: Kind::FetchLeaves,
            standing: Some(rooms.node(2).standing()),
            known: None,
        };
        let ask = |header: Header| {
            let node = node.clone();
            async move {
                let bytes = frame::encode(&header, &"not even a request", &[]).unwrap();
                let answer = node.handle(id(2), &bytes).await;
                let answer = frame::decode(&answer).unwrap();
                frame::content::<Result<(), Refusal>>(answer.content).unwrap().unwrap_err()
            }
        };
        assert_eq!(
            ask(Header { era: Era(1), ..header.clone() }).await,
            Refusal::WrongEra { yours: Era(1), ours: Era(0) }
        );
        assert_eq!(node.newest_era_seen(), Era(1));
        assert_eq!(
            ask(Header { from: id(3), ..header.clone() }).await,
            Refusal::WrongSender { claimed: id(3), proven: id(2) }
        );
        assert_eq!(
            ask(Header { to: id(3), ..header.clone() }).await,
            Refusal::WrongReceiver { wanted: id(3), me: id(1) }
        );
        assert!(matches!(ask(header).await, Refusal::Malformed { .. }));
        let answer = node.handle(id(2), b"noise").await;
        let answer = frame::decode(&answer).unwrap();
        let told: Result<(), Refusal> = frame::content(answer.content).unwrap();
        assert!(matches!(told, Err(Refusal::Malformed { .. })));
    });
}

#[test]
fn a_disk_that_fails_stops_its_node_and_the_others_go_on() {
    simulation::run(7, async {
        let rooms = Rooms::formed(7, NodeConfig::default()).await;
        rooms.write(1).await;
        let broken = rooms.leader().await;
        rooms.disk(broken).set_broken(true);
        let told = rooms.node(broken).propose(entry(id(broken), 2)).await;
        assert!(told.is_err());
        let stopped = rooms.node(broken).stopped().unwrap();
        assert!(stopped.to_string().contains("input/output error"), "{stopped}");
        rooms.kill(broken);
        rooms.write(3).await;
        rooms.assert_same().await;
    });
}

#[test]
fn events_come_in_log_order_and_old_ones_are_marked_as_replayed() {
    simulation::run(8, async {
        let rooms = Rooms::new(8, NodeConfig::default());
        rooms.boot_new(1).await;
        rooms.node(1).bootstrap(members(1..=1)).await.unwrap();
        let mut last = 0;
        for number in 0..5 {
            last = rooms.write(number).await;
        }
        rooms.node(1).shutdown().await;
        rooms.kill(1);
        let store = Store::open(rooms.disk(1).insert(), identity(1)).unwrap();
        assert_eq!(store.incarnation(), 2);
        let nobody = std::sync::Arc::new(Nobody);
        let started =
            crate::Node::<simulation::Seeded>::start(store, NodeConfig::default(), nobody);
        let (node, mut events) = simulation::on_node(id(1), started).await.unwrap();
        node.watch_applied().reached(last + 1).await.unwrap();
        node.propose(entry(id(1), 7)).await.unwrap();
        let mut seen = Vec::new();
        while let Some(event) = events.try_next() {
            let Event::Applied(event) = event else { panic!("no snapshot was taken") };
            seen.push((event.index, event.replayed));
        }
        assert!(seen.is_sorted());
        assert_eq!(seen.iter().filter(|(_, replayed)| *replayed).count(), 5);
        assert_eq!(seen.iter().filter(|(_, replayed)| !*replayed).count(), 1);
    });
}

/// A node alone has nobody to talk to.
struct Nobody;

impl crate::PeerTransport for Nobody {
    fn send<'a>(
        &'a self,
        _to: model::id::ControllerId,
        _peer: &'a Peer,
        _frame: Vec<u8>,
        _within: Duration,
    ) -> crate::TransportFuture<'a> {
        Box::pin(async {
            Err(crate::TransportError::Unreachable { reason: "there is nobody".to_owned() })
        })
    }
}
