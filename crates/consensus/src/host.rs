//! openraft's state machine: hosts `State`, makes a leaf of each entry, saves the state.

use std::collections::BTreeMap;
use std::io;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use futures_util::{Stream, TryStreamExt};
use openraft::alias::{WatchReceiverOf, WatchSenderOf};
use openraft::storage::{ApplyResponder, EntryResponder, RaftStateMachine};
use openraft::type_config::TypeConfigExt;
use openraft::{OptionalSend, RaftSnapshotBuilder};
use openraft_rt::watch::WatchSender;
use tokio::sync::mpsc;

use model::seeded_bug::{SeededBug, other_replica, seeded_bug};
use state_machine::{Applied, State, Versions};

use crate::catch_up::Signal;
use crate::disk::{AppliedRecord, Disk, Gap, Saved, StoreError};
use crate::events::{AppliedEvent, Event};
use crate::leaf;
use crate::runtime::Runtime;
use crate::types::{
    Config, LogEntry, LogId, Payload, Reply, Snapshot, SnapshotMeta, StoredMembership,
};

/// A batch is written once it has this many entries or bytes: a transaction per entry would cost
/// a sync each, one for all would hold the answers back.
const BATCH_ENTRIES: usize = 128;
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// What the node and its state machine share.
pub(crate) struct Hosted<RT: Runtime> {
    state: RwLock<State>,
    /// The last applied index whose leaf is on the disk. Locked only because a runtime's sender
    /// need not be shareable.
    settled: Mutex<WatchSenderOf<Config<RT>, Option<u64>>>,
    pub(crate) settled_seen: WatchReceiverOf<Config<RT>, Option<u64>>,
    /// Told when a snapshot has left a gap in the leaves.
    pub(crate) gap: Arc<Signal>,
}

impl<RT: Runtime> Hosted<RT> {
    pub(crate) fn new(loaded: State, applied: Option<u64>) -> Self {
        let (settled, settled_seen) = Config::<RT>::watch_channel(applied);
        Self {
            state: RwLock::new(loaded),
            settled: Mutex::new(settled),
            settled_seen,
            gap: Arc::default(),
        }
    }

    // A panic in `apply` stops the node; its last state may still be looked at.
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A state read back from the disk.
pub(crate) struct Loaded {
    pub(crate) state: State,
    pub(crate) applied: AppliedRecord,
}

/// Reads the saved state, or begins with the empty one.
pub(crate) fn load(disk: &Disk, carried: Versions) -> Result<Loaded, StoreError> {
    let Some(saved) = disk.saved()? else {
        let state = State { era: disk.identity().era, ..State::default() };
        return Ok(Loaded { state, applied: AppliedRecord::default() });
    };
    let state = parse(disk, carried, &saved.meta, &saved.bytes)?;
    let applied =
        AppliedRecord { last: saved.meta.last_log_id, membership: saved.meta.last_membership };
    Ok(Loaded { state, applied })
}

/// Applies an entry to a state and adds its leaf, which it gives, to the tree: with no node at hand.
pub(crate) fn replay(
    disk: &Disk,
    state: &mut State,
    entry: &LogEntry,
) -> Result<Vec<u8>, StoreError> {
    let index = entry.log_id.index;
    if state.audit.size != index {
        return Err(StoreError::LeafGap { expected: state.audit.size, found: index });
    }
    let applied = match &entry.payload {
        Payload::Normal(proposal) => state_machine::apply(state, index, &proposal.0),
        Payload::Blank | Payload::Membership(_) => Applied::default(),
    };
    state.applied_index = index;
    let leaf = leaf::of_entry(&disk.identity().cluster, entry, &applied, state)?;
    state.audit.append(&leaf);
    Ok(leaf)
}

/// A state that this binary cannot go on from is not touched.
fn runnable(state: &State, carried: Versions) -> Result<(), StoreError> {
    // 0: nothing is formed yet, and nothing depends on the version.
    if state.apply_version == 0 || carried.carries(state.apply_version) {
        return Ok(());
    }
    Err(StoreError::OtherApply { wanted: state.apply_version, carried })
}

fn parse(
    disk: &Disk,
    carried: Versions,
    meta: &SnapshotMeta,
    bytes: &[u8],
) -> Result<State, StoreError> {
    let wrong = |what: String| StoreError::Snapshot { what };
    let state: State = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
    runnable(&state, carried)?;
    if state.era != disk.identity().era {
        return Err(wrong(format!("it is of era {}", state.era.0)));
    }
    state.audit.check().map_err(|error| wrong(error.to_string()))?;
    if disk.rules_enforced() {
        let reaches = meta.last_log_id.as_ref().map_or(0, |last| last.index + 1);
        if state.audit.size != reaches {
            let leaves = state.audit.size;
            return Err(wrong(format!("it has {leaves} leaves and reaches {reaches} entries")));
        }
    }
    Ok(state)
}

/// An entry that is applied in memory and waits for its leaf to reach the disk.
struct Unsettled<RT: Runtime> {
    event: Option<AppliedEvent>,
    answer: Option<(ApplyResponder<Config<RT>>, Reply)>,
}

/// The state machine of one node.
pub(crate) struct Host<RT: Runtime> {
    disk: Arc<Disk>,
    carried: Versions,
    hosted: Arc<Hosted<RT>>,
    applied: AppliedRecord,
    /// What an earlier life had applied; up to here entries are read back, not new.
    replayed_upto: Option<u64>,
    events: mpsc::UnboundedSender<Event>,
}

impl<RT: Runtime> Host<RT> {
    pub(crate) fn new(
        disk: Arc<Disk>,
        carried: Versions,
        hosted: Arc<Hosted<RT>>,
        applied: AppliedRecord,
        events: mpsc::UnboundedSender<Event>,
    ) -> Result<Self, StoreError> {
        let replayed_upto = disk.last_leaf()?;
        Ok(Self { disk, carried, hosted, applied, replayed_upto, events })
    }

    fn apply_one(&mut self, entry: &LogEntry) -> Result<(Vec<u8>, Applied), StoreError> {
        let index = entry.log_id.index;
        let mut state = self.hosted.write();
        if self.disk.rules_enforced() && state.audit.size != index {
            return Err(StoreError::LeafGap { expected: state.audit.size, found: index });
        }
        let applied = match &entry.payload {
            Payload::Normal(proposal) => state_machine::apply(&mut state, index, &proposal.0),
            Payload::Blank => Applied::default(),
            Payload::Membership(membership) => {
                self.applied.membership =
                    StoredMembership::new(Some(entry.log_id), membership.clone());
                Applied::default()
            }
        };
        state.applied_index = index;
        runnable(&state, self.carried)?;
        let mut leaf = leaf::of_entry(&self.disk.identity().cluster, entry, &applied, &state)?;
        // Seeded bug `unordered-map`: written in an order that differs between replicas, now and
        // then, as maps without an order do.
        if seeded_bug(SeededBug::UnorderedMap) && other_replica().is_multiple_of(997) {
            leaf.reverse();
        }
        state.audit.append(&leaf);
        // Seeded bug `leaf-dropped`: what changed nothing is thought not worth keeping.
        if seeded_bug(SeededBug::LeafDropped) && applied.rejected.is_some() {
            leaf.clear();
        }
        self.applied.last = Some(entry.log_id);
        Ok((leaf, applied))
    }

    /// Writes the leaves and the applied index, and only then tells anybody.
    async fn settle(
        &mut self,
        leaves: &mut Vec<(u64, Vec<u8>)>,
        waiting: &mut Vec<Unsettled<RT>>,
    ) -> io::Result<()> {
        if leaves.is_empty() {
            return Ok(());
        }
        let disk = Arc::clone(&self.disk);
        let applied = self.applied.clone();
        let batch = std::mem::take(leaves);
        RT::blocking(move || disk.save_applied(&batch, &applied).map_err(StoreError::into_io))
            .await?;
        for unsettled in waiting.drain(..) {
            if let Some(event) = unsettled.event {
                // Nobody listens: the events are not wanted.
                let _ = self.events.send(Event::Applied(event));
            }
            if let Some((responder, reply)) = unsettled.answer {
                responder.send(reply);
            }
        }
        self.announce();
        Ok(())
    }

    /// What cannot be applied here stops this node, in its own words.
    fn give_up(&self, error: StoreError) -> io::Error {
        self.disk.put_out_of_work(&error);
        error.into_io()
    }

    fn announce(&self) {
        let index = self.applied.last.as_ref().map(|last| last.index);
        let settled = self.hosted.settled.lock().unwrap_or_else(PoisonError::into_inner);
        settled.send_if_different(index);
    }

    fn snapshot_meta(&self) -> SnapshotMeta {
        SnapshotMeta {
            last_log_id: self.applied.last,
            last_membership: self.applied.membership.clone(),
        }
    }
}

impl<RT: Runtime> RaftStateMachine<Config<RT>> for Host<RT> {
    type SnapshotData = Vec<u8>;
    type SnapshotBuilder = Saver<RT>;

    async fn applied_state(&mut self) -> io::Result<(Option<LogId>, StoredMembership)> {
        Ok((self.applied.last, self.applied.membership.clone()))
    }

    async fn apply<S>(&mut self, mut entries: S) -> io::Result<()>
    where
        S: Stream<Item = io::Result<EntryResponder<Config<RT>>>> + Unpin + OptionalSend,
    {
        let mut leaves = Vec::new();
        let mut waiting = Vec::new();
        let mut bytes = 0;
        while let Some((entry, responder)) = entries.try_next().await? {
            let index = entry.log_id.index;
            let (leaf, applied) = self.apply_one(&entry).map_err(|error| self.give_up(error))?;
            bytes += leaf.len();
            leaves.push((index, leaf));
            let answer =
                responder.map(|responder| (responder, Reply { index, applied: applied.clone() }));
            let event = match entry.payload {
                Payload::Normal(proposal) => Some(AppliedEvent {
                    index,
                    term: entry.log_id.leader_id.term,
                    entry: proposal.0,
                    applied,
                    replayed: self.replayed_upto.is_some_and(|upto| index <= upto),
                }),
                Payload::Blank | Payload::Membership(_) => None,
            };
            waiting.push(Unsettled { event, answer });
            if leaves.len() >= BATCH_ENTRIES || bytes >= BATCH_BYTES {
                bytes = 0;
                self.settle(&mut leaves, &mut waiting).await?;
            }
        }
        self.settle(&mut leaves, &mut waiting).await
    }

    // The bytes are made here, between two batches, so that they show one index; writing them is
    // the saver's business and does not hold up the next batch.
    async fn get_snapshot_builder(&mut self) -> Self::SnapshotBuilder {
        // Seeded bug `snapshot-loses-runs`.
        let encoded = if seeded_bug(SeededBug::SnapshotLosesRuns) {
            let runs = BTreeMap::new();
            serde_json::to_vec(&State { runs, ..self.hosted.read().clone() })
        } else {
            serde_json::to_vec(&*self.hosted.read())
        };
        let bytes =
            encoded.map_err(|source| StoreError::Encode { what: "the state", index: 0, source });
        Saver {
            disk: Arc::clone(&self.disk),
            made: Some(bytes.map(|bytes| Saved { meta: self.snapshot_meta(), bytes })),
            runtime: PhantomData,
        }
    }

    async fn install_snapshot(&mut self, meta: &SnapshotMeta, bytes: Vec<u8>) -> io::Result<()> {
        let state =
            parse(&self.disk, self.carried, meta, &bytes).map_err(|error| self.give_up(error))?;
        let before = self.hosted.read().audit.clone();
        let reaches = meta.last_log_id.as_ref().map_or(0, |last| last.index + 1);
        let gap = (self.disk.rules_enforced() && before.size < reaches).then(|| Gap {
            first: before.size,
            next: before.size,
            reached: before.clone(),
            before: before.clone(),
            last: reaches - 1,
            after: state.audit.clone(),
        });
        let lacks = gap.is_some();
        let applied =
            AppliedRecord { last: meta.last_log_id, membership: meta.last_membership.clone() };
        let saved = Saved { meta: meta.clone(), bytes };
        let disk = Arc::clone(&self.disk);
        let record = applied.clone();
        RT::blocking(move || disk.install(&saved, &record, gap).map_err(StoreError::into_io))
            .await?;
        *self.hosted.write() = state;
        self.applied = applied;
        if lacks {
            self.hosted.gap.ring();
        }
        if let Some(last) = &self.applied.last {
            let _ = self.events.send(Event::Restored { index: last.index });
        }
        self.announce();
        Ok(())
    }

    async fn get_current_snapshot(&mut self) -> io::Result<Option<Snapshot>> {
        let saved = self.disk.saved().map_err(StoreError::into_io)?;
        Ok(saved.map(|saved| Snapshot { meta: saved.meta, snapshot: saved.bytes }))
    }
}

/// Writes one state that was serialised already.
pub(crate) struct Saver<RT> {
    disk: Arc<Disk>,
    made: Option<Result<Saved, StoreError>>,
    runtime: PhantomData<fn() -> RT>,
}

impl<RT: Runtime> RaftSnapshotBuilder<Config<RT>> for Saver<RT> {
    type SnapshotData = Vec<u8>;

    async fn build_snapshot(&mut self) -> io::Result<Snapshot> {
        let made = self.made.take().unwrap_or_else(|| {
            Err(StoreError::Snapshot { what: "it was built already".to_owned() })
        });
        let saved = made.map_err(StoreError::into_io)?;
        let disk = Arc::clone(&self.disk);
        RT::blocking(move || {
            disk.save(&saved).map_err(StoreError::into_io)?;
            Ok(Snapshot { meta: saved.meta, snapshot: saved.bytes })
        })
        .await
    }
}
