//! A damaged file: a clear error, never a node that joins with less than it had.

use std::sync::Arc;

use super::{entry, identity};
use crate::disk::{AppliedRecord, Saved, Store, StoreError};
use crate::simulation::SimulatedDisk;
use crate::types::{LogEntry, LogId, Payload, Proposal, SnapshotMeta};
use openraft::entry::RaftEntry;

fn log_id(index: u64) -> LogId {
    serde_json::from_value(serde_json::json!({"leader_id": 3, "index": index})).unwrap()
}

/// A store with some of everything, let go of in an orderly way or not.
fn image(orderly: bool) -> Vec<u8> {
    let disk = SimulatedDisk::default();
    let store = Store::initialise(disk.insert(), identity(1)).unwrap();
    for index in 0..40 {
        let proposal = Proposal(Arc::new(entry(model::id::ControllerId(1), index)));
        store.disk.append(&[LogEntry::new(log_id(index), Payload::Normal(proposal))]).unwrap();
        let applied = AppliedRecord { last: Some(log_id(index)), ..AppliedRecord::default() };
        store.disk.save_applied(&[(index, vec![7; 300])], &applied).unwrap();
    }
    let meta = SnapshotMeta { last_log_id: Some(log_id(30)), ..SnapshotMeta::default() };
    store.disk.save(&Saved { meta, bytes: vec![b' '; 5000] }).unwrap();
    if orderly {
        store.close();
        disk.image()
    } else {
        disk.cut(1);
        disk.image()
    }
}

/// Everything that a node would read.
fn content(image: Vec<u8>) -> Result<String, StoreError> {
    let disk = SimulatedDisk::default();
    disk.set_image(image);
    let store = Store::open(disk.insert(), identity(1))?;
    let disk = &store.disk;
    let leaves = disk.leaves(0, 1000, 1_000_000).map_err(|error| match error {
        crate::LeavesError::Store(error) => error,
        crate::LeavesError::Missing { .. } => StoreError::Damaged { what: error.to_string() },
    })?;
    Ok(format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {leaves:?}",
        disk.vote()?,
        disk.committed()?,
        disk.log_ends()?,
        disk.log_entries(..)?,
        disk.applied()?,
        disk.saved()?,
    ))
}

#[test]
fn a_flipped_byte_is_an_error_or_changes_nothing() {
    for orderly in [true, false] {
        let whole = image(orderly);
        let expected = content(whole.clone()).unwrap();
        let mut found = 0;
        // Every bit of the head's flags, every byte of the head, and a byte in each 97 after it.
        let flags = (9..10).flat_map(|place| (0..8).map(move |bit| (place, 1 << bit)));
        let head = (0..512).map(|place| (place, 0x40));
        let body = (512..whole.len()).step_by(97).map(|place| (place, 0x04));
        for (place, bit) in flags.chain(head).chain(body) {
            let mut damaged = whole.clone();
            damaged[place] ^= bit;
            match content(damaged) {
                Ok(content) => assert!(
                    content == expected,
                    "bit {bit:#x} of byte {place} (orderly: {orderly}) changed what is read, unnoticed"
                ),
                Err(error) => {
                    found += 1;
                    assert!(
                        matches!(
                            error,
                            StoreError::Damaged { .. }
                                | StoreError::Checksum { .. }
                                | StoreError::Io { .. }
                        ),
                        "byte {place}: {error:?}"
                    );
                }
            }
        }
        assert!(found > 50, "only {found} of the flipped bytes were noticed");
    }
}

#[test]
fn a_truncated_file_is_an_error() {
    let whole = image(true);
    for part in 1..20 {
        let mut damaged = whole.clone();
        damaged.truncate(whole.len() * part / 20);
        let told = content(damaged);
        assert!(told.is_err(), "{part}/20 of the file were taken for a whole");
    }
    assert!(matches!(content(Vec::new()), Err(StoreError::Vanished { .. })));
    assert!(matches!(content(vec![0; 100_000]), Err(StoreError::Damaged { .. })));
}
