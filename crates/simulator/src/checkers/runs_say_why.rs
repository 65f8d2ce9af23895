//! No run is stuck without saying why, and no incident is lost. What ends badly gives its reason
//! in the log at once; what has not ended when all is settled is named as open.

use std::collections::BTreeSet;

use model::id::{IncidentId, RunId};
use model::step::Outcome;
use state_machine::{Command, RunEnd};

use super::log_order::LogOrder;
use super::{Breaks, Checker};
use crate::fact::Fact;

/// The checker.
#[derive(Debug, Default)]
pub(super) struct RunsSayWhy {
    log: LogOrder,
    runs: BTreeSet<RunId>,
    incidents: BTreeSet<IncidentId>,
}

impl RunsSayWhy {
    fn entry(&mut self, index: u64, command: &Command) -> Option<String> {
        let silent = |what: String, why: &str| {
            why.trim().is_empty().then(|| format!("{what} without saying why"))
        };
        match command {
            Command::RunStarted { .. } => {
                self.runs.insert(RunId(index));
            }
            Command::RunEnded { run, end } => {
                self.runs.remove(run);
                if let RunEnd::Failed { reason } = end {
                    return silent(format!("{run} failed"), reason);
                }
            }
            Command::StepSkipped { key, reason } => {
                return silent(format!("{key} was skipped"), reason);
            }
            Command::StepFinished { key, outcome, .. } => {
                return silent(format!("{key} ended as {}", outcome.name()), words(outcome));
            }
            Command::IncidentOpened { .. } => {
                self.incidents.insert(IncidentId(index));
            }
            Command::IncidentEnded { incident, reason, .. }
            | Command::IncidentAbsorbed { incident, reason } => {
                self.incidents.remove(incident);
                return silent(format!("{incident} ended"), reason);
            }
            _ => {}
        }
        None
    }
}

fn words(outcome: &Outcome) -> &str {
    outcome.words()
}

impl Checker for RunsSayWhy {
    fn property(&self) -> &'static str {
        "runs-say-why"
    }

    fn breaks(&self) -> Breaks {
        Breaks::Liveness
    }

    fn take(&mut self, fact: &Fact) -> Option<String> {
        if let Fact::Settled { open, for_people, .. } = fact {
            let named = |what: &str| open.iter().chain(for_people).any(|says| says.contains(what));
            let runs = self.runs.iter().map(ToString::to_string);
            let incidents = self.incidents.iter().map(ToString::to_string);
            let lost = runs.chain(incidents).find(|what| !named(what))?;
            return Some(format!("{lost} has not ended in the log, and nobody names it as open"));
        }
        let committed = self.log.next(fact)?;
        if !committed.counts() {
            return None;
        }
        self.entry(committed.index, &committed.entry.command)
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts::{applied, caught, run_started, silent};
    use super::*;

    fn settled(open: &[String]) -> Fact {
        Fact::Settled {
            after_ms: 0,
            missing: Vec::new(),
            open: open.to_vec(),
            for_people: Vec::new(),
        }
    }

    #[test]
    fn a_run_that_failed_without_a_word_is_caught() {
        let ended = |reason: &str| {
            let end = RunEnd::Failed { reason: reason.to_owned() };
            applied(9, 9, Command::RunEnded { run: RunId(5), end }, Vec::new())
        };
        caught(RunsSayWhy::default(), &[run_started(5, 2), ended(" ")]);
        silent(RunsSayWhy::default(), &[run_started(5, 2), ended("no host left"), settled(&[])]);
    }

    #[test]
    fn a_run_that_vanished_is_caught() {
        caught(RunsSayWhy::default(), &[run_started(5, 2), settled(&[])]);
        let open = format!("{} is under way", RunId(5));
        silent(RunsSayWhy::default(), &[run_started(5, 2), settled(&[open])]);
    }
}
