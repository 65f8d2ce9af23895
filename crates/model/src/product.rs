//! What each hypervisor product is able to do, as data. The conformance suite checks that a
//! driver behaves as its row says.

use serde::{Deserialize, Serialize};

use crate::fence::Rung;

/// A virtualisation product.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Product {
    /// The twin: a room played by one process, with our agent.
    #[default]
    Twin,
    /// Plain QEMU, with our agent.
    Qemu,
    /// QEMU behind libvirt, with our agent.
    Libvirt,
    /// Proxmox VE, with our agent.
    Proxmox,
    /// VMware ESXi: no agent and no watchdog of ours.
    Esxi,
    /// KubeVirt: no agent and no watchdog of ours.
    Kubevirt,
}

/// The abilities of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abilities {
    /// In one answer it says that a VM is stopped and durably refuses every older token.
    pub seals: bool,
    /// It refuses an order that carries an older token than one it has seen.
    pub refuses_older_tokens: bool,
    /// The rungs that it can take part in.
    pub rungs: &'static [Rung],
    /// It has a high availability of its own that restarts VMs elsewhere.
    pub restarts_by_itself: bool,
}

const WITH_AGENT: &[Rung] = &[Rung::Power, Rung::Storage, Rung::Lease, Rung::People];
const WITHOUT_AGENT: &[Rung] = &[Rung::Power, Rung::Storage, Rung::People];

impl Product {
    /// Every product, by its name in files.
    pub const ALL: [(&'static str, Self); 6] = [
        ("twin", Self::Twin),
        ("qemu", Self::Qemu),
        ("libvirt", Self::Libvirt),
        ("proxmox", Self::Proxmox),
        ("esxi", Self::Esxi),
        ("kubevirt", Self::Kubevirt),
    ];

    /// As written in files.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, product)| *product == self).map_or("", |(name, _)| name)
    }

    /// The row of this product.
    pub fn abilities(self) -> Abilities {
        match self {
            Self::Twin | Self::Qemu | Self::Libvirt => Abilities {
                seals: true,
                refuses_older_tokens: true,
                rungs: WITH_AGENT,
                restarts_by_itself: false,
            },
            // Its HA is a choice: where Bascule restarts, it is off.
            Self::Proxmox => Abilities {
                seals: true,
                refuses_older_tokens: true,
                rungs: WITH_AGENT,
                restarts_by_itself: true,
            },
            Self::Esxi | Self::Kubevirt => Abilities {
                seals: false,
                refuses_older_tokens: false,
                rungs: WITHOUT_AGENT,
                restarts_by_itself: true,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_is_named_in_files_as_in_the_log() {
        for (name, product) in Product::ALL {
            assert_eq!(product.as_str(), name);
            let written = serde_json::to_value(product).expect("a name");
            assert_eq!(written, serde_json::json!(name));
        }
    }

    #[test]
    fn without_our_agent_there_is_no_lease_and_people_can_always_speak() {
        for (name, product) in Product::ALL {
            let Abilities { seals, rungs, .. } = product.abilities();
            assert_eq!(rungs.contains(&Rung::Lease), seals, "{name}");
            assert!(rungs.contains(&Rung::People), "{name}");
        }
    }
}
