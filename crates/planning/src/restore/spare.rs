//! With a spare: the disks are current, so nothing is lost. A spare stands in for one machine.

use model::estate::Estate;
use model::id::{HostId, LocationId};

use super::lost::Lost;
use super::way::{Found, Kind, Missing, Wanted, Way};

/// Whether the machine's disks outlived it.
pub(super) fn disks_are_whole(estate: &Estate, lost: &Lost, machine: &HostId) -> bool {
    let room = estate.hosts.get(machine).map(|host| LocationId::from(&host.room));
    room.is_some_and(|room| !lost.takes(estate, &room))
}

pub(super) fn find(wanted: &Wanted<'_>, machine: &HostId, found: &mut Found) {
    let fits = |spare: &&model::estate::Spare| spare.replaces.contains(machine);
    for (id, spare) in wanted.estate.spares.iter().filter(|(_, spare)| fits(spare)) {
        if wanted.lost.takes(wanted.estate, &spare.at) {
            found.none(None, Missing::SpareGone { spare: id.clone() });
            continue;
        }
        if let Some(other) = wanted.queue.spare_taken(id).filter(|other| *other != machine) {
            let (spare, machine) = (id.clone(), other.clone());
            found.none(None, Missing::SpareTaken { spare, machine });
            continue;
        }
        let kind =
            Kind::Spare { spare: id.clone(), spare_is: spare.kind, machine: machine.clone() };
        found.ways.push(Way::waiting(kind, spare.fetch.saturating_add(spare.fit)));
    }
}
