//! A VM can be restarted on another host, and in another room.

use std::collections::BTreeSet;

use crate::diagnostic::say;
use crate::estate::RoomRole;
use crate::estate::places::Section;

use super::Checker;
use super::naming::some_of;

pub(super) fn check(c: &mut Checker<'_, '_>) {
    let mut one_host: Vec<String> = Vec::new();
    let mut one_room: Vec<String> = Vec::new();
    let production =
        c.estate.rooms.values().filter(|room| room.role == RoomRole::Production).count();
    for id in c.estate.vms.keys() {
        let takers = c.takers(id);
        let rooms: BTreeSet<_> = takers
            .iter()
            .filter_map(|host| c.estate.hosts.get(*host))
            .map(|host| &host.room)
            .collect();
        if takers.len() == 1 {
            one_host.push(id.to_string());
        } else if rooms.len() == 1 && production > 1 {
            one_room.push(id.to_string());
        }
    }
    for group in c.by_entry(Section::Vms, one_host) {
        let Some(vm) = c.estate.vms.get(&group[0].as_str().into()) else { continue };
        let (en, fr) = some_of(&group);
        let home = &vm.home;
        c.findings.warning(
            "estate.vm-on-one-host",
            c.key(Section::Vms, &group[0]),
            say!(
                "no host but `{home}` can run VM {en}: if it dies, the VM stays down",
                "aucun hôte autre que `{home}` ne peut faire tourner la VM {fr} : s'il meurt, elle reste arrêtée"
            ),
            say!("one host only", "un seul hôte"),
            say!(
                "let another host reach its networks, volumes and devices, or move it to shared ones",
                "donner à un autre hôte ses réseaux, volumes et périphériques, ou la mettre sur des volumes partagés"
            ),
        );
    }
    for group in c.by_entry(Section::Vms, one_room) {
        let (en, fr) = some_of(&group);
        c.findings.warning(
            "estate.vm-in-one-room",
            c.key(Section::Vms, &group[0]),
            say!(
                "only hosts of one room can run VM {en}: if the room dies, the VM stays down",
                "seuls les hôtes d'une salle peuvent faire tourner la VM {fr} : si la salle meurt, elle reste arrêtée"
            ),
            say!("one room only", "une seule salle"),
            say!(
                "put it on a stretched volume and on networks that the other room has",
                "la mettre sur un volume étendu et sur des réseaux que l'autre salle possède"
            ),
        );
    }
}
