//! Facts for the checkers' own tests.

use std::sync::Arc;

use model::action::Action;
use model::era::{Epoch, Era, Token};
use model::estate::Estate;
use model::id::{ControllerId, IncidentId, RunId};
use model::policy::Policy;
use model::step::{ItemRef, StepKey};
use model::time::{LogTime, WallTime};
use state_machine::{Applied, Command, Effect, Entry, Pinned};

use super::Checker;
use crate::fact::Fact;

pub(super) fn token(epoch: u64) -> Token {
    Token { era: Era(0), epoch: Epoch(epoch) }
}

pub(super) fn key(item: &str) -> StepKey {
    let item = ItemRef { step: "start".into(), item: item.to_owned() };
    StepKey { era: Era(0), run: RunId(7), item }
}

pub(super) fn started(vm: &str, host: &str, epoch: u64) -> Fact {
    Fact::VmStarted {
        vm: vm.into(),
        host: host.into(),
        token: Some(token(epoch)),
        key: Some(key(vm)),
    }
}

pub(super) fn applied(index: u64, content: u64, command: Command, effects: Vec<Effect>) -> Fact {
    let by = ControllerId(1);
    let entry = Entry { era: Era(0), at: LogTime(0), wall: WallTime(0), by, person: None, command };
    Fact::Applied {
        node: by,
        index,
        term: 1,
        entry: Arc::new(entry),
        applied: Arc::new(Applied { rejected: None, effects }),
        content,
        replayed: false,
    }
}

/// The committed intent of a start.
pub(super) fn intent(index: u64, vm: &str, host: &str, epoch: u64, attempt: u32) -> Fact {
    let command = Command::StepStarted { key: key(vm), token: token(epoch), attempt };
    let effect = Effect::Perform {
        key: key(vm),
        token: token(epoch),
        attempt,
        action: Action::VmStart { vm: vm.into(), host: host.into() },
    };
    applied(index, index, command, vec![effect])
}

/// The ward is loaded; its database server is called v1 and lives on a1.
pub(super) fn estate_loaded(index: u64) -> Fact {
    estate_with(index, "act", 20)
}

/// The same, under a policy for lost hosts without a hold-off, and with a rate limit.
pub(super) fn estate_with(index: u64, autonomy: &str, runs: u32) -> Fact {
    const ESTATE: &str = include_str!("../../../../simulations/estates/ward.yaml");
    const POLICY: &str = include_str!("../../../../simulations/policies/fast-lease.yaml");
    let text = ESTATE.replace("db-1", "v1");
    let (estate, _) = Estate::parse("ward.yaml", &text).expect("the ward is valid");
    let text = POLICY
        .replace(
            "host-lost:         { autonomy: act, hold-off: 1s",
            &format!("host-lost: {{ autonomy: {autonomy}, hold-off: 0s"),
        )
        .replace("runs: 20", &format!("runs: {runs}"));
    let (policy, _) =
        Policy::parse_for(&estate, "policy.yaml", &text).expect("the policy is valid");
    let pin = "0".repeat(64);
    let command = Command::EstateLoaded {
        estate: Box::new(Pinned { hash: pin.clone(), value: estate }),
        policy: Box::new(Pinned { hash: pin, value: policy }),
        runbooks: Vec::new(),
    };
    applied(index, index, command, Vec::new())
}

/// A run for an incident begins; its id is the entry's index.
pub(super) fn run_started(index: u64, incident: u64) -> Fact {
    let command = Command::RunStarted {
        incident: IncidentId(incident),
        runbook: "host-loss".into(),
        runbook_hash: String::new(),
        estate_hash: String::new(),
        plan: Box::default(),
    };
    applied(index, index, command, Vec::new())
}

/// What the checker says to each fact.
pub(super) fn verdicts(mut checker: impl Checker, facts: &[Fact]) -> Vec<Option<String>> {
    facts.iter().map(|fact| checker.take(fact)).collect()
}

/// That the checker is silent on all facts but the last, and speaks there.
pub(super) fn caught(checker: impl Checker, facts: &[Fact]) -> String {
    let mut said = verdicts(checker, facts);
    let last = said.pop().flatten().expect("the violation is caught");
    assert!(said.iter().all(Option::is_none), "too early: {said:?}");
    last
}

/// That the checker is silent.
pub(super) fn silent(checker: impl Checker, facts: &[Fact]) {
    let said = verdicts(checker, facts);
    assert!(said.iter().all(Option::is_none), "{said:?}");
}
