//! Committed prefixes agree: what any two nodes applied at an index is the same, and so is the
//! tree over all that came before it.

use std::collections::BTreeMap;

use model::id::ControllerId;

use super::Checker;
use crate::fact::Fact;

/// The checker.
#[derive(Debug, Default)]
pub(super) struct PrefixesAgree {
    entries: BTreeMap<u64, (u64, ControllerId)>,
    roots: BTreeMap<u64, ([u8; 32], ControllerId)>,
}

impl Checker for PrefixesAgree {
    fn property(&self) -> &'static str {
        "prefixes-agree"
    }

    fn take(&mut self, fact: &Fact) -> Option<String> {
        match fact {
            Fact::Applied { node, index, content, .. } => {
                let (known, first) = *self.entries.entry(*index).or_insert((*content, *node));
                (known != *content)
                    .then(|| format!("{first} and {node} applied different entries at {index}"))
            }
            Fact::Root { node, index, root } => {
                let (known, first) = *self.roots.entry(*index).or_insert((*root, *node));
                (known != *root)
                    .then(|| format!("the trees of {first} and {node} differ at entry {index}"))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts::{applied, caught, silent};
    use super::*;
    use state_machine::Command;

    #[test]
    fn two_contents_at_one_index_are_caught() {
        let at = |index, content| applied(index, content, Command::Resumed, Vec::new());
        caught(PrefixesAgree::default(), &[at(1, 10), at(2, 20), at(2, 21)]);
        silent(PrefixesAgree::default(), &[at(1, 10), at(2, 20), at(2, 20)]);
    }

    #[test]
    fn two_trees_at_one_index_are_caught() {
        let root = |node, root| Fact::Root { node: ControllerId(node), index: 5, root };
        caught(PrefixesAgree::default(), &[root(1, [1; 32]), root(2, [2; 32])]);
    }
}
