//! How the era was opened, if it is not the first.

use std::collections::{BTreeMap, BTreeSet};

use model::era::Token;
use model::era_order::{OldLog, OpenedFrom};
use model::id::{HostId, IncidentId, PersonId, RunId};
use model::time::LogTime;
use serde::{Deserialize, Serialize};

use crate::command::OrphanHead;

/// How an era was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedEra {
    /// The hash of the order: part of the era's id. Two eras of one number have two.
    pub order: String,
    /// From what.
    pub from: OpenedFrom,
    /// The log that it goes on from.
    pub old: OldLog,
    /// What the persons stated.
    pub statement: String,
    /// Who signed.
    pub persons: BTreeSet<PersonId>,
    /// The token that the opening raised to.
    pub token: Token,
    /// When.
    pub at: LogTime,
    /// How long was waited since the second signature, in milliseconds.
    pub waited_ms: u64,
    /// The hosts that it does without, and what covers each.
    pub hosts: BTreeMap<HostId, CoveredBy>,
    /// Runs of the old log that had not ended.
    pub superseded_runs: Vec<RunId>,
    /// Incidents of the old log that were open: what is still lost opens new ones.
    pub superseded_incidents: Vec<IncidentId>,
    /// Where the logs of controllers ended that came back since.
    pub orphans: Vec<OrphanHead>,
}

impl OpenedEra {
    /// When the second person had signed, at the latest: the wait began then.
    pub fn signed_at(&self) -> LogTime {
        LogTime(self.at.0.saturating_sub(self.waited_ms))
    }
}

/// What covers a host that an era does without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CoveredBy {
    /// Its watchdog: the wait outlasted its lease, and nobody here promises it anything.
    Wait,
    /// It has no watchdog: the persons' statement names it as off.
    Statement,
    /// The order counted on its watchdog, and the end of the old log may have changed what that
    /// is worth: the order proves nothing here, another rung has to.
    Nothing,
}
