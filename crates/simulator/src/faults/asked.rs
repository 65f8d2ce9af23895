//! What people are asked: to let an incident be acted upon, or a run pass a step.

use std::fmt;

use model::action::Action;
use model::id::{IncidentId, RunId};
use model::policy::Autonomy;
use model::step::StepKey;
use model::units::Span;
use state_machine::{Command, Question, State};

use super::operator::look;
use crate::world::World;

/// A question that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// May Bascule act on this incident?
    Incident(IncidentId),
    /// May a run pass this step?
    Step(StepKey),
}

impl Asked {
    /// A person's yes; at a step it names what may be lost.
    pub(super) fn yes(&self, loss: Option<Span>) -> Command {
        match self {
            Self::Incident(incident) => Command::IncidentApproved { incident: *incident },
            Self::Step(key) => Command::StepApproved { key: key.clone(), loss },
        }
    }

    /// The same of something that was never asked.
    pub(super) fn never(&self) -> Self {
        match self {
            Self::Incident(incident) => Self::Incident(IncidentId(incident.0 + 1)),
            Self::Step(key) => Self::Step(StepKey { run: RunId(key.run.0 + 1), ..key.clone() }),
        }
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incident(incident) => incident.fmt(f),
            Self::Step(key) => key.fmt(f),
        }
    }
}

/// Everything that waits for persons now; nothing while nobody leads.
pub(super) fn questions(world: &World) -> Vec<Asked> {
    let asked = look(world, |state| incidents(state).chain(steps(state)).collect());
    asked.unwrap_or_default()
}

/// The open incidents of which the policy asks a person and that still wait for one.
fn incidents(state: &State) -> impl Iterator<Item = Asked> {
    let policy = state.policy.as_ref();
    let asks = move |incident: &&model::incident::Incident| {
        policy.is_some_and(|policy| {
            policy.value.class(incident.cause.class()).autonomy == Autonomy::Ask
        })
    };
    let open = state.open_incidents().filter(asks).map(|incident| incident.id);
    open.filter(|id| !state.is_approved(*id, state.log_time)).map(Asked::Incident)
}

/// The steps at which a run waits for more persons than have said yes.
fn steps(state: &State) -> impl Iterator<Item = Asked> {
    let each = state.running_runs().flat_map(|run| run.items.keys().map(move |item| (run, item)));
    let waits = each.filter(|(run, item)| {
        let found = run.item(item);
        found.is_some_and(|(planned, record)| {
            matches!(planned.action, Action::Approval { .. }) && !record.state.is_over()
        })
    });
    let keys = waits.map(|(run, item)| StepKey { era: state.era, run: run.id, item: item.clone() });
    let given = |key: &StepKey| {
        let question = Question::Step { key: key.clone() };
        state.approval(&question).is_some_and(|approval| approval.is_given(state.log_time))
    };
    keys.filter(move |key| !given(key)).map(Asked::Step)
}
