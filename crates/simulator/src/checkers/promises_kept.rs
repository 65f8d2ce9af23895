//! S1, the part of the promises: no VM starts on a host that has promised not to start it, before
//! the promise is over by that host's own clock; whoever ordered it, however often it rebooted. And
//! no controller starts before what its guardian promised is over.

use super::Checker;
use crate::fact::Fact;

/// The checker.
#[derive(Debug, Default)]
pub(super) struct PromisesKept;

impl Checker for PromisesKept {
    fn property(&self) -> &'static str {
        "S1-promises-kept"
    }

    fn take(&mut self, fact: &Fact) -> Option<String> {
        match fact {
            Fact::PromiseBroken { .. } | Fact::GuardianBroken { .. } => Some(fact.to_string()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts::{caught, silent, started};
    use super::*;
    use model::units::Span;

    #[test]
    fn a_start_against_a_promise_is_caught() {
        let left = Span::from_secs(1);
        let broken = Fact::PromiseBroken { vm: "v1".into(), host: "b1".into(), left };
        caught(PromisesKept, &[started("v1", "b1", 1), broken]);
        silent(PromisesKept, &[started("v1", "b1", 1)]);
    }

    #[test]
    fn a_controller_that_starts_against_its_guardians_promise_is_caught() {
        let node = model::id::ControllerId(1);
        let promised = Fact::GuardianPromised { by: node, to: "b1".into() };
        let broken = Fact::GuardianBroken { node, left: Span::from_secs(1) };
        caught(PromisesKept, &[promised.clone(), broken]);
        silent(PromisesKept, &[promised]);
    }
}
