//! What a restart keeps, and who may start at all.

use openraft::entry::RaftEntry;
use openraft::vote::RaftVote;
use tempfile::tempdir;

use super::{entry, identity};
use crate::disk::{AppliedRecord, Identity, Store, StoreError};
use crate::simulation::SimulatedDisk;
use crate::types::{LogEntry, LogId, Payload, Proposal, Vote};

fn log_id(index: u64) -> LogId {
    serde_json::from_value(serde_json::json!({"leader_id": 3, "index": index})).unwrap()
}

fn log_entry(index: u64) -> LogEntry {
    let proposal = Proposal(std::sync::Arc::new(entry(model::id::ControllerId(1), index)));
    LogEntry::new(log_id(index), Payload::Normal(proposal))
}

fn vote() -> Vote {
    Vote::from_leader_id(
        serde_json::from_value(serde_json::json!({"term": 3, "voted_for": 2})).unwrap(),
        true,
    )
}

#[test]
fn a_power_cut_keeps_vote_log_leaves_and_what_is_committed() {
    let disk = SimulatedDisk::default();
    let store = Store::initialise(disk.insert(), identity(1)).unwrap();
    store.disk.save_vote(&vote()).unwrap();
    store.disk.append(&[log_entry(0), log_entry(1), log_entry(2)]).unwrap();
    store.disk.save_committed(&Some(log_id(1))).unwrap();
    let applied = AppliedRecord { last: Some(log_id(1)), ..AppliedRecord::default() };
    store.disk.save_applied(&[(0, b"a".to_vec()), (1, b"b".to_vec())], &applied).unwrap();
    disk.cut(1);
    drop(store);
    let store = Store::open(disk.insert(), identity(1)).unwrap();
    assert_eq!(store.incarnation(), 2);
    assert_eq!(store.disk.vote().unwrap(), Some(vote()));
    assert_eq!(store.disk.log_ends().unwrap().last, Some(log_id(2)));
    assert_eq!(store.disk.log_entries(..).unwrap()[2], log_entry(2));
    assert_eq!(store.disk.committed().unwrap(), Some(log_id(1)));
    assert_eq!(store.disk.leaves(0, 10, 100).unwrap(), [b"a".to_vec(), b"b".to_vec()]);
}

/// Each alone: a later synced write would carry an unsynced one with it.
#[test]
fn what_was_answered_survives_a_power_cut_right_after_it() {
    for seed in 0..20 {
        let disk = SimulatedDisk::default();
        let store = Store::initialise(disk.insert(), identity(1)).unwrap();
        store.disk.save_vote(&vote()).unwrap();
        disk.cut(seed);
        let store = Store::open(disk.insert(), identity(1)).unwrap();
        assert_eq!(store.disk.vote().unwrap(), Some(vote()));
        store.disk.append(&[log_entry(0), log_entry(1)]).unwrap();
        disk.cut(seed);
        let store = Store::open(disk.insert(), identity(1)).unwrap();
        assert_eq!(store.disk.log_entries(..).unwrap(), [log_entry(0), log_entry(1)]);
        store.disk.save_committed(&Some(log_id(0))).unwrap();
        let applied = AppliedRecord { last: Some(log_id(0)), ..AppliedRecord::default() };
        store.disk.save_applied(&[(0, b"a".to_vec())], &applied).unwrap();
        disk.cut(seed);
        let store = Store::open(disk.insert(), identity(1)).unwrap();
        assert_eq!(store.disk.committed().unwrap(), Some(log_id(0)));
        assert_eq!(store.disk.applied().unwrap(), applied);
        store.disk.truncate_from(1).unwrap();
        disk.cut(seed);
        let store = Store::open(disk.insert(), identity(1)).unwrap();
        assert_eq!(store.disk.log_entries(..).unwrap(), [log_entry(0)]);
    }
}

#[test]
fn an_entry_applied_again_must_make_the_same_leaf() {
    let store = Store::initialise(SimulatedDisk::default().insert(), identity(1)).unwrap();
    let applied = AppliedRecord { last: Some(log_id(0)), ..AppliedRecord::default() };
    store.disk.save_applied(&[(0, b"a".to_vec())], &applied).unwrap();
    store.disk.save_applied(&[(0, b"a".to_vec())], &applied).unwrap();
    let told = store.disk.save_applied(&[(0, b"A".to_vec())], &applied);
    assert!(matches!(told, Err(StoreError::LeafDiffers { index: 0 })), "{told:?}");
    // And nothing else is done with a store that has failed.
    assert!(matches!(store.disk.vote(), Err(StoreError::Closed { .. })));
}

#[test]
fn the_log_is_never_purged_beyond_the_saved_state_nor_truncated_below_the_applied_index() {
    let disk = SimulatedDisk::default();
    let store = Store::initialise(disk.insert(), identity(1)).unwrap();
    store.disk.append(&[log_entry(0), log_entry(1)]).unwrap();
    let told = store.disk.purge(&log_id(0));
    assert!(matches!(told, Err(StoreError::PurgeBeyondState { upto: 0, saved: None })), "{told:?}");
    let store = Store::open(disk.insert(), identity(1)).unwrap();
    let applied = AppliedRecord { last: Some(log_id(0)), ..AppliedRecord::default() };
    store.disk.save_applied(&[(0, b"a".to_vec())], &applied).unwrap();
    store.disk.truncate_from(1).unwrap();
    let told = store.disk.truncate_from(0);
    assert!(matches!(told, Err(StoreError::TruncateApplied { from: 0, applied: 0 })), "{told:?}");
}

#[test]
fn a_folder_tells_a_first_start_from_a_lost_file() {
    let folder = tempdir().unwrap();
    let place = folder.path().join("state");
    assert!(!Store::is_initialised_at(&place).unwrap());
    let told = Store::open_at(&place, identity(1));
    assert!(matches!(told, Err(StoreError::NotInitialised { .. })), "{told:?}");
    drop(Store::initialise_at(&place, identity(1)).unwrap());
    assert!(Store::is_initialised_at(&place).unwrap());
    let told = Store::initialise_at(&place, identity(1));
    assert!(matches!(told, Err(StoreError::AlreadyInitialised { .. })), "{told:?}");
    assert_eq!(Store::open_at(&place, identity(1)).unwrap().incarnation(), 2);

    let file = place.join("consensus.redb");
    let kept = std::fs::read(&file).unwrap();
    std::fs::write(&file, b"").unwrap();
    let told = Store::open_at(&place, identity(1));
    assert!(matches!(told, Err(StoreError::Vanished { .. })), "{told:?}");
    std::fs::remove_file(&file).unwrap();
    let told = Store::open_at(&place, identity(1));
    assert!(matches!(told, Err(StoreError::Vanished { .. })), "{told:?}");
    let told = Store::initialise_at(&place, identity(1));
    assert!(matches!(told, Err(StoreError::Vanished { .. })), "{told:?}");
    std::fs::write(&file, kept).unwrap();
    Store::open_at(&place, identity(1)).unwrap();
}

#[test]
fn another_controllers_cluster_or_era_is_refused() {
    let disk = SimulatedDisk::default();
    drop(Store::initialise(disk.insert(), identity(1)).unwrap());
    let others = [
        identity(2),
        Identity { cluster: "other".to_owned(), ..identity(1) },
        Identity { era: model::era::Era(1), ..identity(1) },
    ];
    for other in others {
        let told = Store::open(disk.insert(), other.clone());
        assert!(matches!(told, Err(StoreError::Foreign { .. })), "{other}: {told:?}");
    }
    Store::open(disk.insert(), identity(1)).unwrap();
}

#[test]
fn two_processes_cannot_open_one_file() {
    let folder = tempdir().unwrap();
    let first = Store::initialise_at(folder.path(), identity(1)).unwrap();
    let second = Store::open_at(folder.path(), identity(1));
    assert!(matches!(second, Err(StoreError::Io { .. })), "{second:?}");
    first.close();
    Store::open_at(folder.path(), identity(1)).unwrap();
}
