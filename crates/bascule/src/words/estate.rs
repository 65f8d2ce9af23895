//! Files that people write, and what an estate amounts to.

use super::words;

words! {
    IN_ORDER: "in order", "en ordre";
    ERRORS: "errors", "erreurs";
    WARNINGS: "warnings", "avertissements";
    HELP: "help", "aide";
    ESTATE: "Estate", "Parc";
    ROOMS: "Rooms", "Salles";
    LINKS: "Links", "Liens";
    SERVICES: "Services", "Services";
    LOSSES: "If a room is lost", "Si une salle est perdue";
    HOSTS: "hosts", "hôtes";
    VMS: "VMs", "VM";
    ARRAYS: "arrays", "baies";
    VOLUMES: "volumes", "volumes";
    STRETCHED: "stretched", "étirés";
    ARMED: "armed hosts", "hôtes armés";
    TECHNOLOGY: "TECHNOLOGY", "TECHNOLOGIE";
    CPUS: "CPU", "CPU";
    MEMORY: "MEMORY", "MÉMOIRE";
    LINK: "LINK", "LIEN";
    KIND: "KIND", "NATURE";
    BETWEEN: "BETWEEN", "ENTRE";
    PATHS: "PATHS", "CHEMINS";
    DEPENDS_ON: "DEPENDS ON", "DÉPEND DE";
    PROBED: "PROBED", "SONDÉ";
    NETWORK: "network", "réseau";
    STORAGE: "storage", "stockage";
    FITS: "FITS", "TIENT";
    STRANDED: "STRANDED VMS", "VM SANS HÔTE";
    POWER: "Power", "Alimentation";
    FEED: "FEED", "ALIMENTATION";
    BATTERY: "BATTERY", "BATTERIE";
    DARK: "DARK WITHOUT IT", "SANS COURANT SANS ELLE";
    SENSORS: "Sensors", "Capteurs";
    SENSOR: "SENSOR", "CAPTEUR";
    MEASURES: "MEASURES", "MESURE";
    TEMPERATURE: "temperature", "température";
    WATER: "water", "eau";
    SMOKE: "smoke", "fumée";
    DOOR: "door", "porte";
    WARNING: "WARNING", "AVERTIT À";
    CRITICAL: "CRITICAL", "CRITIQUE À";
    TOPIC: "TOPIC", "SUJET";
    DATA_TIERS: "Restored in this order", "Restauré dans cet ordre";
    TURN: "TURN", "TOUR";
    DATA_TIER: "DATA", "DONNÉES";
    REACHES_BACK: "REACHES BACK", "REMONTE À";
    VOLUMES_COLUMN: "VOLUMES", "VOLUMES";
}
