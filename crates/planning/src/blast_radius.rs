//! What each class of incident takes out of an estate: no step that answers it may rely on that.

use std::collections::{BTreeMap, BTreeSet};

use model::blast_radius::BlastRadius;
use model::estate::{Estate, RoomRole};
use model::id::{HostId, RoomId, ServiceId, VmId};
use model::incident::{Cause, IncidentClass};
use model::policy::Policy;
use model::relied_on::{Means, ReliedOn};
use runbook::Scope;

use crate::causes::causes;
use crate::lost::{lost, lost_vms, volumes_gone};

/// What lint is to know of an estate and a policy.
pub fn scope(estate: Option<&Estate>, policy: Option<&Policy>) -> Scope {
    Scope {
        radius: estate.map(|estate| {
            IncidentClass::ALL.into_iter().map(|class| (class, of(estate, class))).collect()
        }),
        names: estate.map(names).unwrap_or_default(),
        asked_of: policy.map(Scope::asked_of),
    }
}

/// What an incident of this class may take out of this estate: whatever some cause of the class
/// takes out. A service is gone with its last VM, or with a service that it depends on. Where the
/// estate has a service by the name of one of the general means (`dns`, `directory`), that service
/// decides; what the estate does not name stays as lost as it is anywhere.
pub fn of(estate: &Estate, class: IncidentClass) -> BlastRadius {
    let mut radius = BlastRadius::of(class);
    let known = Means::all().filter(|means| service_of(estate, *means).is_some());
    known.for_each(|means| radius.remove(&ReliedOn::Means(means)));
    let homes: BTreeMap<VmId, HostId> =
        estate.vms.iter().map(|(id, vm)| (id.clone(), vm.home.clone())).collect();
    for cause in causes(estate, class) {
        for room in rooms(estate, &cause) {
            radius.add(ReliedOn::Room(room), format!("{cause}: the room itself"));
        }
        let taken = lost(estate, &cause);
        for host in &taken.hosts {
            radius.add(ReliedOn::Host(host.clone()), format!("{cause}: the host with it"));
        }
        let gone = volumes_gone(estate, &taken.arrays);
        let mut vms = lost_vms(estate, &cause, &homes);
        let without = estate.vms.iter().filter(|(_, vm)| !vm.volumes.is_disjoint(&gone));
        vms.extend(without.map(|(id, _)| id.clone()));
        for (service, why) in services(estate, &vms) {
            let why = format!("{cause}: {why}");
            let means = Means::all().find(|means| service_of(estate, *means) == Some(&service));
            if let Some(means) = means {
                radius.add(ReliedOn::Means(means), why.clone());
            }
            radius.add(ReliedOn::Service(service), why);
        }
    }
    radius
}

/// What an estate has by name.
fn names(estate: &Estate) -> BTreeSet<ReliedOn> {
    let rooms = estate.rooms.keys().cloned().map(ReliedOn::Room);
    let hosts = estate.hosts.keys().cloned().map(ReliedOn::Host);
    let services = estate.services.keys().cloned().map(ReliedOn::Service);
    rooms.chain(hosts).chain(services).collect()
}

fn service_of(estate: &Estate, means: Means) -> Option<&ServiceId> {
    estate.services.keys().find(|id| id.as_str() == means.as_str())
}

fn rooms(estate: &Estate, cause: &Cause) -> Vec<RoomId> {
    match cause {
        Cause::RoomLost { room } => vec![room.clone()],
        Cause::ProductionLost => estate
            .rooms
            .iter()
            .filter(|(_, room)| room.role == RoomRole::Production)
            .map(|(id, _)| id.clone())
            .collect(),
        _ => Vec::new(),
    }
}

/// The services that are gone without these VMs, each with why.
fn services(estate: &Estate, lost: &BTreeSet<VmId>) -> BTreeMap<ServiceId, String> {
    let mut gone: BTreeMap<ServiceId, String> = BTreeMap::new();
    let mut of: BTreeMap<&ServiceId, (usize, usize)> = BTreeMap::new();
    for (id, vm) in &estate.vms {
        let (all, down) = of.entry(&vm.service).or_default();
        *all += 1;
        *down += usize::from(lost.contains(id));
    }
    for (service, (all, down)) in of {
        if all == down {
            let why =
                if all == 1 { "its only VM".to_owned() } else { format!("all {all} VMs of it") };
            gone.insert(service.clone(), why);
        }
    }
    loop {
        let more: Vec<(ServiceId, String)> = estate
            .services
            .iter()
            .filter(|(id, _)| !gone.contains_key(*id))
            .filter_map(|(id, service)| {
                let on = service.depends_on.iter().find(|on| gone.contains_key(*on))?;
                Some((id.clone(), format!("it depends on {on}")))
            })
            .collect();
        if more.is_empty() {
            return gone;
        }
        gone.extend(more);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::small_estate;

    fn why(class: IncidentClass, what: &str) -> Option<String> {
        let radius = of(&small_estate::clinic(), class);
        radius.why(&what.parse().unwrap()).map(str::to_owned)
    }

    #[test]
    fn a_service_with_a_vm_in_each_room_outlives_one_of_them_and_not_both() {
        assert_eq!(why(IncidentClass::RoomLost, "dns"), None);
        assert_eq!(why(IncidentClass::RoomLost, "service/dns"), None);
        let gone = why(IncidentClass::ProductionLost, "dns").unwrap();
        assert_eq!(gone, "every production room is lost: all 2 VMs of it");
    }

    #[test]
    fn what_depends_on_a_service_that_is_gone_is_gone() {
        // Both dpi-1 and dpi-2 have another room; their database has not.
        assert_eq!(why(IncidentClass::RoomLost, "service/db").unwrap(), "room a lost: its only VM");
        let dpi = why(IncidentClass::RoomLost, "service/dpi").unwrap();
        assert_eq!(dpi, "room a lost: it depends on db");
        assert_eq!(why(IncidentClass::VmLost, "service/dns"), None);
        assert!(why(IncidentClass::VmLost, "service/wiki").is_some());
    }

    #[test]
    fn rooms_and_hosts_are_gone_with_their_own_incident() {
        assert!(why(IncidentClass::ProductionLost, "room/a").is_some());
        assert_eq!(why(IncidentClass::ProductionLost, "room/c"), None);
        assert!(why(IncidentClass::StorageLayerLost, "host/a1").is_some());
        assert_eq!(why(IncidentClass::StorageLayerLost, "room/a"), None);
        assert_eq!(why(IncidentClass::LinkLost, "host/a1"), None);
    }

    #[test]
    fn what_the_estate_does_not_name_is_as_lost_as_anywhere() {
        assert!(why(IncidentClass::RoomLost, "vcenter").is_some());
        assert!(why(IncidentClass::RoomLost, "directory").is_some());
        assert_eq!(why(IncidentClass::RoomLost, "agent"), None);
    }

    #[test]
    fn lint_refuses_in_one_estate_what_it_lets_pass_in_another() {
        let text = include_str!("../../../runbooks/room-loss.yaml").replacen(
            "action: service.check\n",
            "action: service.check\n      uses: [dns]\n",
            1,
        );
        let codes = |estate: Option<&Estate>| -> Vec<&'static str> {
            let found = runbook::read_in("room-loss.yaml", &text, &scope(estate, None));
            found.diagnostics.iter().map(|one| one.code).collect()
        };
        let mut estate = small_estate::clinic();
        assert_eq!(codes(None), ["runbook/inside-blast-radius"]);
        assert_eq!(codes(Some(&estate)), [""; 0]);
        estate.vms.get_mut(&"dns-2".into()).unwrap().home = "a2".into();
        assert_eq!(codes(Some(&estate)), ["runbook/inside-blast-radius"]);
    }
}
