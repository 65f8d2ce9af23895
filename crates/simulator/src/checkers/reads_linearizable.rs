//! Reads are linearizable: a quorum round that began after something was acknowledged shows it.
//! By log index, so that a history of any length is judged in linear time: what was acknowledged
//! before the round began lies at or below the index that the round answers with.

use std::collections::BTreeMap;

use model::id::ControllerId;

use super::Checker;
use crate::fact::Fact;

/// The checker.
#[derive(Debug, Default)]
pub(super) struct ReadsLinearizable {
    /// The highest index acknowledged to anybody.
    acknowledged: u64,
    /// For each round under way: what it must show.
    floors: BTreeMap<(ControllerId, u64), u64>,
}

impl Checker for ReadsLinearizable {
    fn property(&self) -> &'static str {
        "reads-linearizable"
    }

    fn take(&mut self, fact: &Fact) -> Option<String> {
        match fact {
            Fact::Acknowledged { index, .. } => {
                self.acknowledged = self.acknowledged.max(*index);
                None
            }
            Fact::ReadBegan { node, read } => {
                self.floors.insert((*node, *read), self.acknowledged);
                None
            }
            Fact::ReadEnded { node, read, index } => {
                let floor = self.floors.remove(&(*node, *read))?;
                let index = (*index)?;
                (index < floor).then(|| {
                    format!(
                        "{node} confirmed a read at index {index}; {floor} had been acknowledged \
                         before the read began"
                    )
                })
            }
            // An era counts from the beginning; nobody reads in the one before any more.
            Fact::EraFounded { .. } => {
                self.acknowledged = 0;
                self.floors.clear();
                None
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts::{caught, silent};
    use super::*;

    fn acknowledged(index: u64) -> Fact {
        let node = ControllerId(1);
        let era = model::era::Era(0);
        Fact::Acknowledged { node, proposal: index, era, index, command: "resumed", content: index }
    }

    fn read(index: Option<u64>) -> [Fact; 2] {
        let (node, read) = (ControllerId(2), 7);
        [Fact::ReadBegan { node, read }, Fact::ReadEnded { node, read, index }]
    }

    #[test]
    fn a_read_that_misses_what_was_acknowledged_before_it_is_caught() {
        let [began, ended] = read(Some(4));
        caught(ReadsLinearizable::default(), &[acknowledged(5), began, ended]);
    }

    #[test]
    fn what_is_acknowledged_meanwhile_may_be_missed_and_a_refused_read_says_nothing() {
        let [began, ended] = read(Some(4));
        silent(ReadsLinearizable::default(), &[acknowledged(4), began, acknowledged(5), ended]);
        let [began, refused] = read(None);
        silent(ReadsLinearizable::default(), &[acknowledged(5), began, refused]);
    }
}
