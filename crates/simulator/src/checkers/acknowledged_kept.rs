//! What was acknowledged stays: no node ever applies another entry at its index.

use std::collections::BTreeMap;

use model::era::Era;

use super::Checker;
use crate::fact::Fact;

/// The checker.
#[derive(Debug, Default)]
pub(super) struct AcknowledgedKept {
    acknowledged: BTreeMap<(Era, u64), (u64, &'static str)>,
    /// The last index that each life applied; what lies beyond at the end is gone.
    highest: BTreeMap<Era, u64>,
}

impl Checker for AcknowledgedKept {
    fn property(&self) -> &'static str {
        "acknowledged-kept"
    }

    fn take(&mut self, fact: &Fact) -> Option<String> {
        match fact {
            Fact::Acknowledged { era, index, command, content, .. } => {
                self.acknowledged.insert((*era, *index), (*content, *command));
                None
            }
            Fact::Applied { node, index, entry, content, .. } => {
                let highest = self.highest.entry(entry.era).or_default();
                *highest = (*highest).max(*index);
                let (known, command) = self.acknowledged.get(&(entry.era, *index))?;
                (known != content).then(|| {
                    format!(
                        "`{command}` was acknowledged at {index}, {node} applied `{}` there",
                        entry.command.name()
                    )
                })
            }
            Fact::Settled { .. } => {
                let ((era, index), (_, command)) = self.acknowledged.last_key_value()?;
                let highest = self.highest.get(era).copied().unwrap_or_default();
                (*index > highest).then(|| {
                    format!(
                        "`{command}` was acknowledged at {index}, nobody applied more than {highest}"
                    )
                })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts::{applied, caught, silent};
    use super::*;
    use model::id::ControllerId;
    use state_machine::Command;

    fn acknowledged(index: u64, content: u64) -> Fact {
        let (node, command) = (ControllerId(1), "resumed");
        Fact::Acknowledged { node, proposal: index, era: Era(0), index, command, content }
    }

    fn settled() -> Fact {
        Fact::Settled { after_ms: 0, missing: Vec::new(), open: Vec::new(), for_people: Vec::new() }
    }

    #[test]
    fn an_acknowledged_entry_that_was_overwritten_is_caught() {
        let at = |index, content| applied(index, content, Command::Resumed, Vec::new());
        caught(AcknowledgedKept::default(), &[acknowledged(2, 20), at(1, 10), at(2, 21)]);
        silent(AcknowledgedKept::default(), &[acknowledged(2, 20), at(2, 20), settled()]);
    }

    #[test]
    fn an_acknowledged_entry_that_vanished_is_caught() {
        caught(AcknowledgedKept::default(), &[acknowledged(2, 20), settled()]);
    }
}
