//! Rehearsals of a room's loss, beside the same model in SimPy in the same run.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use model::text::Lang;
use serde::{Deserialize, Serialize};
use simulator::{PeerModel, Rehearsal, RehearsalCampaign, RehearsalReport, Rto, Stage};
use simulator::{Progress, ScenarioError, StageError};

use super::python::{Python, PythonError};

const PEER: &str = include_str!("room_loss_peer.py");

/// What is measured.
#[derive(Clone, Debug)]
pub struct Options {
    /// The rehearsal's file.
    pub file: PathBuf,
    /// The seed of the first run.
    pub seed: u64,
    /// How many runs of ours.
    pub runs: u64,
    /// On how many threads.
    pub jobs: NonZeroUsize,
    /// How long SimPy plays at least, on one; none: not at all.
    pub peer: Option<Duration>,
    /// The language of what is said on the way.
    pub lang: Lang,
}

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// The rehearsal's name.
    pub scenario: String,
    /// Our runs.
    pub runs: u64,
    /// On so many threads.
    pub jobs: u64,
    /// How long they took.
    pub wall_s: f64,
    /// Runs a second and thread.
    pub runs_per_s_and_job: f64,
    /// Step events that were applied, in the run with the fewest.
    pub transitions_min: u64,
    /// On average.
    pub transitions_mean: f64,
    /// Recovery times of all services.
    pub rto_s: Rto,
    /// The same whatever the number of threads.
    pub digest: String,
    /// SimPy, where it could be run.
    pub peer: Option<PeerMeasured>,
    /// Why it could not.
    pub peer_absent: Option<String>,
    /// Our runs a second and thread, over those of SimPy.
    pub ratio: Option<f64>,
}

/// What SimPy did.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PeerMeasured {
    /// Its version.
    pub simpy: String,
    /// Its runs.
    pub runs: u64,
    /// How long they took.
    pub wall_s: f64,
    /// Runs a second.
    pub runs_per_s: f64,
    /// The recovery time of half of its runs, in seconds: the models should agree.
    pub p50_s: f64,
    /// The longest, in seconds.
    pub max_s: f64,
}

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// The file can't be used.
    #[error(transparent)]
    File(#[from] ScenarioError),
    /// It can't be staged.
    #[error(transparent)]
    Stage(#[from] StageError),
}

/// Measures, and says what it is at.
pub fn run(
    options: &Options,
    tell: &mut dyn FnMut(&str),
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Measured, SimulateError> {
    let stage = Stage::prepare(Rehearsal::read(&options.file)?)?;
    let campaign = RehearsalCampaign {
        file: options.file.clone(),
        seed: options.seed,
        runs: options.runs,
        jobs: options.jobs,
    };
    let report = campaign.run(&stage, progress);
    let mut measured = ours(&report);
    if let Some(at_least) = options.peer {
        match simpy(&stage, at_least, tell) {
            Ok(peer) => {
                measured.ratio = Some(measured.runs_per_s_and_job / peer.runs_per_s.max(1e-9));
                measured.peer = Some(peer);
            }
            Err(error) => measured.peer_absent = Some(error.in_words(options.lang)),
        }
    }
    Ok(measured)
}

fn ours(report: &RehearsalReport) -> Measured {
    Measured {
        scenario: report.scenario.clone(),
        runs: report.runs,
        jobs: report.jobs,
        wall_s: report.wall_s,
        runs_per_s_and_job: report.runs_per_s_and_job,
        transitions_min: report.transitions.min,
        transitions_mean: report.transitions.mean,
        rto_s: report.rto_s.overall,
        digest: report.digest.clone(),
        peer: None,
        peer_absent: None,
        ratio: None,
    }
}

fn simpy(
    stage: &Stage,
    at_least: Duration,
    tell: &mut dyn FnMut(&str),
) -> Result<PeerMeasured, PythonError> {
    let python = Python::with("simpy", tell)?;
    let model = serde_json::to_vec(&PeerModel::of(stage)).map_err(PythonError::Answer)?;
    let seconds = at_least.as_secs_f64().to_string();
    tell(&format!("SimPy, {seconds} s"));
    let said = python.ask(PEER, &[&seconds], &model)?;
    serde_json::from_slice(&said).map_err(PythonError::Answer)
}
