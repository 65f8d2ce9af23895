//! What is said after an order.

use super::words;

words! {
    COMMITTED: "committed as entry", "validé comme entrée";
    ABORTED: "aborted", "interrompue";
    APPROVED: "approved", "approuvé";
    ARMED: "to be armed", "à armer";
    ATTESTED: "attested", "attesté";
    DISARMED: "to be disarmed", "à désarmer";
    MAINTENANCE: "maintenance set", "maintenance posée";
    MAINTENANCE_ENDED: "maintenance ended", "maintenance terminée";
    STOPPED: "to stay stopped", "à garder arrêtée";
    STARTED: "to run", "à garder en marche";
    PASSED_OVER: "to be passed over", "à passer outre";
    PAUSED: "paused", "en pause";
    UPGRADED: "the newer version of apply runs", "la nouvelle version d'apply est en vigueur";
    RESUMED: "resumed", "reprise";
    RUN_PAUSED: "held", "retenue";
    RUN_RESUMED: "let go", "relâchée";
    SAID_DONE: "said to be done", "dit fait";
    SAID_IMPOSSIBLE: "said to be impossible", "dit impossible";
    TRIED_AGAIN: "to be tried again", "à retenter";
}
