//! Where the platform restarts VMs by itself, an incident is being absorbed: watched until a
//! deadline, and acted on only for what is not up by then. Only the state of each VM says what is
//! up: the platform's own console may have died with the room.

use std::collections::BTreeSet;

use model::estate::{Estate, Restarts};
use model::id::HostId;
use model::incident::{Cause, Incident};
use model::observation::Target;
use model::policy::Policy;
use model::time::LogTime;

use crate::judge::Judge;
use crate::view::VmFacts;

/// The hosts that a cause takes out and whose VMs the platform restarts.
fn platform_hosts<'a>(estate: &'a Estate, cause: &'a Cause) -> impl Iterator<Item = &'a HostId> {
    let hosts = estate.hosts.iter().filter(|(_, host)| host.restarts == Restarts::Platform);
    hosts
        .filter(move |(id, host)| match cause {
            Cause::HostLost { host } | Cause::VmLost { host, .. } => host == *id,
            Cause::RoomLost { room } | Cause::StorageSideLost { room, .. } => host.room == *room,
            // No platform restarts in another room from copies.
            Cause::ArrayLost { .. }
            | Cause::LinkLost { .. }
            | Cause::ControllerLost { .. }
            | Cause::StorageLayerLost { .. }
            | Cause::ProductionLost => false,
        })
        .map(|(id, _)| id)
}

/// When the platform's time for this incident is over.
fn deadline(policy: &Policy, incident: &Incident) -> LogTime {
    incident.opened_at.after(policy.class(incident.cause.class()).platform_deadline)
}

/// The hosts whose VMs are the platform's to restart at this log time: those of open incidents
/// whose deadline has not passed.
pub fn left_to_the_platform(
    estate: &Estate,
    policy: &Policy,
    open: &[&Incident],
    now: LogTime,
) -> BTreeSet<HostId> {
    open.iter()
        .filter(|incident| now < deadline(policy, incident))
        .flat_map(|incident| platform_hosts(estate, &incident.cause))
        .cloned()
        .collect()
}

/// Why an incident is the platform's for now, if it is.
pub(crate) fn absorbing(
    judge: &Judge<'_>,
    policy: &Policy,
    incident: &Incident,
    now: LogTime,
) -> Option<String> {
    let hosts: Vec<&HostId> = platform_hosts(judge.view.estate, &incident.cause).collect();
    let until = deadline(policy, incident);
    (!hosts.is_empty() && now < until).then(|| {
        let names: Vec<&str> = hosts.iter().map(|host| host.as_str()).collect();
        format!(
            "the platform restarts the VMs of {} by itself; Bascule acts on what is not up at \
             {until}",
            names.join(", ")
        )
    })
}

/// Whether a VM whose host the platform looks after is no loss: it still has time, or has
/// restarted it on another host.
pub(crate) fn is_looked_after(judge: &Judge<'_>, vm: &VmFacts<'_>) -> bool {
    let estate = judge.view.estate;
    let by_platform =
        estate.hosts.get(vm.placed).is_some_and(|host| host.restarts == Restarts::Platform);
    by_platform
        && (judge.view.left_to_platform.contains(vm.placed)
            || estate
                .hosts
                .keys()
                .filter(|host| *host != vm.placed)
                .any(|host| judge.is_alive(&Target::Vm { vm: vm.id.clone(), host: host.clone() })))
}
