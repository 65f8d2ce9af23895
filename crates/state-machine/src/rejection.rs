//! Why `apply` said no. A rejected entry is a leaf of the log like any other and changes nothing
//! but log time.

use serde::{Deserialize, Serialize};

use model::era::{Era, Token};
use model::id::{ControllerId, HostId, IncidentId, RoomId, RunId, StorageLayerId, VmId, VolumeId};
use model::step::StepKey;
use model::units::Span;

/// Why an entry changed nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "rejection", rename_all = "kebab-case")]
pub enum Rejection {
    /// Proposed in another era.
    #[error("the entry is of era {}, this is era {}", .entry.0, .current.0)]
    WrongEra {
        /// The entry's.
        entry: Era,
        /// Ours.
        current: Era,
    },
    /// Proposed by a controller that does not lead (its `LeaderStarted` is not the last one).
    #[error("{by} does not lead: the last leader to start was {leader:?}")]
    NotLeading {
        /// Who proposed.
        by: ControllerId,
        /// Who leads.
        leader: Option<ControllerId>,
    },
    /// Nothing is loaded yet.
    #[error("no estate is loaded yet")]
    NoEstate,
    /// A second controller in one room, or a member twice (at most one voter a room).
    #[error("room {room} would have more than one controller")]
    TwoControllersInOneRoom {
        /// Which room.
        room: String,
    },
    /// The cluster is formed already.
    #[error("the cluster is formed already")]
    AlreadyFormed,
    /// A controller may not join.
    #[error("no controller joins by this: {reason}")]
    MayNotJoin {
        /// Why, and what to do.
        reason: String,
    },
    /// The version of `apply` stays.
    #[error("the version of apply stays {current}: {reason}")]
    VersionStays {
        /// The version in force.
        current: u32,
        /// Why, and what to do.
        reason: String,
    },
    /// Something named is not there.
    #[error("there is no {kind} `{id}`")]
    NoSuch {
        /// What kind of thing.
        kind: String,
        /// Its id.
        id: String,
    },
    /// The same cause has an open incident already.
    #[error("{incident} is open for the same cause")]
    AlreadyOpen {
        /// Which.
        incident: IncidentId,
    },
    /// The incident is not in a phase that allows this.
    #[error("{incident} is over")]
    IncidentOver {
        /// Which.
        incident: IncidentId,
    },
    /// Its hold-off has not ended.
    #[error("the hold-off of {incident} has not ended")]
    HoldOff {
        /// Which.
        incident: IncidentId,
    },
    /// The brakes hold: a pause, the policy's level, the rate limit, a run under way (S8).
    #[error("a brake holds: {reason}")]
    Braked {
        /// Which brake.
        reason: String,
    },
    /// The plan was made for another estate or runbook than the pinned ones.
    #[error("the plan is stale: {reason}")]
    StalePlan {
        /// What differs.
        reason: String,
    },
    /// The run has ended or does not have this step.
    #[error("step {key} cannot do this: {reason}")]
    IllegalStep {
        /// Which.
        key: StepKey,
        /// What the transition table says.
        reason: String,
    },
    /// The run is over.
    #[error("{run} has ended")]
    RunOver {
        /// Which.
        run: RunId,
    },
    /// The token is above the current one, or below what the target has.
    #[error("token {token} does not hold here, the current one is {current}")]
    WrongToken {
        /// The entry's.
        token: Token,
        /// The state's.
        current: Token,
    },
    /// S1: the VM might be running elsewhere, and neither a fence proof nor a seal says no.
    #[error(
        "S1: VM {vm} might be running on host {host} since token {placed}: no fence proof, no seal"
    )]
    NotFenced {
        /// Which VM.
        vm: VmId,
        /// Where it might run.
        host: HostId,
        /// Under which token it was placed there.
        placed: Token,
    },
    /// S7: the host is fenced or in quarantine and not admitted.
    #[error("S7: host {host} is fenced or in quarantine")]
    Quarantined {
        /// Which.
        host: HostId,
    },
    /// S9: what the host would open lacks writes that were acknowledged on another side.
    #[error(
        "S9: on host {host} VM {vm} would open volume {volume} from room {room}, whose copy is old: \
         storage went on without it in room {alone}; it must be resynchronised first, or two \
         persons approve what is lost"
    )]
    StaleSide {
        /// Which VM.
        vm: VmId,
        /// Where it was to start.
        host: HostId,
        /// Which volume.
        volume: VolumeId,
        /// The room of the old copy.
        room: RoomId,
        /// Where storage went on.
        alone: RoomId,
    },
    /// S9: the side of a storage layer that was to be confirmed lacks writes.
    #[error(
        "S9: the copy of storage layer {layer} in room {room} is old: storage went on without it \
         in room {alone}; it must be resynchronised first"
    )]
    StaleLayer {
        /// Which layer.
        layer: StorageLayerId,
        /// The room of the old copy.
        room: RoomId,
        /// Where storage went on.
        alone: RoomId,
    },
    /// S9: a copy may be further behind than anybody has agreed to.
    #[error(
        "S9: VM {vm} on the copy of volume {volume} would lose up to {}, agreed is {agreed}: two \
         persons may approve a loss that names at least as much",
        .lost.map_or_else(|| "nobody knows how much".to_owned(), |lost| lost.to_string())
    )]
    OldCopy {
        /// Which VM.
        vm: VmId,
        /// Of which volume.
        volume: VolumeId,
        /// What would be lost at most; none if nobody knows.
        lost: Option<Span>,
        /// What may be lost: the service's `rpo`, or what was approved for this run.
        agreed: Span,
    },
    /// S4: the volume's copy was opened and is the volume now; what comes back elsewhere is old.
    #[error(
        "S4: volume {volume} was opened from its copy in room {room}: what other rooms hold of it \
         is old until a person has brought the data back"
    )]
    OpenedElsewhere {
        /// Which volume.
        volume: VolumeId,
        /// Where it is now.
        room: RoomId,
    },
    /// Under this estate nobody would know any more what copies lack (S4, S9).
    #[error("this estate is not loaded: {reason}")]
    EstateForgets {
        /// What would be forgotten, and what to do.
        reason: String,
    },
    /// The host's room keeps no copy of the volume.
    #[error("room {room} keeps no copy of volume {volume}")]
    NoCopyThere {
        /// Which volume.
        volume: VolumeId,
        /// Which room.
        room: RoomId,
    },
    /// The VM was stopped on purpose.
    #[error("VM {vm} was stopped on purpose and stays down")]
    StoppedOnPurpose {
        /// Which.
        vm: VmId,
    },
    /// The evidence does not prove what it claims.
    #[error("no proof: {reason}")]
    NoProof {
        /// What is missing.
        reason: String,
    },
    /// The order, or what was waited, opens no era.
    #[error("no era is opened: {reason}")]
    NoEra {
        /// What is missing.
        reason: String,
    },
    /// No fence was ordered for this host at this token.
    #[error("no fence of host {host} was ordered at token {token}")]
    NoFenceOrder {
        /// Which host.
        host: HostId,
        /// Which token.
        token: Token,
    },
    /// Not a length of time that a brake or maintenance may last.
    #[error("the end must lie after now and at most {longest} ahead")]
    NoEnd {
        /// The longest that is allowed.
        longest: Span,
    },
}
