//! The demonstration's folder: certificates, configurations, addresses, and the routes of the
//! fabric.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use agent::guardian::GuardianConfig;
use model::estate::{Estate, LinkKind};
use model::id::{ControllerId, HostId, RoomId, ServiceId};
use model::policy::Policy;
use serde::Serialize;
use wire::ca::{CaError, ClusterPlan, cluster_init};
use wire::endpoint::{EndpointName, Endpoints};

use super::material::Material;
use crate::fabric::{Over, PathKey, Reservation, ReserveError, Route, paths_between};
use crate::twin_room;

/// The person on whose behalf the demonstration talks to the controllers.
pub(super) const PERSON: &str = "demo";

/// Why the demonstration's folder could not be made.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    /// A file or folder cannot be written.
    #[error("cannot write {}: the demonstration needs about 100 MB in the folder for temporary files", .path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// No ports.
    #[error(transparent)]
    Reserve(#[from] ReserveError),
    /// No certificates.
    #[error("cannot make the demonstration's certificates")]
    Certificates(#[source] CaError),
    /// A configuration cannot be written as JSON.
    #[error("cannot write a configuration")]
    Encode(#[source] serde_json::Error),
}

/// What a controller's configuration file holds.
#[derive(Debug, Serialize)]
struct ControllerConfig<'a> {
    cluster: &'a str,
    controller: ControllerId,
    room: &'a RoomId,
    listen: SocketAddr,
    metrics_listen: SocketAddr,
    data_dir: PathBuf,
    tls_dir: PathBuf,
    endpoints: Endpoints,
    estate: &'a Path,
    policy: &'a Path,
    runbooks: &'a Path,
    bootstrap: bool,
    members: Vec<MemberConfig<'a>>,
}

#[derive(Debug, Serialize)]
struct MemberConfig<'a> {
    controller: ControllerId,
    room: &'a RoomId,
}

/// Where everything is.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) folder: PathBuf,
    pub(super) cluster: String,
    pub(super) controllers: BTreeMap<RoomId, (ControllerId, Reservation)>,
    metrics: BTreeMap<RoomId, Reservation>,
    guardians: BTreeMap<RoomId, Reservation>,
    devices: BTreeMap<RoomId, Reservation>,
    agents: BTreeMap<HostId, Reservation>,
    /// Only rooms with hosts have services.
    services: BTreeMap<(ServiceId, RoomId), Reservation>,
}

/// A relay that a room's processes use for an endpoint of another room, or of a path.
#[derive(Debug, Default)]
struct Relays {
    by_name: BTreeMap<(RoomId, EndpointName), Vec<SocketAddr>>,
    storage: BTreeMap<(RoomId, RoomId), SocketAddr>,
    routes: Vec<(Route, Reservation)>,
}

impl Layout {
    /// Reserves an address for everything of the estate.
    pub(super) fn reserve(folder: PathBuf, estate: &Estate) -> Result<Self, LayoutError> {
        let mut layout = Self {
            folder,
            cluster: estate.name.clone(),
            controllers: BTreeMap::new(),
            metrics: BTreeMap::new(),
            guardians: BTreeMap::new(),
            devices: BTreeMap::new(),
            agents: BTreeMap::new(),
            services: BTreeMap::new(),
        };
        for (id, room) in &estate.rooms {
            layout.controllers.insert(id.clone(), (room.controller, Reservation::take()?));
            layout.metrics.insert(id.clone(), Reservation::take()?);
            layout.guardians.insert(id.clone(), Reservation::take()?);
            layout.devices.insert(id.clone(), Reservation::take()?);
            if estate.hosts_in(id).next().is_some() {
                for service in estate.services.keys() {
                    let key = (service.clone(), id.clone());
                    layout.services.insert(key, Reservation::take()?);
                }
            }
        }
        for host in estate.hosts.keys() {
            layout.agents.insert(host.clone(), Reservation::take()?);
        }
        Ok(layout)
    }

    /// Writes certificates and configurations, and returns the routes of the fabric.
    pub(super) fn write(
        &self,
        estate: &Estate,
        material: &Material,
        time_scale: u32,
    ) -> Result<Vec<(Route, Reservation)>, LayoutError> {
        let tls = self.folder.join("tls");
        let plan = ClusterPlan {
            cluster: self.cluster.clone(),
            members: self.controllers.iter().map(|(room, (id, _))| (*id, room.clone())).collect(),
            hosts: estate.hosts.keys().cloned().collect(),
            devices: estate.rooms.keys().cloned().collect(),
            persons: [(PERSON.into(), ["administrator".to_owned()].into())].into(),
        };
        cluster_init(&tls, &plan).map_err(LayoutError::Certificates)?;
        let relays = self.relays(estate)?;
        for (room, (controller, listen)) in &self.controllers {
            let config = ControllerConfig {
                cluster: &self.cluster,
                controller: *controller,
                room,
                listen: listen.address(),
                metrics_listen: self.metrics[room].address(),
                data_dir: self.folder.join(format!("controller-{}", controller.0)),
                tls_dir: tls.join(format!("controller-{}", controller.0)),
                endpoints: self.endpoints(room, &relays),
                estate: &material.estate_path,
                policy: &material.policy_path,
                runbooks: &material.runbooks_dir,
                bootstrap: self.controllers.keys().next() == Some(room),
                members: self
                    .controllers
                    .iter()
                    .map(|(room, (controller, _))| MemberConfig { controller: *controller, room })
                    .collect(),
            };
            self.write_config(&self.controller_config(room), &config)?;
            let config = GuardianConfig {
                controller: *controller,
                listen: self.guardians[room].address(),
                credentials: tls.join(format!("guardian-{}", controller.0)),
                data_dir: self.folder.join(format!("controller-{}", controller.0)),
                lease: material.policy.lease,
            };
            self.write_config(&self.guardian_config(room), &config)?;
            let config = twin_room::Config {
                room: room.clone(),
                listen: self.devices[room].address(),
                tls_dir: tls.join(format!("device-{room}")),
                estate: material.estate_path.clone(),
                policy: material.policy_path.clone(),
                time_scale,
                journal_dir: self.journal_dir(),
                state_dir: self.folder.join(format!("room-{room}")),
                hosts: estate
                    .hosts_in(room)
                    .map(|(host, _)| (host.clone(), self.host_config(&tls, host)))
                    .collect(),
                endpoints: self.endpoints(room, &relays),
                storage: relays
                    .storage
                    .iter()
                    .filter(|((from, _), _)| from == room)
                    .map(|((_, to), address)| (to.clone(), *address))
                    .collect(),
                services: self
                    .services
                    .iter()
                    .filter(|((_, at), _)| at == room)
                    .map(|((service, _), reservation)| (service.clone(), reservation.address()))
                    .collect(),
                running_at_home: true,
                reboot: REBOOT,
            };
            self.write_config(&self.room_config(room), &config)?;
        }
        let journal = self.journal_dir();
        fs::create_dir_all(&journal)
            .map_err(|source| LayoutError::Write { path: journal, source })?;
        Ok(relays.routes)
    }

    fn host_config(&self, tls: &Path, host: &HostId) -> twin_room::HostConfig {
        twin_room::HostConfig {
            listen: self.agents[host].address(),
            tls_dir: tls.join(format!("agent-{host}")),
        }
    }

    fn write_config(&self, path: &Path, config: &impl Serialize) -> Result<(), LayoutError> {
        // JSON is YAML too, and is written without surprises.
        let text = serde_json::to_string_pretty(config).map_err(LayoutError::Encode)?;
        fs::write(path, text).map_err(|source| LayoutError::Write { path: path.into(), source })
    }

    /// The configuration of a room's controller.
    pub(super) fn controller_config(&self, room: &RoomId) -> PathBuf {
        self.folder.join(format!("controller-of-{room}.yaml"))
    }

    /// The configuration of the guardian beside a room's controller.
    pub(super) fn guardian_config(&self, room: &RoomId) -> PathBuf {
        self.folder.join(format!("guardian-of-{room}.yaml"))
    }

    /// The configuration of a room's twin.
    pub(super) fn room_config(&self, room: &RoomId) -> PathBuf {
        self.folder.join(format!("room-{room}.yaml"))
    }

    /// Where the hosts' journals and the stamps of kills lie.
    pub(super) fn journal_dir(&self) -> PathBuf {
        self.folder.join("journal")
    }

    /// The person's certificate and key.
    pub(super) fn person_tls(&self) -> PathBuf {
        self.folder.join("tls").join(format!("person-{PERSON}"))
    }

    /// Where the hosts' agents answer.
    pub(super) fn agent_addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.agents.values().map(Reservation::address)
    }

    /// Every endpoint at its own address, past the fabric: for the one who directs.
    pub(super) fn backstage(&self) -> Endpoints {
        self.originals()
            .into_iter()
            .map(|(name, at)| (name, at.into_iter().map(|(_, address)| address).collect()))
            .collect()
    }

    /// The addresses at which a service answers, by room.
    pub(super) fn service_addresses(&self, service: &ServiceId) -> Vec<(RoomId, SocketAddr)> {
        self.services
            .iter()
            .filter(|((id, _), _)| id == service)
            .map(|((_, room), reservation)| (room.clone(), reservation.address()))
            .collect()
    }

    /// Every endpoint but the lights, with the rooms in which it is.
    fn originals(&self) -> BTreeMap<EndpointName, Vec<(RoomId, SocketAddr)>> {
        let mut all: BTreeMap<EndpointName, Vec<(RoomId, SocketAddr)>> = BTreeMap::new();
        for (room, (id, reservation)) in &self.controllers {
            let name = EndpointName::Controller(*id);
            all.insert(name, vec![(room.clone(), reservation.address())]);
        }
        for (room, reservation) in &self.guardians {
            let name = EndpointName::Guardian(self.controllers[room].0);
            all.insert(name, vec![(room.clone(), reservation.address())]);
        }
        for (room, reservation) in &self.devices {
            let name = EndpointName::Device(room.clone());
            all.insert(name, vec![(room.clone(), reservation.address())]);
        }
        for ((service, room), reservation) in &self.services {
            all.entry(EndpointName::Service(service.clone()))
                .or_default()
                .push((room.clone(), reservation.address()));
        }
        all
    }

    fn relays(&self, estate: &Estate) -> Result<Relays, LayoutError> {
        let mut relays = Relays::default();
        let mut originals = self.originals();
        for (host, reservation) in &self.agents {
            let room = estate.hosts[host].room.clone();
            let name = EndpointName::Agent(host.clone());
            originals.insert(name, vec![(room, reservation.address())]);
        }
        for from in estate.rooms.keys() {
            for (name, places) in &originals {
                // What is in the room itself comes first, and needs no relay.
                let (here, elsewhere): (Vec<_>, Vec<_>) =
                    places.iter().partition(|(room, _)| room == from);
                let mut addresses: Vec<SocketAddr> = here.iter().map(|(_, at)| *at).collect();
                for (to, upstream) in elsewhere {
                    let over = paths_between(estate, from, to, &[LinkKind::Network]);
                    addresses.push(relays.add(from, to, *upstream, Over::AnyOf(over))?);
                }
                relays.by_name.insert((from.clone(), name.clone()), addresses);
            }
            for (to, device) in self.devices.iter().filter(|(to, _)| *to != from) {
                let upstream = device.address();
                let over = paths_between(estate, from, to, &[LinkKind::Storage]);
                if !over.is_empty() {
                    let address = relays.add(from, to, upstream, Over::AnyOf(over))?;
                    relays.storage.insert((from.clone(), to.clone()), address);
                }
                let lights =
                    paths_between(estate, from, to, &[LinkKind::Network, LinkKind::Storage]);
                for (link, path) in lights {
                    let over = Over::Path(PathKey::from((link.clone(), path.clone())));
                    let address = relays.add(from, to, upstream, over)?;
                    let name = EndpointName::Light { link, path, room: to.clone() };
                    relays.by_name.insert((from.clone(), name), vec![address]);
                }
            }
        }
        Ok(relays)
    }

    fn endpoints(&self, room: &RoomId, relays: &Relays) -> Endpoints {
        relays
            .by_name
            .iter()
            .filter(|((from, _), _)| from == room)
            .map(|((_, name), addresses)| (name.clone(), addresses.clone()))
            .collect()
    }
}

impl Relays {
    fn add(
        &mut self,
        from: &RoomId,
        to: &RoomId,
        upstream: SocketAddr,
        over: Over,
    ) -> Result<SocketAddr, ReserveError> {
        let reservation = Reservation::take()?;
        let address = reservation.address();
        let route = Route { from: from.clone(), to: to.clone(), upstream, over };
        self.routes.push((route, reservation));
        Ok(address)
    }
}

/// How long a twin host takes to come back after a reset: short, so that a demonstration does
/// not wait for what is not its subject.
const REBOOT: model::units::Span = model::units::Span::from_secs(3);

/// The longest hold-off of a policy.
pub(super) fn longest_hold_off(policy: &Policy) -> model::units::Span {
    model::incident::IncidentClass::ALL
        .iter()
        .map(|class| policy.class(*class).hold_off)
        .max()
        .unwrap_or_default()
}
