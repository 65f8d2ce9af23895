//! The replicated log as the demonstration follows it: every leaf, and what it says.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::fence::Rung;
use model::id::{ControllerId, HostId, IncidentId, RunId};
use model::incident::Cause;
use model::plan::Plan;
use model::step::ItemRef;
use model::units::Span;
use serde::Deserialize;
use serde_json::Value;
use state_machine::Command;
use tokio::sync::watch;
use wire::api::LeavesRequest;

use super::stage::Stage;

/// Before another controller is asked.
const AGAIN: Duration = Duration::from_millis(200);
/// The stream is opened anew when nothing came for so long: the controller may be cut or dead.
const SILENT: Duration = Duration::from_secs(2);

/// An entry that was applied and not rejected.
#[derive(Clone, Debug)]
pub(super) struct Logged {
    pub(super) index: u64,
    /// The leader's wall clock; all processes of a demonstration share one.
    pub(super) wall_ms: u64,
    pub(super) command: Command,
}

/// The log so far.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) leaves: Vec<Vec<u8>>,
    pub(super) entries: Vec<Logged>,
}

#[derive(Deserialize)]
struct Leaf {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    wall_ms: u64,
    command: Value,
    #[serde(default)]
    applied: Applied,
}

#[derive(Default, Deserialize)]
struct Applied {
    #[serde(default)]
    rejected: Option<Value>,
}

impl Log {
    fn add(&mut self, index: u64, bytes: Vec<u8>) {
        if let Some(entry) = read(index, &bytes) {
            self.entries.push(entry);
        }
        self.leaves.push(bytes);
    }

    /// The first incident with such a cause, opened after this moment.
    pub(super) fn incident(
        &self,
        after_ms: u64,
        fits: impl Fn(&Cause) -> bool,
    ) -> Option<(IncidentId, &Cause, u64, Span)> {
        self.since(after_ms).find_map(|entry| match &entry.command {
            Command::IncidentOpened { cause, hold_off, .. } if fits(cause) => {
                Some((IncidentId(entry.index), cause, entry.wall_ms, *hold_off))
            }
            _ => None,
        })
    }

    /// Entries stamped after this moment.
    pub(super) fn since(&self, after_ms: u64) -> impl Iterator<Item = &Logged> {
        self.entries.iter().filter(move |entry| entry.wall_ms >= after_ms)
    }

    /// Proofs after this moment: host, rung, when.
    pub(super) fn proofs(&self, after_ms: u64) -> impl Iterator<Item = (&HostId, Rung, u64)> {
        self.since(after_ms).filter_map(|entry| match &entry.command {
            Command::FenceProved { proof } => {
                Some((&proof.target, proof.evidence.rung(), entry.wall_ms))
            }
            _ => None,
        })
    }

    /// The plan of a run.
    pub(super) fn plan(&self, run: RunId) -> Option<&Plan> {
        self.entries.iter().find(|entry| entry.index == run.0).and_then(|entry| {
            match &entry.command {
                Command::RunStarted { plan, .. } => Some(&**plan),
                _ => None,
            }
        })
    }

    /// Runs after this moment, with how they ended.
    pub(super) fn runs(&self, after_ms: u64) -> Vec<(RunId, Option<&state_machine::RunEnd>)> {
        self.since(after_ms)
            .filter(|entry| matches!(entry.command, Command::RunStarted { .. }))
            .map(|entry| {
                let run = RunId(entry.index);
                let end = self.entries.iter().find_map(|later| match &later.command {
                    Command::RunEnded { run: ended, end } if *ended == run => Some(end),
                    _ => None,
                });
                (run, end)
            })
            .collect()
    }

    /// When an item of a run was first started, and when its last attempt ended.
    pub(super) fn times(&self, run: RunId, item: &ItemRef) -> Option<(u64, u64)> {
        let (mut from, mut to) = (None, None);
        for entry in &self.entries {
            match &entry.command {
                Command::StepStarted { key, .. } if key.run == run && key.item == *item => {
                    from.get_or_insert(entry.wall_ms);
                }
                Command::StepFinished { key, .. } if key.run == run && key.item == *item => {
                    to = Some(entry.wall_ms);
                }
                _ => {}
            }
        }
        Some((from?, to?))
    }
}

/// None for Raft's own entries and for what was rejected.
fn read(index: u64, bytes: &[u8]) -> Option<Logged> {
    let leaf: Leaf = serde_json::from_slice(bytes).ok()?;
    if leaf.data.applied.rejected.is_some() {
        return None;
    }
    let command = serde_json::from_value(leaf.data.command).ok()?;
    Some(Logged { index, wall_ms: leaf.data.wall_ms, command })
}

/// The log, shared between who follows it and who reads it.
#[derive(Clone, Debug, Default)]
pub(super) struct SharedLog(Arc<Mutex<Log>>);

impl SharedLog {
    pub(super) fn lock(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what there is at the controllers that answer, once.
    pub(super) async fn catch_up(&self, stage: &Stage) {
        for id in stage.controllers() {
            let from = self.lock().leaves.len() as u64;
            let Some(connection) = stage.controller(id) else { continue };
            let request = LeavesRequest { from, limit: 0, follow: false, older_era: None };
            let Ok(stream) = connection.api().leaves(request).await else { continue };
            let mut stream = stream.into_inner();
            loop {
                match tokio::time::timeout(SILENT, stream.message()).await {
                    Ok(Ok(Some(chunk))) => {
                        let mut log = self.lock();
                        // Another controller's stream may have brought it already.
                        if chunk.index == log.leaves.len() as u64 {
                            log.add(chunk.index, chunk.leaf);
                        }
                    }
                    Ok(Ok(None)) => break,
                    Ok(Err(_)) | Err(_) => break,
                }
            }
        }
    }

    /// Reads along at one controller, for as long as this is polled: each leaf is told as soon as
    /// that controller has applied it. It may die and come back meanwhile.
    pub(super) async fn read_along(
        &self,
        stage: &Stage,
        id: ControllerId,
        news: &watch::Sender<usize>,
    ) {
        loop {
            let from = self.lock().leaves.len() as u64;
            let request = LeavesRequest { from, limit: 0, follow: true, older_era: None };
            if let Some(connection) = stage.controller(id)
                && let Ok(stream) = connection.api().leaves(request).await
            {
                let mut stream = stream.into_inner();
                while let Ok(Some(chunk)) = stream.message().await {
                    let mut log = self.lock();
                    if chunk.index == log.leaves.len() as u64 {
                        log.add(chunk.index, chunk.leaf);
                        let size = log.leaves.len();
                        drop(log);
                        news.send_replace(size);
                    }
                }
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Waits a little, then reads what is new.
    pub(super) async fn follow(&self, stage: &Stage) {
        tokio::time::sleep(AGAIN).await;
        self.catch_up(stage).await;
    }
}
