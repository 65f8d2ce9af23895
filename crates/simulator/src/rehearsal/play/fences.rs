//! Fences: a management controller that lives is read as off, or the lease runs out.

use model::action::Action;
use model::era::Token;
use model::fence::{FenceEvidence, FenceProof, Rung};
use model::id::{HostId, RunId};
use model::step::Outcome;
use model::time::LogTime;
use model::units::Span;
use state_machine::Command;

use super::Play;
use crate::rehearsal::milestones::Milestone;
use crate::rehearsal::queue::Event;

/// The leader looks so often.
const TICK: u64 = 100;

impl Play<'_> {
    /// A fence was ordered, or an order in force was joined.
    pub(super) fn fence(&mut self, host: &HostId, token: Token) {
        let Some(definition) = self.estate.hosts.get(host) else { return };
        if self.is_proved(host) {
            self.fences_are_seen(host);
            return;
        }
        if definition.rungs.contains(&Rung::Power) && !self.dead_rooms.contains(&definition.room) {
            let off = self.draw(|of| &of.power_off);
            let proved = Event::Proved { host: host.clone(), token, by_lease: None };
            self.queue.at(self.now + off, proved);
        }
        if definition.rungs.contains(&Rung::Lease) {
            let withheld = self.draw(|of| &of.withholding);
            self.queue.at(self.now + withheld, Event::Withheld { host: host.clone(), token });
        }
    }

    pub(super) fn withheld(&mut self, host: &HostId, token: Token) {
        let takers = self.state.hosts.iter().filter(|(id, record)| {
            *id != host && record.may_start() && !self.dead_hosts.contains(*id)
        });
        let Some(by) = takers.map(|(id, _)| id.clone()).next() else { return };
        let withheld = Command::Withheld {
            host: host.clone(),
            token,
            by: by.clone(),
            // Its host had a lease until it died: it never asked for a promise.
            promise_ends_in: Span::ZERO,
        };
        if self.must_commit(withheld) {
            let proved = Event::Proved { host: host.clone(), token, by_lease: Some(by) };
            let wait = self.policy.lease.wait().as_millis();
            self.queue.at(self.now + wait + TICK, proved);
        }
    }

    pub(super) fn proved(&mut self, host: &HostId, token: Token, by_lease: Option<HostId>) {
        if self.is_proved(host) {
            return;
        }
        let evidence = match by_lease {
            Some(withheld_by) => {
                let waited_ms = self.policy.lease.wait().as_millis();
                FenceEvidence::LeaseExpired { withheld_by, waited_ms, required_ms: waited_ms }
            }
            None => FenceEvidence::PowerOff {
                reads: 2,
                apart_ms: 500,
                answer: "rehearsed: off".to_owned(),
            },
        };
        let at = LogTime::default();
        let proof = FenceProof { target: host.clone(), token, evidence, at };
        if self.must_commit(Command::FenceProved { proof }) {
            self.milestones.last(Milestone::Fenced, self.now);
            self.fences_are_seen(host);
            self.starts_there_fail(host);
        }
    }

    fn is_proved(&self, host: &HostId) -> bool {
        let order = self.state.hosts.get(host).and_then(|record| record.fence.as_ref());
        order.is_some_and(|order| order.is_proved())
    }

    /// Every step under way that waits for this fence is done.
    fn fences_are_seen(&mut self, host: &HostId) {
        let waiting =
            self.under_way(|action| matches!(action, Action::FenceHost { host: of } if of == host));
        for (run, item, attempt) in waiting {
            let evidence = "rehearsed: a rung has proved".to_owned();
            self.finish(run, item, attempt, Outcome::Done { evidence }, true);
        }
    }

    /// Nothing executes there any more: what was being started there has failed.
    fn starts_there_fail(&mut self, host: &HostId) {
        let mut starting = Vec::new();
        for (run, log) in &self.runs {
            let Some(record) = self.state.runs.get(run) else { continue };
            for (item, state) in log.progress.states().iter().enumerate() {
                let on = record.plan.items[item].action.starts().map(|(_, on)| on);
                if state.is_under_way() && on == Some(host) {
                    starting.extend(self.item_state(*run, item).map(|(_, at)| (*run, item, at)));
                }
            }
        }
        for (run, item, attempt) in starting {
            let reason = format!("host {host} is itself fenced");
            self.finish(run, item, attempt, Outcome::Failed { reason }, true);
        }
    }

    /// The items under way, in every run, that look for something and whose action is such.
    pub(super) fn under_way(&self, wanted: impl Fn(&Action) -> bool) -> Vec<(RunId, usize, u32)> {
        let mut found = Vec::new();
        for (run, log) in &self.runs {
            let Some(record) = self.state.runs.get(run) else { continue };
            for item in log.look.iter().copied() {
                let is_under_way = log.progress.states()[item].is_under_way();
                if is_under_way
                    && wanted(&record.plan.items[item].action)
                    && let Some((_, attempt)) = self.item_state(*run, item)
                {
                    found.push((*run, item, attempt));
                }
            }
        }
        found
    }
}
