//! What the tail of the old log takes from the wait of an era. Its entries may have been committed
//! without the survivor knowing: none of them is believed, each of them is reckoned with.

use std::collections::{BTreeMap, BTreeSet};

use model::id::HostId;

use crate::command::{Command, TailEntry};
use crate::takers::could_take;

/// What may have been decided beyond what is known.
#[derive(Debug, Default)]
pub(super) struct Tail {
    /// Hosts whose watchdog may have been disarmed.
    disarmed: BTreeSet<HostId>,
    /// The longest wait of a policy that may be in force, in milliseconds.
    wait_ms: u64,
    /// Per estate that may be in force: who could take each host's VMs.
    takers: Vec<BTreeMap<HostId, BTreeSet<HostId>>>,
}

impl Tail {
    pub(super) fn of(entries: &[TailEntry]) -> Self {
        let mut tail = Self::default();
        for TailEntry { entry, .. } in entries {
            match &entry.command {
                Command::HostArmed { host, armed: false, .. } => {
                    tail.disarmed.insert(host.clone());
                }
                Command::EstateLoaded { estate, policy, .. } => {
                    tail.wait_ms = tail.wait_ms.max(policy.value.lease.wait().as_millis());
                    tail.takers.push(could_take(&estate.value));
                }
                _ => {}
            }
        }
        tail
    }

    /// Whether so long a wait covers this host in spite of the tail, with a withholding by one of
    /// these agents.
    pub(super) fn leaves_covered(
        &self,
        host: &HostId,
        withheld_by: &BTreeSet<&HostId>,
        waited_ms: u64,
    ) -> bool {
        let asked = |takers: &BTreeMap<HostId, BTreeSet<HostId>>, by: &HostId| {
            takers.get(host).is_some_and(|takers| takers.contains(by))
        };
        !self.disarmed.contains(host)
            && waited_ms >= self.wait_ms
            && withheld_by.iter().any(|by| self.takers.iter().all(|takers| asked(takers, by)))
    }
}
