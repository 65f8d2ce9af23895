//! What may happen next in a run: a function of the graph and of where each item stands.

use model::plan::OnFailure;

use crate::graph::StepGraph;
use crate::step_log::ItemState;

/// What may happen next. Items are numbered as in the plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Next {
    /// Items that may start now, in the order of the plan; the limits hold if all of them start.
    pub start: Vec<usize>,
    /// Items between two attempts, whose turn comes after their backoff. They keep their place
    /// within the limits.
    pub again: Vec<usize>,
    /// Items that somebody must observe: nobody knows how their last attempt ended.
    pub observe: Vec<usize>,
    /// Items that will never run.
    pub skip: Vec<Skip>,
    /// How the run ends, once it can.
    pub end: Option<End>,
}

/// An item that will never run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skip {
    /// Which.
    pub item: usize,
    /// Because this one, which it needs, failed or is skipped.
    pub because: usize,
}

/// How a run ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Every item is done, or was skipped by design.
    Succeeded,
    /// Something failed for good.
    Failed {
        /// What failed.
        failed: Vec<usize>,
        /// What was left undone for it.
        left: Vec<usize>,
    },
}

/// Whether a person has ended the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Held {
    /// It goes on as its steps say.
    #[default]
    No,
    /// Nothing starts any more but what runs however it ends.
    Aborted,
}

impl StepGraph {
    /// What may happen next, from the state of each item in the order of the plan. Takes time in
    /// proportion to items and edges.
    /// States beyond the plan are passed over, missing ones wait.
    pub fn next(&self, states: &[ItemState]) -> Next {
        self.next_held(states, Held::No)
    }

    /// The same of a run that a person may have ended.
    pub fn next_held(&self, states: &[ItemState], held: Held) -> Next {
        let state = |index: usize| states.get(index).copied().unwrap_or_default();
        let blocked = self.blocked(&state);
        let ordinary = |item: &usize| !self.is_always[*item];
        let aborted = held == Held::Aborted
            || (0..self.len()).filter(ordinary).any(|item| {
                state(item) == ItemState::Failed && self.on_failure[item] == OnFailure::Abort
            });
        let mut next = Next::default();
        let mut room = self.limits.clone();
        for item in 0..self.len() {
            // A start under way, unknown or between two attempts holds its place.
            if state(item).is_under_way()
                || (state(item) == ItemState::Retrying && (!aborted || self.is_always[item]))
            {
                for limit in &self.counts_in[item] {
                    room[*limit] = room[*limit].saturating_sub(1);
                }
            }
        }
        let mut failed = Vec::new();
        let mut left = Vec::new();
        let mut under_way = false;
        for (item, because) in blocked.iter().enumerate() {
            if self.is_always[item] {
                continue;
            }
            match state(item) {
                ItemState::Waiting => {
                    left.push(item);
                    if let Some(because) = *because {
                        next.skip.push(Skip { item, because });
                    } else if !aborted
                        && self.needs[item].iter().all(|need| state(*need).is_over())
                        && self.counts_in[item].iter().all(|limit| room[*limit] > 0)
                    {
                        for limit in &self.counts_in[item] {
                            room[*limit] -= 1;
                        }
                        next.start.push(item);
                    }
                }
                ItemState::Started => under_way = true,
                ItemState::Retrying => {
                    left.push(item);
                    if !aborted {
                        next.again.push(item);
                    }
                }
                ItemState::Unknown => {
                    under_way = true;
                    next.observe.push(item);
                }
                ItemState::Failed => failed.push(item),
                ItemState::Skipped => {
                    if because.is_some() {
                        left.push(item);
                    }
                }
                ItemState::Succeeded => {}
            }
        }
        if aborted {
            // What waits is left as it is: the run's end says it once, not once per item.
            next.skip.clear();
        }
        let over = (0..self.len()).filter(ordinary).all(|item| state(item).is_over());
        if over && failed.is_empty() && left.is_empty() {
            next.end = Some(End::Succeeded);
        } else if over || (aborted && !under_way) {
            next.end = Some(End::Failed { failed, left });
        }
        if let Some(end) = next.end.take() {
            self.wind_up(&state, &mut room, end, &mut next);
        }
        next
    }

    /// For each item, one that it needs and because of which it must not run.
    fn blocked(&self, state: &impl Fn(usize) -> ItemState) -> Vec<Option<usize>> {
        let mut blocked: Vec<Option<usize>> = Vec::with_capacity(self.len());
        for item in 0..self.len() {
            // The plan's order respects needs: what an item needs was judged before it.
            let because = self.needs[item].iter().copied().find(|need| {
                self.on_failure[*need] != OnFailure::Ignore
                    && match state(*need) {
                        ItemState::Failed => true,
                        ItemState::Succeeded => false,
                        _ => blocked[*need].is_some(),
                    }
            });
            blocked.push(because);
        }
        blocked
    }
}

#[cfg(test)]
#[path = "next_tests.rs"]
mod tests;
