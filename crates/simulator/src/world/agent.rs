//! What the agent on a host does with orders and questions. The rules are the `lease` crate's
//! own: what is refused, what is promised, what is durable before it is answered.

use contracts::error::DriverError;
use lease::guardian::GuardianSet;
use lease::holder;
use model::era::Token;
use model::estate::Vm;
use model::id::{HostId, RoomId, VmId};
use model::observation::{Detail, Observation, Status, Target};
use model::seeded_bug::{SeededBug, seeded_bug};
use model::step::Order;
use model::time::Monotonic;
use model::units::Span;
use std::collections::BTreeSet;

use super::machine::Machine;
use crate::fact::Fact;

/// An answer, with what happened on the way.
pub(super) type Answered<T> = (Result<T, DriverError>, Vec<Fact>);

impl Machine {
    fn refused<T>(&self, error: DriverError, promise_held: bool) -> Answered<T> {
        let reason = error.to_string();
        let fact = Fact::OrderRefused { host: self.id.clone(), reason, promise_held };
        (Err(error), vec![fact])
    }

    /// An order to start a VM.
    pub(super) fn order_start(
        &mut self,
        id: &VmId,
        definition: &Vm,
        token: Token,
        order: &Order,
        now: Monotonic,
        boot_percent: u64,
    ) -> Option<Answered<()>> {
        let agent = self.agent.as_ref()?;
        // Seeded bug `quarantine-skipped`: the agent does not wait either.
        if !agent.admitted && !seeded_bug(SeededBug::QuarantineSkipped) {
            let reason = format!("host {} waits for its admission", self.id);
            return Some(self.refused(DriverError::Refused { reason }, false));
        }
        if let Err(older) = self.durable.seen.check(id, token) {
            let error = DriverError::OlderToken { given: older.given, seen: older.seen };
            return Some(self.refused(error, false));
        }
        // Seeded bug `repeat-not-absorbed`: a repeat starts the VM once more. The agent would absorb
        // what `retry-without-intent` sends too.
        let absorbs =
            !seeded_bug(SeededBug::RepeatNotAbsorbed) && !seeded_bug(SeededBug::RetryWithoutIntent);
        let runs = self.executes(id).is_some();
        match self.durable.carried_out.check(id, order) {
            Err(_) if absorbs && runs => return Some((Ok(()), Vec::new())),
            Err(late) if absorbs => {
                let error = DriverError::Refused { reason: late.to_string() };
                return Some(self.refused(error, false));
            }
            _ => {}
        }
        if runs && absorbs {
            // It runs already: from now on under this order.
            if self.durable.seen.accept(id, token).is_ok()
                && let Some(guest) = self.guests.get_mut(id)
            {
                guest.status.token = Some(token);
                guest.status.key = Some(order.key.clone());
                self.durable.carried_out.note(id, order);
            }
            return Some((Ok(()), Vec::new()));
        }
        if let Err(held) = agent.giver.may_start(id, now) {
            return Some(self.refused(DriverError::Refused { reason: held.to_string() }, true));
        }
        // Durable before it has an effect.
        if let Err(older) = self.durable.seen.accept(id, token) {
            let error = DriverError::OlderToken { given: older.given, seen: older.seen };
            return Some(self.refused(error, false));
        }
        self.durable.carried_out.note(id, order);
        let boot = Span::from_millis(definition.boot.as_millis() * boot_percent / 100);
        let fact = self.start(id, Some(token), Some(&order.key), now.after(boot));
        let until = self.promised.get(id).copied().filter(|until| now < *until);
        let broken = until.map(|until| Fact::PromiseBroken {
            vm: id.clone(),
            host: self.id.clone(),
            left: until.since(now),
        });
        Some((Ok(()), broken.into_iter().chain([fact]).collect()))
    }

    /// An order to stop a VM, and to refuse older tokens for it.
    pub(super) fn order_stop(&mut self, id: &VmId, token: Token) -> Option<Answered<()>> {
        self.agent.as_ref()?;
        if let Err(older) = self.durable.seen.accept(id, token) {
            let error = DriverError::OlderToken { given: older.given, seen: older.seen };
            return Some(self.refused(error, false));
        }
        Some((Ok(()), self.stop(id, "ordered").into_iter().collect()))
    }

    /// An admission: the host refuses everything older from now on, and runs nothing older.
    pub(super) fn admit(&mut self, token: Token) -> Option<Answered<String>> {
        self.agent.as_ref()?;
        if let Err(older) = self.durable.seen.seal(token) {
            let error = DriverError::OlderToken { given: older.given, seen: older.seen };
            return Some(self.refused(error, false));
        }
        let older: Vec<VmId> = self
            .guests
            .iter()
            .filter(|(_, guest)| guest.status.running && guest.status.token < Some(token))
            .map(|(vm, _)| vm.clone())
            .collect();
        let facts = older.iter().filter_map(|vm| self.stop(vm, "older than the seal")).collect();
        if let Some(agent) = &mut self.agent {
            agent.admitted = true;
        }
        Some((Ok(self.boot()), facts))
    }

    /// An order to arm or disarm the watchdog; one that a later order has overtaken is refused.
    pub(super) fn arm(&mut self, arm: bool, token: Token, now: Monotonic) -> Option<Answered<()>> {
        let agent = self.agent.as_mut()?;
        if token < self.durable.arming {
            let seen = self.durable.arming;
            return Some(self.refused(DriverError::OlderToken { given: token, seen }, false));
        }
        self.durable.arming = token;
        self.durable.disarmed = !arm;
        if !arm {
            agent.holder.step(holder::Input::Disarmed);
            self.watchdog.disarm();
        } else if !agent.holder.is_armed() && agent.holder.may_feed(now) {
            self.watchdog.feed(now);
            agent.holder.step(holder::Input::Armed);
        }
        Some((Ok(()), Vec::new()))
    }

    /// The agent withholds promises from a host.
    pub(super) fn withhold(&mut self, from: &HostId, token: Token, now: Monotonic) -> Option<Span> {
        let agent = self.agent.as_mut()?;
        let ends_in = agent.giver.withhold(from, token, now);
        self.durable.giver = agent.giver.record().clone();
        Some(ends_in)
    }

    /// Another agent asks for a promise.
    pub(super) fn promise(
        &mut self,
        to: &HostId,
        token: Token,
        vms: &BTreeSet<VmId>,
        lasts: Span,
        now: Monotonic,
    ) -> Option<(Option<Span>, Vec<Fact>)> {
        let agent = self.agent.as_mut()?;
        let answer = agent.giver.ask(to, token, vms, lasts, now).ok();
        self.durable.giver = agent.giver.record().clone();
        if let Some(lasts) = answer {
            for vm in vms {
                let until = self.promised.entry(vm.clone()).or_default();
                *until = (*until).max(now.after(lasts));
            }
        }
        let facts = match answer {
            Some(_) => vec![Fact::Promised { by: self.id.clone(), to: to.clone() }],
            None => Vec::new(),
        };
        Some((answer, facts))
    }

    /// The lease was granted.
    pub(super) fn granted(
        &mut self,
        boot: &str,
        sent_at: Monotonic,
        grant: &controller::Grant,
        now: Monotonic,
    ) {
        let armed = self.definition.watchdog.is_some_and(|watchdog| watchdog.armed)
            && !self.durable.disarmed;
        let same_boot = self.boot() == boot;
        let Some(agent) = self.agent.as_mut().filter(|_| same_boot) else { return };
        let set = holder::PromiseSet {
            number: grant.set_number,
            of: grant.promise_set.iter().cloned().collect(),
            fenced: grant.fenced.iter().cloned().collect(),
            guardians: GuardianSet::new(grant.guardians.iter().copied()),
        };
        self.durable.seen.hear(grant.token.era);
        // Seeded bug `lease-from-receipt`: L counts from now, not from when it was asked for.
        let sent_at = if seeded_bug(SeededBug::LeaseFromReceipt) { now } else { sent_at };
        self.durable.last_grant = Some((set.clone(), grant.token));
        let (lease, token) = (grant.lease, grant.token);
        agent.holder.step(holder::Input::Granted { sent_at, lease, set, token });
        agent.admitted = true;
        // Armed only with a lease in hand: a host that waits for its first one must not reset
        // itself again and again.
        if armed && !agent.holder.is_armed() && agent.holder.may_feed(now) {
            self.watchdog.feed(now);
            agent.holder.step(holder::Input::Armed);
        }
    }

    /// What its agent tells of the host and of every VM, as a controller's probe passes it on.
    pub(super) fn report(&self, vantage: &RoomId) -> Option<Vec<Observation>> {
        self.agent.as_ref().filter(|_| self.pauses == 0)?;
        let host = self.id.clone();
        let mut told = vec![Observation {
            target: Target::Host { host: host.clone() },
            vantage: vantage.clone(),
            status: Status::Up,
            evidence: "the agent answers".to_owned(),
            detail: Detail::Host {
                boot: self.boot(),
                armed: self.watchdog.is_armed(),
                arming: self.durable.arming,
                accepted: self.durable.seen.floor(),
                sealed: true,
            },
        }];
        for (vm, guest) in &self.guests {
            let guest = &guest.status;
            let (status, says) = match (guest.running, guest.booted) {
                (true, true) => (Status::Up, "running"),
                (true, false) => (Status::Up, "booting"),
                (false, _) => (Status::Down, "stopped"),
            };
            told.push(Observation {
                target: Target::Vm { vm: vm.clone(), host: host.clone() },
                vantage: vantage.clone(),
                status,
                evidence: says.to_owned(),
                detail: Detail::Vm {
                    token: guest.token,
                    key: guest.key.clone(),
                    stopped_on_purpose: guest.stopped_on_purpose,
                    booted: guest.booted,
                },
            });
        }
        Some(told)
    }
}
