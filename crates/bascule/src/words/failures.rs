//! What each class of failure means, and what to do.

use super::{Word, words};
use crate::failure::Class;

words! {
    ERROR: "error", "erreur";
    MEANS: "it means: ", "cela signifie : ";
    TO_DO: "to do:    ", "à faire :        ";
    NOT_IN_ORDER: "what was checked is not in order", "ce qui a été vérifié n'est pas en ordre";
    NOT_IN_ORDER_DO: "mend what is listed above and check again", "corrigez ce qui est listé ci-dessus et vérifiez à nouveau";
    INPUT: "the command had nothing to work with; nothing was changed", "la commande n'avait rien avec quoi travailler ; rien n'a été changé";
    INPUT_DO: "check the path, its permissions and its content", "vérifiez le chemin, ses droits et son contenu";
    NOBODY: "nothing is known of the cluster from here; it may be well all the same", "d'ici on ne sait rien de la grappe ; elle va peut-être bien";
    NOBODY_DO: "check the addresses of the context and this machine's network, then ask from a machine in another room", "vérifiez les adresses du contexte et le réseau de cette machine, puis demandez depuis une autre salle";
    NOT_ALLOWED: "the cluster does not let this certificate do this; nothing was changed", "la grappe ne permet pas cela à ce certificat ; rien n'a été changé";
    NOT_ALLOWED_DO: "use the folder that `bascule cluster init` made for a person who may, or ask an administrator", "utilisez le dossier que `bascule cluster init` a créé pour une personne qui en a le droit, ou demandez à un administrateur";
    NO_SUCH: "there is nothing of that name", "rien ne porte ce nom";
    NO_SUCH_DO: "list the names with `-o name`, for example `bascule vm list -o name`", "listez les noms avec `-o name`, par exemple `bascule vm list -o name`";
    REJECTED: "the order was understood and refused; nothing was changed", "l'ordre a été compris et refusé ; rien n'a été changé";
    REJECTED_DO: "the reason stands above; see `bascule status` for the state of things", "la raison figure ci-dessus ; voyez l'état avec `bascule status`";
    NO_MAJORITY: "without a majority nothing is decided: no failover happens and no order counts until another controller is back", "sans majorité rien n'est décidé : aucune bascule, aucun ordre ne compte tant qu'un autre contrôleur n'est pas revenu";
    NO_MAJORITY_DO: "bring back a controller or the network between the rooms (`bascule cluster status` shows who is missing), then give the order again: twice does no harm", "rétablissez un contrôleur ou le réseau entre les salles (`bascule cluster status` montre qui manque), puis redonnez l'ordre : deux fois est sans danger";
    UNKNOWN: "the order was sent and may or may not count", "l'ordre est parti et compte peut-être, ou pas";
    UNKNOWN_DO: "look with `bascule status`; giving the same order again does no harm", "regardez avec `bascule status` ; redonner le même ordre est sans danger";
    STOPPED: "this node no longer takes part; the others go on without it", "ce nœud ne participe plus ; les autres continuent sans lui";
    STOPPED_DO: "mend what is named above, then start it again", "corrigez ce qui est nommé ci-dessus, puis relancez-le";
    SAFETY: "in a simulation something happened that never may", "dans une simulation il s'est passé ce qui ne doit jamais se passer";
    LIVENESS: "in a simulation something did not happen that should have", "dans une simulation il ne s'est pas passé ce qui devait se passer";
    PANICKED: "in a simulation the program panicked", "dans une simulation le programme a paniqué";
    REPLAY_DO: "replay it with the command above, and read the timeline backwards from the violation", "rejouez-la avec la commande ci-dessus, et remontez la chronologie depuis la violation";
    INTERNAL: "this is a fault of the program or of the machine", "c'est un défaut du programme ou de la machine";
    INTERNAL_DO: "keep this message and what `BASCULE_LOG=debug` adds to it, and report it", "conservez ce message et ce que `BASCULE_LOG=debug` y ajoute, et signalez-le";
}

/// What it means.
pub(crate) fn means(class: Class) -> Word {
    match class {
        Class::NotInOrder => NOT_IN_ORDER,
        Class::Input => INPUT,
        Class::NobodyAnswers => NOBODY,
        Class::NotAllowed => NOT_ALLOWED,
        Class::NoSuch => NO_SUCH,
        Class::Rejected => REJECTED,
        Class::NoMajority => NO_MAJORITY,
        Class::OutcomeUnknown => UNKNOWN,
        Class::NodeStopped => STOPPED,
        Class::SafetyViolated => SAFETY,
        Class::LivenessViolated => LIVENESS,
        Class::Panicked => PANICKED,
        Class::Internal => INTERNAL,
    }
}

/// What to do.
pub(crate) fn to_do(class: Class) -> Word {
    match class {
        Class::NotInOrder => NOT_IN_ORDER_DO,
        Class::Input => INPUT_DO,
        Class::NobodyAnswers => NOBODY_DO,
        Class::NotAllowed => NOT_ALLOWED_DO,
        Class::NoSuch => NO_SUCH_DO,
        Class::Rejected => REJECTED_DO,
        Class::NoMajority => NO_MAJORITY_DO,
        Class::OutcomeUnknown => UNKNOWN_DO,
        Class::NodeStopped => STOPPED_DO,
        Class::SafetyViolated | Class::LivenessViolated | Class::Panicked => REPLAY_DO,
        Class::Internal => INTERNAL_DO,
    }
}
