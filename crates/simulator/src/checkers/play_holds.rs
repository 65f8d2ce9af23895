//! What a play expects comes true.

use super::Checker;
use crate::fact::Fact;

/// The checker.
#[derive(Debug, Default)]
pub(super) struct PlayHolds;

impl Checker for PlayHolds {
    fn property(&self) -> &'static str {
        "play-holds"
    }

    fn take(&mut self, fact: &Fact) -> Option<String> {
        match fact {
            Fact::Expected { what, held: false, seen } => Some(format!("not so: {what} ({seen})")),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts::{caught, silent};
    use super::*;

    fn expected(held: bool) -> Fact {
        Fact::Expected { what: "nothing starts in C", held, seen: "dc-1".to_owned() }
    }

    #[test]
    fn an_expectation_that_does_not_hold_is_caught() {
        caught(PlayHolds, &[expected(true), expected(false)]);
        silent(PlayHolds, &[expected(true)]);
    }
}
