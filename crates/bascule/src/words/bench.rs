//! What is measured.

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
    FITS: "FIT", "TIENNENT";
    TIME: "TIME", "DURÉE";
    BUDGET: "BUDGET", "BUDGET";
    TIERS: "PLACED BY TIER", "PLACÉES PAR NIVEAU";
    WEIGHT: "WEIGHT", "POIDS";
    MOVES: "MOVES", "DÉPLACÉES";
    PEAK: "PEAK", "POINTE";
    SURVIVED: "SURVIVED", "SURVÉCUES";
    PEER: "peer", "comparé à";
    ALL_KEPT: "every budget is kept", "tous les budgets sont tenus";
    DEBUG_BUILD: "built without optimisation: these times say little", "compilé sans optimisation : ces durées disent peu";
    LEGEND: "a room is lost, every VM is placed anew on the hosts left; FIT: how much of them fits there; 42/43: 42 placed, proved that no more than 43 can be", "une salle est perdue, toutes les VM sont replacées sur les hôtes restants ; TIENNENT : quelle part y tient ; 42/43 : 42 placées, preuve qu'il ne peut y en avoir plus de 43";
    PEER_LEGEND: "begun from our placement; WEIGHT: ten times as much for each tier above; ours with how far below CP-SAT's bound", "part de notre placement ; POIDS : dix fois plus par niveau au-dessus ; le nôtre avec l'écart à la borne de CP-SAT";
}
