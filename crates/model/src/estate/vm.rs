use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::id::{DeviceId, HostId, NetworkId, ServiceId, VmId, VolumeId};
use crate::units::{CpuCount, MemoryMib, Span};

/// A virtual machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vm {
    /// The service that it is part of.
    pub service: ServiceId,
    /// Virtual processors.
    pub cpus: CpuCount,
    /// Memory.
    pub memory_mib: MemoryMib,
    /// Networks that it needs.
    pub networks: BTreeSet<NetworkId>,
    /// Volumes that it needs.
    pub volumes: BTreeSet<VolumeId>,
    /// Devices that it needs.
    pub devices: BTreeSet<DeviceId>,
    /// Where it runs when all is well.
    pub home: HostId,
    /// Hosts that it prefers, best first; others are used when these are full or gone.
    pub prefers: Vec<HostId>,
    /// VMs of the same group run on different hosts.
    pub anti_affinity: Option<String>,
    /// VMs that must run before this one starts, beyond those that its service depends on.
    pub after: BTreeSet<VmId>,
    /// How long it takes from the start order to the guest's own sign of life.
    pub boot: Span,
    /// What a QEMU agent starts for it.
    pub source: VmSource,
}

/// What a QEMU agent starts for a VM.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VmSource {
    /// A 64 KiB ROM that prints one byte and halts: a VM for labs.
    #[default]
    Stub,
    /// A Linux kernel with a small initial file system that prints one byte: a guest for labs.
    Kernel,
}
