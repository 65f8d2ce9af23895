//! Orders to start a VM, and what becomes of its guest and of the services above it.

use model::action::Action;
use model::id::{HostId, RunId, VmId};
use model::observation::Status;
use model::step::{Outcome, StepKey};
use state_machine::Command;

use super::Play;
use crate::rehearsal::milestones::Milestone;
use crate::rehearsal::queue::Event;
use crate::rehearsal::sights;

impl Play<'_> {
    /// The order to start a VM leaves.
    pub(super) fn start_vm(
        &mut self,
        (run, item, attempt): (RunId, usize, u32),
        vm: &VmId,
        host: &HostId,
    ) {
        if self.dead_hosts.contains(host) {
            return;
        }
        let Some(number) = self.stage.services.vm(vm) else { return };
        // Its intent is committed before it leaves.
        let arrives = self.now + self.draw(|of| &of.commit) + self.draw(|of| &of.order);
        let mishaps = self.stage.rehearsal.mishaps.clone();
        if self.happens_by(mishaps.order_fails) {
            self.queue.at(arrives, Event::OrderFailed { run, item, attempt });
            return;
        }
        if attempt == 1 && self.happens_by(mishaps.guest_hangs) {
            self.hung.insert(number);
        }
        if self.hung.contains(&number) {
            return;
        }
        let boot = self.estate.vms.get(vm).map_or(0, |vm| vm.boot.as_millis());
        let boot = boot.saturating_mul(self.draw(|of| &of.boot)) / 1_000_000;
        let told = self.draw(|of| &of.told) + self.draw(|of| &of.commit);
        self.queue.at(arrives + boot + told, Event::Booted { run, item, attempt });
    }

    pub(super) fn order_failed(&mut self, run: RunId, item: usize, attempt: u32) {
        if !self.is_under_way(run, item, attempt) {
            return;
        }
        let last = self.is_last(run, item, attempt);
        let reason = "rehearsed: the hypervisor refused".to_owned();
        self.finish(run, item, attempt, Outcome::Failed { reason }, last);
    }

    pub(super) fn booted(&mut self, run: RunId, item: usize, attempt: u32) {
        let Some((planned, record)) = self.state.runs.get(&run).and_then(|run| {
            let planned = run.plan.items.get(item)?;
            Some((planned, run.items.get(&planned.item)?))
        }) else {
            return;
        };
        let Some((vm, host)) = planned.action.starts() else { return };
        if record.state.is_over() || record.attempts != attempt || self.dead_hosts.contains(host) {
            return;
        }
        let key = StepKey { era: self.state.era, run, item: planned.item.clone() };
        let booted = sights::booted(&self.leader_room, (vm, host), key, record.token);
        let number = self.stage.services.vm(vm);
        self.must_commit(Command::Observed { observations: vec![booted] });
        self.last_boot = Some((run, item));
        self.milestones.booted(self.now);
        if let Some(number) = number
            && let Some(service) = self.standing.vm_runs(&self.stage.services, number)
        {
            self.will_serve(service);
        }
        let evidence = "rehearsed: the guest executes".to_owned();
        self.finish(run, item, attempt, Outcome::Done { evidence }, true);
    }

    fn will_serve(&mut self, service: usize) {
        let serves = self.draw(|of| &of.service) + self.draw(|of| &of.told);
        let life = self.standing.life[service];
        self.queue.at(self.now + serves, Event::Serves { service, life });
    }

    pub(super) fn serves(&mut self, service: usize, life: u32) {
        if self.standing.life[service] != life {
            return;
        }
        self.served_at[service] = Some(self.now);
        self.milestones.last(Milestone::LastService, self.now);
        let id = &self.stage.services.ids[service];
        self.tell(|| format!("service {id} serves its users"));
        if self.estate.services.get(id).is_some_and(|of| of.probe.is_some()) {
            let seen = sights::service(&self.leader_room, id, Status::Up);
            self.must_commit(Command::Observed { observations: vec![seen] });
        }
        for above in self.standing.serves_again(&self.stage.services, service) {
            self.will_serve(above);
        }
        let checks = self.under_way(
            |action| matches!(action, Action::ServiceCheck { service } if service == id),
        );
        for (run, item, attempt) in checks {
            let evidence = "rehearsed: its users are served".to_owned();
            self.finish(run, item, attempt, Outcome::Done { evidence }, true);
        }
    }
}
