//! With the machine repaired: the disks are current, so nothing is lost.

use model::id::HostId;

use super::way::{Found, Kind, Wanted, Way};

pub(super) fn find(wanted: &Wanted<'_>, machine: &HostId, found: &mut Found) {
    for (id, repair) in &wanted.estate.repairs {
        if repair.machine == *machine {
            let kind = Kind::Repair { repair: id.clone(), machine: machine.clone() };
            found.ways.push(Way::waiting(kind, repair.takes));
        }
    }
}
