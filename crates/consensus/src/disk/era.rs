//! A new era in an old store. The log, the leaves and the state of the era before are put aside
//! under other names, unchanged, and a log of two entries takes their place: the opening, and a
//! membership of one. All of it in one transaction: after a crash it is the one era or the other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use openraft::vote::RaftLeaderId;
use redb::{Durability, ReadableTable, TableDefinition, WriteTransaction};

use audit::era_order::SignedOrder;
use model::era::Era;
use model::id::RoomId;
use model::time::WallTime;
use model::units::Span;
use state_machine::{Command, Entry, EraEvidence, EraOpening, State, TailEntry};

use super::error::StoreError;
use super::{
    APPLIED, COMMITTED, Disk, GAPS, IDENTITY, INCARNATION, Identity, LEAVES, LEAVES_TABLE, LOG,
    LOG_TABLE, META, META_TABLE, PURGED, REACHED, SIGHTINGS, STATE, STATE_TABLE, Store, VOTE, cell,
    put_meta,
};
use crate::config::NodeConfig;
use crate::host;
use crate::types::{LogEntry, LogId, Payload, Peer, Proposal, Vote};

/// The term of a new era's first two entries; the first election is of the next.
const FIRST_TERM: u64 = 1;

/// What a store knows of its era.
#[derive(Clone, Debug)]
pub struct Survey {
    /// The state over everything that is known to be committed.
    pub state: State,
    /// What stands in the log beyond.
    pub tail: Vec<TailEntry>,
    /// Leaves of the last committed entries, which the store may not have been given yet.
    leaves: Vec<(u64, Vec<u8>)>,
}

impl Survey {
    /// What an era is founded with from here, on a signed order and after what was waited.
    pub fn founding(
        self,
        old: &Identity,
        order: &SignedOrder,
        evidence: EraEvidence,
        (address, wall): (String, WallTime),
    ) -> Result<Founding, StoreError> {
        let carried = serde_json::to_string(&self.state).map_err(|source| StoreError::Encode {
            what: "the state",
            index: self.state.applied_index,
            source,
        })?;
        let ordered = order.order();
        // The wait has passed in the log too: what was to last longer than that lasts on.
        let at = self.state.log_time.after(Span::from_millis(evidence.waited_ms));
        let opening = EraOpening { order: order.to_string(), evidence, carried, tail: self.tail };
        Ok(Founding {
            identity: Identity {
                era: ordered.era,
                order: Some(order.hash().to_string()),
                ..old.clone()
            },
            room: ordered.room.clone(),
            address,
            first: Entry {
                era: ordered.era,
                at,
                wall,
                by: ordered.controller,
                person: None,
                command: Command::EraOpened { opening: Box::new(opening) },
            },
        })
    }
}

/// What a new era is founded with.
#[derive(Clone, Debug)]
pub struct Founding {
    /// Its identity: the same controller, the new era, the hash of its order.
    pub identity: Identity,
    /// The one voter's room.
    pub room: RoomId,
    /// Its address, as the transport understands it.
    pub address: String,
    /// The first entry.
    pub first: Entry,
}

impl Store {
    /// The state as the log gives it, up to what is known to be committed, and what stands beyond.
    pub fn survey(&self) -> Result<Survey, StoreError> {
        let disk = &self.disk;
        let committed = disk.committed()?.map(|last| last.index);
        let mut loaded = host::load(disk, NodeConfig::default().apply_versions)?;
        let from = loaded.state.audit.size;
        let (mut tail, mut leaves) = (Vec::new(), Vec::new());
        for entry in disk.log_entries(from..)? {
            let index = entry.log_id.index;
            if committed.is_some_and(|committed| index <= committed) {
                leaves.push((index, host::replay(disk, &mut loaded.state, &entry)?));
            } else if let Payload::Normal(proposal) = entry.payload {
                tail.push(TailEntry { index, entry: (*proposal.0).clone() });
            }
        }
        Ok(Survey { state: loaded.state, tail, leaves })
    }

    /// Founds a new era in this store and closes it: opened again, it is of that era. Nothing is
    /// changed when the first entry would be rejected.
    pub fn found(self, founding: &Founding) -> Result<(), StoreError> {
        let ours = self.identity().clone();
        let new = &founding.identity;
        if !new.is_same_controller(&ours) || new.era <= ours.era {
            return Err(StoreError::Foreign {
                found: Box::new(ours),
                expected: Box::new(new.clone()),
            });
        }
        check_first(founding)?;
        let last_leaves = self.survey()?.leaves;
        self.disk.write("founding an era", Durability::Immediate, |transaction| {
            complete(transaction, &last_leaves)?;
            put_aside(transaction, ours.era)?;
            put_new(transaction, founding)
        })?;
        self.close();
        Ok(())
    }

    /// Makes the store of a new era in place of one that no disk has kept: the first entry carries
    /// what an export held.
    pub fn found_new_at(folder: &Path, founding: &Founding) -> Result<(), StoreError> {
        check_first(founding)?;
        let store = Self::initialise_at(folder, founding.identity.clone())?;
        store.disk.write("founding an era", Durability::Immediate, |transaction| {
            put_new(transaction, founding)
        })?;
        store.close();
        Ok(())
    }
}

/// An era whose first entry is rejected would have no members and no way on.
fn check_first(founding: &Founding) -> Result<(), StoreError> {
    let mut state = State { era: founding.identity.era, ..State::default() };
    let applied = state_machine::apply(&mut state, 0, &founding.first);
    match applied.rejected {
        Some(why) => Err(StoreError::NoEra { reason: why.to_string() }),
        None if state.opened.as_ref().map(|o| &o.order) != founding.identity.order.as_ref() => {
            Err(StoreError::NoEra {
                reason: "the order is another than the era's id says".to_owned(),
            })
        }
        None => Ok(()),
    }
}

/// The tables of an era that is over keep their content under names of their own.
fn aside(table: &str, era: Era) -> String {
    format!("{table}-of-era-{}", era.0)
}

/// The order names the root over all that was committed: the leaves are kept up to there.
fn complete(transaction: &WriteTransaction, leaves: &[(u64, Vec<u8>)]) -> Result<(), StoreError> {
    let mut table = transaction.open_table(LEAVES_TABLE).map_err(StoreError::io("writing"))?;
    for (index, leaf) in leaves {
        let sealed = cell::seal(LEAVES, index, leaf);
        table.insert(*index, sealed.as_slice()).map_err(StoreError::io("writing"))?;
    }
    Ok(())
}

fn put_aside(transaction: &WriteTransaction, era: Era) -> Result<(), StoreError> {
    let doing = "putting the old era aside";
    let by_index = |name| TableDefinition::<u64, &[u8]>::new(name);
    let by_name = |name| TableDefinition::<&str, &[u8]>::new(name);
    let (log, leaves, state) = (aside(LOG, era), aside(LEAVES, era), aside(STATE, era));
    transaction.rename_table(LOG_TABLE, by_index(&log)).map_err(StoreError::io(doing))?;
    transaction.rename_table(LEAVES_TABLE, by_index(&leaves)).map_err(StoreError::io(doing))?;
    transaction.rename_table(STATE_TABLE, by_name(&state)).map_err(StoreError::io(doing))?;
    transaction.open_table(LOG_TABLE).map_err(StoreError::io(doing))?;
    transaction.open_table(LEAVES_TABLE).map_err(StoreError::io(doing))?;
    transaction.open_table(STATE_TABLE).map_err(StoreError::io(doing))?;
    let meta = aside(META, era);
    let mut kept = transaction.open_table(by_name(&meta)).map_err(StoreError::io(doing))?;
    let mut ours = transaction.open_table(META_TABLE).map_err(StoreError::io(doing))?;
    let keys = [VOTE, COMMITTED, PURGED, APPLIED, GAPS, IDENTITY, INCARNATION, REACHED, SIGHTINGS];
    for key in keys {
        let Some(value) = ours.get(key).map_err(StoreError::io(doing))?.map(|v| v.value().to_vec())
        else {
            continue;
        };
        kept.insert(key, value.as_slice()).map_err(StoreError::io(doing))?;
        // The incarnation counts on: it is this disk's, not the era's.
        if key != INCARNATION {
            ours.remove(key).map_err(StoreError::io(doing))?;
        }
    }
    Ok(())
}

fn put_new(transaction: &WriteTransaction, founding: &Founding) -> Result<(), StoreError> {
    let me = founding.identity.controller.0;
    let peer = Peer { room: founding.room.clone(), address: founding.address.clone() };
    let voters = vec![BTreeSet::from([me])];
    let membership = openraft::Membership::new(voters, BTreeMap::from([(me, peer)]))
        .map_err(|error| StoreError::NoEra { reason: error.to_string() })?;
    let vote = Vote::new_committed(FIRST_TERM, me);
    let id = |index| LogId::new(vote.leader_id.to_committed(), index);
    let opening = Payload::Normal(Proposal(Arc::new(founding.first.clone())));
    let entries = [
        LogEntry { log_id: id(0), payload: opening },
        LogEntry { log_id: id(1), payload: Payload::Membership(membership) },
    ];
    put_meta(transaction, IDENTITY, &founding.identity)?;
    put_meta(transaction, VOTE, &vote)?;
    let mut log = transaction.open_table(LOG_TABLE).map_err(StoreError::io("writing"))?;
    for entry in &entries {
        let index = entry.log_id.index;
        let cell = cell::seal_json(LOG, &index, entry)?;
        log.insert(index, cell.as_slice()).map_err(StoreError::io("writing"))?;
    }
    Ok(())
}

impl Disk {
    /// The leaves of an era that is over, in order; none if there was no such era here.
    pub(crate) fn leaves_of_era(&self, era: Era) -> Result<Vec<Vec<u8>>, StoreError> {
        let name = aside(LEAVES, era);
        self.read("reading an older era's leaves", |transaction| {
            let definition = TableDefinition::<u64, &[u8]>::new(&name);
            let table = match transaction.open_table(definition) {
                Ok(table) => table,
                Err(redb::TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
                Err(error) => return Err(StoreError::io("reading")(error)),
            };
            let mut leaves = Vec::new();
            for item in table.iter().map_err(StoreError::io("reading"))? {
                let (index, leaf) = item.map_err(StoreError::io("reading"))?;
                leaves.push(cell::unseal(LEAVES, &index.value(), leaf.value())?.to_vec());
            }
            Ok(leaves)
        })
    }
}
