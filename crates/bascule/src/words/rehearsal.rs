//! Rehearsals.

use super::words;

words! {
    RUNS: "runs", "exécutions";
    A_SECOND: "runs a second and thread", "exécutions par seconde et fil";
    FROM_LAST_UP: "Minutes from the last sign of life until users are served again:", "Minutes du dernier signe de vie au service rendu de nouveau :";
    HALF: "HALF WITHIN", "MOITIÉ EN";
    P95: "95 %", "95 %";
    P99: "99 %", "99 %";
    LONGEST: "LONGEST", "AU PLUS";
    OBJECTIVE: "OBJECTIVE", "OBJECTIF";
    ALL_SERVICES: "(all)", "(tous)";
    PAST_OBJECTIVE: "past an objective", "au-delà d'un objectif";
    NOT_RECOVERED: "not recovered", "sans reprise complète";
    WAITED_FOR: "the end waited for", "la fin a attendu";
    LONGEST_RUN: "the longest run", "l'exécution la plus longue";
}
