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
}

impl Product {
    /// The row of this product.
    pub fn abilities(self) -> Abilities {
        match self {
            Self::Twin | Self::Qemu => Abilities {
                seals: true,
                refuses_older_tokens: true,
                rungs: &[Rung::Power, Rung::Storage, Rung::Lease, Rung::People],
            },
        }
    }
}
