//! What is said after an order.

use super::words;

words! {
    COMMITTED: "committed as entry", "validé comme entrée";
    APPROVED: "approved", "approuvé";
    ARMED: "to be armed", "à armer";
    ATTESTED: "attested", "attesté";
    DISARMED: "to be disarmed", "à désarmer";
    MAINTENANCE: "maintenance set", "maintenance posée";
    MAINTENANCE_ENDED: "maintenance ended", "maintenance terminée";
    STOPPED: "to stay stopped", "à garder arrêtée";
    STARTED: "to run", "à garder en marche";
    PAUSED: "paused", "en pause";
    UPGRADED: "the newer version of apply runs", "la nouvelle version d'apply est en vigueur";
    RESUMED: "resumed", "reprise";
}
