//! A host that is played: its VMs are states with boot timers.
//!
//! It keeps the host's boot journal, and tells whoever listens when a guest has booted or ended,
//! so that what plays a room can open and close the ports of its services.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use contracts::error::DriverError;
use contracts::hypervisor::{Hypervisor, VmStatus};
use model::era::Token;
use model::estate::Vm;
use model::id::VmId;
use model::step::StepKey;
use model::units::Span;
use tokio::sync::broadcast;

use crate::journal::{Event, Journal};

/// How many guest events wait for a slow listener.
const EVENTS_KEPT: usize = 16_384;

/// What a listener hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GuestEvent {
    /// The guest has booted: its services answer.
    Booted(VmId),
    /// It no longer executes.
    Ended(VmId),
}

/// A played host. Clones play the same host.
#[derive(Clone, Debug)]
pub struct Twin {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    journal: Journal,
    time_scale: f64,
    life: Mutex<Life>,
    events: broadcast::Sender<GuestEvent>,
}

/// From power on to power off.
#[derive(Debug, Default)]
struct Life {
    powered: bool,
    starts: u64,
    guests: BTreeMap<VmId, Guest>,
}

#[derive(Clone, Debug)]
struct Guest {
    status: VmStatus,
    /// Which start of this host it is: a boot timer of an earlier one says nothing.
    start: u64,
}

impl Twin {
    /// A host with its power off. Boot times are divided by `time_scale`.
    pub fn new(journal: &Path, time_scale: f64) -> std::io::Result<Self> {
        let inner = Inner {
            journal: Journal::open(journal)?,
            time_scale: if time_scale.is_finite() && time_scale > 0.0 { time_scale } else { 1.0 },
            life: Mutex::default(),
            events: broadcast::channel(EVENTS_KEPT).0,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Power on: the host boots, nothing executes on it.
    pub fn power_on(&self, boot: &str) -> std::io::Result<()> {
        let mut life = self.life();
        if life.powered {
            return Ok(());
        }
        self.inner.journal.host(Event::Boot, Some(boot.to_owned()))?;
        life.powered = true;
        Ok(())
    }

    /// Power off without grace: everything ends, and no line is written, as in a real crash.
    pub fn power_cut(&self) {
        let mut life = self.life();
        life.powered = false;
        for (vm, guest) in std::mem::take(&mut life.guests) {
            if guest.status.running {
                let _ = self.inner.events.send(GuestEvent::Ended(vm));
            }
        }
    }

    /// Whether the power is on.
    pub fn is_powered(&self) -> bool {
        self.life().powered
    }

    /// A listener to the guests of this host.
    pub fn events(&self) -> broadcast::Receiver<GuestEvent> {
        self.inner.events.subscribe()
    }

    /// The guests that have booted and execute.
    pub fn booted(&self) -> Vec<VmId> {
        let life = self.life();
        life.guests
            .iter()
            .filter(|(_, guest)| guest.status.running && guest.status.booted)
            .map(|(vm, _)| vm.clone())
            .collect()
    }

    /// A VM that has been running since before anything was watched: the day before the disaster.
    pub fn seed(&self, vm: &VmId, token: Token) -> std::io::Result<()> {
        self.run_at_once(vm, Some(token))
    }

    /// Starts a VM behind everybody's back, as a person at the console would.
    pub fn start_by_hand(&self, vm: &VmId) -> std::io::Result<()> {
        self.run_at_once(vm, None)
    }

    /// Its administrator shuts the VM down from inside: it stays down on purpose.
    pub fn shut_down_from_inside(&self, vm: &VmId) -> std::io::Result<()> {
        self.end(vm, true)
    }

    /// The VM dies by itself.
    pub fn crash(&self, vm: &VmId) -> std::io::Result<()> {
        self.end(vm, false)
    }

    fn life(&self) -> MutexGuard<'_, Life> {
        self.inner.life.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run_at_once(&self, vm: &VmId, token: Option<Token>) -> std::io::Result<()> {
        let mut life = self.life();
        self.inner.journal.vm(Event::Start, vm, token, None)?;
        self.inner.journal.vm(Event::Running, vm, token, None)?;
        life.starts += 1;
        let start = life.starts;
        let status =
            VmStatus { running: true, booted: true, token, key: None, stopped_on_purpose: false };
        life.guests.insert(vm.clone(), Guest { status, start });
        let _ = self.inner.events.send(GuestEvent::Booted(vm.clone()));
        Ok(())
    }

    fn end(&self, vm: &VmId, on_purpose: bool) -> std::io::Result<()> {
        let mut life = self.life();
        let Some(guest) = life.guests.get_mut(vm).filter(|guest| guest.status.running) else {
            return Ok(());
        };
        let (token, key) = (guest.status.token, guest.status.key.take());
        guest.status.running = false;
        guest.status.booted = false;
        guest.status.stopped_on_purpose = on_purpose;
        self.inner.journal.vm(Event::Stop, vm, token, key.map(|key| key.to_string()))?;
        let _ = self.inner.events.send(GuestEvent::Ended(vm.clone()));
        Ok(())
    }

    /// The guest has booted, if it is still the same start.
    fn guest_booted(&self, vm: &VmId, start: u64) {
        let mut life = self.life();
        let Some(guest) = life.guests.get_mut(vm) else { return };
        if guest.start != start || !guest.status.running || guest.status.booted {
            return;
        }
        guest.status.booted = true;
        let (token, key) = (guest.status.token, guest.status.key.clone());
        let line = self.inner.journal.vm(Event::Running, vm, token, key.map(|key| key.to_string()));
        if let Err(error) = line {
            tracing::error!(%vm, %error, "the boot journal can't be written");
        }
        let _ = self.inner.events.send(GuestEvent::Booted(vm.clone()));
    }

    fn boot_time(&self, boot: Span) -> Duration {
        boot.to_std().div_f64(self.inner.time_scale)
    }
}

fn no_power() -> DriverError {
    DriverError::Unknown { reason: "the host has no power".into() }
}

fn journal_failed(error: std::io::Error) -> DriverError {
    DriverError::Failed { reason: format!("the host's boot journal can't be written: {error}") }
}

#[async_trait]
impl Hypervisor for Twin {
    async fn observe(&self) -> Result<Vec<(VmId, VmStatus)>, DriverError> {
        let life = self.life();
        if !life.powered {
            return Err(no_power());
        }
        Ok(life.guests.iter().map(|(vm, guest)| (vm.clone(), guest.status.clone())).collect())
    }

    async fn ensure_running(
        &self,
        id: &VmId,
        vm: &Vm,
        token: Token,
        key: &StepKey,
    ) -> Result<(), DriverError> {
        let start = {
            let mut life = self.life();
            if !life.powered {
                return Err(no_power());
            }
            if let Some(guest) = life.guests.get_mut(id).filter(|guest| guest.status.running) {
                if guest.status.token.is_none() {
                    return Err(DriverError::Failed {
                        reason: format!("VM {id} runs already, started by others: stop it first"),
                    });
                }
                // It runs: nothing is started, but it now runs under this order.
                if guest.status.token <= Some(token) {
                    guest.status.token = Some(token);
                    guest.status.key = Some(key.clone());
                }
                return Ok(());
            }
            self.inner
                .journal
                .vm(Event::Start, id, Some(token), Some(key.to_string()))
                .map_err(journal_failed)?;
            life.starts += 1;
            let start = life.starts;
            let status = VmStatus {
                running: true,
                booted: false,
                token: Some(token),
                key: Some(key.clone()),
                stopped_on_purpose: false,
            };
            life.guests.insert(id.clone(), Guest { status, start });
            start
        };
        let (twin, id, boot) = (self.clone(), id.clone(), self.boot_time(vm.boot));
        tokio::spawn(async move {
            tokio::time::sleep(boot).await;
            twin.guest_booted(&id, start);
        });
        Ok(())
    }

    async fn ensure_stopped(&self, id: &VmId, _reason: &str) -> Result<(), DriverError> {
        if !self.is_powered() {
            return Err(no_power());
        }
        self.end(id, false).map_err(|error| DriverError::Unknown {
            reason: format!("stopped, but the host's boot journal can't be written: {error}"),
        })
    }
}
