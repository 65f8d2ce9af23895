//! How long a plan takes by its expected durations: the runner's own scheduling, on a clock that
//! jumps from end to end.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use model::plan::Plan;
use model::units::Span;
use runbook::{GraphError, ItemState, Progress, StepGraph};

/// When each item of the plan ends, if everything goes as expected, from the start of the run.
pub fn ends(plan: &Plan) -> Result<Vec<Span>, GraphError> {
    let mut progress = Progress::begin(StepGraph::of(plan)?);
    let mut ends = vec![Span::ZERO; plan.items.len()];
    let mut under_way: BinaryHeap<Reverse<(Span, usize)>> = BinaryHeap::new();
    let mut now = Span::ZERO;
    loop {
        for index in progress.next().start {
            progress.set(index, ItemState::Started);
            under_way.push(Reverse((now.saturating_add(plan.items[index].expect), index)));
        }
        let Some(Reverse((end, _))) = under_way.peek().copied() else { return Ok(ends) };
        now = end;
        while let Some(Reverse((at, index))) = under_way.peek().copied() {
            if at > now {
                break;
            }
            under_way.pop();
            progress.set(index, ItemState::Succeeded);
            ends[index] = at;
        }
    }
}

/// How long the whole plan takes, if everything goes as expected.
pub fn forecast(plan: &Plan) -> Result<Span, GraphError> {
    Ok(ends(plan)?.into_iter().max().unwrap_or_default())
}
