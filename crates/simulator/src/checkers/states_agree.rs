//! The replicated states agree: the same bytes in every room that has applied as much.

use std::collections::BTreeMap;

use model::era::Era;
use model::id::ControllerId;

use super::Checker;
use crate::fact::Fact;

/// The checker.
#[derive(Debug, Default)]
pub(super) struct StatesAgree {
    known: BTreeMap<(Era, u64), (u64, ControllerId)>,
}

impl Checker for StatesAgree {
    fn property(&self) -> &'static str {
        "states-agree"
    }

    fn take(&mut self, fact: &Fact) -> Option<String> {
        let Fact::StateAt { node, era, index, hash } = fact else { return None };
        let (known, first) = *self.known.entry((*era, *index)).or_insert((*hash, *node));
        (known != *hash).then(|| format!("the states of {first} and {node} differ at {index}"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts::{caught, silent};
    use super::*;

    #[test]
    fn two_states_after_the_same_entries_are_caught() {
        let at = |node, index, hash| Fact::StateAt {
            node: ControllerId(node),
            era: Era(0),
            index,
            hash,
        };
        caught(StatesAgree::default(), &[at(1, 5, 1), at(2, 5, 2)]);
        silent(StatesAgree::default(), &[at(1, 5, 1), at(2, 6, 2), at(3, 5, 1)]);
    }
}
