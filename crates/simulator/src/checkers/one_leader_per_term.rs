//! One leader per term.

use std::collections::BTreeMap;

use model::era::Era;
use model::id::ControllerId;

use super::Checker;
use crate::fact::Fact;

/// The checker.
#[derive(Debug, Default)]
pub(super) struct OneLeaderPerTerm {
    leaders: BTreeMap<(Era, u64), ControllerId>,
}

impl Checker for OneLeaderPerTerm {
    fn property(&self) -> &'static str {
        "one-leader-per-term"
    }

    fn take(&mut self, fact: &Fact) -> Option<String> {
        let Fact::Leads { node, era, term } = fact else { return None };
        let first = *self.leaders.entry((*era, *term)).or_insert(*node);
        (first != *node).then(|| format!("{first} and {node} both lead in term {term}"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts::{caught, silent};
    use super::*;

    fn leads(node: u64, term: u64) -> Fact {
        Fact::Leads { node: ControllerId(node), era: Era(0), term }
    }

    #[test]
    fn two_leaders_in_one_term_are_caught() {
        caught(OneLeaderPerTerm::default(), &[leads(1, 1), leads(2, 2), leads(1, 2)]);
        silent(OneLeaderPerTerm::default(), &[leads(1, 1), leads(2, 2), leads(1, 3)]);
    }
}
