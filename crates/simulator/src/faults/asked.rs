//! What people are asked: to let an incident be acted upon, or a run pass a step, or to do a task
//! of one.

use std::fmt;

use model::action::Action;
use model::id::{IncidentId, RunId};
use model::manual::{EvidenceKind, ManualEvidence, Photo};
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
    /// Is this task of a run done?
    Task(StepKey, EvidenceKind),
}

impl Asked {
    /// A person's yes; at a step it names what may be lost.
    pub(super) fn yes(&self, loss: Option<Span>) -> Command {
        match self {
            Self::Incident(incident) => Command::IncidentApproved { incident: *incident },
            Self::Step(key) => Command::StepApproved { key: key.clone(), loss },
            Self::Task(key, kind) => {
                Command::StepDone { key: key.clone(), evidence: evidence(*kind) }
            }
        }
    }

    /// The same of something that was never asked.
    pub(super) fn never(&self) -> Self {
        match self {
            Self::Incident(incident) => Self::Incident(IncidentId(incident.0 + 1)),
            Self::Step(key) => Self::Step(of_the_next_run(key)),
            Self::Task(key, kind) => Self::Task(of_the_next_run(key), *kind),
        }
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incident(incident) => incident.fmt(f),
            Self::Step(key) | Self::Task(key, _) => key.fmt(f),
        }
    }
}

fn of_the_next_run(key: &StepKey) -> StepKey {
    StepKey { run: RunId(key.run.0 + 1), ..key.clone() }
}

fn evidence(kind: EvidenceKind) -> ManualEvidence {
    let photo = Photo { name: "seen.jpg".to_owned(), sha256: "0a".repeat(32) };
    ManualEvidence {
        text: "seen on the spot".to_owned(),
        photo: (kind == EvidenceKind::Photo).then_some(photo),
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
    let asked = each.filter_map(|(run, item)| {
        let (planned, record) = run.item(item)?;
        let key = || StepKey { era: state.era, run: run.id, item: item.clone() };
        match &planned.action {
            Action::Approval { .. } if !record.state.is_over() => Some(Asked::Step(key())),
            Action::Manual(task) if record.state.is_under_way() => {
                Some(Asked::Task(key(), task.evidence))
            }
            _ => None,
        }
    });
    asked.filter(|asked| match asked {
        Asked::Incident(_) => true,
        Asked::Step(key) | Asked::Task(key, _) => {
            let said = state.approval(&Question::Step { key: key.clone() });
            !said.is_some_and(|approval| approval.is_given(state.log_time))
        }
    })
}
