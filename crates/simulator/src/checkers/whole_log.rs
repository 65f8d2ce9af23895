//! S6: the leaves that a node keeps make the very tree that its replicated state names.

use super::Checker;
use crate::fact::Fact;

/// The checker.
#[derive(Debug, Default)]
pub(super) struct WholeLog;

impl Checker for WholeLog {
    fn property(&self) -> &'static str {
        "S6-whole-log"
    }

    fn take(&mut self, fact: &Fact) -> Option<String> {
        match fact {
            Fact::Leaves { node, index, stated, made } if stated != made => Some(format!(
                "the leaves of {node} at entry {index} make another tree than its state names"
            )),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts::{caught, silent};
    use super::*;
    use model::id::ControllerId;

    fn leaves(made: [u8; 32]) -> Fact {
        Fact::Leaves { node: ControllerId(1), index: 9, stated: [1; 32], made }
    }

    #[test]
    fn leaves_that_make_another_tree_are_caught() {
        caught(WholeLog, &[leaves([2; 32])]);
        silent(WholeLog, &[leaves([1; 32])]);
    }
}
