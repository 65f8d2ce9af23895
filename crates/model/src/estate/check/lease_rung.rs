//! A host fences itself by its lease only if a watchdog resets it, and only if nobody else starts
//! VMs on it.

use crate::diagnostic::say;
use crate::estate::Restarts;
use crate::estate::places::Section;
use crate::fence::Rung;

use super::Checker;

pub(super) fn check(c: &mut Checker<'_, '_>) {
    for (id, host) in &c.estate.hosts {
        let at = c.places.item(Section::Hosts, id.as_str(), &["rungs"], "lease");
        if host.rungs.contains(&Rung::Lease) && host.watchdog.is_none() {
            c.findings.error(
                "estate.lease-without-watchdog",
                at,
                say!(
                    "host `{id}` counts on the lease rung but has no watchdog: nothing would stop it when its lease ends",
                    "l'hôte `{id}` compte sur l'échelon `lease` mais n'a pas de chien de garde : rien ne l'arrêterait à la fin de son bail"
                ),
                say!("needs a watchdog", "demande un chien de garde"),
                say!(
                    "add `watchdog: {{ timeout: 10s, armed: true }}`, or take `lease` out",
                    "ajouter `watchdog: {{ timeout: 10s, armed: true }}`, ou retirer `lease`"
                ),
            );
        } else if host.rungs.contains(&Rung::Lease) && host.restarts == Restarts::Platform {
            c.findings.error(
                "estate.lease-with-platform-restarts",
                c.places.field(Section::Hosts, id.as_str(), "restarts"),
                say!(
                    "the platform starts VMs on host `{id}` by itself: the end of its lease proves nothing there",
                    "la plateforme démarre d'elle-même des VM sur l'hôte `{id}` : la fin de son bail n'y prouve rien"
                ),
                say!("not with the lease rung", "incompatible avec l'échelon `lease`"),
                say!(
                    "take `lease` out of the rungs, or let Bascule restart: `restarts: bascule`",
                    "retirer `lease` des échelons, ou laisser Bascule redémarrer : `restarts: bascule`"
                ),
            );
        } else if host.rungs.is_empty() {
            c.findings.error(
                "estate.no-rung",
                c.places.field(Section::Hosts, id.as_str(), "rungs"),
                say!(
                    "host `{id}` has no fence rung: its VMs could never be restarted elsewhere",
                    "l'hôte `{id}` n'a aucun échelon d'isolement : ses VM ne pourraient jamais redémarrer ailleurs"
                ),
                say!("no rung", "aucun échelon"),
                say!(
                    "name at least `people`; better `[power, storage, lease, people]`",
                    "nommer au moins `people` ; mieux : `[power, storage, lease, people]`"
                ),
            );
        }
    }
}
