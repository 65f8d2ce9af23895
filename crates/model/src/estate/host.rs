use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::fence::Rung;
use crate::id::{DeviceId, NetworkId, RoomId, VolumeId};
use crate::units::{CpuCount, MemoryMib, Span};

/// Who restarts VMs when this host dies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Restarts {
    /// Bascule does.
    #[default]
    Bascule,
    /// The platform's own HA does; Bascule watches with a deadline.
    Platform,
}

/// A host's hardware watchdog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Watchdog {
    /// W: it resets the host when it was not fed for so long.
    pub timeout: Span,
    /// Armed when its agent first starts (a person arms and disarms afterwards).
    #[serde(default)]
    pub armed: bool,
}

/// A physical host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// Where it stands.
    pub room: RoomId,
    /// Physical cores.
    pub cpus: CpuCount,
    /// Physical memory.
    pub memory_mib: MemoryMib,
    /// Virtual processors per core, in percent: 400 means four to one.
    pub cpu_ratio_percent: u32,
    /// Memory kept for the hypervisor itself.
    pub memory_reserve_mib: MemoryMib,
    /// Networks that it reaches.
    pub networks: BTreeSet<NetworkId>,
    /// Volumes that it reaches.
    pub volumes: BTreeSet<VolumeId>,
    /// Devices that it has.
    pub devices: BTreeSet<DeviceId>,
    /// Fence rungs that exist for it.
    pub rungs: BTreeSet<Rung>,
    /// Its watchdog, if it has one.
    pub watchdog: Option<Watchdog>,
    /// Who restarts its VMs.
    pub restarts: Restarts,
}

impl Host {
    /// Virtual processors that may be placed here.
    pub fn cpu_capacity(&self) -> CpuCount {
        let cpus = u64::from(self.cpus.0) * u64::from(self.cpu_ratio_percent) / 100;
        CpuCount(u32::try_from(cpus).unwrap_or(u32::MAX))
    }

    /// Memory that may be placed here.
    pub fn memory_capacity(&self) -> MemoryMib {
        self.memory_mib - self.memory_reserve_mib
    }
}
