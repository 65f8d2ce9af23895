//! S2: nothing destructive leaves a controller without a committed order behind it. A call names
//! its host; a fence order for that host, or the start's own step, must have been committed.

use std::collections::{BTreeMap, BTreeSet};

use model::call::Call;
use model::era::{Era, Token};
use model::id::HostId;
use model::step::StepKey;
use state_machine::{Command, Effect};

use super::Checker;
use crate::fact::Fact;

/// The checker.
#[derive(Debug, Default)]
pub(super) struct CommittedBeforeEffect {
    steps: BTreeSet<(StepKey, Token)>,
    /// The hosts with a fence order in force, and its token.
    fences: BTreeMap<HostId, Token>,
    /// The highest index seen, by era: entries come once from each node, the first counts.
    highest: (Era, u64),
}

impl CommittedBeforeEffect {
    fn fenced(&self, host: &HostId) -> bool {
        self.fences.contains_key(host)
    }

    fn lacks(&self, call: &Call, committed: Token) -> Option<&'static str> {
        match call {
            Call::StartVm { order, token, .. } | Call::StartVmFromCopy { order, token, .. } => {
                (!self.steps.contains(&(order.key.clone(), *token)))
                    .then_some("no such step is committed")
            }
            Call::PowerOff { host } | Call::CutStorage { host, .. } => {
                (!self.fenced(host)).then_some("no fence order is committed")
            }
            Call::Withhold { host, token, .. } => (self.fences.get(host) != Some(token))
                .then_some("no fence order with this token is committed"),
            Call::StopVm { .. } => None,
            // A seal is harmless, but it must not use up tokens that nobody has reached.
            Call::Admit { token, .. } => (token.epoch.0 > committed.epoch.0 + 1)
                .then_some("its token is above what was committed"),
        }
    }
}

impl Checker for CommittedBeforeEffect {
    fn property(&self) -> &'static str {
        "S2-committed-first"
    }

    fn take(&mut self, fact: &Fact) -> Option<String> {
        match fact {
            Fact::Applied { index, entry, applied, .. } if (entry.era, *index) > self.highest => {
                self.highest = (entry.era, *index);
                if applied.rejected.is_some() {
                    return None;
                }
                if let Command::HostAdmitted { host, .. } = &entry.command {
                    self.fences.remove(host);
                }
                for effect in &applied.effects {
                    match effect {
                        Effect::Perform { key, token, .. } => {
                            self.steps.insert((key.clone(), *token));
                        }
                        Effect::Fence { host, token } => {
                            self.fences.insert(host.clone(), *token);
                        }
                    }
                }
                None
            }
            Fact::Called { node, call, committed } => {
                self.lacks(call, *committed).map(|why| format!("{node} sends {call:?}, but {why}"))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts::{applied, caught, key, silent, token};
    use super::*;
    use model::id::ControllerId;

    fn called(call: Call) -> Fact {
        Fact::Called { node: ControllerId(1), call, committed: token(9) }
    }

    fn order(index: u64) -> Fact {
        let command = Command::StepStarted { key: key("a1"), token: token(4), attempt: 1 };
        applied(index, index, command, vec![Effect::Fence { host: "a1".into(), token: token(5) }])
    }

    #[test]
    fn power_off_without_a_committed_fence_order_is_caught() {
        caught(CommittedBeforeEffect::default(), &[called(Call::PowerOff { host: "a1".into() })]);
    }

    #[test]
    fn withholding_at_another_token_than_the_orders_is_caught() {
        let call = Call::Withhold { by: "b1".into(), host: "a1".into(), token: token(4) };
        caught(CommittedBeforeEffect::default(), &[order(1), called(call)]);
    }

    #[test]
    fn a_fence_after_its_order_is_no_violation() {
        silent(
            CommittedBeforeEffect::default(),
            &[order(1), called(Call::PowerOff { host: "a1".into() })],
        );
    }

    #[test]
    fn an_admission_above_what_was_committed_is_caught() {
        let admit = |epoch| {
            let (arrays, open_at) = (Vec::new(), Vec::new());
            called(Call::Admit { host: "a1".into(), token: token(epoch), arrays, open_at })
        };
        caught(CommittedBeforeEffect::default(), &[admit(10), admit(11)]);
    }

    #[test]
    fn a_fence_after_the_admission_is_caught() {
        let admitted = Command::HostAdmitted {
            host: "a1".into(),
            boot: "x".to_owned(),
            sealed_below: token(6),
        };
        let facts = [
            order(1),
            applied(2, 2, admitted, Vec::new()),
            called(Call::PowerOff { host: "a1".into() }),
        ];
        caught(CommittedBeforeEffect::default(), &facts);
    }
}
