//! What the lab consists of, computed from its estate: names, cables, addresses.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use model::estate::{Estate, LinkKind};
use model::id::{HostId, LinkId, PathId, RoomId};
use model::policy::Policy;
use wire::endpoint::{EndpointName, Endpoints};

use super::error::LabError;
use super::material;

/// Where the lab keeps its files unless told otherwise. Short, because sockets lie below it.
pub const DEFAULT_DIR: &str = "/run/bascule-lab";

/// Every namespace of the lab, and nothing else, is called so.
pub(super) const PREFIX: &str = "bascule-lab-";

const CONTROLLER_PORT: u16 = 7000;
const AGENT_PORT: u16 = 7100;
const METRICS_PORT: u16 = 9090;

/// A lab: where it is, and what it consists of.
#[derive(Debug)]
pub struct Lab {
    pub(super) dir: PathBuf,
    pub(super) estate: Estate,
    pub(super) policy: Policy,
    pub(super) cables: Vec<Cable>,
}

/// A pair of virtual network cards: one path between two rooms, or a room's way to the desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cable {
    /// Which path of which link; none for the way to the desk.
    pub(super) path: Option<(LinkId, PathId)>,
    pub(super) ends: [End; 2],
}

/// One end of a cable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub(super) place: Place,
    pub(super) interface: String,
    pub(super) address: Ipv4Addr,
}

/// Where an end is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Room(RoomId),
    Desk,
}

impl Place {
    /// The name of its namespace.
    pub(super) fn namespace(&self) -> String {
        match self {
            Self::Room(room) => format!("{PREFIX}{room}"),
            Self::Desk => format!("{PREFIX}desk"),
        }
    }
}

/// Where the lab keeps what, below its folder.
impl Lab {
    /// The lab in this folder, whether it is up or not.
    pub fn new(dir: &Path) -> Result<Self, LabError> {
        let dir = std::path::absolute(dir).map_err(LabError::file(dir))?;
        // `hosts/<host>/vms/<vm>/q` comes behind it.
        if dir.as_os_str().len() > 60 {
            return Err(LabError::LongPath { dir });
        }
        let (estate, policy) = material::read()?;
        let cables = cables(&estate);
        Ok(Self { dir, estate, policy, cables })
    }

    /// Where the logs of its processes are.
    pub fn logs(&self) -> PathBuf {
        self.dir.join("logs")
    }

    pub(super) fn journal(&self) -> PathBuf {
        self.dir.join("journal")
    }

    pub(super) fn tls(&self) -> PathBuf {
        self.dir.join("tls")
    }

    pub(super) fn config(&self, process: &str) -> PathBuf {
        self.dir.join("config").join(format!("{process}.yaml"))
    }

    pub(super) fn host_dir(&self, host: &HostId) -> PathBuf {
        self.dir.join("hosts").join(host.as_str())
    }

    /// The rooms and the desk.
    pub(super) fn places(&self) -> Vec<Place> {
        let rooms = self.estate.rooms.keys().cloned().map(Place::Room);
        rooms.chain([Place::Desk]).collect()
    }

    /// The room of this name.
    pub(super) fn room(&self, name: &str) -> Result<RoomId, LabError> {
        let room = RoomId::from(name);
        if self.estate.rooms.contains_key(&room) {
            return Ok(room);
        }
        let rooms: Vec<String> = self.estate.rooms.keys().map(ToString::to_string).collect();
        Err(LabError::NoSuchRoom { room: name.to_owned(), rooms: rooms.join(", ") })
    }

    /// The addresses of a room as seen from a place, one per path.
    fn addresses(&self, from: &Place, to: &RoomId) -> Vec<Ipv4Addr> {
        if *from == Place::Room(to.clone()) {
            return vec![Ipv4Addr::LOCALHOST];
        }
        let to = Place::Room(to.clone());
        let mut found = Vec::new();
        for [one, other] in self.cables.iter().map(|cable| &cable.ends) {
            if one.place == *from && other.place == to {
                found.push(other.address);
            } else if other.place == *from && one.place == to {
                found.push(one.address);
            }
        }
        found
    }

    /// Every controller and agent as reached from a place.
    pub(super) fn endpoints(&self, from: &Place) -> Endpoints {
        let mut endpoints = Endpoints::default();
        let at = |room: &RoomId, port: u16| {
            let addresses = self.addresses(from, room).into_iter();
            addresses.map(|address| SocketAddr::from((address, port))).collect()
        };
        for (id, room) in &self.estate.rooms {
            let name = EndpointName::Controller(room.controller);
            endpoints.set(name, at(id, CONTROLLER_PORT));
        }
        for (id, host) in &self.estate.hosts {
            endpoints.set(EndpointName::Agent(id.clone()), at(&host.room, self.agent_port(id)));
        }
        endpoints
    }

    pub(super) fn controller_listen(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::UNSPECIFIED, CONTROLLER_PORT))
    }

    pub(super) fn metrics_listen(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, METRICS_PORT))
    }

    pub(super) fn agent_listen(&self, host: &HostId) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::UNSPECIFIED, self.agent_port(host)))
    }

    /// Hosts of one room share its addresses, so each has a port of its own.
    fn agent_port(&self, host: &HostId) -> u16 {
        let at = self.estate.hosts.keys().position(|id| id == host).unwrap_or_default();
        AGENT_PORT.saturating_add(u16::try_from(at).unwrap_or(u16::MAX))
    }
}

/// A cable that is to be: which path it is, and where its ends are.
type Wanted = (Option<(LinkId, PathId)>, [Place; 2]);

/// A cable per path of every network link, and one from each room to the desk.
fn cables(estate: &Estate) -> Vec<Cable> {
    let mut wanted: Vec<Wanted> = Vec::new();
    for (id, link) in estate.links.iter().filter(|(_, link)| link.kind == LinkKind::Network) {
        let mut ends = link.between.iter().cloned().map(Place::Room);
        let (Some(one), Some(other)) = (ends.next(), ends.next()) else { continue };
        for path in &link.paths {
            let ends = [one.clone(), other.clone()];
            wanted.push((Some((id.clone(), path.id.clone())), ends));
        }
    }
    for room in estate.rooms.keys() {
        wanted.push((None, [Place::Room(room.clone()), Place::Desk]));
    }
    let mut cards: BTreeMap<Place, u32> = BTreeMap::new();
    let numbered = (1_u8..=u8::MAX).zip(wanted);
    numbered
        .map(|(number, (path, places))| {
            let mut host = 0;
            let ends = places.map(|place| {
                let card = cards.entry(place.clone()).or_default();
                host += 1;
                let end = End {
                    interface: format!("cable{card}"),
                    address: Ipv4Addr::new(10, 77, number, host),
                    place,
                };
                *card += 1;
                end
            });
            Cable { path, ends }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use super::*;

    fn lab() -> Lab {
        Lab::new(Path::new(DEFAULT_DIR)).unwrap()
    }

    #[test]
    fn every_path_is_a_cable_and_no_address_or_card_is_used_twice() {
        let lab = lab();
        let paths: usize = lab.estate.links.values().map(|link| link.paths.len()).sum();
        assert_eq!(lab.cables.len(), paths + lab.estate.rooms.len());
        let ends: Vec<&End> = lab.cables.iter().flat_map(|cable| &cable.ends).collect();
        let addresses: BTreeSet<_> = ends.iter().map(|end| end.address).collect();
        let cards: BTreeSet<_> = ends.iter().map(|end| (&end.place, &end.interface)).collect();
        assert_eq!((addresses.len(), cards.len()), (ends.len(), ends.len()));
        assert!(addresses.iter().all(|address| address.is_private()));
    }

    #[test]
    fn rooms_with_two_paths_between_them_have_two_addresses_for_each_other() {
        let lab = lab();
        let (a, b) = (RoomId::from("a"), RoomId::from("b"));
        let from_a = Place::Room(a.clone());
        assert_eq!(lab.addresses(&from_a, &b).len(), 2);
        assert_eq!(lab.addresses(&from_a, &a), [Ipv4Addr::LOCALHOST]);
        assert_eq!(lab.addresses(&Place::Desk, &b).len(), 1);
        let endpoints = lab.endpoints(&from_a);
        assert_eq!(endpoints.addresses(&EndpointName::Agent("b1".into())).len(), 2);
        assert!(endpoints.iter().all(|(_, addresses)| !addresses.is_empty()));
    }

    #[test]
    fn a_room_that_is_none_is_refused_with_those_that_there_are() {
        let error = lab().room("d").unwrap_err().to_string();
        assert!(error.contains("`d`") && error.contains("a, b, c"), "{error}");
    }

    #[test]
    fn a_folder_too_long_for_sockets_is_refused() {
        let long = PathBuf::from("/run").join("x".repeat(80));
        assert!(matches!(Lab::new(&long), Err(LabError::LongPath { .. })));
    }
}
