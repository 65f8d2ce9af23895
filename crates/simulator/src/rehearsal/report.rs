//! What many rehearsals came to.

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::campaign::RehearsalCampaign;
use super::outcome::Outcome;
use super::stage::Stage;

/// So many steps of the critical paths are named.
const STEPS_NAMED: usize = 20;

/// How long recovery took, in seconds. None where so many runs did not recover.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rto {
    /// Half of the runs took no longer.
    pub p50: Option<f64>,
    /// 95 of 100.
    pub p95: Option<f64>,
    /// 99 of 100.
    pub p99: Option<f64>,
    /// All of them.
    pub max: Option<f64>,
}

/// The recovery times of all services, and of each.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RtoTable {
    /// Until the last service served.
    pub overall: Rto,
    /// By service.
    pub services: BTreeMap<String, ServiceRto>,
}

/// The recovery time of a service beside its objective.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ServiceRto {
    /// As the estate says, in seconds.
    pub objective: f64,
    /// As rehearsed.
    #[serde(flatten)]
    pub rto: Rto,
}

/// A step, and in how many runs the end waited for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OnCriticalPath {
    /// Which.
    pub step: String,
    /// In how many runs.
    pub runs: u64,
}

/// Step events applied in a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Transitions {
    /// The fewest.
    pub min: u64,
    /// On average.
    pub mean: f64,
    /// The most.
    pub max: u64,
}

/// What many rehearsals came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RehearsalReport {
    /// The rehearsal's name.
    pub scenario: String,
    /// The seed of the first run.
    pub seed: u64,
    /// How many runs.
    pub runs: u64,
    /// How many threads.
    pub jobs: u64,
    /// Recovery times.
    pub rto_s: RtoTable,
    /// When half, and when nearly all of the runs had reached what, in seconds since the last sign of
    /// life.
    pub milestones_s: BTreeMap<String, Rto>,
    /// Runs in which some service was never served again.
    pub not_recovered: u64,
    /// Runs that took longer than some service's objective.
    pub past_objective: u64,
    /// VMs that did not run in the end, and in how many runs.
    pub down: BTreeMap<String, u64>,
    /// Why runs ended as failed and what was refused, and in how many runs.
    pub troubles: BTreeMap<String, u64>,
    /// The steps that ends waited for, most often first.
    pub critical_path: Vec<OnCriticalPath>,
    /// The seed of the longest run.
    pub worst_seed: u64,
    /// The command that replays it.
    pub replay: String,
    /// Step events per run.
    pub transitions: Transitions,
    /// How long it took.
    pub wall_s: f64,
    /// Runs a second and thread.
    pub runs_per_s_and_job: f64,
    /// A hash over all outcomes, in the order of their seeds.
    pub digest: String,
}

/// The quantiles of these times in milliseconds, `None` being longer than any.
fn rto(mut times: Vec<Option<u64>>) -> Rto {
    times.sort_by_key(|time| time.unwrap_or(u64::MAX));
    let at = |share: f64| {
        let rank = (share * times.len() as f64).ceil() as usize;
        let time = times.get(rank.clamp(1, times.len().max(1)) - 1).copied().flatten();
        time.map(|ms| ms as f64 / 1000.0)
    };
    Rto { p50: at(0.50), p95: at(0.95), p99: at(0.99), max: at(1.0) }
}

fn counted<'a>(names: impl Iterator<Item = &'a str>) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for name in names {
        *counts.entry(name.to_owned()).or_insert(0) += 1;
    }
    counts
}

impl RehearsalReport {
    pub(super) fn of(
        campaign: &RehearsalCampaign,
        stage: &Stage,
        outcomes: &[Outcome],
        wall_s: f64,
    ) -> Self {
        let mut services: BTreeMap<String, Vec<Option<u64>>> = BTreeMap::new();
        let mut digest = Sha256::new();
        for outcome in outcomes {
            digest.update(outcome.hash());
            for recovered in &outcome.services {
                services.entry(recovered.service.to_string()).or_default().push(recovered.after_ms);
            }
        }
        let mut milestones: BTreeMap<String, Vec<Option<u64>>> = BTreeMap::new();
        for (name, at) in outcomes.iter().flat_map(|outcome| &outcome.milestones) {
            milestones.entry((*name).to_owned()).or_default().push(Some(*at));
        }
        let objective = |service: &str| {
            let of = stage.estate().and_then(|estate| estate.services.get(&service.into()));
            of.map_or(0.0, |service| service.rto.as_secs_f64())
        };
        let late = |outcome: &&Outcome| {
            outcome.services.iter().any(|recovered| {
                let limit = objective(recovered.service.as_str()) * 1000.0;
                recovered.after_ms.is_none_or(|after| after as f64 > limit)
            })
        };
        let worst = outcomes.iter().max_by_key(|outcome| outcome.rto_ms().unwrap_or(u64::MAX));
        let worst_seed = worst.map_or(campaign.seed, |outcome| outcome.seed);
        let mut on_path: Vec<(String, u64)> =
            counted(outcomes.iter().flat_map(|of| of.critical_path.iter().map(String::as_str)))
                .into_iter()
                .collect();
        on_path.sort_by(|one, other| (other.1, &one.0).cmp(&(one.1, &other.0)));
        on_path.truncate(STEPS_NAMED);
        let runs = outcomes.len() as u64;
        let transitions = || outcomes.iter().map(|outcome| outcome.transitions);
        let file = campaign.file.display();
        Self {
            scenario: stage.rehearsal().name.clone(),
            seed: campaign.seed,
            runs,
            jobs: campaign.jobs.get() as u64,
            rto_s: RtoTable {
                overall: rto(outcomes.iter().map(Outcome::rto_ms).collect()),
                services: services
                    .into_iter()
                    .map(|(service, times)| {
                        let objective = objective(&service);
                        (service, ServiceRto { objective, rto: rto(times) })
                    })
                    .collect(),
            },
            milestones_s: milestones.into_iter().map(|(name, at)| (name, rto(at))).collect(),
            not_recovered: outcomes.iter().filter(|of| of.rto_ms().is_none()).count() as u64,
            past_objective: outcomes.iter().filter(late).count() as u64,
            down: counted(outcomes.iter().flat_map(|of| of.down.iter().map(|vm| vm.as_str()))),
            troubles: counted(
                outcomes.iter().flat_map(|of| of.troubles.iter().map(String::as_str)),
            ),
            critical_path: on_path
                .into_iter()
                .map(|(step, runs)| OnCriticalPath { step, runs })
                .collect(),
            worst_seed,
            replay: format!("bascule simulate {file} --seed {worst_seed} --runs 1 --trace"),
            transitions: Transitions {
                min: transitions().min().unwrap_or(0),
                mean: transitions().sum::<u64>() as f64 / runs.max(1) as f64,
                max: transitions().max().unwrap_or(0),
            },
            wall_s,
            runs_per_s_and_job: runs as f64 / wall_s.max(1e-9) / campaign.jobs.get() as f64,
            digest: digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}
