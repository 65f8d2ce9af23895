//! The standing proof.

use super::words;

words! {
    GREEN: "GREEN", "VERT";
    AMBER: "AMBER", "ORANGE";
    RED: "RED", "ROUGE";
    STALE: "STALE", "PÉRIMÉ";
    STALE_MEANS: "made from another estate, policy or runbook than the one in force; it is made again within a minute", "fait d'un autre parc, d'une autre politique ou procédure que ceux en vigueur ; refait dans la minute";
    NOT_PROVED: "not proved yet", "pas encore prouvé";
    READINESS: "Readiness", "Préparation";
    NOT_GREEN: "What is not green", "Ce qui n'est pas vert";
    FAILURES: "Each failure, as it would go now", "Chaque panne, telle qu'elle se passerait maintenant";
    SERVICES: "When each service is back", "Quand chaque service revient";
    STAY_DOWN: "What stays down", "Ce qui reste arrêté";
    ALONE: "What a room needs to act alone", "Ce qu'il faut à une salle pour agir seule";
    HISTORY: "Before", "Auparavant";
    BREAKS: "What the change breaks", "Ce que le changement casse";
    MENDS: "What the change mends", "Ce que le changement répare";
    FAILURE: "FAILURE", "PANNE";
    LEVEL: "LEVEL", "COULEUR";
    VERDICT: "VERDICT", "VERDICT";
    HOLD_OFF: "HOLD-OFF", "RETENUE";
    FENCES: "FENCES", "ISOLEMENT";
    ALL_BACK: "ALL BACK", "TOUT REVENU";
    BACK_AFTER: "BACK AFTER", "RETOUR APRÈS";
    LEFT_DOWN: "LEFT DOWN", "ARRÊTÉES";
    NEEDS: "NEEDS", "DEMANDE";
    WAIVED: "WAIVED UNTIL", "DÉROGATION JUSQU'AU";
    CHECK: "CHECK", "CONTRÔLE";
    LAST_WELL: "LAST WELL", "BON IL Y A";
    SAYS: "SAYS", "DIT";
    WELL: "well", "bon";
    NOT_WELL: "not well", "mauvais";
    ABSORBED: "absorbed", "absorbée";
    NOBODY: "nobody", "personne";
}
