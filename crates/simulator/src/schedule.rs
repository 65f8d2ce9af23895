//! The faults of a run, drawn from its seed before it begins, from a stream of their own.

use consensus::simulation::{NodeRng, mix};
use model::units::Span;
use rand::{RngExt, SeedableRng};

use crate::fault_list::{self, Fault};
use crate::faults::FaultKind;
use crate::scenario::Scenario;

/// The list of a seed: the scenario's timeline, and what is drawn beside it.
pub fn drawn(scenario: &Scenario, seed: u64) -> Vec<Fault> {
    if let Some(every_cut) = &scenario.every_cut {
        return every_cut.faults(seed);
    }
    let mut rng = NodeRng::seed_from_u64(mix(seed ^ 0x4661_756c_7473));
    let mut faults = scenario.timeline.clone();
    let mut at = between(&mut rng, scenario.calm);
    while at < scenario.duration {
        let together = rng.random_range(1..=scenario.burst.max(1));
        for _ in 0..together {
            faults.extend(one(&mut rng, scenario, at));
        }
        // A calm of no length would never come to the end.
        let calm = between(&mut rng, scenario.calm).max(Span::from_millis(1));
        at = at.saturating_add(calm);
    }
    fault_list::in_order(&mut faults);
    faults
}

fn between(rng: &mut NodeRng, [shortest, longest]: [Span; 2]) -> Span {
    Span::from_millis(rng.random_range(shortest.as_millis()..=longest.as_millis()))
}

fn one(rng: &mut NodeRng, scenario: &Scenario, at: Span) -> Option<Fault> {
    let kind = kind(rng, scenario)?;
    let lasts = between(rng, scenario.faults.get(&kind)?.lasts);
    Some(Fault { kind, targets: Vec::new(), at, lasts, seed: rng.random() })
}

fn kind(rng: &mut NodeRng, scenario: &Scenario) -> Option<FaultKind> {
    let total: u32 = scenario.faults.values().map(|plan| plan.weight).sum();
    let mut drawn = rng.random_range(0..total.max(1));
    for (kind, plan) in &scenario.faults {
        if drawn < plan.weight {
            return Some(*kind);
        }
        drawn -= plan.weight;
    }
    None
}
