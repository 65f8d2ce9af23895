//! VMs are lost when the agent of a living, admitted host says that they do not run though they
//! should. One incident per host, named after the first of its VMs; it stands for all of them.

use std::collections::BTreeMap;

use model::id::HostId;
use model::incident::Cause;
use model::observation::{Status, Target};

use super::Seen;
use crate::judge::{Grounds, Judge};
use crate::view::VmFacts;

pub(crate) fn seen(judge: &Judge<'_>) -> Vec<Seen> {
    let mut by_host: BTreeMap<&HostId, Seen> = BTreeMap::new();
    for vm in judge.view.vms.iter().filter(|vm| vm.wanted && !vm.in_a_run) {
        if by_host.contains_key(vm.placed) {
            continue;
        }
        if let Some(grounds) = down_on_living_host(judge, vm) {
            let cause = Cause::VmLost { vm: vm.id.clone(), host: vm.placed.clone() };
            by_host.insert(vm.placed, Seen { cause, grounds });
        }
    }
    by_host.into_values().collect()
}

/// On what grounds this VM is lost though its host lives.
pub(crate) fn down_on_living_host(judge: &Judge<'_>, vm: &VmFacts<'_>) -> Option<Grounds> {
    let target = Target::Vm { vm: vm.id.clone(), host: vm.placed.clone() };
    let facts = judge.view.hosts.get(vm.placed)?;
    if !facts.admitted || facts.in_maintenance {
        return None;
    }
    let sights = judge.sights(&target);
    if sights.is_empty() || sights.iter().any(|sight| sight.status == Status::Up) {
        return None;
    }
    let down = sights.iter().filter(|sight| sight.status == Status::Down);
    let host = Target::Host { host: vm.placed.clone() };
    let agent = judge.sights(&host);
    // The agent's word counts as long as the room that passes it on still hears the agent.
    let down: Vec<_> = down
        .filter(|sight| agent.iter().any(|a| a.vantage == sight.vantage && a.status == Status::Up))
        .collect();
    let first = down.first()?;
    Some(Grounds {
        evidence: vec![model::incident::Evidence {
            target: target.clone(),
            vantage: first.vantage.clone(),
            says: first.says.to_owned(),
        }],
        last_up: sights.iter().filter_map(|sight| sight.last_up).max().unwrap_or_default(),
        since: first.since,
    })
}
