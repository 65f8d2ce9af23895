//! The log as it is committed: every node applies every entry, a checker reads each once.

use model::era::Era;
use state_machine::{Applied, Entry};

use crate::fact::Fact;

/// An entry, where it was applied first.
pub(super) struct Committed<'a> {
    pub(super) index: u64,
    pub(super) entry: &'a Entry,
    pub(super) applied: &'a Applied,
}

impl Committed<'_> {
    /// Whether it changed something.
    pub(super) fn counts(&self) -> bool {
        self.applied.rejected.is_none()
    }
}

/// How far the log was read.
#[derive(Debug, Default)]
pub(super) struct LogOrder {
    highest: (Era, u64),
}

impl LogOrder {
    /// The entry of this fact, if nobody had applied it before.
    pub(super) fn next<'a>(&mut self, fact: &'a Fact) -> Option<Committed<'a>> {
        let Fact::Applied { index, entry, applied, .. } = fact else { return None };
        let at = (entry.era, *index);
        if at <= self.highest {
            return None;
        }
        self.highest = at;
        Some(Committed { index: *index, entry, applied })
    }
}
