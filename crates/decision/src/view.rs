//! What a decision is made from.

use std::collections::{BTreeMap, BTreeSet};

use model::estate::Estate;
use model::id::{HostId, RoomId, RunbookName, VmId, VolumeId};
use model::incident::Incident;
use model::observation::{Detail, Status, Target};
use model::time::LogTime;

/// What one room last saw of a target.
#[derive(Clone, Copy, Debug)]
pub struct Sight<'a> {
    /// Which room.
    pub vantage: &'a RoomId,
    /// Up, down or unknown.
    pub status: Status,
    /// Since when it is so.
    pub since: LogTime,
    /// When the room last said so.
    pub heard_at: LogTime,
    /// When the room last saw it up.
    pub last_up: Option<LogTime>,
    /// The probe's words.
    pub says: &'a str,
    /// Details.
    pub detail: &'a Detail,
}

/// What the rooms last saw.
pub trait Sights {
    /// Of one target, by room.
    fn of(&self, target: &Target) -> Vec<Sight<'_>>;
}

/// What is agreed about a VM, as far as a decision needs it.
#[derive(Clone, Copy, Debug)]
pub struct VmFacts<'a> {
    /// Which.
    pub id: &'a VmId,
    /// Where it was last placed.
    pub placed: &'a HostId,
    /// It ought to run, and nobody works on it.
    pub wanted: bool,
    /// A run under way has yet to start it, or is starting it.
    pub in_a_run: bool,
}

/// What is agreed about a host, as far as a decision needs it.
#[derive(Clone, Copy, Debug, Default)]
pub struct HostFacts {
    /// It may start VMs.
    pub admitted: bool,
    /// A fence is ordered.
    pub fence_ordered: bool,
    /// A fence is proved.
    pub fence_proved: bool,
    /// When its fence was proved last.
    pub proved_at: Option<LogTime>,
    /// It, or its room, is worked on.
    pub in_maintenance: bool,
    /// A run under way fences it.
    pub in_a_run: bool,
}

/// What a decision is made from.
pub struct View<'a> {
    /// The estate.
    pub estate: &'a Estate,
    /// What the rooms last saw.
    pub sights: &'a dyn Sights,
    /// VMs, in order of id.
    pub vms: Vec<VmFacts<'a>>,
    /// Hosts.
    pub hosts: BTreeMap<&'a HostId, HostFacts>,
    /// Rooms that are worked on.
    pub rooms_in_maintenance: BTreeSet<&'a RoomId>,
    /// Open incidents, oldest first.
    pub open: Vec<&'a Incident>,
    /// Incidents that a run under way answers, with when the last ended run of each ended.
    pub runs: BTreeMap<model::id::IncidentId, RunFacts>,
    /// The room of the leader, from whose own eyes the other vantages are judged alive.
    pub leader_room: &'a RoomId,
    /// Word from before is not evidence: the leader's start, plus a whole debounce.
    pub fresh_from: LogTime,
    /// How many rooms must be silent together before silence counts: two, or the one that is left
    /// in an era of its own.
    pub voices: usize,
    /// Automatic acts are paused.
    pub paused: bool,
    /// Open incidents on which enough persons let Bascule act, and whose word counts now.
    pub approved: BTreeSet<model::id::IncidentId>,
    /// Hosts whose VMs the platform restarts, and whose deadline has not passed.
    pub left_to_platform: BTreeSet<HostId>,
    /// Incidents of which it is said already what would be done.
    pub shadowed: BTreeSet<model::id::IncidentId>,
    /// Rooms of which the order that opened this era says that they are gone.
    pub rooms_gone: BTreeSet<&'a RoomId>,
    /// Volumes whose copy has been opened: what other rooms hold of them is old.
    pub opened: BTreeSet<&'a VolumeId>,
    /// Runbooks that ask persons before they change anything: their runs may begin where the
    /// policy asks.
    pub ask_themselves: BTreeSet<&'a RunbookName>,
}

/// The runs of an incident.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunFacts {
    /// One is under way.
    pub running: bool,
    /// How many have ended.
    pub ended: usize,
    /// How many of them a person aborted: who hands the incident back asks for another.
    pub aborted: usize,
    /// When the last one ended.
    pub last_ended_at: Option<LogTime>,
}
