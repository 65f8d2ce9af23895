//! A backup holds something, is kept somewhere, and can be restored to somewhere.

use crate::diagnostic::say;
use crate::estate::places::Section;
use crate::units::DataSize;

use super::Checker;

pub(super) fn check(c: &mut Checker<'_, '_>) {
    for (id, backup) in &c.estate.backups {
        let at = |field: &str| c.places.field(Section::Backups, id.as_str(), field);
        if backup.services.is_empty() && backup.volumes.is_empty() {
            let found = c.key(Section::Backups, id.as_str());
            c.findings.error(
                "estate.backup-of-nothing",
                found,
                say!(
                    "backup `{id}` names no service and no volume: nobody would know when it is needed",
                    "la sauvegarde `{id}` ne nomme ni service ni volume : personne ne saurait quand il la faut"
                ),
                say!("of what?", "de quoi ?"),
                say!(
                    "name the `services` that need it, or the `volumes` that it holds",
                    "nommer les services qui en ont besoin (`services`), ou les volumes qu'elle contient (`volumes`)"
                ),
            );
        }
        if backup.size == DataSize(0) {
            let found = at("size");
            c.findings.error(
                "estate.backup-without-size",
                found,
                say!(
                    "backup `{id}` has no size: every way of restoring it would take no time",
                    "la sauvegarde `{id}` est de taille nulle : toute restauration semblerait immédiate"
                ),
                say!("nothing", "rien"),
                say!(
                    "write what a full restore has to move, for example `800GiB`",
                    "écrire ce qu'une restauration complète doit déplacer, par exemple `800GiB`"
                ),
            );
        }
        if backup.kept_in.is_empty() {
            let found = at("kept-in");
            c.findings.error(
                "estate.backup-kept-nowhere",
                found,
                say!(
                    "backup `{id}` is kept in no repository",
                    "la sauvegarde `{id}` n'est dans aucun dépôt"
                ),
                say!("no repository", "aucun dépôt"),
                say!(
                    "write `kept-in: {{ REPOSITORY: 24h }}`, with how old its newest point may be",
                    "écrire `kept-in: {{ DEPOT: 24h }}`, avec l'âge que peut avoir son point le plus récent"
                ),
            );
        }
        if backup.restore_to.is_empty() {
            let found = at("restore-to");
            c.findings.error(
                "estate.backup-without-target",
                found,
                say!(
                    "backup `{id}` names no room to restore it to",
                    "la sauvegarde `{id}` ne nomme aucune salle où la restaurer"
                ),
                say!("no room", "aucune salle"),
                say!(
                    "name the rooms that can take it, the best one first",
                    "nommer les salles qui peuvent la recevoir, la meilleure d'abord"
                ),
            );
        }
    }
}
