use model::estate::RoomRole;
use model::id::{ArrayId, ControllerId, HostId, RoomId};
use model::observation::{Status, Target};
use model::text::Text;
use serde::{Deserialize, Serialize};
use state_machine::State;

use super::cluster::seen;

/// A room.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RoomView {
    /// Its id.
    pub room: RoomId,
    /// For people.
    pub title: Text,
    /// What it is for.
    pub role: RoomRole,
    /// Its controller, and how the others see it.
    pub controller: (ControllerId, Status),
    /// Its hosts, and how their agents are seen.
    pub hosts: Vec<(HostId, Status)>,
    /// Its arrays, and how they are seen.
    pub arrays: Vec<(ArrayId, Status)>,
    /// VMs placed there.
    pub vms: usize,
}

pub(super) fn views(state: &State) -> Vec<RoomView> {
    let Some(estate) = &state.estate else { return Vec::new() };
    let estate = &estate.value;
    estate
        .rooms
        .iter()
        .map(|(id, room)| RoomView {
            room: id.clone(),
            title: room.title.clone(),
            role: room.role,
            controller: (
                room.controller,
                seen(state, &Target::Controller { controller: room.controller }),
            ),
            hosts: estate
                .hosts_in(id)
                .map(|(host, _)| (host.clone(), seen(state, &Target::Host { host: host.clone() })))
                .collect(),
            arrays: estate
                .arrays
                .iter()
                .filter(|(_, array)| array.room == *id)
                .map(|(array, _)| {
                    (array.clone(), seen(state, &Target::Array { array: array.clone() }))
                })
                .collect(),
            vms: state
                .vms
                .values()
                .filter_map(|vm| vm.placed.as_ref())
                .filter(|(host, _)| estate.hosts.get(host).is_some_and(|host| host.room == *id))
                .count(),
        })
        .collect()
}
