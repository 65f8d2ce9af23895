use model::id::{HostId, PersonId, RunbookName};
use model::incident::{Cause, Evidence, Incident, IncidentClass, Phase};
use model::plan::Digest;
use model::policy::Autonomy;
use model::time::LogTime;
use model::units::Span;
use serde::{Deserialize, Serialize};
use state_machine::{Approval, Question, State};

use super::hosts::{FenceView, fence};
use super::runs::AbortedView;

/// An incident.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IncidentView {
    /// Its id.
    pub id: String,
    /// Its class.
    pub class: IncidentClass,
    /// Its one cause.
    pub cause: Cause,
    /// The cause in words.
    pub title: String,
    /// Where it stands.
    pub phase: Phase,
    /// What led to the verdict.
    pub evidence: Vec<Evidence>,
    /// From the last sign of life to the verdict.
    pub verdict_after: Span,
    /// The last sign of life, by log time.
    pub last_seen_up_ms: u64,
    /// The verdict, by log time.
    pub opened_at_ms: u64,
    /// The end of the hold-off, by log time.
    pub hold_off_ends_ms: u64,
    /// The end, by log time.
    pub ended_at_ms: Option<u64>,
    /// Why it ended.
    pub end_reason: Option<String>,
    /// What people were asked about it, where the policy asks.
    #[serde(default)]
    pub approval: Option<ApprovalView>,
    /// The policy asks people, and not enough of them have approved.
    #[serde(default)]
    pub waits_for_approval: bool,
    /// Who took it over by aborting the run that answered it, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<AbortedView>,
    /// The fences of what is lost.
    #[serde(default)]
    pub fences: Vec<HostFence>,
    /// What would have been done, where the policy only observes.
    #[serde(default)]
    pub would_run: Option<WouldRunView>,
    /// Runs that answered it.
    pub runs: Vec<String>,
}

/// The fence of one host.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HostFence {
    /// Which host.
    pub host: HostId,
    /// Its fence.
    pub fence: FenceView,
}

/// What would have been done.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WouldRunView {
    /// When the run would have begun, by log time.
    pub at_ms: u64,
    /// By which runbook.
    pub runbook: RunbookName,
    /// The plan in short.
    pub digest: Digest,
}

fn fences(state: &State, cause: &Cause) -> Vec<HostFence> {
    let Some(estate) = state.estate.as_ref().map(|pinned| &pinned.value) else {
        return Vec::new();
    };
    let hosts: Vec<&HostId> = match cause {
        Cause::HostLost { host } => vec![host],
        Cause::RoomLost { room } | Cause::StorageSideLost { room, .. } => {
            estate.hosts_in(room).map(|(host, _)| host).collect()
        }
        _ => Vec::new(),
    };
    hosts
        .into_iter()
        .filter_map(|host| Some(HostFence { host: host.clone(), fence: fence(state, host)? }))
        .collect()
}

/// What people were asked, and what they said.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ApprovalView {
    /// So many distinct persons must say yes.
    pub quorum: u32,
    /// So many have, and their word counts now.
    pub given: u32,
    /// Who they are.
    pub by: Vec<PersonId>,
    /// Who may; nobody named: every operator.
    pub from: Vec<PersonId>,
    /// Who wants it done and never approves it.
    pub asked_by: Option<PersonId>,
    /// When it lapses, by log time, while it is given.
    pub until_ms: Option<u64>,
}

impl ApprovalView {
    pub(super) fn of(approval: &Approval, now: LogTime) -> Self {
        Self {
            quorum: approval.quorum(),
            given: approval.given(now),
            by: approval.counted(now).map(|yes| yes.person.clone()).collect(),
            from: approval.terms.from.iter().cloned().collect(),
            asked_by: approval.asked_by.clone(),
            until_ms: approval.given_until(now).map(|at| at.0),
        }
    }
}

pub(super) fn views(state: &State) -> Vec<IncidentView> {
    state
        .incidents
        .values()
        .map(|incident| IncidentView {
            id: incident.id.to_string(),
            class: incident.cause.class(),
            cause: incident.cause.clone(),
            title: incident.cause.to_string(),
            phase: incident.phase,
            evidence: incident.evidence.clone(),
            verdict_after: incident.opened_at.since(incident.last_seen_up),
            last_seen_up_ms: incident.last_seen_up.0,
            opened_at_ms: incident.opened_at.0,
            hold_off_ends_ms: incident.hold_off_ends.0,
            ended_at_ms: incident.ended_at.map(|at| at.0),
            end_reason: incident.end_reason.clone(),
            approval: state
                .approval(&Question::Incident { incident: incident.id })
                .map(|approval| ApprovalView::of(approval, state.log_time)),
            waits_for_approval: waits_for_approval(state, incident),
            held: state.held.get(&incident.id).map(|held| AbortedView::of(&held.aborted)),
            fences: fences(state, &incident.cause),
            would_run: state.would_run.get(&incident.id).map(|would| WouldRunView {
                at_ms: would.at.0,
                runbook: would.runbook.clone(),
                digest: would.digest.clone(),
            }),
            runs: incident.runs.iter().map(ToString::to_string).collect(),
        })
        .collect()
}

fn waits_for_approval(state: &State, incident: &Incident) -> bool {
    let class = state.policy.as_ref().map(|policy| policy.value.class(incident.cause.class()));
    incident.phase == Phase::Open
        && !state.is_approved(incident.id, state.log_time)
        && class.is_some_and(|class| class.autonomy == Autonomy::Ask)
}
