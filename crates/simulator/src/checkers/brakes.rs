//! S8: the brakes hold. No run and no step begins while automatic acts are paused; no run of a
//! class that is only observed, before its hold-off has ended, without the approval that the
//! policy asks for, above the rate limit, or after a person took the incident over; and no step of
//! a run that a person holds or has ended, but for what runs however it ends.

use std::collections::{BTreeMap, BTreeSet};

use model::action::Action;
use model::id::{IncidentId, PersonId, RunId};
use model::incident::Cause;
use model::policy::{Autonomy, Policy};
use model::step::ItemRef;
use model::time::LogTime;
use state_machine::Command;

use super::Checker;
use super::log_order::{Committed, LogOrder};
use crate::fact::Fact;

/// An incident, as far as it lets act.
#[derive(Debug)]
struct Incident {
    cause: Cause,
    opened_at: LogTime,
    /// Who has said yes, and when last.
    approved_by: BTreeMap<PersonId, LogTime>,
}

/// The checker.
#[derive(Debug, Default)]
pub(super) struct Brakes {
    log: LogOrder,
    now: LogTime,
    policy: Option<Policy>,
    paused_until: LogTime,
    incidents: BTreeMap<IncidentId, Incident>,
    runs: Vec<LogTime>,
    /// What answers which incident, and what of it runs however it ends.
    under_way: BTreeMap<RunId, Run>,
    taken_over: BTreeSet<IncidentId>,
}

/// A run, as far as persons hold it.
#[derive(Debug)]
struct Run {
    incident: IncidentId,
    always: BTreeSet<ItemRef>,
    paused_until: LogTime,
    aborted: bool,
}

impl Brakes {
    fn committed(&mut self, committed: &Committed<'_>) -> Option<String> {
        self.now = self.now.max(committed.entry.at);
        if !committed.counts() {
            return None;
        }
        match &committed.entry.command {
            Command::EstateLoaded { policy, .. } => self.policy = Some(policy.value.clone()),
            Command::Paused { until, .. } => self.paused_until = *until,
            Command::Resumed => self.paused_until = LogTime::default(),
            Command::IncidentOpened { cause, .. } => {
                let incident = Incident {
                    cause: cause.clone(),
                    opened_at: self.now,
                    approved_by: BTreeMap::new(),
                };
                self.incidents.insert(IncidentId(committed.index), incident);
            }
            Command::RunPaused { run, until, .. } => {
                self.of(*run, |run| run.paused_until = *until);
            }
            Command::RunResumed { run } => {
                self.of(*run, |run| run.paused_until = LogTime::default());
            }
            Command::RunAborted { run, .. } => {
                self.of(*run, |run| {
                    run.aborted = true;
                    run.paused_until = LogTime::default();
                });
                let incident = self.under_way.get(run).map(|run| run.incident);
                self.taken_over.extend(incident);
                // Who approved before has not approved what follows.
                if let Some(known) = incident.and_then(|id| self.incidents.get_mut(&id)) {
                    known.approved_by.clear();
                }
            }
            Command::IncidentApproved { incident, .. } => {
                self.taken_over.remove(incident);
                if let Some(incident) = self.incidents.get_mut(incident) {
                    incident
                        .approved_by
                        .extend(committed.entry.person.clone().map(|by| (by, self.now)));
                }
            }
            Command::StepStarted { key, .. } if self.paused_until > self.now => {
                return Some(format!("{key} began at {}, in a pause", self.now));
            }
            Command::StepStarted { key, .. } => {
                let run = self.under_way.get(&key.run)?;
                if run.paused_until > self.now {
                    return Some(format!("{key} began at {}, in a pause of its run", self.now));
                }
                if run.aborted && !run.always.contains(&key.item) {
                    return Some(format!("{key} began although a person has ended its run"));
                }
            }
            Command::RunStarted { incident, plan, .. } => {
                let always = plan.items.iter().filter(|planned| planned.always);
                let always = always.map(|planned| planned.item.clone()).collect();
                let run = Run {
                    incident: *incident,
                    always,
                    paused_until: LogTime::default(),
                    aborted: false,
                };
                self.under_way.insert(RunId(committed.index), run);
                let asks = plan.items.iter().any(|p| matches!(p.action, Action::Approval { .. }));
                return self.run(*incident, asks);
            }
            _ => {}
        }
        None
    }

    fn of(&mut self, run: RunId, change: impl FnOnce(&mut Run)) {
        if let Some(run) = self.under_way.get_mut(&run) {
            change(run);
        }
    }

    /// `asks`: the run asks persons itself before it changes anything.
    fn run(&mut self, id: IncidentId, asks: bool) -> Option<String> {
        let policy = self.policy.as_ref()?;
        let begun = |why: String| Some(format!("a run for {id} began {why}"));
        if self.paused_until > self.now {
            return begun(format!("at {}, in a pause", self.now));
        }
        if self.taken_over.contains(&id) {
            return begun("although a person took it over".to_owned());
        }
        let Some(incident) = self.incidents.get(&id) else {
            return begun("for an incident that was never opened".to_owned());
        };
        let class = incident.cause.class();
        let of_class = policy.class(class);
        let terms = policy.approvals(class);
        let counts = |(by, at): &(&PersonId, &LogTime)| {
            (terms.from.is_empty() || terms.from.contains(*by))
                && at.after(policy.people.approval_valid_for) > self.now
        };
        let approvals = incident.approved_by.iter().filter(counts).count();
        let needed = terms.quorum.max(1) as usize;
        match of_class.autonomy {
            Autonomy::Observe => return begun(format!("although {class} is only observed")),
            Autonomy::Ask if approvals < needed && !asks => {
                return begun(format!(
                    "although {class} asks {needed} persons and {approvals} have approved it"
                ));
            }
            Autonomy::Ask | Autonomy::Act => {}
        }
        if incident.opened_at.after(of_class.hold_off) > self.now {
            return begun("before its hold-off had ended".to_owned());
        }
        let limit = policy.rate_limit;
        self.runs.retain(|at| self.now.since(*at) < limit.window);
        if self.runs.len() >= limit.runs as usize {
            let (runs, window) = (self.runs.len(), limit.window);
            return begun(format!("after {runs} others within {window}: more than allowed"));
        }
        self.runs.push(self.now);
        None
    }
}

impl Checker for Brakes {
    fn property(&self) -> &'static str {
        "S8-brakes"
    }

    fn take(&mut self, fact: &Fact) -> Option<String> {
        let committed = self.log.next(fact)?;
        self.committed(&committed)
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts::{applied, caught, estate_with, intent, run_started, silent};
    use super::*;

    fn opened(index: u64) -> Fact {
        let command = Command::IncidentOpened {
            cause: Cause::HostLost { host: "a1".into() },
            evidence: Vec::new(),
            last_seen_up: LogTime(0),
            hold_off: model::units::Span::ZERO,
        };
        applied(index, index, command, Vec::new())
    }

    fn paused(index: u64) -> Fact {
        let command = Command::Paused { until: LogTime(60_000), reason: "work".to_owned() };
        applied(index, index, command, Vec::new())
    }

    #[test]
    fn what_begins_in_a_pause_is_caught() {
        let policy = || estate_with(1, "act", 9);
        caught(Brakes::default(), &[policy(), opened(2), paused(3), run_started(4, 2)]);
        caught(Brakes::default(), &[policy(), paused(2), intent(3, "v1", "a1", 3, 1)]);
        let resumed = applied(4, 4, Command::Resumed, Vec::new());
        let facts = [policy(), opened(2), paused(3), resumed, run_started(5, 2)];
        silent(Brakes::default(), &facts);
    }

    #[test]
    fn a_step_of_a_run_that_a_person_holds_or_has_ended_is_caught() {
        let (run, why) = (RunId(7), "seen on the spot".to_owned());
        let begun = || [estate_with(1, "act", 9), opened(2), run_started(7, 2)];
        let said = |command| applied(8, 8, command, Vec::new());
        let paused = || {
            let until = LogTime(60_000);
            said(Command::RunPaused { run, until, reason: why.clone() })
        };
        let aborted = || said(Command::RunAborted { run, reason: why.clone() });
        let step = || intent(9, "v1", "a1", 3, 1);
        for held in [paused(), aborted()] {
            caught(Brakes::default(), &[begun().as_slice(), &[held, step()]].concat());
        }
        silent(Brakes::default(), &[begun().as_slice(), &[step()]].concat());
        let again = || run_started(9, 2);
        caught(Brakes::default(), &[begun().as_slice(), &[aborted(), again()]].concat());
        let command = Command::IncidentApproved { incident: IncidentId(2) };
        let back = applied(9, 9, command, Vec::new());
        let handed_back = [aborted(), back, run_started(10, 2)];
        silent(Brakes::default(), &[begun().as_slice(), &handed_back].concat());
    }

    #[test]
    fn a_run_that_nobody_approved_is_caught_where_the_policy_asks() {
        caught(Brakes::default(), &[estate_with(1, "ask", 9), opened(2), run_started(3, 2)]);
        caught(Brakes::default(), &[estate_with(1, "observe", 9), opened(2), run_started(3, 2)]);
    }

    #[test]
    fn one_person_who_approves_twice_is_not_two() {
        let approved = |index, by: &str| match applied(
            index,
            index,
            Command::IncidentApproved { incident: IncidentId(2) },
            Vec::new(),
        ) {
            Fact::Applied { node, term, entry, applied, content, replayed, .. } => {
                let mut entry = (*entry).clone();
                entry.person = Some(by.into());
                let entry = std::sync::Arc::new(entry);
                Fact::Applied { node, index, term, entry, applied, content, replayed }
            }
            other => other,
        };
        let policy = || estate_with(1, "ask, approvals: { quorum: 2 }", 9);
        // After an abort all of them are asked again.
        let both = || [policy(), opened(2), approved(3, "marie"), approved(4, "claire")];
        let (run, reason) = (RunId(5), "seen on the spot".to_owned());
        let aborted = applied(6, 6, Command::RunAborted { run, reason }, Vec::new());
        let one_again = [run_started(5, 2), aborted, approved(7, "marie"), run_started(8, 2)];
        silent(Brakes::default(), &[both().as_slice(), &one_again[..1]].concat());
        caught(Brakes::default(), &[both().as_slice(), &one_again].concat());
        let twice = [policy(), opened(2), approved(3, "marie"), approved(4, "marie")];
        caught(Brakes::default(), &[twice.as_slice(), &[run_started(5, 2)]].concat());
        let two = [policy(), opened(2), approved(3, "marie"), approved(4, "paul")];
        silent(Brakes::default(), &[two.as_slice(), &[run_started(5, 2)]].concat());
    }

    #[test]
    fn a_run_above_the_rate_limit_is_caught() {
        let facts = [estate_with(1, "act", 2), opened(2), run_started(3, 2), run_started(4, 2)];
        silent(Brakes::default(), &facts);
        let more = [facts.as_slice(), &[run_started(5, 2)]].concat();
        caught(Brakes::default(), &more);
    }
}
