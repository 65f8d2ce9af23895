//! Everything that happened goes through here: into the trace, to the checkers, to the counts.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::era::Era;

use crate::checkers::{self, Checker, Violation};
use crate::fact::Fact;
use crate::panics;
use crate::reached::Reached;
use crate::tally::Tally;
use crate::trace::{Trace, Tracing};

/// The record of a run.
pub(crate) struct Record {
    pub(crate) trace: Trace,
    checkers: Vec<Box<dyn Checker>>,
    reached: Reached,
    tally: Tally,
    violations: Vec<Violation>,
    faults: BTreeMap<String, u64>,
    /// What each fault of the run's list hit, by its number.
    struck: BTreeMap<usize, String>,
    /// How many proposals were acknowledged.
    pub(crate) acknowledged: u64,
    /// The highest index in the timeline: an entry is shown once, where it is applied first.
    shown: (Era, u64),
}

impl Record {
    /// Looks at these properties only; none: at all.
    pub(crate) fn new(tracing: Tracing, properties: &[String]) -> Self {
        let mut checkers = checkers::all();
        checkers.retain(|checker| {
            properties.is_empty()
                || properties.iter().any(|of| checkers::is_property_of(of, checker.property()))
        });
        Self {
            trace: Trace::new(tracing),
            checkers,
            reached: Reached::default(),
            tally: Tally::default(),
            violations: Vec::new(),
            faults: BTreeMap::new(),
            struck: BTreeMap::new(),
            acknowledged: 0,
            shown: (Era(0), 0),
        }
    }

    /// Takes note of a fact.
    pub(crate) fn take(&mut self, at: Duration, fact: &Fact) {
        let known = self.violations.len();
        self.violations.extend(panics::take().into_iter().map(|what| Violation::panic(at, what)));
        let readable = match fact {
            Fact::Applied { index, entry, .. } => (entry.era, *index) > self.shown,
            Fact::Root { .. }
            | Fact::ProposalBegan { .. }
            | Fact::Acknowledged { .. }
            | Fact::ReadBegan { .. }
            | Fact::ReadEnded { .. }
            | Fact::StateAt { .. } => false,
            _ => true,
        };
        if let Fact::Applied { index, entry, .. } = fact {
            self.shown = self.shown.max((entry.era, *index));
        }
        self.trace.line(at, fact.kind(), format_args!("{fact}"), readable);
        if let Fact::Acknowledged { .. } = fact {
            self.acknowledged += 1;
        }
        if let Fact::Fault { number, kind, what } = fact {
            *self.faults.entry((*kind).to_owned()).or_insert(0) += 1;
            self.struck.entry(*number).or_insert_with(|| what.clone());
        }
        self.reached.take(fact);
        self.tally.take(at, fact);
        for checker in &mut self.checkers {
            if let Some(what) = checker.take(fact) {
                self.violations.push(Violation::new(checker.as_ref(), at, what));
            }
        }
        for violation in self.violations.iter().skip(known) {
            self.trace.line(at, "VIOLATION", format_args!("{violation}"), true);
        }
    }

    /// Whether some property was violated already: nothing after that tells anything.
    pub(crate) fn is_violated(&self) -> bool {
        !self.violations.is_empty()
    }

    /// What it came to.
    pub(crate) fn end(self) -> Ended {
        let events = self.trace.events();
        let (hash, lines) = self.trace.end();
        Ended {
            hash,
            lines,
            events,
            violations: self.violations,
            faults: self.faults,
            reached: self.reached.end(),
            tally: self.tally,
            struck: self.struck,
        }
    }
}

/// What a record came to.
pub(crate) struct Ended {
    pub(crate) hash: String,
    pub(crate) lines: Option<String>,
    pub(crate) events: u64,
    pub(crate) violations: Vec<Violation>,
    pub(crate) faults: BTreeMap<String, u64>,
    pub(crate) reached: BTreeSet<String>,
    pub(crate) tally: Tally,
    pub(crate) struck: BTreeMap<usize, String>,
}
