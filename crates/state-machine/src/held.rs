//! Hosts that an open incident says are lost.

use std::collections::BTreeMap;

use model::id::{HostId, IncidentId};
use model::incident::Cause;

use crate::state::State;

impl State {
    /// The hosts that another open incident says are lost, each with that incident: what is
    /// restarted for this one must not be put there.
    pub fn hosts_held_by_others(&self, incident: IncidentId) -> BTreeMap<&HostId, IncidentId> {
        let Some(estate) = self.estate.as_ref().map(|pinned| &pinned.value) else {
            return BTreeMap::new();
        };
        let mut held = BTreeMap::new();
        for other in self.open_incidents().filter(|other| other.id != incident) {
            match &other.cause {
                Cause::HostLost { host } => {
                    if let Some((host, _)) = estate.hosts.get_key_value(host) {
                        held.insert(host, other.id);
                    }
                }
                Cause::RoomLost { room } | Cause::StorageSideLost { room, .. } => {
                    held.extend(estate.hosts_in(room).map(|(host, _)| (host, other.id)));
                }
                Cause::StorageLayerLost { .. } | Cause::ProductionLost => {
                    let rooms = estate.production_rooms().flat_map(|room| estate.hosts_in(room));
                    held.extend(rooms.map(|(host, _)| (host, other.id)));
                }
                Cause::VmLost { .. }
                | Cause::ArrayLost { .. }
                | Cause::LinkLost { .. }
                | Cause::ControllerLost { .. } => {}
            }
        }
        held
    }
}
