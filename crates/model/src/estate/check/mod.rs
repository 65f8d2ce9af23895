//! What must hold of an estate, one rule per file.

mod anti_affinity;
mod backup_beside_data;
mod backup_contents;
mod chain_links;
mod contact_reach;
mod controllers;
mod courier_speed;
mod cycle;
mod data_tier_once;
mod feed_across_rooms;
mod feed_without_load;
mod home_capacity;
mod home_reach;
mod layer_sites;
mod lease_rung;
mod link_ends;
mod link_load;
mod link_paths;
mod location_names;
mod mtpd;
mod naming;
mod one_room_capacity;
mod product_abilities;
mod references;
mod replica;
mod repository_place;
mod restore_names;
mod sensor_thresholds;
mod sensor_unread;
mod service_cycles;
mod service_without_backup;
mod service_without_vms;
mod single_host;
mod stretched_volume;
mod tier_inversion;
mod vm_cycles;
mod vm_fits_nowhere;
mod wide_link_ends;

use std::collections::BTreeSet;

use crate::diagnostic::{ByteSpan, Findings};
use crate::id::{DeviceId, HostId, NetworkId, VmId};

use super::Estate;
use super::places::{Places, Section};
use super::read::Draft;
use super::takers::Takers;

/// What a rule sees.
struct Checker<'c, 't> {
    estate: &'c Estate,
    places: &'c Places,
    networks: &'c BTreeSet<NetworkId>,
    devices: &'c BTreeSet<DeviceId>,
    takers: Takers<'c>,
    findings: &'c mut Findings<'t>,
}

impl<'c> Checker<'c, '_> {
    /// Where an object's own entry begins.
    fn key(&self, section: Section, id: &str) -> ByteSpan {
        self.places.key(section, id)
    }

    /// Groups objects by the entry of the file that they come from, so that a pattern of a hundred
    /// VMs is complained about once.
    fn by_entry<I: AsRef<str>>(&self, section: Section, ids: Vec<I>) -> Vec<Vec<I>> {
        let mut groups: std::collections::BTreeMap<Option<usize>, Vec<I>> = Default::default();
        for id in ids {
            groups.entry(self.places.entry(section, id.as_ref())).or_default().push(id);
        }
        groups.into_values().collect()
    }

    /// The hosts that could take this VM alone.
    fn takers(&self, vm: &VmId) -> &BTreeSet<&'c HostId> {
        self.takers.for_vm(vm)
    }
}

/// Runs every rule. A rule that needs what an earlier one found broken is not run, so that one
/// mistake gives one message.
pub(super) fn all(draft: &Draft, findings: &mut Findings<'_>) {
    let mut checker = Checker {
        estate: &draft.estate,
        places: &draft.places,
        networks: &draft.networks,
        devices: &draft.devices,
        takers: Takers::of(&draft.estate),
        findings,
    };
    let c = &mut checker;
    references::check(c);
    restore_names::check(c);
    location_names::check(c);
    link_ends::check(c);
    link_paths::check(c);
    link_load::check(c);
    wide_link_ends::check(c);
    controllers::check(c);
    if c.findings.has_errors() {
        return;
    }
    service_cycles::check(c);
    if !c.findings.has_errors() {
        vm_cycles::check(c);
    }
    stretched_volume::check(c);
    layer_sites::check(c);
    replica::check(c);
    repository_place::check(c);
    backup_contents::check(c);
    courier_speed::check(c);
    lease_rung::check(c);
    product_abilities::check(c);
    mtpd::check(c);
    contact_reach::check(c);
    chain_links::check(c);
    sensor_thresholds::check(c);
    data_tier_once::check(c);
    vm_fits_nowhere::check(c);
    home_reach::check(c);
    if c.findings.has_errors() {
        return;
    }
    single_host::check(c);
    one_room_capacity::check(c);
    home_capacity::check(c);
    anti_affinity::check(c);
    service_without_vms::check(c);
    tier_inversion::check(c);
    feed_without_load::check(c);
    feed_across_rooms::check(c);
    sensor_unread::check(c);
    backup_beside_data::check(c);
    service_without_backup::check(c);
}
