//! One host: its hypervisor, its agent, and its power.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use drivers::hypervisor::twin::Twin;
use drivers::journal::wall_now;
use model::era::{Epoch, Era, Token};
use model::id::{HostId, VmId};
use tokio::sync::Mutex;

use super::power_journal::PowerJournal;
use super::seat::{RunningAgent, Seat};

/// The token under which VMs run that ran before the controllers first looked: not above any
/// that they give.
const BEFORE_ALL: Token = Token { era: Era(0), epoch: Epoch(1) };

/// A host of the room.
#[derive(Debug)]
pub(super) struct Machine {
    host: HostId,
    twin: Twin,
    seat: Seat,
    stamps: PowerJournal,
    agent: Mutex<Option<RunningAgent>>,
    boots: AtomicU64,
    /// What the management controller was told: a reset host comes back only if it may.
    switched_on: AtomicBool,
    reboot: Duration,
}

impl Machine {
    pub(super) fn new(
        host: HostId,
        journal: PathBuf,
        time_scale: u32,
        seat: Seat,
        stamps: PowerJournal,
        reboot: Duration,
    ) -> std::io::Result<Self> {
        let twin = Twin::new(&journal, f64::from(time_scale.max(1)))?;
        Ok(Self {
            host,
            twin,
            seat,
            stamps,
            agent: Mutex::default(),
            boots: AtomicU64::new(0),
            switched_on: AtomicBool::new(true),
            reboot,
        })
    }

    pub(super) fn is_powered(&self) -> bool {
        self.twin.is_powered()
    }

    pub(super) fn booted(&self) -> Vec<VmId> {
        self.twin.booted()
    }

    /// Power on, with these VMs running since before anybody looked.
    pub(super) async fn power_on_with(
        &self,
        running: impl IntoIterator<Item = &VmId>,
    ) -> Result<(), String> {
        let mut agent = self.agent.lock().await;
        self.boot()?;
        for vm in running {
            self.twin.seed(vm, BEFORE_ALL).map_err(|error| self.journal_failed(&error))?;
        }
        *agent = Some(self.seat.start(&self.twin).await?);
        Ok(())
    }

    /// Power on: the host boots, with nothing running.
    pub(super) async fn power_on(&self) -> Result<(), String> {
        self.switched_on.store(true, Ordering::Relaxed);
        self.boot_unless_on().await
    }

    async fn boot_unless_on(&self) -> Result<(), String> {
        let mut agent = self.agent.lock().await;
        if self.switched_on.load(Ordering::Relaxed) && !self.twin.is_powered() {
            self.boot()?;
            *agent = Some(self.seat.start(&self.twin).await?);
        }
        Ok(())
    }

    fn boot(&self) -> Result<(), String> {
        let number = self.boots.fetch_add(1, Ordering::Relaxed) + 1;
        let boot = format!("{}-{}-{number}", self.host, wall_now().0);
        self.seat.set_boot(&boot);
        self.twin.power_on(&boot).map_err(|error| self.journal_failed(&error))
    }

    /// Power off without grace: agent and VMs end.
    pub(super) async fn power_off(&self) -> Result<(), String> {
        self.switched_on.store(false, Ordering::Relaxed);
        let mut agent = self.agent.lock().await;
        if self.twin.is_powered() {
            self.cut(&mut agent).await;
            self.stamps.stamp([self.host.clone()]).map_err(|error| self.journal_failed(&error))?;
        }
        Ok(())
    }

    /// The watchdog resets it: agent and VMs end, and after a while it boots again. Says whether
    /// it will.
    pub(super) async fn reset(&self) -> bool {
        let mut agent = self.agent.lock().await;
        // A host without power has no working watchdog either.
        if !self.twin.is_powered() {
            return false;
        }
        self.cut(&mut agent).await;
        true
    }

    /// Boots after a reset.
    pub(super) async fn come_back(self: Arc<Self>) {
        tokio::time::sleep(self.reboot).await;
        if let Err(error) = self.boot_unless_on().await {
            tracing::error!(host = %self.host, error, "the host does not come back");
        }
    }

    async fn cut(&self, agent: &mut Option<RunningAgent>) {
        // The VMs first: nothing may execute, nor answer for the host, from here on.
        self.twin.power_cut();
        if let Some(agent) = agent.take() {
            agent.kill().await;
        }
    }

    /// Starts a VM behind everybody's back.
    pub(super) fn start_past_every_guard(&self, vm: &VmId) -> Result<(), String> {
        self.twin.start_by_hand(vm).map_err(|error| self.journal_failed(&error))
    }

    /// Its administrator shuts it down.
    pub(super) fn shut_down_from_inside(&self, vm: &VmId) -> Result<(), String> {
        self.twin.shut_down_from_inside(vm).map_err(|error| self.journal_failed(&error))
    }

    fn journal_failed(&self, error: &std::io::Error) -> String {
        format!("the boot journal of host {} cannot be written: {error}", self.host)
    }
}
