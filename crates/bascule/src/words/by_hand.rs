//! What each action means to a person: when it is done, and how to do it by hand when neither names
//! nor the directory nor Bascule answer.

use super::{Word, words};

words! {
    FENCED: "a fence proof at the order's token is committed", "une preuve d'isolement au jeton de l'ordre est actée";
    SIDE_SEEN: "the storage layer is seen serving the room", "le stockage est vu servant la salle";
    VM_SEEN_RUNNING: "a probe, not the start order's answer, sees the VM running", "une sonde, et non la réponse à l'ordre, voit la VM tourner";
    VM_SEEN_STOPPED: "a probe, not the stop order's answer, sees the VM stopped", "une sonde, et non la réponse à l'ordre, voit la VM arrêtée";
    SERVICE_ANSWERS: "the service's user-level probe passes", "la sonde du service, comme un utilisateur, passe";
    APPROVED: "so many distinct persons have approved, none of whom asked for it", "autant de personnes distinctes ont approuvé, dont aucune ne l'a demandé";
    TOLD_DONE: "so many distinct persons have said that it is done, with evidence", "autant de personnes distinctes ont dit que c'est fait, avec preuve";
    AS_IT_SAYS: "its own condition holds", "sa propre condition est remplie";
    DO_FENCE: "Cut the power of each host of the list: both feeds at the breaker or the PDU. If the room cannot be entered, open the room's supply from outside. Nothing of the list starts elsewhere before.", "Couper le courant de chaque hôte de la liste : les deux départs, au disjoncteur ou à la barrette. Si on ne peut pas entrer, couper l'alimentation de la salle de l'extérieur. Rien de ce qui suit ne démarre ailleurs avant.";
    CHECK_FENCE: "Fans and lights are off at each host, seen by two persons, twice, half a minute apart.", "Ventilateurs et voyants éteints sur chaque hôte, vus par deux personnes, deux fois, à une demi-minute d'écart.";
    DO_SIDE: "At the console of the array in the room that is left (by its own address): read which side serves. Switch nothing.", "À la console de la baie dans la salle restante (par son adresse) : lire quel côté sert. Ne rien basculer.";
    CHECK_SIDE: "The array says that it serves its volumes, and the quorum is with it. Where it does not, stop here.", "La baie dit qu'elle sert ses volumes et que le quorum est de son côté. Sinon, s'arrêter ici.";
    DO_START: "On the named host's own console (local account, its address): start the VMs in the order of the list, each once those it comes after run. No more at once than the limits say.", "À la console de l'hôte indiqué (compte local, son adresse) : démarrer les VM dans l'ordre de la liste, chacune quand celles qu'elle suit tournent. Pas plus à la fois que les limites.";
    CHECK_START: "The VM's own console shows its login or its service. Tick it in the list.", "La console de la VM montre son invite ou son service. La cocher dans la liste.";
    DO_START_COPY: "First write down the time of each copy: that is what is lost. Open the copies in this room for writing, then start the VMs in the order of the list. There is no way back but copying home.", "Noter d'abord l'heure de chaque copie : c'est ce qui est perdu. Ouvrir en écriture les copies de cette salle, puis démarrer les VM dans l'ordre de la liste. Pas de retour sinon en recopiant.";
    DO_STOP: "On the host's own console: shut each VM down; power it off if it does not answer.", "À la console de l'hôte : arrêter proprement chaque VM ; l'éteindre si elle ne répond pas.";
    CHECK_STOP: "The host lists the VM as stopped.", "L'hôte montre la VM arrêtée.";
    DO_CHECK: "From a workstation on a ward, open each service of the list as its users do. By address where names do not answer.", "Depuis un poste dans un service de soins, ouvrir chaque service de la liste comme ses utilisateurs. Par adresse si les noms ne répondent pas.";
    CHECK_CHECK: "A user sees a real record, not an error page. Write down what fails.", "Un utilisateur voit un vrai dossier, pas une page d'erreur. Noter ce qui échoue.";
    DO_APPROVE: "Reach the persons who may approve, by telephone or in person. Say what will be lost. Write their names and the time; who asked does not count.", "Joindre, par téléphone ou de vive voix, les personnes qui peuvent approuver. Dire ce qui sera perdu. Noter noms et heure ; qui a demandé ne compte pas.";
    CHECK_APPROVE: "As many distinct signatures below as the step asks for. Without them, stop here.", "Autant de signatures distinctes ci-dessous que l'étape en demande. Sans elles, s'arrêter ici.";
    DO_TASK: "Do what the step says.", "Faire ce que dit l'étape.";
    CHECK_TASK: "See the effect yourself, and keep what shows it: a note, or a photograph.", "Voir l'effet soi-même, et garder ce qui le montre : une note ou une photographie.";
    DO_OTHER: "Do by hand what the step names, on each member of its list.", "Faire à la main ce que nomme l'étape, sur chaque élément de sa liste.";
    CHECK_OTHER: "See the effect by another way than the answer of what you used.", "Voir l'effet par un autre moyen que la réponse de l'outil.";
    WHO_ROOM: "two persons at the room", "deux personnes à la salle";
    WHO_STORAGE: "storage engineer", "ingénieur stockage";
    WHO_SYSTEMS: "systems engineer", "ingénieur systèmes";
    WHO_WARD: "a user on a ward, with an engineer on the telephone", "un utilisateur d'un service de soins, un ingénieur au téléphone";
    WHO_LEADER: "who leads the crisis", "le responsable de crise";
}

/// How a person does what an action does.
pub(crate) struct ByHand {
    /// Who.
    pub(crate) who: Word,
    /// What to do.
    pub(crate) to_do: Word,
    /// What to look at before ticking it off.
    pub(crate) check: Word,
}

/// What is seen when an action is done.
pub(crate) fn done_when(action: &str) -> Word {
    match action {
        "fence.host" => FENCED,
        "storage.confirm-side" => SIDE_SEEN,
        "vm.start" | "vm.start-from-copy" => VM_SEEN_RUNNING,
        "vm.stop" => VM_SEEN_STOPPED,
        "service.check" => SERVICE_ANSWERS,
        "approval" => APPROVED,
        "manual" => TOLD_DONE,
        _ => AS_IT_SAYS,
    }
}

/// How a person does an action by hand.
pub(crate) fn by_hand(action: &str) -> ByHand {
    let (who, to_do, check) = match action {
        "fence.host" => (WHO_ROOM, DO_FENCE, CHECK_FENCE),
        "storage.confirm-side" => (WHO_STORAGE, DO_SIDE, CHECK_SIDE),
        "vm.start" => (WHO_SYSTEMS, DO_START, CHECK_START),
        "vm.start-from-copy" => (WHO_SYSTEMS, DO_START_COPY, CHECK_START),
        "vm.stop" => (WHO_SYSTEMS, DO_STOP, CHECK_STOP),
        "service.check" => (WHO_WARD, DO_CHECK, CHECK_CHECK),
        "approval" => (WHO_LEADER, DO_APPROVE, CHECK_APPROVE),
        "manual" => (WHO_SYSTEMS, DO_TASK, CHECK_TASK),
        _ => (WHO_SYSTEMS, DO_OTHER, CHECK_OTHER),
    };
    ByHand { who, to_do, check }
}

#[cfg(test)]
mod tests {
    use model::action::CATALOGUE;
    use model::text::Lang;

    use super::*;

    #[test]
    fn every_action_of_the_catalogue_can_be_done_by_hand_and_is_told_as_the_catalogue_tells_it() {
        for row in CATALOGUE {
            assert_ne!(by_hand(row.name).to_do, DO_OTHER, "{}", row.name);
            let told = done_when(row.name).in_lang(Lang::En);
            assert_eq!(Some(told), row.post_condition, "{}", row.name);
        }
    }
}
