//! An era that one controller founds from its own log: alone, whole, and deaf to the era before.

use std::collections::BTreeMap;
use std::time::Duration;

use audit::era_order::SignedOrder;
use audit::note::{KeyName, NoteSigner};
use model::era::Era;
use model::era_order::{EraOrder, OldLog, OpenedFrom};
use model::estate::{Estate, Room, RoomRole};
use model::policy::{Person, PersonRole, Policy};
use model::product::Product;
use model::standing::Standing;
use model::text::Text;
use model::time::WallTime;
use state_machine::{Command, Entry, EraEvidence, Member, Pinned};

use super::rooms::{Rooms, id};
use super::{entry, identity};
use crate::simulation::{self, SimulatedDisk};
use crate::{Identity, NodeConfig, ProposeError, Store, StoreError, Survey};

fn signer(name: &str, seed: u8) -> NoteSigner {
    NoteSigner::from_seed(KeyName::new(name).unwrap(), [seed; 32])
}

fn load() -> Command {
    let mut estate = Estate { name: "clinic".to_owned(), ..Estate::default() };
    for (node, role) in
        [(1, RoomRole::Production), (2, RoomRole::Production), (3, RoomRole::LastResort)]
    {
        let room = format!("room-{node}");
        let (title, technology) = (Text::from(room.as_str()), Product::Twin);
        estate.rooms.insert(room.into(), Room { title, role, technology, controller: id(node) });
    }
    let mut policy = Policy::default();
    for (name, seed) in [("claire", 1), ("marc", 2)] {
        let key = signer(name, seed).verifier().to_string();
        let roles = [PersonRole::OpensEras].into_iter().collect();
        policy.persons.insert(name.into(), Person { key, roles });
    }
    Command::EstateLoaded {
        estate: Box::new(Pinned { hash: "e".repeat(64), value: estate }),
        policy: Box::new(Pinned { hash: "a".repeat(64), value: policy }),
        runbooks: Vec::new(),
    }
}

/// Members, a leader and an estate in the log, at every node.
async fn loaded(seed: u64) -> Rooms {
    let rooms = Rooms::formed(seed, NodeConfig::default()).await;
    let leader = rooms.leader().await;
    let members = (1..=3)
        .map(|node| Member { controller: id(node), room: format!("room-{node}").into() })
        .collect();
    let mut last = 0;
    for command in [
        Command::ClusterFormed { members },
        Command::LeaderStarted { controller: id(leader) },
        load(),
    ] {
        let entry = Entry { command, ..entry(id(leader), 1) };
        let (index, applied) = rooms.node(leader).propose(entry).await.unwrap();
        assert_eq!(applied.rejected, None);
        last = index;
    }
    rooms.all_reach(last).await;
    rooms
}

fn order(survey: &Survey) -> SignedOrder {
    let state = &survey.state;
    let order = EraOrder {
        cluster: "clinic".to_owned(),
        era: Era(state.era.0 + 1),
        from: OpenedFrom::Survivor,
        controller: id(3),
        room: "room-3".into(),
        old: OldLog {
            era: state.era,
            origin: audit::checkpoint::origin("clinic", state.era),
            size: state.audit.size,
            root: state.audit.root().to_string(),
        },
        hosts: Vec::new(),
        channels: Vec::new(),
        statement: "Both rooms burned down.".to_owned(),
        reason: "fire".to_owned(),
    };
    let mut signed = SignedOrder::draft(order).unwrap();
    signed.sign(&signer("claire", 1)).unwrap();
    signed.sign(&signer("marc", 2)).unwrap();
    signed
}

fn waited() -> EraEvidence {
    let wait = Policy::default().lease.wait().as_millis();
    EraEvidence { waited_ms: wait, required_ms: wait, withheld: Vec::new() }
}

fn found(store: Store, evidence: EraEvidence) -> Result<(), StoreError> {
    let survey = store.survey()?;
    let order = order(&survey);
    let old = store.identity().clone();
    let place = (String::from("3"), WallTime(7));
    let founding = survey.founding(&old, &order, evidence, place)?;
    store.found(&founding)
}

async fn stop(rooms: &Rooms, node: u64) {
    rooms.node(node).shutdown().await;
    rooms.kill(node);
}

fn open(disk: &SimulatedDisk) -> Store {
    Store::open_in_its_era(disk.insert(), identity(3)).unwrap()
}

/// Rooms 1 and 2 are gone, room 3 goes on alone.
async fn alone(seed: u64) -> Rooms {
    let rooms = loaded(seed).await;
    rooms.kill(1);
    rooms.kill(2);
    stop(&rooms, 3).await;
    found(open(rooms.disk(3)), waited()).unwrap();
    rooms.start(3, open(rooms.disk(3))).await.unwrap();
    assert_eq!(rooms.leader().await, 3);
    rooms
}

#[test]
fn a_survivor_founds_an_era_and_leads_it_alone_with_all_that_was_committed() {
    simulation::run(31, async {
        let rooms = alone(31).await;
        let node = rooms.node(3);
        assert_eq!(node.era(), Era(1));
        let started = Command::LeaderStarted { controller: id(3) };
        let started = Entry { era: Era(1), command: started, ..entry(id(3), 50_000) };
        let (_, applied) = node.propose(started).await.unwrap();
        assert_eq!(applied.rejected, None);
        node.with_state(|state| {
            assert!(state.estate.is_some(), "the estate is carried over");
            assert_eq!(state.members.keys().copied().collect::<Vec<_>>(), [id(3)]);
            let opened = state.opened.as_ref().unwrap();
            assert_eq!(Some(opened.order.as_str()), node.era_order());
        });
        let leaves = rooms.leaves(3);
        let first = String::from_utf8_lossy(&leaves[0]);
        assert!(first.contains("\"id\":\"1/0\"") && first.contains("era-opened"), "{first}");
        assert!(first.contains("bascule/clinic/era-0"), "the old origin: {first}");
        let old = node.leaves_of_era(Era(0)).unwrap();
        let mut tree = audit::Frontier::default();
        old.iter().for_each(|leaf| {
            tree.append(leaf);
        });
        let root = node.with_state(|state| state.opened.as_ref().unwrap().old.root.clone());
        assert_eq!(tree.root().to_string(), root, "the old tree is kept, to the leaf");
    });
}

#[test]
fn an_agent_that_remembers_the_old_era_does_not_take_the_survivor_for_an_old_image() {
    simulation::run(34, async {
        let rooms = loaded(34).await;
        rooms.kill(1);
        rooms.kill(2);
        stop(&rooms, 3).await;
        let store = open(rooms.disk(3));
        let seen = Standing { life: 7, ..store.standing() };
        found(store, waited()).unwrap();
        let store = open(rooms.disk(3));
        let ours = store.standing();
        assert!(ours.reached < seen.reached, "its log begins anew: {ours}, {seen}");
        store.hear("the agent of host c1", &seen).unwrap();
        // Of its own era an image is as old as ever.
        let later = Standing { life: 8, incarnation: ours.incarnation + 1, ..ours };
        assert!(store.hear("the agent of host c1", &later).is_err());
    });
}

#[test]
fn the_old_majority_comes_back_and_is_refused_before_raft_sees_a_word() {
    simulation::run(32, async {
        let rooms = alone(32).await;
        rooms.boot(1).await;
        rooms.boot(2).await;
        tokio::time::sleep(Duration::from_secs(3)).await;
        for node in [1, 2] {
            let other = rooms.node(node).other_era().expect("it has heard of the newer era");
            assert_eq!((other.by, other.era), (id(3), Era(1)));
        }
        assert!(rooms.node(3).other_era().is_none(), "an older era is none to give way to");
        assert_eq!(rooms.node(3).status().voters, [id(3)]);
        let head = rooms.node(1).own_head().unwrap();
        assert!(rooms.node(1).leave_word(id(3), &head, Duration::from_secs(1)).await);
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(rooms.orphans(), [head]);
    });
}

#[test]
fn two_eras_of_one_number_refuse_each_other() {
    simulation::run(33, async {
        let rooms = alone(33).await;
        // Somebody signs another order over room 1's disk, under the same number.
        let disk = rooms.disk(1);
        let store = Store::open_in_its_era(disk.insert(), identity(1)).unwrap();
        let survey = store.survey().unwrap();
        let mut other = order(&survey).order().clone();
        (other.controller, other.room) = (id(1), "room-1".into());
        let mut signed = SignedOrder::draft(other).unwrap();
        signed.sign(&signer("claire", 1)).unwrap();
        signed.sign(&signer("marc", 2)).unwrap();
        let place = (String::from("1"), WallTime(8));
        let founding = survey.founding(&identity(1), &signed, waited(), place).unwrap();
        store.found(&founding).unwrap();
        let store = Store::open_in_its_era(disk.insert(), identity(1)).unwrap();
        rooms.start(1, store).await.unwrap();
        let head = rooms.node(1).own_head().unwrap();
        assert!(!rooms.node(1).leave_word(id(3), &head, Duration::from_secs(1)).await);
        for (node, by) in [(1, 3), (3, 1)] {
            let other = rooms.node(node).other_era().expect("it says so");
            assert_eq!((other.by, other.era), (id(by), Era(1)));
        }
    });
}

#[test]
fn an_era_that_would_be_rejected_changes_nothing() {
    simulation::run(34, async {
        let rooms = loaded(34).await;
        stop(&rooms, 3).await;
        let short = EraEvidence { waited_ms: 10, ..waited() };
        let told = found(open(rooms.disk(3)), short);
        assert!(matches!(told, Err(StoreError::NoEra { .. })), "{told:?}");
        let store = open(rooms.disk(3));
        assert_eq!(store.identity(), &identity(3));
        rooms.start(3, store).await.unwrap();
        rooms.write(9).await;
        rooms.assert_same().await;
    });
}

#[test]
fn the_power_fails_while_an_era_is_founded_and_it_is_the_one_or_the_other() {
    simulation::run(35, async {
        let rooms = loaded(35).await;
        for node in 1..=3 {
            stop(&rooms, node).await;
        }
        let before = rooms.disk(3).image();
        let mut eras = BTreeMap::new();
        for seed in 0..40 {
            let disk = SimulatedDisk::default();
            disk.set_image(before.clone());
            let store = open(&disk);
            // It fails once so many syncs are done, and takes with it what was not synced.
            disk.fail_after_syncs(seed % 4);
            let _ = found(store, waited());
            disk.cut(seed);
            disk.set_broken(false);
            let store = open(&disk);
            *eras.entry(store.identity().era.0).or_insert(0) += 1;
            let expected = Identity { order: store.identity().order.clone(), ..identity(3) };
            if store.identity().era == Era(0) {
                assert_eq!(store.identity(), &expected);
                assert!(store.survey().unwrap().state.estate.is_some());
            } else {
                store.disk.check_leaves().unwrap();
                assert_eq!(store.disk.log_entries(..).unwrap().len(), 2);
            }
        }
        assert_eq!(eras.len(), 2, "both must be reached: {eras:?}");
    });
}

#[test]
fn nobody_proposes_in_the_old_era_any_more() {
    simulation::run(36, async {
        let rooms = alone(36).await;
        let told = rooms.node(3).propose(entry(id(3), 9)).await;
        match told {
            Ok((_, applied)) => assert!(applied.rejected.is_some(), "an entry of era 0"),
            Err(error) => assert!(matches!(error, ProposeError::NoQuorum), "{error}"),
        }
    });
}
