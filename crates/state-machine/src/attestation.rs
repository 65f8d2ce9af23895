//! Attestations: a person says, over what they checked, that a host is off. Two distinct persons
//! under one fence order are a proof. A sign of life can be fenced with proof by another rung; no
//! word of a person argues it away.

use serde::{Deserialize, Serialize};

use model::id::{HostId, PersonId};
use model::observation::{Status, Target};
use model::time::LogTime;

use crate::state::{CoveredBy, State};

/// So many distinct persons prove that a host is off.
pub const PERSONS_NEEDED: usize = 2;

/// What one person said under a fence order; it ends with that order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attestation {
    /// Who, as their certificate says.
    pub by: PersonId,
    /// What they checked and saw, in their words.
    pub statement: String,
    /// When it was committed.
    pub at: LogTime,
}

impl State {
    /// The attestations under the host's fence order that count: of persons whom the policy names
    /// still, and given after the last time that any room heard the host. One each.
    pub fn counted_attestations(&self, host: &HostId) -> Vec<&Attestation> {
        let order = self.hosts.get(host).and_then(|record| record.fence.as_ref());
        let may = self.policy.as_ref().map(|policy| &policy.value.people.attest);
        let (Some(order), Some(may)) = (order, may) else { return Vec::new() };
        let target = Target::Host { host: host.clone() };
        let last_heard = self.seen(&target).filter_map(|(_, seen)| seen.last_up).max();
        order
            .attested
            .iter()
            .filter(|one| may.contains(&one.by) && last_heard.is_none_or(|heard| one.at > heard))
            .collect()
    }

    /// What says that a host lives, by a room whose word counts: its agent, or its management
    /// controller that reads its power as on.
    pub fn sign_of_life(&self, host: &HostId) -> Option<String> {
        if self.is_heard(host) {
            return Some(format!("the agent of host {host} answers"));
        }
        // What is known of its VMs is its agent's word, which nobody takes back once it is silent.
        let target = Target::Power { host: host.clone() };
        self.seen(&target)
            .find(|(room, seen)| seen.status == Status::Up && self.word_counts(room, seen))
            .map(|(room, _)| format!("the power of host {host} is seen up from room {room}"))
    }

    /// What speaks against a host that an era's order covers in this way. A statement that it is
    /// off is worth less than power that is read as on; a watchdog leaves the power on when it
    /// resets the host.
    pub fn life_against(&self, host: &HostId, covered: CoveredBy) -> Option<String> {
        match covered {
            CoveredBy::Statement | CoveredBy::Nothing => self.sign_of_life(host),
            CoveredBy::Wait => {
                self.is_heard(host).then(|| format!("the agent of host {host} answers"))
            }
        }
    }
}
