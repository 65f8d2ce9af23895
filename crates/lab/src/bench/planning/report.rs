//! What was measured, as data.

use std::time::Duration;

use planning::placement::Placement;
use planning::synthetic::Recipe;
use serde::Serialize;

use super::peer::PeerRow;
use super::{Options, WITHIN_PERCENT, weight};

/// Everything that was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The seed of the estates.
    pub seed: u64,
    /// Of how many tries each time is the median.
    pub tries: usize,
    /// Processors of this machine.
    pub processors: usize,
    /// How many tasks wanted a processor in the minute before, as the kernel counts it: above zero,
    /// something else ran beside. Absent where there is no such count.
    pub load_before: Option<f64>,
    /// Whether this program was built without optimisation: its times then say little.
    pub debug_build: bool,
    /// Which peer, and which version of it.
    pub peer: Option<String>,
    /// Why there is no peer, where one was asked for.
    pub peer_absent: Option<String>,
    /// Placement.
    pub placements: Vec<PlacementRow>,
    /// Proofs of every single failure.
    pub proofs: Vec<ProofRow>,
}

/// A budget that was missed, or a comparison that was lost.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Missed {
    /// `placement` or `proof`.
    pub what: &'static str,
    /// How many VMs.
    pub vms: usize,
    /// How much of them fits, in percent; none for a proof.
    pub fits_percent: Option<u64>,
    /// `ms`, or `percent` below the peer's bound.
    pub unit: &'static str,
    /// What was measured.
    pub measured: f64,
    /// What it may be.
    pub budget: f64,
}

/// One placement.
#[derive(Clone, Debug, Serialize)]
pub struct PlacementRow {
    /// How many VMs.
    pub vms: usize,
    /// On how many hosts they ran; half of these are left.
    pub hosts: usize,
    /// How much of them fits on those left, in percent.
    pub fits_percent: u64,
    /// How long it took, in milliseconds.
    pub ours_ms: f64,
    /// How long it may take.
    pub budget_ms: f64,
    /// By tier.
    pub tiers: Vec<TierRow>,
    /// The sum of the weights of those placed.
    pub weight: u64,
    /// In the most important tier of which more might fit, so many percent of the proved most.
    pub percent_of_the_most: u64,
    /// How many that run leave their host.
    pub moves: usize,
    /// The load of the fullest host, in percent.
    pub peak_percent: u64,
    /// The same from CP-SAT.
    pub peer: Option<PeerRow>,
    /// Why there is nothing from CP-SAT, where it was asked.
    pub peer_failed: Option<String>,
}

/// One tier of a placement.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct TierRow {
    /// Which tier.
    pub tier: u8,
    /// How many were to be placed.
    pub asked: usize,
    /// How many are.
    pub placed: usize,
    /// How many can be at most, proved by us.
    pub at_most: usize,
}

/// One proof of every single failure.
#[derive(Clone, Debug, Serialize)]
pub struct ProofRow {
    /// How many VMs.
    pub vms: usize,
    /// How many hosts.
    pub hosts: usize,
    /// How many failures were looked at.
    pub failures: usize,
    /// How many of them every VM survives.
    pub survived: usize,
    /// How long it took, in milliseconds.
    pub ours_ms: f64,
    /// How long it may take.
    pub budget_ms: f64,
}

impl Report {
    pub(super) fn new(options: &Options) -> Self {
        let load = std::fs::read_to_string("/proc/loadavg").ok();
        Self {
            seed: options.seed,
            tries: options.tries.max(1),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            load_before: load
                .and_then(|text| text.split_whitespace().next().and_then(|one| one.parse().ok())),
            debug_build: cfg!(debug_assertions),
            peer: None,
            peer_absent: None,
            placements: Vec::new(),
            proofs: Vec::new(),
        }
    }

    /// The budgets that were missed.
    pub fn missed(&self) -> Vec<Missed> {
        let mut missed = Vec::new();
        for row in &self.placements {
            let of = |unit, measured, budget| Missed {
                what: "placement",
                vms: row.vms,
                fits_percent: Some(row.fits_percent),
                unit,
                measured,
                budget,
            };
            if row.ours_ms > row.budget_ms {
                missed.push(of("ms", row.ours_ms, row.budget_ms));
            }
            let below = row.peer.as_ref().map(|peer| peer.below_bound_percent);
            if let Some(below) = below.filter(|below| *below > WITHIN_PERCENT) {
                missed.push(of("percent", below, WITHIN_PERCENT));
            }
        }
        for row in self.proofs.iter().filter(|row| row.ours_ms > row.budget_ms) {
            missed.push(Missed {
                what: "proof",
                vms: row.vms,
                fits_percent: None,
                unit: "ms",
                measured: row.ours_ms,
                budget: row.budget_ms,
            });
        }
        missed
    }
}

impl PlacementRow {
    pub(super) fn of(
        recipe: &Recipe,
        placement: &Placement,
        took: Duration,
        budget: Duration,
    ) -> Self {
        let tier = |one: &planning::placement::TierPlaced| TierRow {
            tier: one.tier.0,
            asked: one.asked,
            placed: one.placed,
            at_most: one.at_most,
        };
        Self {
            vms: recipe.vms,
            hosts: recipe.hosts,
            fits_percent: recipe.fits_percent,
            ours_ms: millis(took),
            budget_ms: millis(budget),
            tiers: placement.tiers.iter().map(tier).collect(),
            weight: weight(placement),
            percent_of_the_most: placement.percent_of_the_most(),
            moves: placement.moves,
            peak_percent: placement.peak_percent,
            peer: None,
            peer_failed: None,
        }
    }
}

impl ProofRow {
    pub(super) fn of(
        vms: usize,
        hosts: usize,
        (survived, failures): (usize, usize),
        took: Duration,
        budget: Duration,
    ) -> Self {
        let (ours_ms, budget_ms) = (millis(took), millis(budget));
        Self { vms, hosts, failures, survived, ours_ms, budget_ms }
    }
}

/// To the microsecond.
fn millis(span: Duration) -> f64 {
    span.as_micros() as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use model::text::Lang;

    use super::*;

    fn report() -> Report {
        let options = Options { seed: 1, tries: 1, peer: None, lang: Lang::En };
        let recipe = Recipe { vms: 450, hosts: 4, fits_percent: 80, seed: 1 };
        let budget = Duration::from_millis(1);
        let mut report = Report::new(&options);
        let row = PlacementRow::of(&recipe, &Placement::default(), budget, budget);
        report.placements.push(row);
        report.proofs.push(ProofRow::of(450, 4, (6, 6), budget, budget));
        report
    }

    #[test]
    fn what_keeps_its_budget_is_not_missed() {
        assert_eq!(report().missed(), []);
    }

    #[test]
    fn a_time_and_a_bound_are_missed_each_by_itself() {
        let mut late = report();
        late.placements[0].ours_ms = 1.5;
        late.placements[0].peer = Some(PeerRow { below_bound_percent: 1.2, ..PeerRow::default() });
        late.proofs[0].ours_ms = 1.001;
        let missed = late.missed();
        let told: Vec<(&str, &str)> = missed.iter().map(|one| (one.what, one.unit)).collect();
        assert_eq!(told, [("placement", "ms"), ("placement", "percent"), ("proof", "ms")]);
    }
}
