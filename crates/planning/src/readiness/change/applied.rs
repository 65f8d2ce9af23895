//! The situation as it would be after a change.

use std::collections::BTreeSet;

use model::estate::{Estate, Host, Service, Tier, Vm, VmSource};
use model::id::{ArrayId, ControllerId, HostId, LinkId, RoomId, ServiceId, VmId};
use model::units::{MemoryMib, Span};

use super::{Change, ChangeError, Size};
use crate::readiness::failure::Failure;
use crate::readiness::play::aftermath;
use crate::readiness::situation::Situation;

/// How long a VM takes to boot of which nothing is known but its size: as long as an estate file
/// says where it says nothing, in the clinic that is shipped.
const BOOT: Span = Span::from_secs(60);

impl Change {
    /// The failure that the change is, if it is one.
    pub(in crate::readiness) fn failure(&self) -> Option<Failure> {
        match self {
            Self::RoomGone(id) => Some(Failure::Room(id.clone())),
            Self::HostGone(id) => Some(Failure::Host(id.clone())),
            Self::ArrayGone(id) => Some(Failure::Array(id.clone())),
            Self::LinkGone(id) => Some(Failure::Link(id.clone())),
            Self::ControllerGone(id) => Some(Failure::Controller(*id)),
            _ => None,
        }
    }

    /// The situation once it has happened. After a failure its run is over: what it starts
    /// elsewhere runs there, what it leaves down is down.
    pub fn applied(&self, before: &Situation) -> Result<Situation, ChangeError> {
        let mut after = before.clone();
        match self {
            Self::RoomGone(id) => room_gone(before, &mut after, id)?,
            Self::HostGone(id) => {
                known(&before.estate.hosts, "host", id)?;
                restarted(before, &mut after, &Failure::Host(id.clone()));
                after.now.admitted.remove(id);
            }
            Self::ArrayGone(id) => {
                known(&before.estate.arrays, "array", id)?;
                restarted(before, &mut after, &Failure::Array(id.clone()));
                without_array(&mut after.estate, id);
            }
            Self::LinkGone(id) => link_gone(before, &mut after, id)?,
            Self::ControllerGone(id) => controller_gone(&mut after, *id)?,
            Self::VmGone(id) => {
                known(&before.estate.vms, "vm", id)?;
                after.estate.vms.remove(id);
                for vm in after.estate.vms.values_mut() {
                    vm.after.remove(id);
                }
                after.now.runs_on.remove(id);
                after.now.wanted.remove(id);
            }
            Self::VmAdded { vm, size, like, service, home } => {
                let wish = Wish { like: like.as_ref(), service: service.as_ref() };
                vm_added(&mut after, vm, *size, wish, home.as_ref())?;
            }
            Self::VmSized(id, size) => {
                let vm = known_mut(&mut after.estate.vms, "vm", id)?;
                (vm.cpus, vm.memory_mib) = (size.cpus, size.memory);
            }
            Self::VmMoved(id, host) => {
                known(&before.estate.vms, "vm", id)?;
                known(&before.estate.hosts, "host", host)?;
                after.now.runs_on.insert(id.clone(), host.clone());
                known_mut(&mut after.estate.vms, "vm", id)?.home = host.clone();
            }
            Self::HostAdded { host, room, size, like } => {
                host_added(&mut after, host, room, *size, like.as_ref())?;
            }
            Self::HostSized(id, size) => {
                let host = known_mut(&mut after.estate.hosts, "host", id)?;
                (host.cpus, host.memory_mib) = (size.cpus, size.memory);
            }
            Self::ServiceWithin(id, within) => {
                known_mut(&mut after.estate.services, "service", id)?.rto = *within;
            }
        }
        Ok(after)
    }
}

fn known<'m, K: Ord + ToString, V>(
    all: &'m std::collections::BTreeMap<K, V>,
    kind: &'static str,
    id: &K,
) -> Result<&'m V, ChangeError> {
    all.get(id).ok_or_else(|| ChangeError::NoSuch { kind, id: id.to_string() })
}

fn known_mut<'m, K: Ord + ToString, V>(
    all: &'m mut std::collections::BTreeMap<K, V>,
    kind: &'static str,
    id: &K,
) -> Result<&'m mut V, ChangeError> {
    all.get_mut(id).ok_or_else(|| ChangeError::NoSuch { kind, id: id.to_string() })
}

/// What the failure takes down runs where its run starts it, or is down.
fn restarted(before: &Situation, after: &mut Situation, failure: &Failure) {
    let (lost, starts) = aftermath(before, failure);
    for vm in lost {
        match starts.get(&vm) {
            Some(host) => {
                after.now.runs_on.insert(vm, host.clone());
            }
            None => {
                after.now.runs_on.remove(&vm);
                after.now.wanted.remove(&vm);
            }
        }
    }
}

fn room_gone(before: &Situation, after: &mut Situation, id: &RoomId) -> Result<(), ChangeError> {
    let room = known(&before.estate.rooms, "room", id)?;
    restarted(before, after, &Failure::Room(id.clone()));
    after.now.silent_controllers.insert(room.controller);
    let hosts: BTreeSet<&HostId> = before.estate.hosts_in(id).map(|(host, _)| host).collect();
    after.now.admitted.retain(|host| !hosts.contains(host));
    for (array, of) in &before.estate.arrays {
        if of.room == *id {
            without_array(&mut after.estate, array);
        }
    }
    after.estate.links.retain(|_, link| !link.between.contains(id));
    Ok(())
}

fn link_gone(before: &Situation, after: &mut Situation, id: &LinkId) -> Result<(), ChangeError> {
    known(&before.estate.links, "link", id)?;
    let failure = Failure::Link(id.clone());
    restarted(before, after, &failure);
    if let Some(model::incident::Cause::StorageSideLost { layer, room }) =
        failure.cause(&before.estate)
    {
        let layer = before.estate.storage_layers.get(&layer).into_iter();
        let arrays = layer.flat_map(|layer| &layer.arrays);
        for array in arrays {
            if before.estate.arrays.get(array).is_some_and(|array| array.room == room) {
                without_array(&mut after.estate, array);
            }
        }
    }
    after.estate.links.remove(id);
    Ok(())
}

fn controller_gone(after: &mut Situation, id: ControllerId) -> Result<(), ChangeError> {
    if !after.estate.rooms.values().any(|room| room.controller == id) {
        return Err(ChangeError::NoSuch { kind: "controller", id: id.0.to_string() });
    }
    after.now.silent_controllers.insert(id);
    Ok(())
}

/// No volume is on it any more. One that was on it alone keeps it: nothing else says that it is gone.
fn without_array(estate: &mut Estate, id: &ArrayId) {
    for volume in estate.volumes.values_mut() {
        if volume.arrays.iter().any(|array| array != id) {
            volume.arrays.retain(|array| array != id);
        }
    }
    for layer in estate.storage_layers.values_mut() {
        layer.arrays.retain(|array| array != id);
    }
}

/// What a new VM is to be like.
#[derive(Clone, Copy)]
struct Wish<'a> {
    like: Option<&'a VmId>,
    service: Option<&'a ServiceId>,
}

fn vm_added(
    after: &mut Situation,
    id: &VmId,
    size: Size,
    wish: Wish<'_>,
    home: Option<&HostId>,
) -> Result<(), ChangeError> {
    if after.estate.vms.contains_key(id) {
        return Err(ChangeError::IsThere { kind: "vm", id: id.to_string() });
    }
    let mut vm = model_vm(&mut after.estate, id, wish)?;
    (vm.cpus, vm.memory_mib) = (size.cpus, size.memory);
    vm.home = match home {
        Some(host) => {
            known(&after.estate.hosts, "host", host)?;
            host.clone()
        }
        None => roomiest(after, &vm)
            .ok_or_else(|| ChangeError::LikeNothing { what: format!("vm {id}") })?,
    };
    after.now.runs_on.insert(id.clone(), vm.home.clone());
    after.now.wanted.insert(id.clone());
    after.estate.vms.insert(id.clone(), vm);
    Ok(())
}

fn model_vm(estate: &mut Estate, id: &VmId, wish: Wish<'_>) -> Result<Vm, ChangeError> {
    if let Some(service) = wish.service {
        known(&estate.services, "service", service)?;
    }
    let of_service = wish.service.and_then(|service| estate.vms_of(service).next());
    if let Some(like) = wish.like.or(of_service) {
        let like = known(&estate.vms, "vm", like)?;
        // The group that keeps VMs apart is a promise about those that are there.
        let mut vm = Vm { prefers: Vec::new(), anti_affinity: None, ..like.clone() };
        if let Some(service) = wish.service {
            vm.service = service.clone();
        }
        return Ok(vm);
    }
    let service = match wish.service {
        Some(service) => service.clone(),
        None => least_important(estate, id),
    };
    Ok(Vm {
        service,
        cpus: Default::default(),
        memory_mib: Default::default(),
        networks: BTreeSet::new(),
        volumes: BTreeSet::new(),
        devices: BTreeSet::new(),
        home: HostId::default(),
        prefers: Vec::new(),
        anti_affinity: None,
        after: BTreeSet::new(),
        boot: BOOT,
        source: VmSource::Stub,
    })
}

/// A service of its own, of the highest tier that there is, with that tier's longest objectives.
fn least_important(estate: &mut Estate, vm: &VmId) -> ServiceId {
    let tier = estate.services.values().map(|service| service.tier).max().unwrap_or(Tier(0));
    let alike = || estate.services.values().filter(|service| service.tier == tier);
    let rto = alike().map(|service| service.rto).max().unwrap_or_default();
    let rpo = alike().map(|service| service.rpo).max().unwrap_or_default();
    let id = ServiceId::from(vm.as_str());
    let title = vm.as_str().into();
    let depends_on = BTreeSet::new();
    let service = Service { title, tier, rto, rpo, depends_on, ..Service::default() };
    estate.services.entry(id.clone()).or_insert(service);
    id
}

/// The admitted production host with most memory left that reaches what the VM needs.
fn roomiest(after: &Situation, vm: &Vm) -> Option<HostId> {
    let estate = &after.estate;
    let production: BTreeSet<&RoomId> = estate.production_rooms().collect();
    let left = |id: &HostId, host: &Host| {
        let here = after.now.runs_on.iter().filter(|(_, on)| *on == id);
        let used: MemoryMib =
            here.filter_map(|(vm, _)| estate.vms.get(vm)).map(|vm| vm.memory_mib).sum();
        host.memory_capacity() - used
    };
    estate
        .hosts
        .iter()
        .filter(|(id, host)| {
            after.now.admitted.contains(*id)
                && production.contains(&host.room)
                && estate.reaches(host, vm)
        })
        .max_by_key(|(id, host)| (left(id, host), std::cmp::Reverse(*id)))
        .map(|(id, _)| id.clone())
}

fn host_added(
    after: &mut Situation,
    id: &HostId,
    room: &RoomId,
    size: Size,
    like: Option<&HostId>,
) -> Result<(), ChangeError> {
    let estate = &mut after.estate;
    if estate.hosts.contains_key(id) {
        return Err(ChangeError::IsThere { kind: "host", id: id.to_string() });
    }
    known(&estate.rooms, "room", room)?;
    let first = || estate.hosts_in(room).next().map(|(id, _)| id.clone());
    let like = like
        .cloned()
        .or_else(first)
        .ok_or_else(|| ChangeError::LikeNothing { what: format!("host {id}") })?;
    let mut host = known(&estate.hosts, "host", &like)?.clone();
    (host.cpus, host.memory_mib, host.room) = (size.cpus, size.memory, room.clone());
    estate.hosts.insert(id.clone(), host);
    if after.now.armed.contains(&like) {
        after.now.armed.insert(id.clone());
    }
    after.now.admitted.insert(id.clone());
    Ok(())
}
