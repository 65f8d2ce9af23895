//! Where an estate says what is backed up, every service is.

use std::collections::BTreeSet;

use crate::diagnostic::say;
use crate::estate::places::Section;
use crate::id::{ServiceId, VolumeId};

use super::Checker;
use super::naming::some_of;

pub(super) fn check(c: &mut Checker<'_, '_>) {
    let estate = c.estate;
    if estate.backups.is_empty() {
        return;
    }
    let named: BTreeSet<&ServiceId> = estate.backups.values().flat_map(|b| &b.services).collect();
    let held: BTreeSet<&VolumeId> = estate.backups.values().flat_map(|b| &b.volumes).collect();
    let on_held_volumes = |id: &ServiceId| {
        let mut volumes = estate.vms_of(id).filter_map(|vm| estate.vms.get(vm)).peekable();
        volumes.peek().is_some()
            && volumes.all(|vm| {
                !vm.volumes.is_empty() && vm.volumes.iter().all(|volume| held.contains(volume))
            })
    };
    let bare: Vec<String> = estate
        .services
        .keys()
        .filter(|id| !named.contains(id) && !on_held_volumes(id))
        .map(ToString::to_string)
        .collect();
    for group in c.by_entry(Section::Services, bare) {
        let Some(first) = group.first() else { continue };
        let (en, fr) = some_of(&group);
        c.findings.warning(
            "estate.service-without-backup",
            c.key(Section::Services, first),
            say!(
                "no backup holds the data of service {en}: once lost, they are lost",
                "aucune sauvegarde ne contient les données du service {fr} : perdues, elles le restent"
            ),
            say!("not backed up", "non sauvegardé"),
            say!(
                "name it under `services` of a backup, or its volumes under `volumes`",
                "le nommer dans `services` d'une sauvegarde, ou ses volumes dans `volumes`"
            ),
        );
    }
}
