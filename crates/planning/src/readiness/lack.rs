//! Why a VM stays down, and what would make it run again.

use model::id::{HostId, RoomId, RunbookName, VolumeId};
use model::incident::IncidentClass;
use model::text::{Lang, Text};
use model::units::{CpuCount, MemoryMib, Span};
use serde::{Deserialize, Serialize};

/// What is lacking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "lacks", rename_all = "kebab-case")]
pub enum Lack {
    /// The policy only watches incidents of this class.
    OnlyObserved {
        /// Which class.
        class: IncidentClass,
    },
    /// No runbook of this name is loaded.
    NoRunbook {
        /// For which class.
        class: IncidentClass,
        /// Which the policy names.
        runbook: RunbookName,
    },
    /// The runbook makes no plan of it.
    NoPlan {
        /// Why.
        reason: String,
    },
    /// With the controllers that are left nobody decides.
    NoMajority,
    /// Fewer than two persons may sign the order that lets the last-resort room go on alone.
    NobodySigns,
    /// Nothing but two persons can prove this host off, and the policy names fewer.
    NobodyFences {
        /// Which host.
        host: HostId,
    },
    /// The policy's brake lets fewer runs begin at once.
    Braked {
        /// So many.
        runs: u32,
        /// Within so long.
        window: Span,
    },
    /// No copy of these volumes is left.
    NoCopyLeft {
        /// Which.
        volumes: Vec<VolumeId>,
    },
    /// No host is left that may start VMs.
    NoHostLeft,
    /// No host that is left reaches all that it needs.
    NotReached {
        /// The one that lacks least.
        host: HostId,
        /// Its room.
        room: RoomId,
        /// What it lacks.
        missing: Vec<String>,
    },
    /// Every host that reaches what it needs is full.
    NoRoom {
        /// The rooms of those hosts.
        rooms: Vec<RoomId>,
        /// What they reach that it needs.
        reaching: Vec<String>,
        /// The one that lacks least.
        host: HostId,
        /// Virtual processors missing there.
        cpus: CpuCount,
        /// Memory missing there.
        memory_mib: MemoryMib,
    },
    /// Every host with room runs a VM that it is kept apart from.
    KeptApart {
        /// The group of which each host runs one.
        group: String,
        /// The rooms of the hosts with room.
        rooms: Vec<RoomId>,
    },
    /// The runbook starts more important VMs only.
    TierLeftOut {
        /// Its tier.
        tier: u8,
        /// Up to which tier VMs are started.
        up_to: u8,
    },
    /// These volumes have no copy outside of their storage layer.
    NoReplica {
        /// Which.
        volumes: Vec<VolumeId>,
    },
    /// Opening the copy would lose more than the service may, or nobody knows how much.
    OldReplica {
        /// Of which volume.
        volume: VolumeId,
        /// What is lost at most.
        lost: Option<Span>,
        /// What the service may lose.
        rpo: Span,
    },
    /// For a reason in the plan's own words.
    Other {
        /// In English.
        reason: String,
    },
}

impl Lack {
    /// What would make the VM run again.
    pub fn words(&self) -> Text {
        match self {
            Self::OnlyObserved { class } => {
                let class = class.as_str();
                say!(
                    "the policy only observes `{class}`: name a runbook and let it `ask` or `act`",
                    "la politique ne fait qu'observer `{class}` : nommer une procédure et `ask` ou `act`"
                )
            }
            Self::NoRunbook { class, runbook } => {
                let class = class.as_str();
                say!(
                    "the policy answers `{class}` with runbook {runbook}, which is not loaded: load it",
                    "la politique répond à `{class}` par la procédure {runbook}, qui n'est pas chargée : la charger"
                )
            }
            Self::NoPlan { reason } => say!(
                "the runbook makes no plan: {reason}",
                "la procédure ne donne aucun plan : {reason}"
            ),
            Self::NoMajority => say!(
                "no majority of the controllers is left to decide: bring one back",
                "il ne reste pas de majorité de contrôleurs pour décider : en rétablir un"
            ),
            Self::NobodySigns => say!(
                "fewer than two persons may sign the order that opens an era: name two with the role `opens-eras`",
                "moins de deux personnes peuvent signer l'ordre qui ouvre une ère : en nommer deux avec le rôle `opens-eras`"
            ),
            Self::NobodyFences { host } => say!(
                "nothing proves host {host} off by itself: arm its watchdog, or name two persons who attest",
                "rien ne prouve de lui-même que l'hôte {host} est éteint : armer son chien de garde, ou nommer deux personnes qui attestent"
            ),
            Self::Braked { runs, window } => say!(
                "the policy lets {runs} runs begin within {window}: raise `rate-limit`",
                "la politique laisse commencer {runs} exécutions en {window} : relever `rate-limit`"
            ),
            Self::NoCopyLeft { volumes } => {
                let volumes = list(volumes);
                say!(
                    "no other array has a copy of {volumes}: stretch it over two arrays",
                    "aucune autre baie n'a de copie de {volumes} : l'étendre sur deux baies"
                )
            }
            Self::NoHostLeft => say!(
                "no host is left that may start VMs: admit or add one",
                "aucun hôte ne peut plus démarrer de VM : en admettre ou en ajouter un"
            ),
            Self::NotReached { host, room, missing } => {
                let missing = missing.join(", ");
                say!(
                    "no host left reaches all that it needs: give host {host} of room {room} {missing}",
                    "aucun hôte restant n'atteint tout ce qu'il lui faut : donner à l'hôte {host} de la salle {room} {missing}"
                )
            }
            Self::NoRoom { rooms, reaching, host, cpus, memory_mib } => {
                no_room(rooms, reaching, host, *cpus, *memory_mib)
            }
            Self::KeptApart { group, rooms } => {
                let (en, fr) = in_rooms(rooms);
                say!(
                    "each host {en} that has the room runs a VM of group {group}: add a host there or let them run together",
                    "chaque hôte {fr} qui a la place porte une VM du groupe {group} : y ajouter un hôte ou lever cette séparation"
                )
            }
            Self::TierLeftOut { tier, up_to } => say!(
                "it is of tier {tier} and the runbook starts tiers up to {up_to}: raise `up_to_tier`, or waive it",
                "elle est de niveau {tier} et la procédure démarre jusqu'au niveau {up_to} : relever `up_to_tier`, ou y déroger"
            ),
            Self::NoReplica { volumes } if volumes.is_empty() => say!(
                "it has no volume that could be copied to the last-resort room: give it one",
                "elle n'a aucun volume qui puisse être copié en salle d'ultime secours : lui en donner un"
            ),
            Self::NoReplica { volumes } => {
                let volumes = list(volumes);
                say!(
                    "no copy of {volumes} is kept outside of its storage layer: replicate it",
                    "aucune copie de {volumes} n'est gardée hors de sa couche de stockage : le répliquer"
                )
            }
            Self::OldReplica { volume, lost: Some(lost), rpo } => say!(
                "the copy of {volume} may lose {lost} and the service {rpo}: copy more often, raise its `rpo`, or let persons approve the loss",
                "la copie de {volume} peut perdre {lost} et le service {rpo} : copier plus souvent, relever son `rpo`, ou faire approuver la perte"
            ),
            Self::OldReplica { volume, lost: None, .. } => say!(
                "nobody knows how far the copy of {volume} is behind: look at its keeper",
                "personne ne sait de combien la copie de {volume} est en retard : la vérifier"
            ),
            Self::Other { reason } => Text::Same(reason.clone()),
        }
    }
}

fn no_room(
    rooms: &[RoomId],
    reaching: &[String],
    host: &HostId,
    cpus: CpuCount,
    memory: MemoryMib,
) -> Text {
    let (en_rooms, fr_rooms) = of_rooms(rooms);
    let more = |lang| {
        let and = if lang == Lang::Fr { " et " } else { " and " };
        let cpus = (cpus.0 > 0).then(|| cpus.to_string());
        let memory = (memory.0 > 0).then(|| memory.to_string());
        cpus.into_iter().chain(memory).collect::<Vec<_>>().join(and)
    };
    let (en, fr) = (more(Lang::En), more(Lang::Fr));
    if reaching.is_empty() {
        return say!(
            "needs {en} more on a host {en_rooms}, least on {host}",
            "demande {fr} de plus sur un hôte {fr_rooms}, le moins sur {host}"
        );
    }
    let reaching = reaching.join(", ");
    say!(
        "needs {en} more on a host {en_rooms} that reaches {reaching}, least on {host}",
        "demande {fr} de plus sur un hôte {fr_rooms} qui atteint {reaching}, le moins sur {host}"
    )
}

fn of_rooms(rooms: &[RoomId]) -> (String, String) {
    match rooms {
        [room] => (format!("of room {room}"), format!("de la salle {room}")),
        _ => {
            let (en, fr) = (rooms_joined(rooms, " or "), rooms_joined(rooms, " ou "));
            (format!("of room {en}"), format!("de la salle {fr}"))
        }
    }
}

fn in_rooms(rooms: &[RoomId]) -> (String, String) {
    let (en, fr) = (rooms_joined(rooms, " or "), rooms_joined(rooms, " ou "));
    (format!("in room {en}"), format!("en salle {fr}"))
}

fn rooms_joined(rooms: &[RoomId], or: &str) -> String {
    rooms.iter().map(ToString::to_string).collect::<Vec<_>>().join(or)
}

fn list(volumes: &[VolumeId]) -> String {
    volumes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
