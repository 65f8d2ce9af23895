//! What people are asked about an incident: opened with it where the policy asks, and asked on
//! new terms when the policy changes.

use model::id::IncidentId;
use model::incident::IncidentClass;
use model::policy::{Autonomy, Policy};

use crate::approval::{Approval, Question, Terms};
use crate::state::State;

/// The terms of the policy for a class.
fn terms(policy: &Policy, class: IncidentClass) -> Terms {
    let approvals = policy.approvals(class);
    Terms {
        quorum: approvals.quorum,
        from: approvals.from,
        valid_for: policy.people.approval_valid_for,
    }
}

/// The question about an open incident on the terms of the policy in force; none where the policy
/// asks nobody.
pub(super) fn of(state: &State, incident: IncidentId) -> Option<Approval> {
    let record = state.incidents.get(&incident).filter(|record| record.ended_at.is_none())?;
    let policy = &state.policy.as_ref()?.value;
    let class = record.cause.class();
    if policy.class(class).autonomy != Autonomy::Ask {
        return None;
    }
    let (question, terms) = (Question::Incident { incident }, terms(policy, class));
    Some(match state.approvals.get(&question) {
        Some(known) => Approval { terms, ..known.clone() },
        None => Approval::ask(question, None, record.opened_at, terms),
    })
}

/// Asks about every open incident on the terms in force.
pub(super) fn all(state: &mut State) {
    let open: Vec<IncidentId> = state.open_incidents().map(|incident| incident.id).collect();
    for incident in open {
        if let Some(approval) = of(state, incident) {
            state.approvals.insert(approval.question.clone(), approval);
        }
    }
}
