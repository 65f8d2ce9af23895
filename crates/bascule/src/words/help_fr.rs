//! The help of the command line in French. The English stands where the commands are defined; a
//! test compares the two.

/// By the command's path.
const COMMANDS: &[(&str, &str)] = &[
    ("bascule", "Maintient l'informatique d'un hôpital quand une salle serveurs meurt"),
    ("bascule status", "Tout sur une page"),
    ("bascule server", "Fait tourner le contrôleur d'une salle"),
    ("bascule agent", "Fait tourner l'agent d'un hôte"),
    ("bascule estate", "Fichiers de parc"),
    ("bascule estate check", "Dit ce qui ne va pas dans un fichier de parc, où, et que faire"),
    ("bascule estate show", "Montre ce que représente un fichier de parc"),
    ("bascule policy", "Fichiers de politique"),
    ("bascule policy check", "Dit ce qui ne va pas dans un fichier de politique, où, et que faire"),
    ("bascule runbook", "Fichiers de procédure"),
    ("bascule runbook lint", "Dit ce qui ne va pas dans des procédures, où, et que faire"),
    (
        "bascule readiness",
        "Si chaque panne simple est surmontée maintenant, et ce qu'un changement casserait",
    ),
    ("bascule room", "Salles"),
    ("bascule room list", "Liste les salles"),
    ("bascule room show", "Montre une salle"),
    (
        "bascule room maintenance",
        "Dit qu'on travaille dans une salle : son silence n'est pas un incident",
    ),
    ("bascule host", "Hôtes"),
    ("bascule host list", "Liste les hôtes"),
    ("bascule host show", "Montre un hôte"),
    (
        "bascule host arm",
        "Arme le chien de garde d'un hôte : noté au journal, puis ordonné à son agent",
    ),
    (
        "bascule host disarm",
        "Désarme le chien de garde d'un hôte : noté au journal, puis ordonné à son agent",
    ),
    (
        "bascule host attest",
        "Atteste qu'un hôte est éteint, sur ce que vous avez vu : deux personnes distinctes prouvent son isolement",
    ),
    (
        "bascule room attest",
        "Atteste que tous les hôtes d'une salle sont éteints, sur ce que vous avez vu : deux personnes le prouvent",
    ),
    (
        "bascule host maintenance",
        "Dit qu'on travaille sur un hôte : son silence n'est pas un incident",
    ),
    ("bascule vm", "Machines virtuelles"),
    ("bascule vm list", "Liste les VM"),
    ("bascule vm show", "Montre une VM"),
    ("bascule vm stop", "Dit qu'une VM est arrêtée exprès : rien ne la redémarre"),
    ("bascule vm start", "Dit qu'une VM doit tourner : elle est redémarrée si elle est perdue"),
    ("bascule service", "Services, vus par leurs utilisateurs"),
    ("bascule service list", "Liste les services"),
    ("bascule service show", "Montre un service"),
    ("bascule incident", "Incidents : ce qui est perdu, et ce qui a mené au verdict"),
    ("bascule incident list", "Liste les incidents"),
    ("bascule incident show", "Montre un incident et ses preuves"),
    (
        "bascule incident approve",
        "Laisse Bascule agir sur un incident dont la politique demande d'abord à une personne",
    ),
    ("bascule run", "Exécutions de procédures"),
    ("bascule run list", "Liste les exécutions"),
    ("bascule run show", "Montre une exécution et ses étapes"),
    ("bascule run approve", "Laisse se poursuivre une exécution qui attend des personnes"),
    (
        "bascule run log",
        "Raconte une exécution d'après le journal : chaque étape, qui, quand, preuve, issue",
    ),
    ("bascule pause", "Suspend les actes automatiques un moment ; prend fin seule"),
    ("bascule resume", "Met fin à une pause avant son terme"),
    ("bascule audit", "Le journal d'audit"),
    ("bascule audit tail", "Montre les dernières entrées du journal"),
    ("bascule audit export", "Écrit un dossier que chacun peut vérifier sans la grappe"),
    ("bascule audit verify", "Vérifie un dossier sans la grappe"),
    ("bascule cluster", "La grappe de contrôleurs"),
    ("bascule cluster init", "Crée les clés et certificats d'une nouvelle grappe"),
    ("bascule cluster status", "Qui dirige, qui est vu"),
    ("bascule cluster transfer-leader", "Confie la direction à un autre contrôleur"),
    (
        "bascule cluster token",
        "Laisse un nouveau contrôleur prendre la place de celui, mort, d'une salle",
    ),
    ("bascule cluster join", "Rejoint la grappe, sur la nouvelle machine, avec le jeton"),
    (
        "bascule cluster upgrade",
        "Passe à une version plus récente d'apply, quand chaque contrôleur la porte",
    ),
    ("bascule era", "Ères : continuer avec le seul contrôleur qui reste"),
    ("bascule era key", "Crée la clé avec laquelle une personne signe des ordres"),
    ("bascule era draft", "Rédige l'ordre qui laisse le seul contrôleur restant continuer seul"),
    ("bascule era sign", "Signe un ordre avec la clé d'une personne"),
    ("bascule era open", "Remet un ordre signé au contrôleur qu'il nomme"),
    ("bascule era status", "L'ère, et une ouverture en cours"),
    ("bascule completion", "Écrit un script de complétion pour un shell"),
    ("bascule man", "Écrit les pages de manuel"),
    ("bascule version", "La version de ce programme et de ce qu'il parle"),
    ("bascule demo", "Joue une panne sur une clinique jumelle et montre ce que Bascule en fait"),
    ("bascule simulate", "Joue un scénario sur une graine et vérifie ce qui doit tenir"),
    ("bascule lab", "Le laboratoire : trois salles en espaces de noms réseau, de vraies VM"),
    ("bascule lab up", "Construit les salles et y démarre tout"),
    ("bascule lab status", "Ce qui existe, ce qui tourne, et ce que disent les contrôleurs"),
    ("bascule lab cut", "Coupe les chemins entre deux salles"),
    ("bascule lab heal", "Défait toutes les coupures"),
    ("bascule lab kill", "Tue sans prévenir tout ce qui tourne dans une salle"),
    ("bascule lab down", "Retire tout, même ce qu'un plantage a laissé"),
    (
        "bascule lab smoke",
        "Le construit, tue la salle A, voit ses VM tourner dans la salle B, le retire",
    ),
];

/// By the command's path and the argument's id; `*` stands for every command.
const ARGUMENTS: &[(&str, &str, &str)] = &[
    ("*", "lang", "La langue de tout ce qui s'écrit pour des personnes"),
    ("*", "output", "La forme de la sortie"),
    ("*", "context", "Le contexte à utiliser, parmi ceux du fichier de contextes"),
    ("*", "context_file", "Le fichier de contextes, par défaut ~/.config/bascule/config.yaml"),
    ("*", "controllers", "Un contrôleur et son adresse, sans contexte ; une fois par contrôleur"),
    ("*", "tls_dir", "Le dossier de la personne qui demande, créé par `cluster init`"),
    ("*", "watch", "Redemande chaque seconde jusqu'à interruption"),
    ("*", "id", "Son identifiant, tel que la liste le montre"),
    ("*", "reason", "Pourquoi"),
    ("*", "room", "La salle"),
    ("*", "host", "L'hôte"),
    ("*", "vm", "La VM"),
    ("*", "end", "Y met fin maintenant"),
    ("*", "for", "Combien de temps au plus, comme 2h ou 90m ; une semaine au plus long"),
    ("*", "keys", "Les clés publiques des salles obtenues par ailleurs, une par ligne"),
    ("*", "log_json", "Écrit ce qui se passe en JSON, un objet par ligne"),
    ("*", "stop_on_stdin_close", "S'arrête quand l'entrée standard se ferme"),
    ("bascule server", "config", "La configuration du contrôleur"),
    ("bascule agent", "config", "La configuration de l'agent"),
    (
        "bascule agent",
        "guard_controller",
        "Garde un contrôleur : promet aux hôtes qu'aucun ne tourne ici tant que c'est vrai",
    ),
    ("bascule estate check", "file", "Le fichier de parc"),
    (
        "bascule estate check",
        "policy",
        "Vérifie aussi cette politique, et qu'elle convient au parc",
    ),
    ("bascule estate show", "file", "Le fichier de parc"),
    ("bascule policy check", "file", "Le fichier de politique"),
    ("bascule runbook lint", "files", "Les fichiers de procédure"),
    ("bascule host arm", "watchdog", "Le délai du chien de garde relu sur le matériel, comme 10s"),
    (
        "bascule readiness",
        "changes",
        "Dit ce qu'un changement casserait, comme « host a1 gone » ou « vm big-1 added with 4 cpus 64GiB »",
    ),
    ("bascule readiness", "estate", "Prouve ce parc sans grappe, chaque VM chez elle"),
    ("bascule readiness", "policy", "Avec cette politique au lieu de celle livrée"),
    ("bascule readiness", "runbooks", "Avec les procédures de ce dossier"),
    ("bascule readiness", "on", "Comme si l'on était ce jour : des dérogations prennent fin"),
    ("bascule readiness", "check", "Fait ici, sur cette machine, les contrôles de cette salle"),
    ("bascule pause", "for", "Combien de temps, comme 30m ou 2h ; un jour au plus long"),
    ("bascule run log", "run", "L'exécution"),
    ("bascule run log", "bundle", "D'après ce dossier seul, sans la grappe"),
    ("bascule audit tail", "lines", "Combien d'entrées"),
    ("bascule audit tail", "follow", "Continue avec chaque nouvelle entrée jusqu'à interruption"),
    ("bascule audit export", "run", "Seulement cette exécution, chaque entrée avec sa preuve"),
    ("bascule audit export", "to", "Le dossier à écrire, nouveau ou vide"),
    ("bascule audit verify", "path", "Le dossier à vérifier"),
    (
        "bascule audit verify",
        "signatures",
        "Combien de clés doivent avoir signé, par défaut plus de la moitié",
    ),
    ("bascule cluster init", "dir", "Le dossier à créer ; il ne doit pas encore exister"),
    ("bascule cluster init", "name", "Le nom de la grappe, inscrit dans chaque certificat"),
    ("bascule cluster init", "estate", "Prend contrôleurs, hôtes et salles jumelles dans ce parc"),
    ("bascule cluster init", "controllers", "Les contrôleurs et leurs salles, comme 1=a,2=b,3=c"),
    ("bascule cluster init", "hosts", "Les hôtes avec agent, comme a1,a2,b1"),
    (
        "bascule cluster init",
        "persons",
        "Les personnes et leurs rôles (viewer, operator, administrator), comme dana=operator",
    ),
    ("bascule cluster token", "room", "La salle dont le contrôleur est à remplacer"),
    ("bascule cluster token", "id", "Le numéro du nouveau contrôleur, qu'aucun n'a jamais eu"),
    ("bascule cluster token", "authority", "Le dossier créé par `cluster init`, avec l'autorité"),
    (
        "bascule cluster token",
        "to",
        "Le dossier à créer pour le nouveau contrôleur, à porter sur sa machine",
    ),
    ("bascule cluster token", "for", "Durée de validité du jeton, comme 1h ; un jour au plus"),
    ("bascule cluster join", "token", "Le jeton montré par `cluster token`"),
    ("bascule cluster join", "address", "Où ce contrôleur écoutera"),
    (
        "bascule cluster upgrade",
        "to",
        "La version d'apply à faire tourner ; la suivante par défaut",
    ),
    ("bascule cluster transfer-leader", "controller", "Le numéro du contrôleur qui doit diriger"),
    ("bascule host attest", "evidence", "Ce que vous avez vu de vos yeux, dans vos mots"),
    ("bascule room attest", "evidence", "Ce que vous avez vu de vos yeux, dans vos mots"),
    ("bascule run approve", "run", "L'exécution, comme run-17"),
    ("bascule run approve", "loss", "La perte de données acceptée, comme 90s"),
    ("bascule era key", "person", "Le nom de la personne, comme dans la politique"),
    ("bascule era key", "to", "Le fichier à créer, que personne d'autre ne doit lire"),
    ("bascule era draft", "survivor", "Le numéro du contrôleur qui reste"),
    (
        "bascule era draft",
        "statement",
        "Ce que vous avez vérifié, dans vos mots : c'est la seule hypothèse",
    ),
    ("bascule era draft", "reason", "Pourquoi l'ère est ouverte"),
    ("bascule era draft", "to", "Le fichier où écrire l'ordre"),
    ("bascule era sign", "order", "L'ordre"),
    ("bascule era sign", "key", "Le fichier avec votre clé privée"),
    ("bascule era open", "order", "L'ordre avec ses deux signatures"),
    (
        "bascule demo",
        "room",
        "Une salle perd son courant (a, si aucune n'est nommée) ; c'est le cas par défaut",
    ),
    (
        "bascule demo",
        "controllers",
        "Tous les contrôleurs sont tués et reviennent après tant de secondes",
    ),
    (
        "bascule demo",
        "apart",
        "Avec --controllers : les agents de salles différentes ne se joignent plus pendant ce temps",
    ),
    ("bascule demo", "host", "Un hôte perd son courant (le premier, si aucun n'est nommé)"),
    ("bascule demo", "array", "Une baie tombe (la première, si aucune n'est nommée)"),
    ("bascule demo", "cut", "Des liens sont coupés"),
    ("bascule demo", "silence", "Tous les liens entre salles se taisent pendant tant de secondes"),
    ("bascule demo", "unarmed", "Avec --silence : les chiens de garde des hôtes ne sont pas armés"),
    ("bascule demo", "fast", "Comprime les temps de démarrage du parc autant que pour les scripts"),
    ("bascule demo", "time_scale", "Divise les temps de démarrage du parc par ce nombre"),
    ("bascule demo", "inject", "Sème un défaut, pour voir que ce qui compte est bien compté"),
    ("bascule demo", "estate", "Un autre parc que la clinique"),
    ("bascule demo", "policy", "Une autre politique que celle livrée"),
    ("bascule demo", "keep", "Garde tout ce que salles et contrôleurs ont écrit"),
    ("bascule lab up", "dir", "Le dossier du laboratoire"),
    ("bascule lab status", "dir", "Le dossier du laboratoire"),
    ("bascule lab cut", "dir", "Le dossier du laboratoire"),
    ("bascule lab cut", "from", "Une salle"),
    ("bascule lab cut", "to", "L'autre salle"),
    ("bascule lab cut", "path", "Seulement ce chemin de leur liaison"),
    ("bascule lab cut", "one_way", "Seulement ce que la première envoie à la seconde"),
    ("bascule lab heal", "dir", "Le dossier du laboratoire"),
    ("bascule lab kill", "dir", "Le dossier du laboratoire"),
    ("bascule lab down", "dir", "Le dossier du laboratoire"),
    ("bascule lab smoke", "dir", "Le dossier du laboratoire"),
    ("bascule lab smoke", "keep", "Laisse le laboratoire tel quel à la fin"),
    ("bascule simulate", "scenario", "Le scénario"),
    ("bascule simulate", "seed", "La graine de la première exécution ; les autres la suivent"),
    ("bascule simulate", "runs", "Combien d'exécutions"),
    ("bascule simulate", "jobs", "Combien en même temps ; le rapport n'en dépend pas"),
    (
        "bascule simulate",
        "resume",
        "Garde les résultats dans ce fichier, et continue après ceux qu'il contient",
    ),
    (
        "bascule simulate",
        "faults",
        "Ces pannes au lieu de pannes tirées : un fichier, ou `room-loss(a)@12s+30s cut-one-way(a,b)@14s+3s`",
    ),
    (
        "bascule simulate",
        "shrink",
        "En combien d'exécutions au plus réduire les pannes d'une exécution en échec ; 0 : aucune",
    ),
    (
        "bascule simulate",
        "trace",
        "Écrit aussi la chronologie de chaque exécution, sur la sortie d'erreur",
    ),
    ("bascule simulate", "trace_to", "Écrit plutôt la chronologie dans ce fichier"),
    (
        "bascule simulate",
        "progress",
        "Montre l'avancement même si la sortie d'erreur n'est pas un terminal",
    ),
    ("bascule simulate", "keep_going", "Continue après la première violation"),
    (
        "bascule simulate",
        "property",
        "Ne regarde que cette propriété, ou celles de cette règle (`S1`) ; répétable",
    ),
    ("bascule completion", "shell", "Le shell"),
    ("bascule man", "to", "Le dossier où les écrire, qui existe"),
];

/// What stands below the arguments of a command.
pub(crate) fn after_command(path: &str) -> Option<&'static str> {
    let readiness = "Codes de sortie, ceux d'un greffon Nagios : 0 vert ; 1 orange ; 2 rouge ; 3 \
                     inconnu : personne ne répond, la preuve a été faite d'un autre parc ou d'une \
                     autre politique, un fichier est inutilisable, la ligne de commande n'est pas \
                     comprise.";
    if path == "bascule readiness" {
        return Some(readiness);
    }
    (path == "bascule simulate").then_some(
        "Codes de sortie : 0 toutes les propriétés ont tenu ; 11 sûreté violée, 12 vivacité, 13 le \
         programme a paniqué (le pire, dans l'ordre 11, 13, 12) ; 2 ligne de commande non comprise ; \
         3 un fichier est illisible ou inutilisable.",
    )
}

/// What a command does.
pub(crate) fn of_command(path: &str) -> Option<&'static str> {
    COMMANDS.iter().find(|(known, _)| *known == path).map(|(_, text)| *text)
}

/// What an argument means: by its own command's words, else by those for every command.
pub(crate) fn of_argument(path: &str, id: &str) -> Option<&'static str> {
    let find = |of: &str| {
        ARGUMENTS.iter().find(|(known, arg, _)| *known == of && *arg == id).map(|(.., text)| *text)
    };
    find(path).or_else(|| find("*"))
}
