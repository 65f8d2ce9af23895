//! Eras.

use super::words;

words! {
    OPENS: "Opens era", "Ouvre l'ère";
    FROM: "from entries", "à partir des entrées";
    LIFE: "Signs of life in other rooms", "Signes de vie dans d'autres salles";
    LIFE_SEEN: "the order itself names signs of life: they can be fenced with proof, never argued away", "l'ordre nomme lui-même des signes de vie : on peut les isoler avec preuve, jamais les nier";
    NO_WATCHDOG: "Hosts without an armed watchdog: only your statement says that they are off", "Hôtes sans chien de garde armé : seule votre déclaration dit qu'ils sont éteints";
    ARMED: "Hosts with an armed watchdog", "Hôtes avec un chien de garde armé";
    DIED_TOO: "Silent because they stand in a silent room: this proves nothing", "Muets parce qu'ils sont dans une salle muette : cela ne prouve rien";
    STATEMENT: "Statement", "Déclaration";
    SIGNED_BY: "Signed by", "Signé par";
    ORDER: "Order", "Ordre";
    WAITED: "Waited", "Attendu";
    WAITS_FOR: "Waits for", "Attend";
    CAME_TO_NOTHING: "The last order came to nothing", "Le dernier ordre est resté sans suite";
    NO_ESTATE: "no estate is loaded there: there is nothing to go on from", "aucun parc n'y est chargé : il n'y a rien à reprendre";
}
