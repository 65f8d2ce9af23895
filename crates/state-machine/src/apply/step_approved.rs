//! A person lets a run go on that waits at an approval step.

use std::collections::BTreeSet;

use model::action::Action;
use model::id::PersonId;
use model::step::StepKey;
use model::units::Span;

use super::{premise, transition};
use crate::approval::{Approval, Question, Terms};
use crate::rejection::Rejection;
use crate::state::State;

pub(super) fn apply(
    state: &mut State,
    key: &StepKey,
    person: Option<&PersonId>,
    loss: Option<Span>,
) -> Result<(), Rejection> {
    let mut approval = question(state, key)?;
    let person = premise::person(person)?;
    approval.say_yes(person, state.log_time)?;
    approval.name_loss(loss);
    state.approvals.insert(approval.question.clone(), approval);
    Ok(())
}

/// What persons are asked at a step, with what they have said so far.
fn question(state: &State, key: &StepKey) -> Result<Approval, Rejection> {
    let item = transition::item(state, key)?;
    let Action::Approval { from, quorum } = item.action() else {
        return Err(transition::illegal(key, "it waits for nobody's approval"));
    };
    if item.record.state.is_over() {
        return Err(transition::illegal(key, "it is over: an approval comes too late"));
    }
    let people = &premise::policy(state)?.people;
    let named: BTreeSet<PersonId> =
        from.iter().filter_map(|from| from.strip_prefix("person:")).map(PersonId::from).collect();
    let from = if named.is_empty() { people.approve.clone() } else { named };
    let terms = Terms { quorum: *quorum, from, valid_for: people.approval_valid_for };
    let question = Question::Step { key: key.clone() };
    Ok(match state.approval(&question) {
        Some(known) => Approval { terms, ..known.clone() },
        None => Approval::ask(question, None, state.log_time, terms),
    })
}
