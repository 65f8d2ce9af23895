//! The agent's decisions: every order and question is decided here, on state that is on disk
//! before the answer leaves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex as Guard, PoisonError};

use contracts::error::DriverError;
use contracts::hypervisor::{Hypervisor, VmStatus};
use contracts::watchdog::Watchdog;
use lease::giver::Giver;
use lease::tokens::Older;
use model::era::Token;
use model::estate::Vm;
use model::id::{HostId, VmId};
use model::policy::LeasePolicy;
use model::step::Order;
use model::units::Span;
use tokio::sync::{Mutex, RwLock};

use crate::clock;
use crate::disk::{Disk, DiskError, Durable};

/// What all parts of one agent share.
pub(crate) struct Core {
    pub(crate) host: HostId,
    pub(crate) boot: String,
    pub(crate) policy: LeasePolicy,
    pub(crate) arm_by_default: bool,
    pub(crate) hypervisor: Arc<dyn Hypervisor>,
    pub(crate) watchdog: Option<Arc<dyn Watchdog>>,
    memory: Mutex<Memory>,
    /// An order about a VM holds it shared, an admission holds it alone: a start under an older
    /// token that is under way would otherwise outlive the seal.
    orders: RwLock<()>,
    /// Held while the watchdog's device is armed or disarmed.
    device: Mutex<()>,
    /// One order per VM at a time: a stop waits for the start before it.
    vms: Guard<BTreeMap<VmId, Arc<Mutex<()>>>>,
}

/// What is decided upon.
#[derive(Clone)]
struct Memory {
    disk: Disk,
    durable: Durable,
    giver: Giver,
    /// VMs whose start was accepted and that were not seen to have ended since.
    accepted: BTreeSet<VmId>,
    /// W, once the watchdog is armed.
    armed: Option<Span>,
}

fn refused(reason: impl Into<String>) -> DriverError {
    DriverError::Refused { reason: reason.into() }
}

fn older(error: Older) -> DriverError {
    DriverError::OlderToken { given: error.given, seen: error.seen }
}

fn not_remembered(error: DiskError) -> DriverError {
    let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    DriverError::Failed { reason: format!("{error}: {source}") }
}

impl Core {
    /// Everything is given; `armed` is W if this boot's watchdog is armed already.
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn new(
        host: HostId,
        boot: String,
        policy: LeasePolicy,
        arm_by_default: bool,
        hypervisor: Arc<dyn Hypervisor>,
        watchdog: Option<Arc<dyn Watchdog>>,
        (disk, durable): (Disk, Durable),
        armed: Option<Span>,
    ) -> Self {
        let giver = Giver::restore(durable.giver.clone(), policy.promise, clock::now());
        let memory = Memory { disk, durable, giver, accepted: BTreeSet::new(), armed };
        Self {
            host,
            boot,
            policy,
            arm_by_default,
            hypervisor,
            watchdog,
            memory: Mutex::new(memory),
            orders: RwLock::new(()),
            device: Mutex::new(()),
            vms: Guard::default(),
        }
    }

    /// Changes the memory: on a copy, on disk first. An error changes nothing.
    async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Memory) -> Result<T, DriverError> + Send,
    ) -> Result<T, DriverError> {
        let mut memory = self.memory.lock().await;
        let mut next = memory.clone();
        let value = change(&mut next)?;
        next.durable.giver = next.giver.record().clone();
        if next.durable != memory.durable {
            let (disk, durable) = (next.disk.clone(), next.durable.clone());
            tokio::task::spawn_blocking(move || disk.write(&durable))
                .await
                .map_err(|error| DriverError::Failed { reason: error.to_string() })?
                .map_err(not_remembered)?;
        }
        *memory = next;
        Ok(value)
    }

    fn lock_of(&self, vm: &VmId) -> Arc<Mutex<()>> {
        let mut locks = self.vms.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(locks.entry(vm.clone()).or_default())
    }

    /// Starts a VM on a controller's order.
    pub(crate) async fn start(
        &self,
        id: &VmId,
        vm: &Vm,
        token: Token,
        order: &Order,
    ) -> Result<(), DriverError> {
        let _order = self.orders.read().await;
        let lock = self.lock_of(id);
        let _held = lock.lock().await;
        let late = {
            let memory = self.memory.lock().await;
            memory.durable.seen.check(id, token).map_err(older)?;
            memory.durable.carried_out.check(id, order)
        };
        if let Err(late) = late {
            return if self.runs(id).await { Ok(()) } else { Err(refused(late.to_string())) };
        }
        self.change(|memory| {
            memory.durable.seen.check(id, token).map_err(older)?;
            if memory.durable.admitted_boot != self.boot {
                return Err(refused(format!(
                    "S7: host {} has booted since it was last admitted and starts nothing before \
                     its next admission",
                    self.host
                )));
            }
            if self.watchdog.is_some() && self.wants_arming(memory) && memory.armed.is_none() {
                return Err(refused(
                    "this host's watchdog is to be armed and is not yet: it is armed at the first \
                     lease that is granted",
                ));
            }
            memory.giver.may_start(id, clock::now()).map_err(|held| refused(held.to_string()))?;
            memory.durable.seen.accept(id, token).map_err(older)?;
            memory.durable.carried_out.note(id, order);
            memory.accepted.insert(id.clone());
            Ok(())
        })
        .await?;
        let started = self.hypervisor.ensure_running(id, vm, token, &order.key).await;
        if let Err(error) = &started
            && !matches!(error, DriverError::Unknown { .. })
            && !self.runs(id).await
        {
            // Definite, and it does not run: it is free to be promised again.
            self.change(|memory| {
                memory.accepted.remove(id);
                Ok(())
            })
            .await?;
        }
        started
    }

    /// Whether a VM runs, or nobody knows.
    async fn runs(&self, id: &VmId) -> bool {
        let Ok(all) = self.hypervisor.observe().await else { return true };
        all.iter().any(|(vm, status)| vm == id && status.running)
    }

    /// Stops a VM on a controller's order, and refuses older tokens for it from now on.
    pub(crate) async fn stop(&self, id: &VmId, token: Token) -> Result<(), DriverError> {
        let _order = self.orders.read().await;
        let lock = self.lock_of(id);
        let _held = lock.lock().await;
        self.change(|memory| memory.durable.seen.accept(id, token).map_err(older)).await?;
        self.hypervisor.ensure_stopped(id, "ordered by a controller").await?;
        self.change(|memory| {
            memory.accepted.remove(id);
            Ok(())
        })
        .await
    }

    /// Admits this host: what still runs from before is stopped, everything older is refused.
    pub(crate) async fn admit(&self, token: Token) -> Result<String, DriverError> {
        let _alone = self.orders.write().await;
        {
            let memory = self.memory.lock().await;
            memory.durable.seen.check_host(token).map_err(older)?;
        }
        for (vm, status) in self.hypervisor.observe().await? {
            if status.running && status.token.is_none_or(|started| started < token) {
                // It belongs to the time before the fence: by now it may run elsewhere.
                self.hypervisor.ensure_stopped(&vm, "left over from before the admission").await?;
            }
        }
        self.change(|memory| {
            memory.durable.seen.seal(token).map_err(older)?;
            memory.durable.admitted_boot.clone_from(&self.boot);
            memory.accepted.clear();
            Ok(())
        })
        .await?;
        Ok(self.boot.clone())
    }

    /// Withholds promises from a host; how long the last one still lasts.
    pub(crate) async fn withhold(&self, host: &HostId, token: Token) -> Result<Span, DriverError> {
        self.change(|memory| {
            memory.durable.seen.check_era(token).map_err(older)?;
            Ok(memory.giver.withhold(host, token, clock::now()))
        })
        .await
    }

    /// Another agent asks for a promise; how long it lasts.
    pub(crate) async fn promise(
        &self,
        host: &HostId,
        token: Token,
        vms: &BTreeSet<VmId>,
        lasts: Span,
    ) -> Result<Span, DriverError> {
        let running = self.running().await?;
        self.change(|memory| {
            memory.durable.seen.check_era(token).map_err(older)?;
            memory.giver.set_busy(memory.accepted.union(&running).cloned().collect());
            memory
                .giver
                .ask(host, token, vms, lasts, clock::now())
                .map_err(|refusal| refused(refusal.to_string()))
        })
        .await
    }

    async fn running(&self) -> Result<BTreeSet<VmId>, DriverError> {
        let all = self.hypervisor.observe().await?;
        Ok(all.into_iter().filter(|(_, status)| status.running).map(|(vm, _)| vm).collect())
    }

    /// The VMs that run, start or were accepted: what promises must cover.
    pub(crate) async fn busy(&self) -> Result<BTreeSet<VmId>, DriverError> {
        let running = self.running().await?;
        Ok(self.memory.lock().await.accepted.union(&running).cloned().collect())
    }

    /// The VMs whose start was accepted: what is known without asking the hypervisor.
    pub(crate) async fn accepted(&self) -> BTreeSet<VmId> {
        self.memory.lock().await.accepted.clone()
    }

    /// VMs that were accepted, then seen to run, then not: they have ended. Starts that are under
    /// way hold their lock and are left alone.
    pub(crate) async fn forget_ended(&self, vms: &BTreeMap<VmId, VmStatus>) {
        let accepted = self.memory.lock().await.accepted.clone();
        for vm in accepted {
            if vms.get(&vm).is_some_and(|status| status.running) {
                continue;
            }
            let lock = self.lock_of(&vm);
            let Ok(_held) = lock.try_lock() else { continue };
            if !self.runs(&vm).await {
                self.memory.lock().await.accepted.remove(&vm);
            }
        }
    }

    fn wants_arming(&self, memory: &Memory) -> bool {
        memory.durable.armed_by_order.unwrap_or(self.arm_by_default)
    }

    /// Arms the watchdog if it is to be armed and is not; W if it is armed.
    pub(crate) async fn arm_if_wanted(&self) -> Result<Option<Span>, DriverError> {
        let _device = self.device.lock().await;
        self.arm_device_if_wanted().await
    }

    /// As [`Core::arm_if_wanted`], by whoever holds `device`.
    async fn arm_device_if_wanted(&self) -> Result<Option<Span>, DriverError> {
        let Some(watchdog) = &self.watchdog else { return Ok(None) };
        {
            let memory = self.memory.lock().await;
            if memory.armed.is_some() || !self.wants_arming(&memory) {
                return Ok(memory.armed);
            }
        }
        let timeout = watchdog.arm().await?;
        self.change(|memory| {
            memory.durable.armed_in_boot = Some(self.boot.clone());
            memory.armed = Some(timeout);
            Ok(Some(timeout))
        })
        .await
    }

    /// The device says that it is not armed although it should be: it was restarted.
    pub(crate) async fn found_unarmed(&self) {
        self.memory.lock().await.armed = None;
    }

    /// Arms or disarms on a controller's order; W as read back, zero when disarmed. Refuses an
    /// order that a later one has overtaken, and carries out one at a time: what the device is
    /// told last is what was ordered last.
    pub(crate) async fn order_arming(&self, arm: bool, token: Token) -> Result<Span, DriverError> {
        let watchdog = self.watchdog.as_ref().ok_or_else(|| refused("no watchdog here"))?;
        let _device = self.device.lock().await;
        self.change(|memory| {
            memory.durable.seen.check_host(token).map_err(older)?;
            let seen = memory.durable.arming_ordered;
            if token < seen {
                return Err(DriverError::OlderToken { given: token, seen });
            }
            memory.durable.armed_by_order = Some(arm);
            memory.durable.arming_ordered = token;
            Ok(())
        })
        .await?;
        let fires = if arm {
            self.arm_device_if_wanted().await?.unwrap_or_default()
        } else {
            watchdog.disarm().await?;
            Span::ZERO
        };
        self.change(|memory| {
            if !arm {
                memory.durable.armed_in_boot = None;
                memory.armed = None;
            }
            memory.durable.arming_done = token;
            Ok(fires)
        })
        .await
    }

    /// Remembers what the last grant named.
    pub(crate) async fn remember_grant(
        &self,
        set: &lease::holder::PromiseSet,
        token: Token,
    ) -> Result<(), DriverError> {
        self.change(|memory| {
            memory.durable.seen.hear(token.era);
            // One renewal is under way at a time: the last answer is the newest of its token.
            if token >= memory.durable.last_token {
                memory.durable.last_set = set.clone();
                memory.durable.last_token = token;
            }
            Ok(())
        })
        .await
    }

    /// What an observation tells besides the VMs.
    pub(crate) async fn standing(&self) -> Standing {
        let memory = self.memory.lock().await;
        Standing {
            armed: memory.armed,
            arming: memory.durable.arming_done,
            floor: memory.durable.seen.floor(),
            admitted: memory.durable.admitted_boot == self.boot,
            last_set: memory.durable.last_set.clone(),
            last_token: memory.durable.last_token,
        }
    }
}

/// What an agent tells of itself.
pub(crate) struct Standing {
    /// W, if armed.
    pub(crate) armed: Option<Span>,
    /// The last order to arm or disarm that the device has carried out.
    pub(crate) arming: Token,
    /// Everything below is refused.
    pub(crate) floor: Token,
    /// This boot is admitted.
    pub(crate) admitted: bool,
    /// The set of the last grant.
    pub(crate) last_set: lease::holder::PromiseSet,
    /// The token of the last grant.
    pub(crate) last_token: Token,
}
