//! What an action, or a step of a runbook, relies on while it runs: agents, management planes,
//! the hospital's own base services, and named rooms, hosts and services of the estate.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::id::{HostId, RoomId, ServiceId};
use crate::text::Text;

/// Something that every hospital has in some form, by the one name that runbooks give it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Means {
    /// Bascule's agent on a host that lives.
    Agent,
    /// A management controller that powers a host off, or what feeds the host.
    Bmc,
    /// The management of the storage layer.
    StorageManagement,
    /// Persons who can be reached and know what to look at.
    Persons,
    /// Bascule's own controllers, as far as a majority of them, or the survivor, lives.
    Controllers,
    /// A probe that reaches a service the way its users do.
    Probe,
    /// The management server of VMware's platform.
    Vcenter,
    /// Names.
    Dns,
    /// The directory of persons and machines (Active Directory).
    Directory,
    /// What sends mail.
    MailRelay,
    /// What the clocks follow.
    TimeSource,
    /// The hospital's own sign-on, where persons prove who they are to other systems. A person's
    /// certificate for Bascule does not need it.
    Login,
}

/// Each with its name in files and its name for people.
const TABLE: [(Means, &str, &str, &str); 12] = [
    (Means::Agent, "agent", "an agent on a living host", "un agent sur un hôte vivant"),
    (
        Means::Bmc,
        "bmc",
        "a management controller or power feed",
        "une carte de gestion ou un départ électrique",
    ),
    (
        Means::StorageManagement,
        "storage-management",
        "the storage layer's management",
        "l'administration du stockage",
    ),
    (Means::Persons, "persons", "persons on site", "des personnes sur place"),
    (Means::Controllers, "controllers", "Bascule's controllers", "les contrôleurs de Bascule"),
    (Means::Probe, "probe", "a probe of the service", "une sonde du service"),
    (Means::Vcenter, "vcenter", "vCenter", "vCenter"),
    (Means::Dns, "dns", "names (DNS)", "les noms (DNS)"),
    (Means::Directory, "directory", "the directory (AD)", "l'annuaire (AD)"),
    (Means::MailRelay, "mail-relay", "the mail relay", "le relais de messagerie"),
    (Means::TimeSource, "time-source", "the time source", "la source de temps"),
    (Means::Login, "login", "the hospital's own sign-on", "l'authentification de l'hôpital"),
];

impl Means {
    /// Every one, in the order of the documents.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.into_iter().map(|(means, ..)| means)
    }

    /// As written in files.
    pub fn as_str(self) -> &'static str {
        self.row().1
    }

    /// For people.
    pub fn title(self) -> Text {
        let (.., en, fr) = self.row();
        Text::Each { en: en.to_owned(), fr: fr.to_owned() }
    }

    fn row(self) -> (Self, &'static str, &'static str, &'static str) {
        // The table has a row for each: a test holds it. The first is never shown instead.
        TABLE.into_iter().find(|(means, ..)| *means == self).unwrap_or(TABLE[0])
    }
}

impl fmt::Display for Means {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing that a step relies on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReliedOn {
    /// By its general name: `dns`.
    Means(Means),
    /// What stands in a room: `room/c`.
    Room(RoomId),
    /// One host: `host/c1`.
    Host(HostId),
    /// One service of the estate: `service/dpi`.
    Service(ServiceId),
}

/// The kinds of names that an estate gives.
pub const KINDS: [&str; 3] = ["room/", "host/", "service/"];

/// Why a text names nothing that a step could rely on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is nothing called `{text}` that a step could rely on")]
pub struct ReliedOnError {
    /// As written.
    pub text: String,
}

impl FromStr for ReliedOn {
    type Err = ReliedOnError;

    fn from_str(text: &str) -> Result<Self, ReliedOnError> {
        if let Some(means) = Means::all().find(|means| means.as_str() == text) {
            return Ok(Self::Means(means));
        }
        match text.split_once('/') {
            Some(("room", id)) if !id.is_empty() => Ok(Self::Room(id.into())),
            Some(("host", id)) if !id.is_empty() => Ok(Self::Host(id.into())),
            Some(("service", id)) if !id.is_empty() => Ok(Self::Service(id.into())),
            _ => Err(ReliedOnError { text: text.to_owned() }),
        }
    }
}

impl fmt::Display for ReliedOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Means(means) => write!(f, "{means}"),
            Self::Room(id) => write!(f, "room/{id}"),
            Self::Host(id) => write!(f, "host/{id}"),
            Self::Service(id) => write!(f, "service/{id}"),
        }
    }
}

impl Serialize for ReliedOn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ReliedOn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_written_as_it_is_read() {
        for means in Means::all() {
            assert_eq!(means.row().0, means);
            assert_eq!(means.as_str().parse(), Ok(ReliedOn::Means(means)));
        }
        for text in ["room/c", "host/c1", "service/dpi"] {
            assert_eq!(text.parse::<ReliedOn>().map(|one| one.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "room/", "vcentre", "volume/x", "DNS"] {
            assert!(text.parse::<ReliedOn>().is_err(), "{text}");
        }
    }
}
