//! A host is lost when its agent is silent from two rooms, or when its management controller says
//! that the power is off and the agent is silent. What is fenced already, or in quarantine, is
//! known to be gone.

use model::id::HostId;
use model::incident::Cause;
use model::observation::{Status, Target};

use super::Seen;
use crate::judge::{Grounds, Judge, Judgement};

pub(crate) fn seen(judge: &Judge<'_>) -> Vec<Seen> {
    let hosts = judge.view.estate.hosts.keys();
    hosts.filter_map(|host| judged(judge, host)).collect()
}

fn judged(judge: &Judge<'_>, host: &HostId) -> Option<Seen> {
    let facts = judge.view.hosts.get(host)?;
    if facts.in_maintenance {
        return None;
    }
    let grounds = is_lost(judge, host)?;
    Some(Seen { cause: Cause::HostLost { host: host.clone() }, grounds })
}

/// On what grounds the host is lost, if it is.
pub(crate) fn is_lost(judge: &Judge<'_>, host: &HostId) -> Option<Grounds> {
    let power = Target::Power { host: host.clone() };
    match judge.host(host) {
        Judgement::Silent(grounds) | Judgement::ProvedDown(grounds) => Some(grounds),
        Judgement::Alive => None,
        Judgement::Open => {
            // One vantage hears nothing, and the power is read as off.
            let agent = Target::Host { host: host.clone() };
            let silent = judge.sights(&agent).iter().any(|s| s.status == Status::Unknown);
            match judge.of(&power) {
                Judgement::ProvedDown(grounds) if silent => Some(grounds),
                _ => None,
            }
        }
    }
}
