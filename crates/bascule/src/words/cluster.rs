//! The cluster.

use super::words;

words! {
    CLUSTER: "Cluster", "Grappe";
    MADE: "made", "créés";
    KEEP_AUTHORITY: "Carry each folder to its machine. Keep `ca/` offline: who has it can be anybody. The file `keys` is for auditors.", "Portez chaque dossier sur sa machine. Gardez `ca/` hors ligne : qui l'a peut se faire passer pour n'importe qui. Le fichier `keys` est pour les auditeurs.";
    CARRY: "The token is shown once. On the new machine: `bascule cluster join`. Carry this folder there", "Le jeton n'est montré qu'une fois. Sur la nouvelle machine : `bascule cluster join`. Portez-y ce dossier";
    LEADER: "Leader", "Dirige";
    NOBODY: "nobody", "personne";
    ERA: "Era", "Ère";
    EPOCH: "Epoch", "Époque";
    APPLIED: "Last entry applied", "Dernière entrée appliquée";
    APPLY_VERSION: "Version of apply", "Version d'apply";
    ANSWERED_BY: "Answered by", "Répondu par";
}
