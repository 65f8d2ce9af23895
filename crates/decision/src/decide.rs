//! The verdicts.

use model::id::{HostId, IncidentId};
use model::incident::{Cause, Evidence, Phase};
use model::policy::{Autonomy, Policy};
use model::seeded_bug::{SeededBug, seeded_bug};
use model::time::LogTime;
use model::units::Span;

use crate::admission::admissible;
use crate::answer::lost;
use crate::correlation::{causes, explains};
use crate::ending::{absorbed, ending, is_dealt_with, is_empty_quarantine};
use crate::judge::Judge;
use crate::platform::absorbing;
use crate::rules::Seen;
use crate::view::View;

/// Something to be proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A verdict.
    Open {
        /// Its one cause.
        cause: Cause,
        /// What led to it.
        evidence: Vec<Evidence>,
        /// When the lost thing was last seen up.
        last_seen_up: LogTime,
        /// From the policy of its class.
        hold_off: Span,
    },
    /// An incident is over.
    End {
        /// Which.
        incident: IncidentId,
        /// Nothing had been done about it.
        withdrawn: bool,
        /// Why.
        reason: String,
    },
    /// The platform absorbs it.
    Absorb {
        /// Which.
        incident: IncidentId,
        /// What says so.
        reason: String,
    },
    /// Its hold-off is over and the policy, or a person whom it asks, lets Bascule act:
    /// plan a run and start it.
    Run {
        /// For which incident.
        incident: IncidentId,
    },
    /// The policy only observes: plan what would be done, and say so once.
    Shadow {
        /// For which incident.
        incident: IncidentId,
    },
    /// A host that came back may be let in.
    Admit {
        /// Which.
        host: HostId,
    },
}

/// A run that failed is tried again after so long, and so often.
const RUN_AGAIN_AFTER: Span = Span::from_secs(30);
const RUNS_AT_MOST: usize = 3;
/// So long a layer may serve nobody while it elects a side.
const ELECTION_TAKES: Span = Span::from_secs(15);

/// What follows from the view, at this log time.
pub fn decide(view: &View<'_>, policy: &Policy, now: LogTime) -> Vec<Decision> {
    let mut decisions = Vec::new();
    if now < view.fresh_from {
        // Everything known is from before this leader.
        return decisions;
    }
    let judge = Judge::new(view);
    let causes = causes(&judge);
    for incident in &view.open {
        if let Some((withdrawn, reason)) = ending(&judge, incident) {
            decisions.push(Decision::End { incident: incident.id, withdrawn, reason });
        } else if let Some(larger) = explained(view, &causes, &incident.cause)
            && incident.runs.is_empty()
        {
            let reason = format!("explained by: {}", larger.cause);
            decisions.push(Decision::End { incident: incident.id, withdrawn: true, reason });
        } else if policy.class(incident.cause.class()).runbook.is_none() {
            if let Some(reason) = absorbed(&judge, incident) {
                decisions.push(Decision::Absorb { incident: incident.id, reason });
            }
        } else if let Some(reason) = absorbing(&judge, policy, incident, now)
            && incident.phase == Phase::Open
        {
            decisions.push(Decision::Absorb { incident: incident.id, reason });
        } else if may_run(&judge, policy, incident, now) {
            decisions.push(Decision::Run { incident: incident.id });
        } else if is_shadowed(&judge, policy, incident, now) {
            decisions.push(Decision::Shadow { incident: incident.id });
        }
    }
    for seen in causes {
        if is_news(&judge, policy, &seen, now) {
            decisions.push(Decision::Open {
                hold_off: policy.class(seen.cause.class()).hold_off,
                last_seen_up: seen.grounds.last_up,
                evidence: seen.grounds.evidence,
                cause: seen.cause,
            });
        }
    }
    // S8: an admission stops VMs, maps volumes and opens switches.
    if view.paused {
        return decisions;
    }
    decisions.extend(admissible(&judge).into_iter().map(|host| Decision::Admit { host }));
    decisions
}

fn explained<'a>(view: &View<'_>, causes: &'a [Seen], smaller: &Cause) -> Option<&'a Seen> {
    causes.iter().find(|larger| explains(view.estate, &larger.cause, smaller))
}

/// Whether a verdict on this cause is due and says something new.
fn is_news(judge: &Judge<'_>, policy: &Policy, seen: &Seen, now: LogTime) -> bool {
    let view = judge.view;
    let known = view.open.iter().any(|incident| {
        incident.cause == seen.cause
            || explains(view.estate, &incident.cause, &seen.cause)
            || same_host_vms(&incident.cause, &seen.cause)
    });
    let in_maintenance = match &seen.cause {
        Cause::RoomLost { room } | Cause::StorageSideLost { room, .. } => {
            view.rooms_in_maintenance.contains(room)
        }
        _ => false,
    };
    if known || in_maintenance {
        return false;
    }
    if is_dealt_with(judge, &seen.cause) || is_empty_quarantine(judge, &seen.cause) {
        return false;
    }
    now >= seen.grounds.since.after(settling(policy, &seen.cause))
}

/// One incident stands for all the VMs of a host.
fn same_host_vms(open: &Cause, seen: &Cause) -> bool {
    matches!((open, seen), (Cause::VmLost { host: a, .. }, Cause::VmLost { host: b, .. }) if a == b)
}

/// A smaller cause waits until a larger one would have shown: the parts of a dying room fall
/// silent within one probe's period and timeout of each other, not at one instant.
fn settling(policy: &Policy, cause: &Cause) -> Span {
    match cause {
        Cause::RoomLost { .. } | Cause::VmLost { .. } | Cause::ProductionLost => Span::ZERO,
        // Sides stop for seconds whenever they elect one of them.
        Cause::StorageLayerLost { .. } => ELECTION_TAKES,
        Cause::HostLost { .. }
        | Cause::StorageSideLost { .. }
        | Cause::ArrayLost { .. }
        | Cause::LinkLost { .. }
        | Cause::ControllerLost { .. } => {
            let watch = &policy.watch;
            watch.probe_every.saturating_mul(2).saturating_add(watch.probe_timeout)
        }
    }
}

fn may_run(
    judge: &Judge<'_>,
    policy: &Policy,
    incident: &model::incident::Incident,
    now: LogTime,
) -> bool {
    let runs = judge.view.runs.get(&incident.id).copied().unwrap_or_default();
    let rested = runs.last_ended_at.is_none_or(|ended| now >= ended.after(RUN_AGAIN_AFTER));
    let class = policy.class(incident.cause.class());
    let asks_itself =
        class.runbook.as_ref().is_some_and(|name| judge.view.ask_themselves.contains(name));
    let let_act = match class.autonomy {
        Autonomy::Act => true,
        // Seeded bug `approval-not-awaited`.
        Autonomy::Ask => {
            judge.view.approved.contains(&incident.id)
                || asks_itself
                || seeded_bug(SeededBug::ApprovalNotAwaited)
        }
        Autonomy::Observe => false,
    };
    let_act
        && !judge.view.paused
        && !runs.running
        && (incident.phase != Phase::Absorbed || touches_hosts(&incident.cause))
        && now >= incident.hold_off_ends
        && rested
        && (incident.runs.len().saturating_sub(runs.aborted) < RUNS_AT_MOST
            || proved_since(judge, incident, runs.last_ended_at))
        && lost(judge, &incident.cause).next().is_some()
}

/// Whether VMs are lost by such a cause: what the platform absorbs of it is absorbed until the
/// deadline only.
fn touches_hosts(cause: &Cause) -> bool {
    matches!(
        cause,
        Cause::VmLost { .. }
            | Cause::HostLost { .. }
            | Cause::RoomLost { .. }
            | Cause::StorageSideLost { .. }
    )
}

/// Shadow mode: what would be done is said once, when it would begin, and nothing is done.
fn is_shadowed(
    judge: &Judge<'_>,
    policy: &Policy,
    incident: &model::incident::Incident,
    now: LogTime,
) -> bool {
    policy.class(incident.cause.class()).autonomy == Autonomy::Observe
        && !judge.view.shadowed.contains(&incident.id)
        && incident.runs.is_empty()
        && now >= incident.hold_off_ends
        && lost(judge, &incident.cause).next().is_some()
}

/// Whether a fence that the last run could not wait for was proved after it ended, by persons as a
/// rule: what the runs failed for is there now.
fn proved_since(
    judge: &Judge<'_>,
    incident: &model::incident::Incident,
    last_ended_at: Option<LogTime>,
) -> bool {
    lost(judge, &incident.cause).any(|vm| {
        let proved = judge.view.hosts.get(vm.placed).and_then(|facts| facts.proved_at);
        proved.is_some_and(|at| last_ended_at.is_some_and(|ended| at > ended))
    })
}
