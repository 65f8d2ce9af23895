//! Proposals and reads are linearizable: some order of them, in which none stands before one that
//! had ended when it began, explains every answer. A proposal appends to the log and is told
//! where; a quorum round is told how far the log goes. What an approval or any other command comes
//! to follows from its place in the log, on which all controllers agree.
//!
//! `reads-linearizable` judges reads against what was acknowledged before, over a history of any
//! length. This one searches, in windows that are small enough, and so also sees a read that knows
//! less than an earlier read, or a proposal that lands below what had been read before it.

use std::collections::{BTreeMap, BTreeSet};

use model::id::ControllerId;
use stateright::semantics::{ConsistencyTester, LinearizabilityTester, SequentialSpec};

use super::Checker;
use crate::fact::Fact;

/// So many operations are judged together.
const WINDOW: usize = 30;

/// What is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Doing {
    Proposal(u64),
    Read(ControllerId, u64),
}

/// What ended, and its answer.
#[derive(Clone, Copy, Debug)]
struct Done {
    reads: bool,
    index: u64,
    /// When it began and ended, in facts taken.
    began: u64,
    ended: u64,
}

/// The checker.
#[derive(Debug, Default)]
pub(super) struct Linearizable {
    /// Facts taken.
    time: u64,
    under_way: BTreeMap<Doing, u64>,
    window: Vec<Done>,
}

impl Linearizable {
    fn end(&mut self, doing: Doing, index: Option<u64>) -> Option<String> {
        let (began, index) = (self.under_way.remove(&doing)?, index?);
        let reads = matches!(doing, Doing::Read(..));
        self.window.push(Done { reads, index, began, ended: self.time });
        if self.window.len() < WINDOW { None } else { self.judge() }
    }

    /// Judges the window. What showed the longest log stays in the next one, so that nothing that
    /// comes later may know less.
    fn judge(&mut self) -> Option<String> {
        let window = std::mem::take(&mut self.window);
        self.window.extend(window.iter().max_by_key(|done| (done.index, done.reads)));
        if is_explained(&window) {
            return None;
        }
        let each = window.iter().map(|Done { reads, index, began, ended }| {
            let what = if *reads { "read" } else { "proposal" };
            format!("{what} at index {index} ({began} to {ended})")
        });
        let each: Vec<String> = each.collect();
        Some(format!("no order explains the answers of these: {}", each.join(", ")))
    }
}

impl Checker for Linearizable {
    fn property(&self) -> &'static str {
        "linearizable"
    }

    fn take(&mut self, fact: &Fact) -> Option<String> {
        self.time += 1;
        match fact {
            Fact::ProposalBegan { proposal, .. } => {
                self.under_way.insert(Doing::Proposal(*proposal), self.time);
                None
            }
            Fact::ReadBegan { node, read } => {
                self.under_way.insert(Doing::Read(*node, *read), self.time);
                None
            }
            Fact::Acknowledged { proposal, index, .. } => {
                self.end(Doing::Proposal(*proposal), Some(*index))
            }
            Fact::ReadEnded { node, read, index } => self.end(Doing::Read(*node, *read), *index),
            Fact::Settled { .. } => self.judge(),
            // An era counts from the beginning; what was under way in the one before ends nowhere.
            Fact::EraFounded { .. } => {
                let said = self.judge();
                self.under_way.clear();
                self.window.clear();
                said
            }
            _ => None,
        }
    }
}

/// The log as one window sees it: only the places that some operation of the window was told.
#[derive(Clone, Copy, Debug)]
struct Log {
    length: usize,
}

#[derive(Clone, Copy, Debug)]
enum Operation {
    Append,
    /// Whether the last entry that it was shown may be of somebody whose own proposal is not in the
    /// window: then it may be the first to show it.
    Read {
        of_another: bool,
    },
}

impl SequentialSpec for Log {
    type Op = Operation;
    type Ret = usize;

    fn invoke(&mut self, operation: &Operation) -> usize {
        if matches!(operation, Operation::Append) {
            self.length += 1;
        }
        self.length
    }

    fn is_valid_step(&mut self, operation: &Operation, told: &usize) -> bool {
        if matches!(operation, Operation::Read { of_another: true }) && *told == self.length + 1 {
            self.length = *told;
        }
        self.invoke(operation) == *told
    }
}

/// Whether some order explains all answers.
fn is_explained(window: &[Done]) -> bool {
    let places: BTreeSet<u64> = window.iter().map(|done| done.index).collect();
    let proposals = window.iter().filter(|done| !done.reads);
    let proposed: BTreeSet<u64> = proposals.map(|done| done.index).collect();
    let mut tester = LinearizabilityTester::new(Log { length: 0 });
    let mut valid = true;
    for (lane, done, begins) in events(window) {
        let told = places.range(..=done.index).count();
        let of_another = !proposed.contains(&done.index);
        let step = match (begins, done.reads) {
            (true, true) => tester.on_invoke(lane, Operation::Read { of_another }).map(drop),
            (true, false) => tester.on_invoke(lane, Operation::Append).map(drop),
            (false, _) => tester.on_return(lane, told).map(drop),
        };
        valid &= step.is_ok();
    }
    valid && tester.is_consistent()
}

/// Beginnings and ends in the order of time, each on a lane on which only one operation is under
/// way at a time: few lanes are searched faster than many.
fn events(window: &[Done]) -> Vec<(usize, Done, bool)> {
    let mut by_beginning = window.to_vec();
    by_beginning.sort_by_key(|done| done.began);
    let mut free_from: Vec<u64> = Vec::new();
    let mut events = Vec::new();
    for done in by_beginning {
        let lane = match free_from.iter().position(|free| *free < done.began) {
            Some(lane) => lane,
            None => {
                free_from.push(0);
                free_from.len() - 1
            }
        };
        if let Some(free) = free_from.get_mut(lane) {
            *free = done.ended;
        }
        events.push((done.began, (lane, done, true)));
        events.push((done.ended, (lane, done, false)));
    }
    events.sort_by_key(|(at, _)| *at);
    events.into_iter().map(|(_, event)| event).collect()
}

#[cfg(test)]
mod tests {
    use model::era::Era;

    use super::super::facts::{caught, silent};
    use super::*;

    const NODE: ControllerId = ControllerId(1);

    fn begins(proposal: u64) -> Fact {
        Fact::ProposalBegan { node: NODE, proposal }
    }

    fn lands(proposal: u64, index: u64) -> Fact {
        let (era, command, content) = (Era(0), "resumed", index);
        Fact::Acknowledged { node: NODE, proposal, era, index, command, content }
    }

    fn asks(read: u64) -> Fact {
        Fact::ReadBegan { node: NODE, read }
    }

    fn shows(read: u64, index: u64) -> Fact {
        Fact::ReadEnded { node: NODE, read, index: Some(index) }
    }

    fn settled() -> Fact {
        Fact::Settled { after_ms: 0, missing: Vec::new(), open: Vec::new(), for_people: Vec::new() }
    }

    #[test]
    fn a_stale_read_is_caught() {
        let history = [begins(1), lands(1, 5), begins(2), lands(2, 6), asks(1), shows(1, 5)];
        caught(Linearizable::default(), &[&history[..], &[settled()]].concat());
    }

    #[test]
    fn a_read_that_knows_less_than_an_earlier_one_is_caught() {
        let history = [asks(1), shows(1, 9), asks(2), shows(2, 8)];
        caught(Linearizable::default(), &[&history[..], &[settled()]].concat());
    }

    #[test]
    fn a_proposal_that_lands_below_what_had_been_read_is_caught() {
        let history = [asks(1), shows(1, 9), begins(1), lands(1, 8)];
        caught(Linearizable::default(), &[&history[..], &[settled()]].concat());
    }

    #[test]
    fn what_goes_on_at_the_same_time_may_be_ordered_either_way() {
        let seen = [begins(1), asks(1), shows(1, 5), lands(1, 5), settled()];
        silent(Linearizable::default(), &seen);
        let missed = [begins(1), asks(1), shows(1, 4), lands(1, 5), asks(2), shows(2, 5)];
        silent(Linearizable::default(), &[&missed[..], &[settled()]].concat());
        // Acknowledged the other way round than they landed, and an entry of somebody else's.
        let crossed = [begins(1), begins(2), lands(2, 6), lands(1, 5), asks(1), shows(1, 7)];
        silent(Linearizable::default(), &[&crossed[..], &[settled()]].concat());
    }

    #[test]
    fn what_a_window_showed_counts_in_the_next_one() {
        let full = (1..=30).flat_map(|n| [begins(n), lands(n, n)]);
        let history: Vec<Fact> = full.chain([asks(1), shows(1, 29), settled()]).collect();
        caught(Linearizable::default(), &history);
    }

    #[test]
    fn a_refused_read_says_nothing_and_an_era_counts_from_the_beginning() {
        let refused = Fact::ReadEnded { node: NODE, read: 1, index: None };
        silent(Linearizable::default(), &[begins(1), lands(1, 5), asks(1), refused, settled()]);
        let founded = Fact::EraFounded { node: NODE, era: Era(1) };
        let history = [begins(1), lands(1, 5), founded, asks(1), shows(1, 1), settled()];
        silent(Linearizable::default(), &history);
    }
}
