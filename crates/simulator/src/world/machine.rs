//! A host: its power, its guests, its disk, and the agent on it.

use std::collections::{BTreeMap, BTreeSet};

use contracts::hypervisor::VmStatus;
use lease::giver::{self, Giver};
use lease::holder::{Holder, Input, PromiseSet};
use lease::orders::CarriedOut;
use lease::tokens::Seen;
use model::era::Token;
use model::estate::Host;
use model::id::{HostId, VmId};
use model::policy::LeasePolicy;
use model::step::StepKey;
use model::time::Monotonic;
use model::units::Span;

use super::watchdog::FakeWatchdog;
use crate::clock::Clock;
use crate::fact::Fact;

/// How long a host takes to boot, by its own clock.
const HOST_BOOT: Span = Span::from_secs(2);

/// A VM known to the host since its boot.
#[derive(Clone, Debug)]
pub(crate) struct Guest {
    pub(crate) status: VmStatus,
    /// When the guest shows that it executes.
    pub(super) boots_at: Monotonic,
}

/// What survives a reboot of the host.
#[derive(Clone, Debug, Default)]
pub(super) struct Durable {
    pub(super) seen: Seen,
    pub(super) carried_out: CarriedOut,
    pub(super) giver: giver::Record,
    pub(super) last_grant: Option<(PromiseSet, Token)>,
    /// The last order to arm or disarm, and whether it disarmed.
    pub(super) arming: Token,
    pub(super) disarmed: bool,
}

/// The agent's process.
#[derive(Clone, Debug)]
pub(super) struct Agent {
    pub(super) holder: Holder,
    pub(super) giver: Giver,
    /// Whether this boot was let in: by an admission, or by a grant, which no host gets that is
    /// not admitted.
    pub(super) admitted: bool,
    /// Which controller it asks for its lease.
    pub(super) favourite: usize,
}

/// A host.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    pub(super) id: HostId,
    pub(crate) definition: Host,
    pub(crate) clock: Clock,
    policy: LeasePolicy,
    /// What its management controller was told last.
    pub(crate) switched_on: bool,
    pub(super) boots: u64,
    /// Booting until then.
    pub(super) comes_up_at: Option<Monotonic>,
    pub(super) guests: BTreeMap<VmId, Guest>,
    pub(super) durable: Durable,
    pub(super) agent: Option<Agent>,
    pub(super) watchdog: FakeWatchdog,
    /// Until when each VM is not to start here, for whoever was promised that: kept beside the
    /// agent's own record, to judge it by.
    pub(super) promised: BTreeMap<VmId, Monotonic>,
    /// How many faults keep the agent's process from running; it is not dead.
    pub(super) pauses: u32,
}

impl Machine {
    pub(super) fn new(id: HostId, definition: Host, clock: Clock, policy: LeasePolicy) -> Self {
        let timeout = definition.watchdog.map_or(Span::ZERO, |watchdog| watchdog.timeout);
        Self {
            id,
            definition,
            clock,
            policy,
            switched_on: false,
            boots: 0,
            comes_up_at: None,
            guests: BTreeMap::new(),
            durable: Durable::default(),
            agent: None,
            watchdog: FakeWatchdog::new(timeout),
            promised: BTreeMap::new(),
            pauses: 0,
        }
    }

    /// Whether its agent runs.
    pub(crate) fn is_up(&self) -> bool {
        self.agent.is_some()
    }

    /// Its agent's process goes on, whatever had stopped it.
    pub(crate) fn wake(&mut self) {
        self.pauses = 0;
    }

    /// Its boot, while its agent is paused.
    pub(super) fn sleeping_boot(&self) -> Option<String> {
        (self.pauses > 0 && self.agent.is_some()).then(|| self.boot())
    }

    /// The guests whose time to show themselves has come.
    pub(super) fn about_to_boot(&self, now: Monotonic) -> Vec<VmId> {
        let due =
            |guest: &Guest| guest.status.running && !guest.status.booted && now >= guest.boots_at;
        self.guests.iter().filter(|(_, guest)| due(guest)).map(|(vm, _)| vm.clone()).collect()
    }

    /// The name of its boot.
    pub(super) fn boot(&self) -> String {
        format!("{}-{}", self.id, self.boots)
    }

    /// Whether a VM executes here, and then whether its guest has booted.
    pub(super) fn executes(&self, vm: &VmId) -> Option<bool> {
        self.guests.get(vm).filter(|guest| guest.status.running).map(|guest| guest.status.booted)
    }

    /// The VMs that execute here.
    pub(crate) fn running(&self) -> BTreeSet<VmId> {
        self.guests
            .iter()
            .filter(|(_, guest)| guest.status.running)
            .map(|(vm, _)| vm.clone())
            .collect()
    }

    /// Power on; it boots.
    pub(super) fn power_on(&mut self, now: Monotonic) {
        if !self.switched_on {
            self.switched_on = true;
            self.comes_up_at = Some(now.after(HOST_BOOT));
        }
    }

    /// Everything on it ends at once.
    pub(super) fn power_off(&mut self) -> bool {
        let was_on = self.switched_on;
        self.switched_on = false;
        self.end();
        was_on
    }

    /// The watchdog resets it; it boots again.
    pub(super) fn reset(&mut self, now: Monotonic) {
        self.reboot(now, HOST_BOOT);
    }

    /// It reboots, and is up so much later.
    pub(super) fn reboot(&mut self, now: Monotonic, within: Span) {
        self.end();
        self.comes_up_at = Some(now.after(within));
    }

    fn end(&mut self) {
        self.guests.clear();
        self.agent = None;
        self.pauses = 0;
        self.comes_up_at = None;
        self.watchdog.disarm();
    }

    /// The host is up, and its agent starts.
    pub(super) fn come_up(&mut self, now: Monotonic) -> Fact {
        self.boots += 1;
        self.comes_up_at = None;
        let mut holder = Holder::new(self.policy, false, now);
        if let Some((set, token)) = self.durable.last_grant.clone() {
            holder = holder.with_last_grant(set, token);
        }
        let giver = Giver::restore(self.durable.giver.clone(), self.policy.promise, now);
        // Who knows a token has been a member before: it waits for its admission.
        let admitted = self.boots == 1;
        self.agent = Some(Agent { holder, giver, admitted, favourite: 0 });
        Fact::HostBooted { host: self.id.clone(), boot: self.boot() }
    }

    /// A VM begins to execute.
    pub(super) fn start(
        &mut self,
        vm: &VmId,
        token: Option<Token>,
        key: Option<&StepKey>,
        boots_at: Monotonic,
    ) -> Fact {
        let status = VmStatus {
            running: true,
            booted: false,
            token,
            key: key.cloned(),
            stopped_on_purpose: false,
        };
        self.guests.insert(vm.clone(), Guest { status, boots_at });
        self.tell_agent();
        Fact::VmStarted { vm: vm.clone(), host: self.id.clone(), token, key: key.cloned() }
    }

    /// A VM stops executing.
    pub(super) fn stop(&mut self, vm: &VmId, why: &'static str) -> Option<Fact> {
        let guest = self.guests.get_mut(vm).filter(|guest| guest.status.running)?;
        guest.status.running = false;
        guest.status.booted = false;
        self.tell_agent();
        Some(Fact::VmEnded { vm: vm.clone(), host: self.id.clone(), why })
    }

    /// Guests whose time has come show that they execute, if their disks answer.
    pub(super) fn boot_guests(&mut self, now: Monotonic, served: &BTreeSet<VmId>) -> Vec<Fact> {
        let mut facts = Vec::new();
        for (vm, guest) in &mut self.guests {
            let waits = guest.status.running && !guest.status.booted;
            if waits && served.contains(vm) && now >= guest.boots_at {
                guest.status.booted = true;
                facts.push(Fact::VmBooted { vm: vm.clone(), host: self.id.clone() });
            }
        }
        facts
    }

    /// The guests that have yet to show that they execute.
    pub(super) fn waiting(&self) -> Vec<VmId> {
        let waits = |guest: &Guest| guest.status.running && !guest.status.booted;
        self.guests.iter().filter(|(_, guest)| waits(guest)).map(|(vm, _)| vm.clone()).collect()
    }

    /// The agent follows what executes here.
    fn tell_agent(&mut self) {
        let vms = self.running();
        if let Some(agent) = &mut self.agent {
            agent.giver.set_busy(vms.clone());
            agent.holder.step(Input::Vms { vms });
        }
    }
}
