//! Fence rungs and the proofs that they leave.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::era::Token;
use crate::id::{HostId, PersonId};
use crate::time::LogTime;

/// A rung of the fencing ladder, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rung {
    /// The host's power is off, read back after the order, twice, at least 500 ms apart.
    Power,
    /// The host is unmapped on every array that could still serve it, and its room's uplink is
    /// closed and read back on the surviving side.
    Storage,
    /// The host's lease ran out, its watchdog has fired, and one agent withholds promises.
    Lease,
    /// Two distinct persons attest.
    People,
}

impl Rung {
    /// As written in files, output and the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Power => "power",
            Self::Storage => "storage",
            Self::Lease => "lease",
            Self::People => "people",
        }
    }
}

impl fmt::Display for Rung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a rung saw. Every variant carries what its rule of proof asks for, so that `apply` can
/// refuse a proof that does not follow from its own evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum FenceEvidence {
    /// Power read back as off.
    PowerOff {
        /// How many times "off" was read after the order.
        reads: u32,
        /// Milliseconds between the first and the last of those reads.
        apart_ms: u64,
        /// The management controller's own words.
        answer: String,
    },
    /// Volumes unmapped and uplink closed, both read back.
    StorageCut {
        /// Arrays on which the host's mappings were read back as gone.
        unmapped_on: Vec<String>,
        /// The switch port or room uplink read back as closed.
        uplink_closed: String,
    },
    /// The lease and its watchdog have run out.
    LeaseExpired {
        /// The agent that withholds promises (committed earlier).
        withheld_by: HostId,
        /// How long the granter waited on its own clock since the later of the last renewal and
        /// the end of the withholding agent's last promise, in milliseconds.
        waited_ms: u64,
        /// How long it had to wait: (L + W)(1 + rho) + m, in milliseconds.
        required_ms: u64,
    },
    /// Two persons say so.
    Attested {
        /// Who; two distinct persons.
        by: Vec<PersonId>,
        /// What they saw.
        statement: String,
    },
    /// The order that opened this era, which two persons signed.
    EraOrder {
        /// The order's hash, as it is in the era's first leaf.
        order: String,
        /// How long the survivor waited since the second signature, in milliseconds.
        waited_ms: u64,
        /// The host has no watchdog: the persons' statement names it, and nothing else covers it.
        by_statement: bool,
    },
}

impl FenceEvidence {
    /// The rung that this evidence belongs to.
    pub fn rung(&self) -> Rung {
        match self {
            Self::PowerOff { .. } => Rung::Power,
            Self::StorageCut { .. } => Rung::Storage,
            Self::LeaseExpired { .. } => Rung::Lease,
            // Whatever was waited: that the rooms are dead is what two persons say.
            Self::Attested { .. } | Self::EraOrder { .. } => Rung::People,
        }
    }
}

/// A committed proof that nothing on `target` executes or writes under a token up to `token`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FenceProof {
    /// The host that is fenced.
    pub target: HostId,
    /// The token of the fence order that this proof answers.
    pub token: Token,
    /// What was seen.
    pub evidence: FenceEvidence,
    /// When, by log time; set by `apply`.
    pub at: LogTime,
}
