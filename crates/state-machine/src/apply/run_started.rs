//! A run begins.

use std::collections::BTreeSet;

use model::action::{Action, Effects};
use model::id::{IncidentId, RunId, RunbookName};
use model::incident::{IncidentClass, Phase};
use model::plan::{Needs, OnFailure, Plan};
use model::policy::Autonomy;
use model::seeded_bug::{SeededBug, seeded_bug};
use model::step::ItemRef;
use model::time::LogTime;

use super::{asking, one_run_a_vm, premise, retention, targets};
use crate::rejection::Rejection;
use crate::state::{ItemRecord, Run, RunState, State};

/// The run that is asked for.
pub(super) struct NewRun<'a> {
    pub(super) incident: IncidentId,
    pub(super) runbook: &'a RunbookName,
    pub(super) runbook_hash: &'a str,
    pub(super) estate_hash: &'a str,
    pub(super) plan: &'a Plan,
}

pub(super) fn apply(state: &mut State, index: u64, new: &NewRun<'_>) -> Result<(), Rejection> {
    let incident = premise::open_incident(state, new.incident)?;
    if incident.hold_off_ends > state.log_time {
        return Err(Rejection::HoldOff { incident: new.incident });
    }
    let class = incident.cause.class();
    let asks = premise::policy(state)?.class(class).autonomy == Autonomy::Ask;
    if !(asks && asks_before_it_acts(new.plan)) {
        may_act(state, class, new.incident)?;
    }
    brakes(state, new)?;
    pinned(state, new)?;
    sound(state, new.plan)?;
    targets::sound(state, new.incident, new.plan)?;
    let starts = new.plan.items.iter().filter_map(|planned| planned.action.starts());
    one_run_a_vm::check(state, None, &starts.map(|(vm, _)| vm).collect())?;

    let id = RunId(index);
    let now = state.log_time;
    let run = Run {
        id,
        incident: new.incident,
        runbook: new.runbook.clone(),
        runbook_hash: new.runbook_hash.to_owned(),
        estate_hash: new.estate_hash.to_owned(),
        started_at: now,
        plan: new.plan.clone(),
        items: new
            .plan
            .items
            .iter()
            .enumerate()
            .map(|(index, planned)| (planned.item.clone(), ItemRecord::waiting(index)))
            .collect(),
        state: RunState::Running,
        ended_at: None,
        pause: None,
        aborted: None,
    };
    state.runs.insert(id, run);
    let window = state.policy.as_ref().map(|p| p.value.rate_limit.window).unwrap_or_default();
    state.automatic_runs.retain(|at| now.since(*at) < window);
    state.automatic_runs.push(now);
    if let Some(incident) = state.incidents.get_mut(&new.incident) {
        incident.phase = Phase::Acting;
        incident.runs.push(id);
    }
    retention::runs(state);
    Ok(())
}

/// S8: how far the policy lets Bascule go.
fn may_act(state: &State, class: IncidentClass, incident: IncidentId) -> Result<(), Rejection> {
    let reason = match premise::policy(state)?.class(class).autonomy {
        Autonomy::Act => return Ok(()),
        // Seeded bug `approval-not-awaited`.
        Autonomy::Ask if seeded_bug(SeededBug::ApprovalNotAwaited) => return Ok(()),
        Autonomy::Ask => {
            // On the terms in force, whatever they were when it was asked.
            let asked = asking::of(state, incident);
            if asked.as_ref().is_some_and(|approval| approval.is_given(state.log_time)) {
                return Ok(());
            }
            let (given, quorum) = asked
                .map_or((0, 1), |approval| (approval.given(state.log_time), approval.quorum()));
            format!(
                "the policy asks a person first: bascule incident approve {} ({given} of {quorum})",
                incident.0
            )
        }
        Autonomy::Observe => "the policy lets Bascule only observe this class".to_owned(),
    };
    Err(Rejection::Braked { reason })
}

/// Whether nothing of this plan that changes the world happens before two persons have approved:
/// such a run may begin under a policy that asks, because it asks itself.
fn asks_before_it_acts(plan: &Plan) -> bool {
    let mut after_approval: BTreeSet<&ItemRef> = BTreeSet::new();
    plan.items.iter().all(|planned| {
        let asks = matches!(planned.action, Action::Approval { quorum, .. } if quorum >= 2);
        if asks || planned.needs.iter().any(|need| after_approval.contains(need)) {
            after_approval.insert(&planned.item);
            // A failure that does not end the run would let others pass unapproved.
            return !asks || planned.on_failure == OnFailure::Abort;
        }
        planned.action.row().effects == Effects::Read
    }) && !after_approval.is_empty()
}

/// S8: a pause, a run under way, the rate limit. They hold for what a person approved as well.
fn brakes(state: &State, new: &NewRun<'_>) -> Result<(), Rejection> {
    premise::not_paused(state)?;
    if let Some(held) = state.held.get(&new.incident) {
        return Err(Rejection::Braked {
            reason: format!(
                "{} took this over by aborting {} ({}): `bascule incident approve {}` hands it back",
                held.aborted.by, held.run, held.aborted.reason, new.incident.0
            ),
        });
    }
    if let Some(run) = state.running_runs().find(|run| run.incident == new.incident) {
        return Err(Rejection::Braked { reason: format!("{} answers this incident", run.id) });
    }
    let limit = premise::policy(state)?.rate_limit;
    let within = |at: &&LogTime| state.log_time.since(**at) < limit.window;
    let recent = state.automatic_runs.iter().filter(within).count();
    // Seeded bug `rate-limit-ignored`.
    if recent >= limit.runs as usize && !seeded_bug(SeededBug::RateLimitIgnored) {
        return Err(Rejection::Braked {
            reason: format!(
                "{recent} automatic runs within {}: the limit is reached",
                limit.window
            ),
        });
    }
    Ok(())
}

fn pinned(state: &State, new: &NewRun<'_>) -> Result<(), Rejection> {
    let estate = state.estate.as_ref().ok_or(Rejection::NoEstate)?;
    let runbook =
        state.runbooks.get(new.runbook).ok_or_else(|| premise::no_such("runbook", new.runbook))?;
    for (what, planned, pinned) in [
        ("estate", new.estate_hash, estate.hash.as_str()),
        ("runbook", new.runbook_hash, runbook.hash.as_str()),
    ] {
        if planned != pinned {
            return Err(Rejection::StalePlan {
                reason: format!("it was made for the {what} {planned}, {pinned} is pinned"),
            });
        }
    }
    Ok(())
}

/// Every reference resolves, and the items stand in an order that respects `needs`.
fn sound(state: &State, plan: &Plan) -> Result<(), Rejection> {
    let estate = premise::estate(state)?;
    let mut before = BTreeSet::new();
    let mut always = BTreeSet::new();
    let mut looked_at: Option<&Needs> = None;
    for planned in &plan.items {
        if planned.always {
            always.insert(&planned.item);
        } else if let Some(need) = planned.needs.iter().find(|need| always.contains(need)) {
            return Err(Rejection::StalePlan {
                reason: format!("{} needs {need}, which comes after everything", planned.item),
            });
        }
        // What stood before stands before what follows too.
        let known = looked_at.is_some_and(|needs| needs.is_same_as(&planned.needs));
        looked_at = Some(&planned.needs);
        for need in planned.needs.iter().filter(|_| !known) {
            if !before.contains(need) {
                return Err(Rejection::StalePlan {
                    reason: format!("{} needs {need}, which does not come before", planned.item),
                });
            }
        }
        if !before.insert(&planned.item) {
            return Err(Rejection::StalePlan { reason: format!("{} twice", planned.item) });
        }
        match &planned.action {
            Action::FenceHost { host } => {
                premise::host(state, host)?;
            }
            Action::VmStart { vm, host }
            | Action::VmStartFromCopy { vm, host }
            | Action::VmStop { vm, host } => {
                premise::vm(state, vm)?;
                premise::host(state, host)?;
            }
            Action::StorageConfirmSide { layer, room } => {
                estate
                    .storage_layers
                    .get(layer)
                    .ok_or_else(|| premise::no_such("storage layer", layer))?;
                premise::room(state, room)?;
            }
            Action::Approval { .. } | Action::Manual(_) => {}
            Action::ServiceCheck { service } => {
                estate.services.get(service).ok_or_else(|| premise::no_such("service", service))?;
            }
        }
    }
    Ok(())
}
