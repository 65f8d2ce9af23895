//! S3: no start without its committed intent, for this VM, on this host, under this token; and
//! never more starts under a key than attempts were committed.

use std::collections::{BTreeMap, BTreeSet};

use model::era::Token;
use model::id::{HostId, VmId};
use model::step::StepKey;
use state_machine::Effect;

use super::Checker;
use crate::fact::Fact;

/// The checker.
#[derive(Debug, Default)]
pub(super) struct IntentFirst {
    intents: BTreeSet<(StepKey, Token, VmId, HostId)>,
    attempts: BTreeMap<StepKey, u32>,
    starts: BTreeMap<StepKey, u32>,
}

impl Checker for IntentFirst {
    fn property(&self) -> &'static str {
        "S3-intent-first"
    }

    fn take(&mut self, fact: &Fact) -> Option<String> {
        match fact {
            Fact::Applied { applied, .. } => {
                for effect in &applied.effects {
                    if let Effect::Perform { key, token, attempt, action } = effect
                        && let Some((vm, host)) = action.starts()
                    {
                        let intent = (key.clone(), *token, vm.clone(), host.clone());
                        self.intents.insert(intent);
                        let most = self.attempts.entry(key.clone()).or_default();
                        *most = (*most).max(*attempt);
                    }
                }
                None
            }
            Fact::VmStarted { vm, host, token: Some(token), key: Some(key) } => {
                let intent = (key.clone(), *token, vm.clone(), host.clone());
                if !self.intents.contains(&intent) {
                    return Some(format!(
                        "VM {vm} started on {host} under token {token} for {key}: no such intent \
                         is committed"
                    ));
                }
                let starts = self.starts.entry(key.clone()).or_default();
                *starts += 1;
                let attempts = self.attempts.get(key).copied().unwrap_or_default();
                (*starts > attempts).then(|| {
                    format!("{starts} starts of VM {vm} for {key}, {attempts} attempts committed")
                })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts::{caught, intent, silent, started};
    use super::*;

    #[test]
    fn a_start_without_its_intent_is_caught() {
        caught(IntentFirst::default(), &[started("v1", "a1", 3)]);
    }

    #[test]
    fn a_start_elsewhere_than_intended_is_caught() {
        caught(IntentFirst::default(), &[intent(1, "v1", "a1", 3, 1), started("v1", "b1", 3)]);
    }

    #[test]
    fn one_attempt_with_two_effects_is_caught() {
        let facts = [intent(1, "v1", "a1", 3, 1), started("v1", "a1", 3), started("v1", "a1", 3)];
        caught(IntentFirst::default(), &facts);
    }

    #[test]
    fn an_effect_for_each_attempt_is_no_violation() {
        let facts = [
            intent(1, "v1", "a1", 3, 1),
            started("v1", "a1", 3),
            intent(2, "v1", "a1", 3, 2),
            started("v1", "a1", 3),
        ];
        silent(IntentFirst::default(), &facts);
    }
}
