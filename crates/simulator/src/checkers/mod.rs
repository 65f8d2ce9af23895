//! Checkers: one file per property. Each sees every fact and says what is violated, if anything.

mod acknowledged_kept;
mod audit_roots_equal;
mod brakes;
mod committed_before_effect;
mod converges;
mod current_copies;
mod done_is_verified;
mod intent_first;
mod linearizable;
mod log_order;
mod no_controller_fails;
mod one_leader_per_term;
mod one_owner;
mod play_holds;
mod prefixes_agree;
mod promises_kept;
mod proof_is_true;
mod quarantine;
mod reads_linearizable;
mod runs_say_why;
mod starts_need_proof;
mod states_agree;
mod storage_wins;
mod whole_log;

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::fact::Fact;

/// One property's checker.
pub(crate) trait Checker: Send {
    /// The property, as in the report.
    fn property(&self) -> &'static str;

    /// Whether its violation breaks safety (something happened that never may) or liveness
    /// (something did not happen that should have).
    fn breaks(&self) -> Breaks {
        Breaks::Safety
    }

    /// Takes a fact; says what is violated, if anything.
    fn take(&mut self, fact: &Fact) -> Option<String>;
}

/// What a violation breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Breaks {
    /// Something happened that never may.
    Safety,
    /// Something did not happen that should have.
    Liveness,
    /// The program panicked: what it would have done is not known.
    Panic,
}

/// A property that did not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// Which property.
    pub property: String,
    /// What that breaks.
    pub breaks: Breaks,
    /// When, in milliseconds of simulated time.
    pub at_ms: u64,
    /// What was seen.
    pub what: String,
}

impl Violation {
    pub(crate) fn new(checker: &dyn Checker, at: Duration, what: String) -> Self {
        let at_ms = u64::try_from(at.as_millis()).unwrap_or(u64::MAX);
        Self { property: checker.property().to_owned(), breaks: checker.breaks(), at_ms, what }
    }

    /// Something panicked, wherever: no property of its own, and none that still counts.
    pub(crate) fn panic(at: Duration, what: String) -> Self {
        let at_ms = u64::try_from(at.as_millis()).unwrap_or(u64::MAX);
        Self { property: "panic".to_owned(), breaks: Breaks::Panic, at_ms, what }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.property, self.what)
    }
}

/// Every checker.
pub(crate) fn all() -> Vec<Box<dyn Checker>> {
    vec![
        Box::new(one_owner::OneOwner::default()),
        Box::new(starts_need_proof::StartsNeedProof::default()),
        Box::new(proof_is_true::ProofIsTrue::default()),
        Box::new(promises_kept::PromisesKept),
        Box::new(committed_before_effect::CommittedBeforeEffect::default()),
        Box::new(intent_first::IntentFirst::default()),
        Box::new(storage_wins::StorageWins::default()),
        Box::new(done_is_verified::DoneIsVerified::default()),
        Box::new(whole_log::WholeLog),
        Box::new(quarantine::Quarantine::default()),
        Box::new(brakes::Brakes::default()),
        Box::new(current_copies::CurrentCopies::default()),
        Box::new(one_leader_per_term::OneLeaderPerTerm::default()),
        Box::new(prefixes_agree::PrefixesAgree::default()),
        Box::new(acknowledged_kept::AcknowledgedKept::default()),
        Box::new(reads_linearizable::ReadsLinearizable::default()),
        Box::new(linearizable::Linearizable::default()),
        Box::new(audit_roots_equal::AuditRootsEqual::default()),
        Box::new(states_agree::StatesAgree::default()),
        Box::new(runs_say_why::RunsSayWhy::default()),
        Box::new(no_controller_fails::NoControllerFails),
        Box::new(converges::Converges),
        Box::new(play_holds::PlayHolds),
    ]
}

/// The names of the properties that a run is checked for.
pub fn properties() -> Vec<&'static str> {
    all().iter().map(|checker| checker.property()).collect()
}

/// Whether this is the property of that name, or one of the rule (`S1`) of that name.
pub fn is_property_of(name: &str, property: &str) -> bool {
    property.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

#[cfg(test)]
mod facts;
