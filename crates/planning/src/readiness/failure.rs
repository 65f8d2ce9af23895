//! Every failure that must be survived, and which incidents it would open.

use model::estate::{Estate, LinkKind, Tier};
use model::id::{ArrayId, ControllerId, HostId, LinkId, RoomId, ServiceId, StorageLayerId};
use model::incident::{Cause, IncidentClass};
use model::text::Text;
use serde::{Deserialize, Serialize};

/// One failure that must be survived.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "kebab-case")]
pub enum Failure {
    /// A whole room, with its controller, its hosts and its arrays.
    Room(RoomId),
    /// One host.
    Host(HostId),
    /// One disk array.
    Array(ArrayId),
    /// Every path of one inter-room link.
    Link(LinkId),
    /// One controller, while its room lives.
    Controller(ControllerId),
    /// A storage layer in every room at once, by a fault in its software.
    StorageLayer(StorageLayerId),
    /// Every VM of a base service stops on a living host.
    BaseService(ServiceId),
    /// Every production room.
    Production,
}

/// A service of this tier that another depends on is a base service: without it nothing else works.
const BASE_TIER: Tier = Tier(0);

impl Failure {
    /// Every failure of this estate that must be survived: each one alone, and the loss of all
    /// production rooms.
    pub fn all(estate: &Estate) -> Vec<Self> {
        let base = estate.services.iter().filter(|(id, service)| {
            let needed = estate.services.values().any(|other| other.depends_on.contains(*id));
            service.tier == BASE_TIER && needed
        });
        let mut all: Vec<Self> = Vec::new();
        all.extend(estate.rooms.keys().cloned().map(Self::Room));
        all.extend(estate.hosts.keys().cloned().map(Self::Host));
        all.extend(estate.arrays.keys().cloned().map(Self::Array));
        all.extend(estate.links.keys().cloned().map(Self::Link));
        all.extend(estate.rooms.values().map(|room| Self::Controller(room.controller)));
        all.extend(estate.storage_layers.keys().cloned().map(Self::StorageLayer));
        all.extend(base.map(|(id, _)| Self::BaseService(id.clone())));
        if estate.production_rooms().count() > 1 {
            all.push(Self::Production);
        }
        all
    }

    /// The one incident that it opens; none where nothing that runs VMs is lost. A base service
    /// opens one per VM instead.
    pub(super) fn cause(&self, estate: &Estate) -> Option<Cause> {
        match self {
            Self::Room(room) => Some(Cause::RoomLost { room: room.clone() }),
            Self::Host(host) => Some(Cause::HostLost { host: host.clone() }),
            Self::StorageLayer(layer) => Some(Cause::StorageLayerLost { layer: layer.clone() }),
            Self::Production => Some(Cause::ProductionLost),
            Self::Link(link) => side_lost(estate, link),
            Self::Array(array) => Some(Cause::ArrayLost { array: array.clone() }),
            Self::Controller(_) | Self::BaseService(_) => None,
        }
    }

    /// The class of what it opens.
    pub(super) fn class(&self, estate: &Estate) -> IncidentClass {
        match self {
            Self::BaseService(_) => IncidentClass::VmLost,
            Self::Controller(_) => IncidentClass::ControllerLost,
            _ => self.cause(estate).map_or(IncidentClass::LinkLost, |cause| cause.class()),
        }
    }

    /// The controllers that die with it.
    pub(super) fn controllers<'e>(
        &'e self,
        estate: &'e Estate,
    ) -> Box<dyn Iterator<Item = ControllerId> + 'e> {
        match self {
            Self::Room(room) => {
                Box::new(estate.rooms.get(room).into_iter().map(|room| room.controller))
            }
            Self::Controller(controller) => Box::new(std::iter::once(*controller)),
            Self::Production => Box::new(
                estate
                    .production_rooms()
                    .filter_map(|room| estate.rooms.get(room))
                    .map(|room| room.controller),
            ),
            _ => Box::new(std::iter::empty()),
        }
    }

    /// Whether the hosts that it takes out have lost their power: nothing renews a lease there any
    /// more, and no management controller answers.
    pub(super) fn hosts_are_dead(&self) -> bool {
        matches!(self, Self::Room(_) | Self::Host(_))
    }

    /// In words.
    pub fn words(&self) -> Text {
        match self {
            Self::Room(id) => say!("room {id} lost", "salle {id} perdue"),
            Self::Host(id) => say!("host {id} lost", "hôte {id} perdu"),
            Self::Array(id) => say!("array {id} lost", "baie {id} perdue"),
            Self::Link(id) => say!("link {id} cut", "lien {id} coupé"),
            Self::Controller(id) => {
                let id = id.0;
                say!("controller {id} lost", "contrôleur {id} perdu")
            }
            Self::StorageLayer(id) => say!(
                "storage layer {id} lost in every room",
                "couche de stockage {id} perdue dans toutes les salles"
            ),
            Self::BaseService(id) => say!(
                "every VM of base service {id} lost",
                "toutes les VM du service de base {id} perdues"
            ),
            Self::Production => {
                say!("every production room lost", "toutes les salles de production perdues")
            }
        }
    }
}

/// When a storage link between the two sides of a layer is cut, the layer goes on where it prefers
/// to, and stops serving the other side.
fn side_lost(estate: &Estate, link: &LinkId) -> Option<Cause> {
    let link = estate.links.get(link).filter(|link| link.kind == LinkKind::Storage)?;
    estate.storage_layers.iter().find_map(|(id, layer)| {
        let sides: Vec<&RoomId> = estate.sides_of(layer).collect();
        let joins = sides.len() > 1 && sides.iter().all(|side| link.between.contains(*side));
        let stopped = sides.into_iter().find(|side| **side != layer.preferred)?;
        joins.then(|| Cause::StorageSideLost { layer: id.clone(), room: stopped.clone() })
    })
}
