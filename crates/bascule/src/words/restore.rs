//! How lost data are had again.

use model::estate::SpareKind;
use model::text::Lang;
use planning::restore::{Kind, Missing};

use super::{say, words};

words! {
    WAY: "WAY", "VOIE";
    BEGINS: "BEGINS", "COMMENCE";
    RATE: "RATE", "DÉBIT";
    READY: "READY AFTER", "PRÊT APRÈS";
    LOST: "DATA LOST", "DONNÉES PERDUES";
    STANDING: "STANDING", "APPRÉCIATION";
    AT_ONCE: "at once", "aussitôt";
    NOTHING: "nothing", "rien";
    LOSES_NOTHING: "loses nothing", "ne perd rien";
    BEST: "best", "la meilleure";
    AS_GOOD: "as good", "aussi bonne";
    ASKED: "a question", "une question";
    LATE: "past its RTO", "hors RTO";
    TOO_MUCH: "beyond its RPO", "hors PDMA";
    STALE: "older than promised", "plus ancienne que promis";
    NO_WAY: "no way: nothing holds these data any more", "aucune voie : rien ne contient plus ces données";
    NO_BACKUPS: "The estate names no backups: write them under `backups`.", "Le parc ne nomme aucune sauvegarde : les écrire sous `backups`.";
    NOTHING_LOST: "Nothing that the estate backs up is lost.", "Rien de ce que le parc sauvegarde n'est perdu.";
    QUESTIONS: "Questions", "Questions";
    UNTIL_ANSWERED: "Until they are answered, what comes after is reckoned with the soonest way.", "Tant qu'on n'y a pas répondu, la suite est comptée avec la voie la plus rapide.";
}

/// A way in words.
pub(crate) fn way(kind: &Kind, lang: Lang) -> String {
    match kind {
        Kind::InPlace { repository, .. } => {
            say!(lang, "in place: {repository}", "sur place : {repository}")
        }
        Kind::Local { repository } => say!(lang, "local: {repository}", "local : {repository}"),
        Kind::Link { repository, over } => {
            let over = over.iter().map(ToString::to_string).collect::<Vec<_>>().join(" + ");
            say!(lang, "link {over} from {repository}", "liaison {over} depuis {repository}")
        }
        Kind::Courier { repository, courier } => {
            say!(
                lang,
                "courier {courier} with {repository}",
                "coursier {courier} avec {repository}"
            )
        }
        Kind::Spare { spare, spare_is: SpareKind::Machine, .. } => {
            say!(lang, "disks into {spare}", "disques dans {spare}")
        }
        Kind::Spare { spare, spare_is: SpareKind::Part, machine } => {
            say!(lang, "part {spare} into {machine}", "pièce {spare} dans {machine}")
        }
        Kind::Repair { repair, .. } => say!(lang, "repair {repair}", "réparation {repair}"),
    }
}

/// Why a way is not there.
pub(crate) fn missing(missing: &Missing, lang: Lang) -> String {
    match missing {
        Missing::RepositoryGone => {
            say!(lang, "gone with where it stood", "perdu avec le lieu où il était")
        }
        Missing::NoLink { from, to } => say!(
            lang,
            "no link with a measured rate leads from {from} to {to}",
            "aucune liaison de débit mesuré ne mène de {from} à {to}"
        ),
        Missing::UnknownDrive { courier, from, to } => say!(
            lang,
            "how long {courier} drives from {from} to {to} is not written",
            "la durée du trajet de {courier} de {from} à {to} n'est pas écrite"
        ),
        Missing::DisksGone { machine } => say!(
            lang,
            "the disks of {machine} are gone: nothing to repair, nothing to move",
            "les disques de {machine} sont perdus : rien à réparer, rien à déplacer"
        ),
        Missing::SpareGone { spare } => {
            say!(lang, "the spare {spare} is gone too", "le rechange {spare} est perdu aussi")
        }
        Missing::SpareTaken { spare, machine } => say!(
            lang,
            "the spare {spare} is taken for {machine}",
            "le rechange {spare} est pris pour {machine}"
        ),
        Missing::NowhereToRestore => say!(
            lang,
            "every room that could take these data is gone",
            "toutes les salles qui pourraient recevoir ces données sont perdues"
        ),
    }
}
