//! Placement and the proof of single failures at several sizes, against their budgets, and
//! placement beside CP-SAT.
//!
//! Estates are drawn from a seed. Room a is lost, and every VM of the estate is placed anew in
//! room b, where those that run there may stay; so all that placement weighs comes into play.

mod peer;
mod report;

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::time::{Duration, Instant};

use model::estate::Estate;
use model::id::{HostId, VmId};
use model::text::Lang;
use planning::capacity::{SurvivalProof, prove};
use planning::placement::{Placement, Request, place};
use planning::synthetic::Recipe;

pub use peer::PeerRow;
pub use report::{Missed, PlacementRow, ProofRow, Report, TierRow};

/// So many VMs and hosts, what placing them may take, and whether CP-SAT is asked too: it finds
/// next to nothing for 50,000 VMs in a time that anyone would wait.
const PLACEMENTS: [(usize, usize, Duration, bool); 3] = [
    (450, 4, Duration::from_millis(1), true),
    (5_000, 50, Duration::from_millis(50), true),
    (50_000, 500, Duration::from_millis(500), false),
];

/// How much of what all VMs take can be had in room b, in percent: all of it and a third more;
/// less than all; much less.
const FITS_PERCENT: [u64; 3] = [130, 80, 60];

/// So many VMs and hosts, and what proving every single failure of them may take.
const PROOFS: [(usize, usize, Duration); 2] =
    [(450, 4, Duration::from_millis(50)), (10_000, 100, Duration::from_secs(1))];

/// How far below CP-SAT's bound the weight that we place may be, in percent.
const WITHIN_PERCENT: f64 = 1.0;

/// What to measure, and how.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The seed of the estates.
    pub seed: u64,
    /// Of how many tries the median is taken.
    pub tries: usize,
    /// Measure CP-SAT too, for so long for its first objective.
    pub peer: Option<Duration>,
    /// The language of what is said on the way.
    pub lang: Lang,
}

/// A VM of this tier weighs so much, for CP-SAT and for the comparison with it: ten times as much
/// as one of the tier below. Our own placement knows no such number; to it one VM of a tier weighs
/// more than any number of those below.
pub fn weight_of(tier: u8) -> u64 {
    10_u64.pow(4_u32.saturating_sub(u32::from(tier)))
}

/// One problem of placement.
struct Problem {
    estate: Estate,
    vms: BTreeSet<VmId>,
    hosts: BTreeSet<HostId>,
    runs_on: BTreeMap<VmId, HostId>,
}

impl Problem {
    fn of(recipe: Recipe) -> Self {
        let estate = recipe.draw();
        let left = estate.hosts.iter().filter(|(_, host)| host.room.as_str() != "a");
        Self {
            vms: estate.vms.keys().cloned().collect(),
            hosts: left.map(|(id, _)| id.clone()).collect(),
            runs_on: estate.vms.iter().map(|(id, vm)| (id.clone(), vm.home.clone())).collect(),
            estate,
        }
    }

    fn request(&self) -> Request<'_> {
        Request::with_own_volumes(&self.estate, &self.vms, &self.hosts, &self.runs_on)
    }
}

/// Measures everything; `tell` hears what is being done.
pub fn run(options: &Options, tell: &mut dyn FnMut(&str)) -> Report {
    let mut report = Report::new(options);
    let mut solver = None;
    if let Some(limit) = options.peer {
        match peer::Solver::install(limit, tell) {
            Ok(found) => solver = Some(found),
            Err(error) => report.peer_absent = Some(error.in_words(options.lang)),
        }
    }
    report.peer = solver.as_ref().map(peer::Solver::version);
    for (vms, hosts, budget, beside) in PLACEMENTS {
        for fits_percent in FITS_PERCENT {
            let recipe = Recipe { vms, hosts, fits_percent, seed: options.seed };
            tell(&match options.lang {
                Lang::En => format!("placing {vms} VMs, {fits_percent} % of them fit"),
                Lang::Fr => format!("placement de {vms} VM, dont {fits_percent} % tiennent"),
            });
            let problem = Problem::of(recipe);
            let (took, placement) = median(options.tries, || place(&problem.request()));
            let mut row = PlacementRow::of(&recipe, &placement, took, budget);
            if let (Some(solver), true) = (&solver, beside) {
                match solver.solve(&problem, &placement, options.lang, tell) {
                    Ok(peer) => row.peer = Some(peer),
                    Err(error) => row.peer_failed = Some(error.in_words(options.lang)),
                }
            }
            report.placements.push(row);
        }
    }
    for (vms, hosts, budget) in PROOFS {
        tell(&match options.lang {
            Lang::En => format!("proving every single failure of {vms} VMs on {hosts} hosts"),
            Lang::Fr => format!("preuve de chaque panne simple de {vms} VM sur {hosts} hôtes"),
        });
        let estate = Recipe { vms, hosts, fits_percent: 110, seed: options.seed }.draw();
        let (took, proofs) = median(options.tries, || prove(&estate));
        let survived = proofs.iter().filter(|proof| SurvivalProof::fits(proof)).count();
        report.proofs.push(ProofRow::of(vms, hosts, (survived, proofs.len()), took, budget));
    }
    report
}

/// What it gives, and the median of how long it takes.
fn median<T>(tries: usize, mut work: impl FnMut() -> T) -> (Duration, T) {
    let mut timed = || {
        let begun = Instant::now();
        let result = black_box(work());
        (begun.elapsed(), result)
    };
    let (first, result) = timed();
    let mut took: Vec<Duration> = (1..tries.max(1)).map(|_| timed().0).collect();
    took.push(first);
    took.sort_unstable();
    (took[took.len() / 2], result)
}

/// How many of each tier are placed: what the weight of a placement is made of.
fn weight(placement: &Placement) -> u64 {
    placement.tiers.iter().map(|one| weight_of(one.tier.0) * one.placed as u64).sum()
}
