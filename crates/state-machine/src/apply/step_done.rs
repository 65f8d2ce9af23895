//! A person says that they did what a manual step asks for, and shows it.

use std::collections::BTreeSet;

use model::action::Action;
use model::id::PersonId;
use model::manual::{ManualEvidence, ManualTask};
use model::step::StepKey;

use super::{premise, transition};
use crate::approval::{Approval, Question, Terms};
use crate::rejection::Rejection;
use crate::state::{ItemState, State};

pub(super) fn apply(
    state: &mut State,
    key: &StepKey,
    person: Option<&PersonId>,
    evidence: &ManualEvidence,
) -> Result<(), Rejection> {
    let item = transition::item(state, key)?;
    let task = task(&item, key)?;
    let person = premise::person(person)?;
    if let Some(lacks) = evidence.is_not(task.evidence) {
        return Err(transition::illegal(key, lacks));
    }
    let question = Question::Step { key: key.clone() };
    let terms = Terms {
        quorum: task.quorum,
        // The roles in certificates say who may.
        from: BTreeSet::new(),
        // What was done stays done for as long as the others are waited for.
        valid_for: item.planned.timeout,
    };
    let mut said = match state.approval(&question) {
        Some(known) => Approval { terms, ..known.clone() },
        None => Approval::ask(question, None, state.log_time, terms),
    };
    if said.counted(state.log_time).any(|yes| yes.person == *person) {
        let (given, quorum) = (said.given(state.log_time), said.quorum());
        let says =
            format!("{person} has said so already ({given} of {quorum}); nobody counts twice");
        return Err(transition::illegal(key, says));
    }
    said.say_yes(person, state.log_time)?;
    said.show(evidence);
    state.approvals.insert(said.question.clone(), said);
    Ok(())
}

/// What persons are asked to do by an item, once it is its turn and until it is over.
pub(super) fn task<'a>(
    item: &transition::Item<'a>,
    key: &StepKey,
) -> Result<&'a ManualTask, Rejection> {
    let Action::Manual(task) = &item.planned.action else {
        return Err(transition::illegal(key, "it is no person's task"));
    };
    match item.record.state {
        ItemState::Started | ItemState::Unknown | ItemState::Retrying => Ok(task),
        ItemState::Waiting => Err(transition::illegal(key, "it is not its turn yet")),
        ItemState::Succeeded | ItemState::Failed | ItemState::Skipped => {
            Err(transition::illegal(key, "it is over: nobody waits for it any more"))
        }
    }
}
