//! The longest chain of steps by their expected times.

use std::collections::BTreeMap;

use model::id::StepId;
use model::units::Span;
use serde::Serialize;

use crate::format::Runbook;

/// The chain of steps that takes longest, if each takes as long as it says. A step that says
/// nothing counts as instant: the objective is judged on what is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CriticalPath {
    /// Its steps, in order.
    pub steps: Vec<StepId>,
    /// How long they take together.
    pub length: Span,
    /// Its share of `objectives.rto`, in percent, rounded up; none without an objective.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent_of_rto: Option<u64>,
}

impl CriticalPath {
    /// The critical path of a runbook.
    pub fn of(runbook: &Runbook) -> Self {
        let steps: BTreeMap<&str, Timed<'_>> = runbook
            .steps
            .iter()
            .map(|step| {
                let needs = step.needs.iter().map(StepId::as_str).collect();
                (step.id.as_str(), Timed { expect: step.expect.unwrap_or_default(), needs })
            })
            .collect();
        let (length, path) = longest(&steps).unwrap_or_default();
        let share = |rto: Span| match rto.as_millis() {
            0 => 0,
            rto => length.as_millis().saturating_mul(100).div_ceil(rto),
        };
        Self {
            steps: path.into_iter().map(StepId::from).collect(),
            length,
            percent_of_rto: runbook.objectives.rto.map(share),
        }
    }
}

/// A step as far as time goes.
pub(crate) struct Timed<'a> {
    /// How long it should take.
    pub(crate) expect: Span,
    /// What comes before.
    pub(crate) needs: Vec<&'a str>,
}

/// The longest path; of two equally long ones the first by name. Nothing without steps.
pub(crate) fn longest<'a>(steps: &BTreeMap<&'a str, Timed<'a>>) -> Option<(Span, Vec<&'a str>)> {
    let mut known = BTreeMap::new();
    steps
        .keys()
        .filter_map(|id| longest_to(id, steps, &mut known, 0))
        .max_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.cmp(&a.1)))
}

/// The longest path that ends with this step. `depth` ends rings, which have their own rule.
fn longest_to<'a>(
    id: &'a str,
    steps: &BTreeMap<&'a str, Timed<'a>>,
    known: &mut BTreeMap<&'a str, (Span, Vec<&'a str>)>,
    depth: usize,
) -> Option<(Span, Vec<&'a str>)> {
    if let Some(found) = known.get(id) {
        return Some(found.clone());
    }
    let step = steps.get(id).filter(|_| depth <= steps.len())?;
    let (before, mut path) = step
        .needs
        .iter()
        .filter_map(|need| longest_to(need, steps, known, depth + 1))
        .max_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.cmp(&a.1)))
        .unwrap_or_default();
    path.push(id);
    let found = (before.saturating_add(step.expect), path);
    known.insert(id, found.clone());
    Some(found)
}
