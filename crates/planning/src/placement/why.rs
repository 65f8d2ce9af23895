//! Why a VM fits nowhere, and what would make it fit, in words.

use model::id::{HostId, RoomId, VolumeId};
use model::text::Lang;
use model::units::{CpuCount, MemoryMib, Span};

use crate::copies::NotFromCopies;

/// Why a VM fits nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhyShed {
    /// The estate has no such VM.
    NotInEstate,
    /// No host is left that may take VMs.
    NoHost,
    /// No copy of these volumes is left.
    NoCopyLeft {
        /// Which.
        volumes: Vec<VolumeId>,
    },
    /// No host reaches all that it needs.
    NoneReaches {
        /// The host that lacks least.
        host: HostId,
        /// What that host lacks.
        lacks: Vec<String>,
    },
    /// The runbook starts more important VMs only.
    NotForThisRunbook {
        /// Its tier.
        tier: u8,
        /// Up to which tier VMs are started.
        up_to: u8,
    },
    /// These volumes have no copy outside of their layer.
    NoReplica {
        /// Which.
        volumes: Vec<VolumeId>,
    },
    /// Opening the copy would lose more than the service may.
    OldReplica {
        /// Of which volume.
        volume: VolumeId,
        /// What is lost at most; none if nobody knows.
        lost: Option<Span>,
        /// What the service may lose.
        rpo: Span,
    },
    /// What the hosts left would open is old.
    StaleSide {
        /// Which volume.
        volume: VolumeId,
        /// Where its old copy is.
        room: RoomId,
        /// Where storage went on.
        alone: RoomId,
    },
    /// The volume was opened from its copy, and is in that room now.
    OpenedElsewhere {
        /// Which.
        volume: VolumeId,
        /// Where it is.
        room: RoomId,
    },
    /// Every host that reaches what it needs is full.
    NoRoom {
        /// The host that lacks least.
        host: HostId,
        /// Virtual processors missing there.
        lacks_cpus: CpuCount,
        /// Memory missing there.
        lacks_memory_mib: MemoryMib,
    },
    /// Every host with room already runs a VM of its group.
    KeptApart {
        /// The group.
        group: String,
        /// The hosts with room.
        hosts: Vec<HostId>,
    },
}

impl WhyShed {
    /// In words, with what would make it fit.
    pub fn words(&self, lang: Lang) -> String {
        let fr = lang == Lang::Fr;
        match self {
            Self::NotInEstate if fr => "absente du parc ; l'y déclarer".to_owned(),
            Self::NotInEstate => "not in the estate; declare it there".to_owned(),
            Self::NoHost if fr => "aucun hôte ne peut recevoir de VM ; en réadmettre un".to_owned(),
            Self::NoHost => "no host may take VMs; admit one".to_owned(),
            Self::NoCopyLeft { volumes } => {
                let volumes = list(volumes);
                if fr {
                    format!(
                        "plus aucune copie de {volumes} ; remettre une baie en service ou restaurer"
                    )
                } else {
                    format!("no copy of {volumes} is left; bring an array back or restore it")
                }
            }
            Self::NoneReaches { host, lacks } => {
                let lacks = lacks.join(", ");
                if fr {
                    format!(
                        "aucun hôte n'atteint tout ce qu'il lui faut ; il manque à {host} : {lacks}"
                    )
                } else {
                    format!("no host reaches all that it needs; {host} lacks {lacks}")
                }
            }
            Self::NotForThisRunbook { tier, up_to } if fr => {
                format!("niveau {tier} ; cette procédure démarre jusqu'au niveau {up_to}")
            }
            Self::NotForThisRunbook { tier, up_to } => {
                format!("tier {tier}; this runbook starts tiers up to {up_to}")
            }
            Self::NoReplica { volumes } => {
                let volumes = list(volumes);
                if fr {
                    format!(
                        "aucune copie de {volumes} hors de sa couche de stockage ; répliquer le volume"
                    )
                } else {
                    format!("{volumes} has no copy outside of its storage layer; replicate it")
                }
            }
            Self::OldReplica { volume, lost, rpo } => old_replica(volume, *lost, *rpo, fr),
            Self::StaleSide { volume, room, alone } if fr => format!(
                "la copie de {volume} en salle {room} est ancienne : le stockage a continué sans \
                 elle en salle {alone} ; la resynchroniser, ou approuver à deux la perte"
            ),
            Self::StaleSide { volume, room, alone } => format!(
                "the copy of {volume} in room {room} is old: storage went on without it in room \
                 {alone}; resynchronise it, or two persons approve the loss"
            ),
            Self::OpenedElsewhere { volume, room } if fr => format!(
                "{volume} a été ouvert depuis sa copie en salle {room} ; aucun hôte n'y a la place \
                 ou les accès"
            ),
            Self::OpenedElsewhere { volume, room } => format!(
                "{volume} was opened from its copy in room {room}; no host there can take this VM"
            ),
            Self::NoRoom { host, lacks_cpus, lacks_memory_mib } => {
                let lacks: Vec<String> = [
                    (lacks_cpus.0 > 0).then(|| lacks_cpus.to_string()),
                    (lacks_memory_mib.0 > 0).then(|| lacks_memory_mib.to_string()),
                ]
                .into_iter()
                .flatten()
                .collect();
                if fr {
                    format!(
                        "aucune place ; il tiendrait sur {host} avec {} de plus",
                        lacks.join(" et ")
                    )
                } else {
                    format!("no room; it would fit on {host} with {} more", lacks.join(" and "))
                }
            }
            Self::KeptApart { group, hosts } => {
                let hosts = list(hosts);
                if fr {
                    format!(
                        "{hosts} a la place mais porte déjà une VM du groupe {group} ; ajouter un hôte \
                         ou lever cette séparation"
                    )
                } else {
                    format!(
                        "{hosts} has room but runs a VM of group {group} already; add a host or allow \
                         them together"
                    )
                }
            }
        }
    }
}

impl From<NotFromCopies> for WhyShed {
    fn from(why: NotFromCopies) -> Self {
        match why {
            NotFromCopies::NoCopy(volumes) => Self::NoReplica { volumes },
            NotFromCopies::TooOld { volume, lost, rpo } => Self::OldReplica { volume, lost, rpo },
        }
    }
}

fn old_replica(volume: &VolumeId, lost: Option<Span>, rpo: Span, fr: bool) -> String {
    match (lost, fr) {
        (Some(lost), true) => format!(
            "la copie de {volume} perdrait jusqu'à {lost}, le service admet {rpo} ; approuver à \
             deux cette perte"
        ),
        (Some(lost), false) => format!(
            "the copy of {volume} would lose up to {lost}, the service may lose {rpo}; two \
             persons may approve that loss"
        ),
        (None, true) => {
            format!("personne ne sait de combien la copie de {volume} est en retard ; la vérifier")
        }
        (None, false) => {
            format!("nobody knows how far the copy of {volume} is behind; look at its keeper")
        }
    }
}

fn list<T: std::fmt::Display>(all: &[T]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
