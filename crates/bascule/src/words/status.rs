//! The page of `bascule status`.

use super::words;

words! {
    ESTATE: "Estate", "Parc";
    NOT_LOADED: "none is loaded yet", "aucun n'est encore chargé";
    LEADER: "Leader", "Dirige";
    NOBODY_LEADS: "nobody: without a leader nothing is decided", "personne : sans meneur rien n'est décidé";
    IN_ROOM: "room", "salle";
    LAST_ENTRY: "Last entry", "Dernière entrée";
    AGO: "ago", "plus tôt";
    ANSWERED_BY: "answered by", "répondu par";
    PAUSED: "PAUSED", "EN PAUSE";
    PAUSED_FOR: "automatic acts stop for another", "les actes automatiques sont suspendus encore";
    ROOMS: "Rooms", "Salles";
    HOSTS: "Hosts", "Hôtes";
    VMS: "VMs", "VM";
    SERVICES: "Services", "Services";
    SERVICES_OK: "answer", "répondent";
    INCIDENTS: "Incidents", "Incidents";
    RUNS: "Runs", "Exécutions";
    NO_INCIDENT: "none", "aucun";
}
