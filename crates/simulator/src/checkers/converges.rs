//! Liveness: once all faults are over, everything that should run runs again, once, within the
//! bound, and nothing is left open.

use super::{Breaks, Checker};
use crate::fact::Fact;

/// The checker.
#[derive(Debug, Default)]
pub(super) struct Converges;

impl Checker for Converges {
    fn property(&self) -> &'static str {
        "converges"
    }

    fn breaks(&self) -> Breaks {
        Breaks::Liveness
    }

    fn take(&mut self, fact: &Fact) -> Option<String> {
        match fact {
            Fact::Settled { missing, open, .. } if !missing.is_empty() || !open.is_empty() => {
                Some(fact.to_string())
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts::{caught, silent};
    use super::*;

    fn settled(missing: &[&str]) -> Fact {
        let missing = missing.iter().map(|vm| (*vm).into()).collect();
        Fact::Settled { after_ms: 5000, missing, open: Vec::new(), for_people: Vec::new() }
    }

    #[test]
    fn a_vm_that_never_runs_again_is_caught() {
        let said = caught(Converges, &[settled(&["v1"])]);
        assert!(said.contains("v1"), "{said}");
        silent(Converges, &[settled(&[])]);
    }
}
