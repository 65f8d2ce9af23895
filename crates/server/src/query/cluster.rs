use model::id::{ControllerId, RoomId};
use model::observation::{Status, Target};
use serde::{Deserialize, Serialize};
use state_machine::State;

use super::NodeView;

/// The cluster as one node sees it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClusterView {
    /// The controller that answers.
    pub answered_by: ControllerId,
    /// Who leads, by the last committed `LeaderStarted`.
    pub leader: Option<ControllerId>,
    /// The leader's room.
    pub leader_room: Option<RoomId>,
    /// The era.
    pub era: u64,
    /// The epoch.
    pub epoch: u64,
    /// The last entry applied on the node that answers.
    pub applied_index: u64,
    /// Which `apply` runs.
    pub apply_version: u32,
    /// The members.
    pub members: Vec<MemberView>,
}

/// A member.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MemberView {
    /// The controller.
    pub controller: ControllerId,
    /// Its room.
    pub room: RoomId,
    /// Whether it leads.
    pub leads: bool,
    /// The newest version of `apply` that its binary carries, as it reported.
    #[serde(default)]
    pub newest_apply: Option<u32>,
    /// How the others see it: up from some room, else unknown.
    pub seen: Status,
}

pub(super) fn view(state: &State, node: &NodeView) -> ClusterView {
    let leader = state.leader.as_ref().map(|leader| leader.controller);
    ClusterView {
        answered_by: node.me,
        leader,
        leader_room: leader.and_then(|leader| state.room_of(leader).cloned()),
        era: state.era.0,
        epoch: state.epoch.0,
        applied_index: state.applied_index,
        apply_version: state.apply_version,
        members: state
            .members
            .values()
            .map(|member| MemberView {
                controller: member.controller,
                room: member.room.clone(),
                leads: leader == Some(member.controller),
                newest_apply: state.versions.get(&member.controller).map(|carried| carried.newest),
                seen: if member.controller == node.me {
                    Status::Up
                } else {
                    seen(state, &Target::Controller { controller: member.controller })
                },
            })
            .collect(),
    }
}

/// The best that any room sees of a target: up beats down beats unknown, for a display.
pub(super) fn seen(state: &State, target: &Target) -> Status {
    state
        .observations
        .get(target)
        .into_iter()
        .flat_map(|by_room| by_room.values())
        .map(|observed| observed.status)
        .min()
        .unwrap_or(Status::Unknown)
}
