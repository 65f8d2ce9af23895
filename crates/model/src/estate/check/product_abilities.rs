//! A host counts on no rung that its product does not have, and on no high availability that it
//! has not either.

use crate::diagnostic::say;
use crate::estate::Restarts;
use crate::estate::places::Section;

use super::Checker;

pub(super) fn check(c: &mut Checker<'_, '_>) {
    for (id, host) in &c.estate.hosts {
        let Some(room) = c.estate.rooms.get(&host.room) else { continue };
        let product = room.technology.as_str();
        let abilities = room.technology.abilities();
        let has: Vec<&str> = abilities.rungs.iter().map(|rung| rung.as_str()).collect();
        let has = has.join(", ");
        for rung in host.rungs.iter().filter(|rung| !abilities.rungs.contains(rung)) {
            c.findings.error(
                "estate.rung-without-product",
                c.places.item(Section::Hosts, id.as_str(), &["rungs"], rung.as_str()),
                say!(
                    "host `{id}` counts on the rung `{rung}`, which `{product}` does not have: it would never prove",
                    "l'hôte `{id}` compte sur l'échelon `{rung}`, que `{product}` n'a pas : il ne prouverait jamais"
                ),
                say!("not with `{product}`", "pas avec `{product}`"),
                say!(
                    "take it out; `{product}` has: {has}",
                    "le retirer ; `{product}` a : {has}"
                ),
            );
        }
        if host.restarts == Restarts::Platform && !abilities.restarts_by_itself {
            c.findings.error(
                "estate.platform-does-not-restart",
                c.places.field(Section::Hosts, id.as_str(), "restarts"),
                say!(
                    "`{product}` restarts no VM by itself: nobody would restart those of host `{id}` before the deadline",
                    "`{product}` ne redémarre aucune VM de lui-même : personne ne redémarrerait celles de l'hôte `{id}` avant l'échéance"
                ),
                say!("not with `{product}`", "pas avec `{product}`"),
                say!("write `restarts: bascule`", "écrire `restarts: bascule`"),
            );
        }
    }
}
