//! A runbook on paper.

use super::words;

words! {
    HEADING: "Runbook on paper", "Procédure papier";
    HOW_TO: "Works without names, without the directory, without Bascule. Steps in order; steps of one number side by side. Tick a step only once its check is seen. Write the time at each.", "Fonctionne sans les noms, sans l'annuaire, sans Bascule. Les étapes dans l'ordre ; celles d'un même numéro côte à côte. Ne cocher une étape que sa vérification vue. Noter l'heure à chacune.";
    BEFORE_USE: "Incident", "Incident";
    DATE: "Date", "Date";
    BEGAN: "Began at", "Commencé à";
    ENDED: "Ended at", "Fini à";
    LEADS: "Who leads", "Qui dirige";
    WHO: "Who", "Qui";
    TO_DO: "To do", "À faire";
    CHECK: "Check", "À vérifier";
    SET: "On", "Sur";
    LIMITS: "Limits", "Limites";
    AT_ONCE: "at once", "à la fois";
    PER_HOST: "per host", "par hôte";
    PER_VOLUME: "per volume", "par volume";
    EXPECTED: "Expected", "Attendu";
    IF_IT_FAILS: "If it fails", "En cas d'échec";
    AFTER: "After", "Après";
    ONLY_IF: "Only if", "Seulement si";
    TIME: "Time", "Heure";
    NAME_SIGNATURE: "Name, signature", "Nom, signature";
    REMARKS: "Remarks", "Remarques";
    CONTACTS: "Contacts (to be filled in and kept up to date)", "Contacts (à remplir et tenir à jour)";
    CONTACT_ROLE: "Role", "Rôle";
    CONTACT_NAME: "Name", "Nom";
    CONTACT_PHONE: "Telephone", "Téléphone";
    ON_CALL: "on call", "astreinte";
    SUPPLIER: "supplier", "fournisseur";
    LISTS: "Lists", "Listes";
    LISTS_FOR: "If it is this:", "Si c'est ceci :";
    HOST: "Host", "Hôte";
    ROOM: "Room", "Salle";
    VM: "VM", "VM";
    SERVICE: "Service", "Service";
    TIER: "Tier", "Niveau";
    STARTS_ON: "Starts on", "Démarre sur";
    LAYER: "Storage", "Stockage";
    SERVED: "Must serve", "Doit servir";
    PROBE: "How it is reached", "Comment on l'atteint";
    LEFT_DOWN: "Left down, lowest tier first", "Laissées à l'arrêt, niveau le plus bas d'abord";
    CRITICAL_PATH: "Critical path", "Chemin critique";
    WHO_STANDS_FOR: "Written by `bascule runbook show --print`; print it again whenever the estate changes.", "Écrit par `bascule runbook show --print` ; à réimprimer à chaque changement du parc.";
}
