//! What is said after an order.

use super::words;

words! {
    COMMITTED: "committed as entry", "validé comme entrée";
    ARMED: "armed", "armé";
    DISARMED: "disarmed", "désarmé";
    MAINTENANCE: "maintenance set", "maintenance posée";
    MAINTENANCE_ENDED: "maintenance ended", "maintenance terminée";
    STOPPED: "to stay stopped", "à garder arrêtée";
    STARTED: "to run", "à garder en marche";
    PAUSED: "paused", "en pause";
    RESUMED: "resumed", "reprise";
}
