//! Production fits on what is left when a production room is gone.

use crate::diagnostic::say;
use crate::estate::places::Section;
use crate::estate::summary::{self, Shortage};

use super::Checker;
use super::naming::some_of;

pub(super) fn check(c: &mut Checker<'_, '_>) {
    for loss in summary::losses(c.estate, &c.takers) {
        let Some(Shortage { hosts, memory, cpus, .. }) = &loss.shortage else { continue };
        let room = &loss.room;
        let (en, fr) = some_of(hosts);
        let memory_short = memory.needed - memory.capacity;
        let cpu_short = cpus.needed - cpus.capacity;
        let mut missing = Vec::new();
        if memory_short.0 > 0 {
            missing.push((
                format!("{memory_short} of memory ({} for {})", memory.capacity, memory.needed),
                format!("{memory_short} de mémoire ({} pour {})", memory.capacity, memory.needed),
            ));
        }
        if cpu_short.0 > 0 {
            missing.push((
                format!("{cpu_short} ({} for {})", cpus.capacity, cpus.needed),
                format!("{cpu_short} ({} pour {})", cpus.capacity, cpus.needed),
            ));
        }
        let missing_en: Vec<&str> = missing.iter().map(|(en, _)| en.as_str()).collect();
        let missing_fr: Vec<&str> = missing.iter().map(|(_, fr)| fr.as_str()).collect();
        let (missing_en, missing_fr) = (missing_en.join(" and "), missing_fr.join(" et "));
        c.findings.warning(
            "estate.one-room-capacity",
            c.key(Section::Rooms, room.as_str()),
            say!(
                "production does not fit without room `{room}`: {missing_en} missing on {en}",
                "la production ne tient pas sans la salle `{room}` : il manque {missing_fr} sur {fr}"
            ),
            say!("this room may not be lost", "cette salle ne doit pas être perdue"),
            say!(
                "add memory or hosts to the other room, shrink VMs, or accept that the lowest tiers stay down",
                "ajouter de la mémoire ou des hôtes dans l'autre salle, réduire des VM, ou accepter que les derniers niveaux restent arrêtés"
            ),
        );
    }
}
