//! A group of VMs that must run apart still has enough hosts when a room is gone.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::say;
use crate::estate::places::Section;
use crate::id::{HostId, VmId};

use super::Checker;

pub(super) fn check(c: &mut Checker<'_, '_>) {
    let mut groups: BTreeMap<&str, Vec<&VmId>> = BTreeMap::new();
    for (id, vm) in &c.estate.vms {
        if let Some(group) = &vm.anti_affinity {
            groups.entry(group).or_default().push(id);
        }
    }
    for (group, vms) in groups {
        let takers: BTreeSet<&HostId> =
            vms.iter().flat_map(|id| c.takers(id).iter().copied()).collect();
        let left = |gone: &crate::id::RoomId| {
            let hosts = takers.iter().filter_map(|id| c.estate.hosts.get(*id));
            hosts.filter(|host| host.room != *gone).count()
        };
        // A room whose loss leaves no host at all is named by another rule.
        let worst =
            c.estate.rooms.keys().map(|room| (left(room), room)).filter(|(n, _)| *n > 0).min();
        let Some((hosts, room)) = worst else { continue };
        let count = vms.len();
        if count <= hosts {
            continue;
        }
        c.findings.warning(
            "estate.anti-affinity-too-large",
            c.places.field(Section::Vms, vms[0].as_str(), "anti-affinity"),
            say!(
                "the {count} VMs of group `{group}` must run apart, but without room `{room}` only {hosts} host(s) are left for them",
                "les {count} VM du groupe `{group}` doivent tourner à part, mais sans la salle `{room}` il ne leur reste que {hosts} hôte(s)"
            ),
            say!("{count} VMs, {hosts} host(s)", "{count} VM, {hosts} hôte(s)"),
            say!(
                "add hosts, or put at most {hosts} VM(s) in a group",
                "ajouter des hôtes, ou mettre au plus {hosts} VM par groupe"
            ),
        );
    }
}
