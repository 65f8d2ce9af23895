//! The audit log.

use super::words;

words! {
    HOLDS: "The bundle holds", "Le dossier est intègre";
    DOES_NOT_HOLD: "THE BUNDLE DOES NOT HOLD", "LE DOSSIER N'EST PAS INTÈGRE";
    LEAVES: "leaves", "feuilles";
    PROVED: "proved", "prouvées";
    ROOT: "root", "racine";
    SIGNED_BY: "signed by", "signé par";
    ERA: "Era", "Ère";
    ENDED_BY: "ended by an order signed by", "close par un ordre signé par";
    EXPORTED: "written to", "écrit dans";
    VERIFY_WITH: "check it with", "vérifiez-le avec";
}
