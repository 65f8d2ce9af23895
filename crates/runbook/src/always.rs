//! What runs however its run ends: once everything else is over or will never start.
//!
//! Among these items `needs` is an order and no condition. One that changes the world is left out
//! all the same if an approval before it was not given: nothing goes on over a person's no.

use crate::graph::StepGraph;
use crate::next::{End, Next, Skip};
use crate::step_log::ItemState;

impl StepGraph {
    /// What is left to do now that everything else has come to this end; the end itself once
    /// nothing is.
    pub(crate) fn wind_up(
        &self,
        state: &impl Fn(usize) -> ItemState,
        room: &mut [u32],
        end: End,
        next: &mut Next,
    ) {
        let (mut failed, mut left) = match end {
            End::Succeeded => (Vec::new(), Vec::new()),
            End::Failed { failed, left } => (failed, left),
        };
        let mut over = true;
        for always in &self.always {
            let item = always.item;
            let refused = always
                .approvals
                .iter()
                .copied()
                .find(|asked| state(*asked) != ItemState::Succeeded);
            over &= state(item).is_over();
            match (state(item), refused) {
                (ItemState::Waiting, Some(because)) => next.skip.push(Skip { item, because }),
                (ItemState::Skipped, Some(_)) => left.push(item),
                (ItemState::Waiting, None) => {
                    let of_these = |need: &&usize| self.is_always[**need];
                    let due = self.needs[item].iter().filter(of_these).all(|n| state(*n).is_over());
                    let limits = &self.counts_in[item];
                    if due && limits.iter().all(|limit| room[*limit] > 0) {
                        limits.iter().for_each(|limit| room[*limit] -= 1);
                        next.start.push(item);
                    }
                }
                (ItemState::Retrying, _) => next.again.push(item),
                (ItemState::Unknown, _) => next.observe.push(item),
                (ItemState::Failed, _) => failed.push(item),
                (ItemState::Started | ItemState::Succeeded | ItemState::Skipped, _) => {}
            }
        }
        if !over {
            return;
        }
        next.end = Some(if failed.is_empty() && left.is_empty() {
            End::Succeeded
        } else {
            End::Failed { failed, left }
        });
    }
}
