//! Committed prefixes agree: what any two nodes applied at an index is the same.

use std::collections::BTreeMap;

use model::era::Era;
use model::id::ControllerId;

use super::Checker;
use crate::fact::Fact;

/// The checker.
#[derive(Debug, Default)]
pub(super) struct PrefixesAgree {
    entries: BTreeMap<(Era, u64), (u64, ControllerId)>,
}

impl Checker for PrefixesAgree {
    fn property(&self) -> &'static str {
        "prefixes-agree"
    }

    fn take(&mut self, fact: &Fact) -> Option<String> {
        let Fact::Applied { node, index, entry, content, .. } = fact else { return None };
        let (known, first) = *self.entries.entry((entry.era, *index)).or_insert((*content, *node));
        (known != *content)
            .then(|| format!("{first} and {node} applied different entries at {index}"))
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
}
