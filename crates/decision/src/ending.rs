//! When an incident is over.

use model::id::{HostId, VolumeId};
use model::incident::{Cause, Incident, Phase};
use model::observation::{Status, Target};

use crate::answer::lost;
use crate::judge::Judge;
use crate::rules::{host_lost, link_lost};
use crate::view::VmFacts;

/// Why the incident is over, if it is: (withdrawn, why).
pub(crate) fn ending(judge: &Judge<'_>, incident: &Incident) -> Option<(bool, String)> {
    let runs = judge.view.runs.get(&incident.id).copied().unwrap_or_default();
    if runs.running {
        return None;
    }
    let untouched = incident.runs.is_empty();
    if untouched {
        let acted_on = matches!(incident.phase, Phase::Absorbed);
        return is_back(judge, &incident.cause).map(|why| (!acted_on, why));
    }
    // Something was done: over when everything that was lost runs.
    let left = lost(judge, &incident.cause).next();
    match left {
        None if everything_runs(judge, &incident.cause) => {
            let why = if every_vm_runs(judge) {
                "everything that was lost runs again"
            } else {
                "nothing is left on what was lost; what does not run elsewhere is a loss of its own"
            };
            Some((false, why.to_owned()))
        }
        _ => let_in_again(judge, &incident.cause)
            .or_else(|| layer_serves_again(judge, &incident.cause))
            .or_else(|| production_is_back(judge, &incident.cause))
            .map(|why| (false, why)),
    }
}

/// A storage layer that serves again before any copy of its volumes was opened: nothing that was
/// done about it is past the point of no return.
fn layer_serves_again(judge: &Judge<'_>, cause: &Cause) -> Option<String> {
    let Cause::StorageLayerLost { layer } = cause else { return None };
    let of_layer = |volume: &&VolumeId| {
        let volume = judge.view.estate.volumes.get(*volume);
        volume.is_some_and(|volume| volume.layer.as_ref() == Some(layer))
    };
    if judge.view.opened.iter().any(of_layer) {
        return None;
    }
    is_back(judge, cause)
}

/// A sign of life does not take back what two persons stated; a host that was let in again does.
fn production_is_back(judge: &Judge<'_>, cause: &Cause) -> Option<String> {
    if *cause != Cause::ProductionLost {
        return None;
    }
    let mut rooms = judge.view.estate.production_rooms();
    let back = rooms.find(|room| !judge.view.rooms_gone.contains(room))?;
    Some(format!("a host of room {back} was let in again"))
}

/// What was lost is back, and its hosts are let in again. A run that fenced them once more would
/// stop what has been started on them since: what does not run there is a loss of its own.
fn let_in_again(judge: &Judge<'_>, cause: &Cause) -> Option<String> {
    let hosts: Vec<&HostId> = match cause {
        Cause::HostLost { host } => vec![host],
        Cause::RoomLost { room } | Cause::StorageSideLost { room, .. } => {
            judge.view.estate.hosts_in(room).map(|(host, _)| host).collect()
        }
        _ => return None,
    };
    let why = is_back(judge, cause)?;
    let mut alive = hosts
        .into_iter()
        .filter(|host| judge.is_alive(&Target::Host { host: (*host).clone() }))
        .peekable();
    alive.peek()?;
    let admitted = |host| judge.view.hosts.get(host).is_some_and(|facts| facts.admitted);
    alive.all(admitted).then(|| format!("{why}, and its hosts that live are let in again"))
}

/// Life was seen: why the verdict no longer holds.
fn is_back(judge: &Judge<'_>, cause: &Cause) -> Option<String> {
    let estate = judge.view.estate;
    match cause {
        Cause::VmLost { host, .. } => {
            let mut left = lost(judge, cause);
            (left.next().is_none()
                && judge.is_alive(&Target::Host { host: host.clone() })
                && everything_runs(judge, cause))
            .then(|| {
                format!("every VM that should run on host {host} runs or was stopped on purpose")
            })
        }
        Cause::HostLost { host } => judge
            .is_alive(&Target::Host { host: host.clone() })
            .then(|| format!("the agent of host {host} answers")),
        Cause::ArrayLost { array } => judge
            .is_alive(&Target::Array { array: array.clone() })
            .then(|| format!("array {array} serves")),
        Cause::LinkLost { link } => {
            let paths = &estate.links.get(link)?.paths;
            let all_up = paths.iter().all(|path| {
                let target = Target::Path { link: link.clone(), path: path.id.clone() };
                let sights = judge.sights(&target);
                sights.iter().all(|s| s.status == Status::Up)
            });
            let seen = link_lost::seen(judge);
            let still = seen.iter().any(|seen| seen.cause == *cause);
            let ends = &estate.links.get(link)?.between;
            (all_up && !still && ends.iter().all(|room| link_lost::is_alive(judge, room)))
                .then(|| format!("every path of link {link} carries signal"))
        }
        Cause::ControllerLost { controller } => judge
            .is_alive(&Target::Controller { controller: *controller })
            .then(|| format!("{controller} answers")),
        Cause::RoomLost { room } => link_lost::is_alive(judge, room)
            .then(|| format!("a sign of life came from room {room}")),
        Cause::StorageSideLost { layer, room } => judge
            .is_alive(&Target::StorageSide { layer: layer.clone(), room: room.clone() })
            .then(|| format!("storage layer {layer} serves room {room} again")),
        Cause::StorageLayerLost { layer } => {
            let mut rooms = estate.storage_layers.get(layer).map(|l| estate.sides_of(l))?;
            rooms
                .find(|room| {
                    let side = Target::StorageSide { layer: layer.clone(), room: (*room).clone() };
                    judge.is_alive(&side)
                })
                .map(|room| format!("storage layer {layer} serves room {room} again"))
        }
        Cause::ProductionLost => production_is_back(judge, cause),
    }
}

/// Whether every VM that ought to run somewhere touched by this cause is seen running where it is
/// placed now.
fn everything_runs(judge: &Judge<'_>, cause: &Cause) -> bool {
    let here: Vec<&VmFacts<'_>> = match cause {
        Cause::VmLost { host, .. } => {
            judge.view.vms.iter().filter(|vm| vm.wanted && vm.placed == host).collect()
        }
        _ => return true,
    };
    here.iter().all(|vm| {
        let target = Target::Vm { vm: vm.id.clone(), host: vm.placed.clone() };
        let sights = judge.sights(&target);
        sights.is_empty() || sights.iter().any(|sight| sight.status == Status::Up)
    })
}

/// Whether every VM that ought to run is seen running where it is placed now.
fn every_vm_runs(judge: &Judge<'_>) -> bool {
    judge
        .view
        .vms
        .iter()
        .filter(|vm| vm.wanted)
        .all(|vm| judge.is_alive(&Target::Vm { vm: vm.id.clone(), host: vm.placed.clone() }))
}

/// The platform absorbs it: what says so.
pub(crate) fn absorbed(judge: &Judge<'_>, incident: &Incident) -> Option<String> {
    if incident.phase != Phase::Open {
        return None;
    }
    let estate = judge.view.estate;
    match &incident.cause {
        Cause::ArrayLost { array } => {
            let layers: Vec<_> =
                estate.storage_layers.iter().filter(|(_, l)| l.arrays.contains(array)).collect();
            let served = layers.iter().all(|(id, layer)| {
                layer.arrays.iter().filter(|other| *other != array).any(|other| {
                    let room = estate.arrays.get(other).map(|array| array.room.clone());
                    room.is_some_and(|room| {
                        judge.is_alive(&Target::StorageSide { layer: (*id).clone(), room })
                    })
                })
            });
            (!layers.is_empty() && served)
                .then(|| "the storage layer goes on with the other array".to_owned())
        }
        Cause::LinkLost { link } => {
            let paths = &estate.links.get(link)?.paths;
            paths
                .iter()
                .find(|path| {
                    let target = Target::Path { link: link.clone(), path: path.id.clone() };
                    let sights = judge.sights(&target);
                    !sights.is_empty() && sights.iter().all(|s| s.status == Status::Up)
                })
                .map(|path| format!("path {} carries the traffic", path.id))
        }
        Cause::ControllerLost { .. } => Some("the other two controllers are a majority".to_owned()),
        Cause::VmLost { .. }
        | Cause::HostLost { .. }
        | Cause::RoomLost { .. }
        | Cause::StorageSideLost { .. }
        | Cause::StorageLayerLost { .. }
        | Cause::ProductionLost => None,
    }
}

/// Whether the thing is lost and known to be dealt with: every host that it takes out is proved
/// fenced, so a verdict would say nothing new.
pub(crate) fn is_dealt_with(judge: &Judge<'_>, cause: &Cause) -> bool {
    let estate = judge.view.estate;
    let fenced = |host| judge.view.hosts.get(host).is_some_and(|facts| facts.fence_proved);
    let nothing_left = || lost(judge, cause).next().is_none();
    match cause {
        Cause::HostLost { host } => fenced(host) && nothing_left(),
        Cause::RoomLost { room } | Cause::StorageSideLost { room, .. } => {
            let mut hosts = estate.hosts_in(room).peekable();
            hosts.peek().is_some() && hosts.all(|(host, _)| fenced(host)) && nothing_left()
        }
        Cause::ProductionLost => {
            let mut hosts = estate.production_rooms().flat_map(|room| estate.hosts_in(room));
            hosts.all(|(host, _)| fenced(host)) && nothing_left()
        }
        _ => false,
    }
}

/// Whether a host that is in quarantine has nothing to lose: its silence is no news.
pub(crate) fn is_empty_quarantine(judge: &Judge<'_>, cause: &Cause) -> bool {
    let Cause::HostLost { host } = cause else { return false };
    let facts = judge.view.hosts.get(host).copied().unwrap_or_default();
    !facts.admitted
        && !facts.fence_ordered
        && host_lost::is_lost(judge, host).is_some()
        && lost(judge, cause).next().is_none()
}
