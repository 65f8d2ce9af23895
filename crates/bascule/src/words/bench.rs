//! Measurements.

use super::words;

words! {
    BY: "BY", "PAR";
    RUNS: "RUNS", "EXÉCUTIONS";
    SECONDS: "TOOK", "DURÉE";
    RUNS_A_SECOND: "RUNS/S/THREAD", "EXÉC./S/FIL";
    HALF_RECOVER: "HALF RECOVER IN", "MOITIÉ REPRISE EN";
    RATIO: "our runs per second and thread over the peer's", "nos exécutions par seconde et fil sur celles du pair";
    TRANSITIONS: "step events applied per run", "événements d'étape appliqués par exécution";
    AT_LEAST: "at least", "au moins";
}
