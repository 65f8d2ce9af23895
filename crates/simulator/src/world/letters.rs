//! What passes between agents and controllers about leases and promises, at the host's end.

use std::collections::BTreeSet;

use model::era::Token;
use model::id::{HostId, RoomId, VmId};
use model::time::Monotonic;
use model::units::Span;

use super::World;

impl World {
    /// One agent asks another for a promise, at that other's host.
    pub(crate) fn promise_at(
        &self,
        by: &HostId,
        to: &HostId,
        token: Token,
        vms: &BTreeSet<VmId>,
        lasts: Span,
    ) -> Option<Option<Span>> {
        let now = self.now();
        let mut stage = self.stage();
        let machine = stage.machines.get_mut(by)?;
        let own = machine.clock.at(now);
        let (answer, facts) = machine.promise(to, token, vms, lasts, own)?;
        for fact in &facts {
            stage.record.take(now, fact);
        }
        Some(answer)
    }

    /// What happens to an agent, by its host's own clock. A crash of a VM is its own doing.
    pub(crate) fn crash_vm(&self, host: &HostId, vm: &VmId) {
        let now = self.now();
        let mut stage = self.stage();
        let fact = stage.machines.get_mut(host).and_then(|machine| machine.stop(vm, "died"));
        if let Some(fact) = fact {
            stage.record.take(now, &fact);
        }
    }

    /// A renewal's answer reaches its holder.
    pub(crate) fn lease_granted(
        &self,
        host: &HostId,
        boot: &str,
        sent_at: Monotonic,
        grant: &controller::Grant,
    ) {
        let now = self.now();
        if let Some(machine) = self.stage().machines.get_mut(host) {
            let own = machine.clock.at(now);
            machine.granted(boot, sent_at, grant, own);
        }
    }

    /// A promise reaches its asker.
    pub(crate) fn promised(&self, asker: &Asker, by: HostId, lasts: Span) {
        let mut stage = self.stage();
        let Some(machine) = stage.machines.get_mut(&asker.host) else { return };
        // An answer to a question of an earlier boot is nobody's.
        if machine.boot() != asker.boot {
            return;
        }
        if let Some(agent) = &mut machine.agent {
            let Asker { sent_at, vms_number, .. } = *asker;
            agent.holder.step(lease::holder::Input::Promised { by, sent_at, lasts, vms_number });
        }
    }

    /// What a host puts into its next renewal; none while its agent is down.
    pub(crate) fn renewal_of(&self, host: &HostId, set_number: u64) -> Option<RenewalFacts> {
        let stage = self.stage();
        let machine = stage.machines.get(host)?;
        let agent = machine.agent.as_ref()?;
        Some(RenewalFacts {
            boot: machine.boot(),
            armed: machine.watchdog.is_armed(),
            watchdog: machine.watchdog.timeout(),
            set_number,
            favourite: agent.favourite,
            token: agent.holder.token(),
        })
    }

    /// Its favourite controller did not answer: it asks another one next time.
    pub(crate) fn ask_another(&self, host: &HostId) {
        if let Some(agent) =
            self.stage().machines.get_mut(host).and_then(|machine| machine.agent.as_mut())
        {
            agent.favourite += 1;
        }
    }

    /// What its agent tells a controller in `vantage`.
    pub(crate) fn host_report(
        &self,
        host: &HostId,
        vantage: &RoomId,
    ) -> Option<Vec<model::observation::Observation>> {
        self.stage().machines.get(host)?.report(vantage)
    }
}

/// A renewal as its host sends it.
#[derive(Clone, Debug)]
pub(crate) struct RenewalFacts {
    pub(crate) boot: String,
    pub(crate) armed: bool,
    pub(crate) watchdog: Span,
    pub(crate) set_number: u64,
    pub(crate) favourite: usize,
    pub(crate) token: Token,
}

/// Who asks for promises.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    pub(crate) host: HostId,
    pub(crate) boot: String,
    /// By its own clock: its promises count from here.
    pub(crate) sent_at: Monotonic,
    pub(crate) vms_number: u64,
}
