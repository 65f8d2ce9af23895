//! The last proof of this controller, and what is asked of it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use model::id::ControllerId;
use model::time::WallTime;
use model::units::Span;
use planning::readiness::{Change, Level, MadeFrom, Readiness, Remark, WhatIf, what_if};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tonic::Status;

use super::history::{History, PastLevel};
use super::keep::as_it_stands;
use super::standing;
use crate::clock;
use crate::config::Config;
use crate::process::Shared;

/// How many sentences a brief has: those are the worst.
const IN_BRIEF: usize = 5;

/// The standing proof as it is shown.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReadinessView {
    /// The estate's name.
    pub estate: String,
    /// The controller that answers.
    pub answered_by: Option<ControllerId>,
    /// It was made from another estate, policy or runbook than the one in force.
    pub stale: bool,
    /// How long ago it was made.
    pub proved_ago: Span,
    /// The proof.
    pub readiness: Readiness,
    /// What was proved before, oldest first.
    pub history: Vec<PastLevel>,
}

/// The standing proof in short, for the page that shows everything.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReadinessBrief {
    /// How well.
    pub level: Level,
    /// It was made from another estate, policy or runbook than the one in force.
    pub stale: bool,
    /// How long ago it was made.
    pub proved_ago: Span,
    /// The worst of what is not green.
    pub sentences: Vec<Remark>,
    /// How many more sentences there are.
    pub more: usize,
}

/// What this controller has proved.
pub(crate) struct ReadinessDesk {
    kept: Mutex<Kept>,
}

struct Kept {
    last: Option<(Readiness, WallTime)>,
    history: History,
}

impl ReadinessDesk {
    pub(crate) fn open(config: &Config) -> Self {
        let history = History::open(&config.data_dir);
        Self { kept: Mutex::new(Kept { last: None, history }) }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // What is in it is whole at every moment.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new proof.
    pub(super) fn proved(&self, readiness: Readiness, at: WallTime) {
        let mut kept = self.kept();
        let before = kept.last.as_ref().map(|(last, _)| last.level);
        if before != Some(readiness.level) {
            let worst = readiness.sentences.first();
            let says = worst.map_or("", |worst| worst.text.in_lang(model::text::Lang::En));
            tracing::info!(level = readiness.level.as_str(), says, "readiness");
        }
        kept.history.note(&readiness, at);
        kept.last = Some((readiness, at));
    }

    /// The proof in short, beside what is in force; none before the first.
    pub(crate) fn brief(&self, current: Option<&MadeFrom>) -> Option<ReadinessBrief> {
        let kept = self.kept();
        let (readiness, at) = kept.last.as_ref()?;
        let sentences = &readiness.sentences;
        Some(ReadinessBrief {
            level: readiness.level,
            stale: current.is_none_or(|current| readiness.is_stale(current)),
            proved_ago: ago(*at),
            sentences: sentences.iter().take(IN_BRIEF).cloned().collect(),
            more: sentences.len().saturating_sub(IN_BRIEF),
        })
    }

    fn view(&self, shared: &Shared) -> Option<ReadinessView> {
        let (estate, current) = shared.node.with_state(|state| {
            let estate = state.estate.as_ref()?;
            Some((estate.value.name.clone(), standing::made_from(state)?))
        })?;
        let kept = self.kept();
        let (readiness, at) = kept.last.as_ref()?;
        Some(ReadinessView {
            estate,
            answered_by: Some(shared.config.controller),
            stale: readiness.is_stale(&current),
            proved_ago: ago(*at),
            readiness: readiness.clone(),
            history: kept.history.lines().cloned().collect(),
        })
    }
}

fn ago(at: WallTime) -> Span {
    Span::from_millis(clock::wall().0.saturating_sub(at.0) / 1000 * 1000)
}

/// Answers `readiness`, or `readiness-if` with the changes.
pub(crate) async fn answer(shared: &Shared, changes: Option<&str>) -> Result<Value, Status> {
    let not_yet =
        || Status::unavailable("nothing is proved yet: no estate is loaded, or a moment ago");
    let json = match changes {
        None => serde_json::to_value(shared.readiness.view(shared).ok_or_else(not_yet)?),
        Some(changes) => serde_json::to_value(told(shared, changes).await?),
    };
    json.map_err(|error| Status::internal(error.to_string()))
}

async fn told(shared: &Shared, changes: &str) -> Result<WhatIf, Status> {
    let refused =
        |error: planning::readiness::ChangeError| Status::invalid_argument(error.to_string());
    let changes = Change::read_all(changes).map_err(refused)?;
    let not_yet = || Status::unavailable("no estate is loaded yet");
    let (made_from, now) = as_it_stands(shared).ok_or_else(not_yet)?;
    let situation = shared.node.with_state(|state| standing::situation(state, now));
    let situation = situation.ok_or_else(not_yet)?;
    tokio::task::spawn_blocking(move || what_if(&situation, &made_from, &changes))
        .await
        .map_err(|error| Status::internal(error.to_string()))?
        .map_err(refused)
}

/// What a proof would have to be made from now.
pub(crate) fn current(shared: &Shared) -> Option<MadeFrom> {
    shared.node.with_state(standing::made_from)
}
