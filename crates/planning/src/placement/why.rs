//! Why a VM fits nowhere, and what would make it fit, in words.

use model::id::{HostId, VolumeId};
use model::text::Lang;
use model::units::{CpuCount, MemoryMib};

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

fn list<T: std::fmt::Display>(all: &[T]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
