//! The audit trees agree: whoever has applied up to an index has the same root there.

use std::collections::BTreeMap;

use model::era::Era;
use model::id::ControllerId;

use super::Checker;
use crate::fact::Fact;

/// The checker.
#[derive(Debug, Default)]
pub(super) struct AuditRootsEqual {
    roots: BTreeMap<(Era, u64), ([u8; 32], ControllerId)>,
}

impl Checker for AuditRootsEqual {
    fn property(&self) -> &'static str {
        "audit-roots-equal"
    }

    fn take(&mut self, fact: &Fact) -> Option<String> {
        let Fact::Root { node, era, index, root } = fact else { return None };
        let (known, first) = *self.roots.entry((*era, *index)).or_insert((*root, *node));
        (known != *root).then(|| format!("the trees of {first} and {node} differ at entry {index}"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts::{caught, silent};
    use super::*;

    #[test]
    fn two_trees_at_one_index_are_caught() {
        let root =
            |node, root| Fact::Root { node: ControllerId(node), era: Era(0), index: 5, root };
        caught(AuditRootsEqual::default(), &[root(1, [1; 32]), root(2, [2; 32])]);
        silent(AuditRootsEqual::default(), &[root(1, [1; 32]), root(2, [1; 32])]);
    }
}
