//! The replicated state. The same bytes in every room.

mod as_pairs;
mod host;
mod member;
mod opened_era;
mod run;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use model::era::{Epoch, Era, Token};
use model::estate::Estate;
use model::id::{
    ControllerId, HostId, IncidentId, RoomId, RunId, RunbookName, StorageLayerId, VmId, VolumeId,
};
use model::incident::Incident;
use model::observation::{Detail, Status, Target};
use model::plan::Digest;
use model::policy::Policy;
use model::seeded_bug::{SeededBug, seeded_bug};
use model::time::{LogTime, WallTime};

use crate::approval::{Approval, Question};
use crate::copies::{CopyRecord, LayerRecord};
use crate::departed::Departed;

pub use host::{Admission, Armed, FenceOrder, HostRecord, Withheld};
pub use member::{JoinToken, LeaderRecord, Member, Versions};
pub use opened_era::{CoveredBy, OpenedEra};
pub use run::{Aborted, Held, ItemRecord, ItemState, Run, RunState};

/// Everything that the controllers agree on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Which `apply` runs; raised only when every member can.
    pub apply_version: u32,
    /// The era.
    pub era: Era,
    /// The epoch; with the era it makes the current token.
    pub epoch: Epoch,
    /// The time of the last applied entry.
    pub log_time: LogTime,
    /// The wall-clock label of the last applied entry.
    pub wall: WallTime,
    /// The index of the last applied entry, 0 before the first.
    pub applied_index: u64,
    /// Who led last.
    pub leader: Option<LeaderRecord>,
    /// The members, one a room.
    pub members: BTreeMap<ControllerId, Member>,
    /// Controllers that were replaced. Their ids are refused for ever.
    #[serde(default)]
    pub retired: BTreeSet<ControllerId>,
    /// Tokens with which a controller may join, by their SHA-256 in hex: pending and used ones.
    #[serde(default)]
    pub join_tokens: BTreeMap<String, JoinToken>,
    /// Controllers that have shown a token and do not vote yet.
    #[serde(default)]
    pub joining: BTreeMap<ControllerId, RoomId>,
    /// Where controllers that joined later listen.
    #[serde(default)]
    pub addresses: BTreeMap<ControllerId, String>,
    /// The versions of `apply` that each member's binary carries, as it last reported.
    #[serde(default)]
    pub versions: BTreeMap<ControllerId, Versions>,
    /// The estate. Who controls a room follows `members`, whatever the file says.
    pub estate: Option<Pinned<Estate>>,
    /// The policy.
    pub policy: Option<Pinned<Policy>>,
    /// The runbooks.
    pub runbooks: BTreeMap<RunbookName, Pinned<runbook::Runbook>>,
    /// What each room last saw of each target.
    #[serde(with = "as_pairs")]
    pub observations: BTreeMap<Target, BTreeMap<RoomId, Observed>>,
    /// Stretched storage layers: which side is stale (S9).
    #[serde(default)]
    pub layers: BTreeMap<StorageLayerId, LayerRecord>,
    /// Copies outside of the layers.
    #[serde(default)]
    pub copies: BTreeMap<VolumeId, CopyRecord>,
    /// VMs.
    pub vms: BTreeMap<VmId, VmRecord>,
    /// Hosts.
    pub hosts: BTreeMap<HostId, HostRecord>,
    /// Hosts and VMs that have left the estate.
    #[serde(default)]
    pub departed: Departed,
    /// Incidents, open and ended (the last 1000).
    pub incidents: BTreeMap<IncidentId, IncidentRecord>,
    /// Runs, under way and ended (the last 100 keep their items).
    pub runs: BTreeMap<RunId, Run>,
    /// When automatic runs started, within the rate limit's window.
    pub automatic_runs: Vec<LogTime>,
    /// A pause, while it lasts.
    pub pause: Option<Pause>,
    /// Open incidents that a person took over by aborting the run that answered them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub held: BTreeMap<IncidentId, Held>,
    /// What people are asked, and what they said.
    #[serde(default, with = "as_pairs")]
    pub approvals: BTreeMap<Question, Approval>,
    /// What would have been done about incidents that the policy only observes.
    #[serde(default)]
    pub would_run: BTreeMap<IncidentId, WouldRun>,
    /// Rooms of which the order that opened this era says that they are gone, until a host of theirs
    /// is let in again.
    #[serde(default)]
    pub rooms_gone: BTreeSet<RoomId>,
    /// Rooms under maintenance.
    pub room_maintenance: BTreeMap<RoomId, Maintenance>,
    /// The audit tree's frontier over all applied entries.
    pub audit: audit::Frontier,
    /// How this era was opened; none in a cluster's first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened: Option<OpenedEra>,
}

/// A value with the SHA-256 (hex) of its canonical JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pinned<T> {
    /// In hex.
    pub hash: String,
    /// The value.
    pub value: T,
}

/// What one room last saw of a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// Up, down or unknown.
    pub status: Status,
    /// Since when it is so, by the log.
    pub since: LogTime,
    /// When this room last said so: a verdict needs word from after the leader's start.
    pub heard_at: LogTime,
    /// When this room last saw it up.
    pub last_up: Option<LogTime>,
    /// The probe's words.
    pub evidence: String,
    /// Details.
    pub detail: Detail,
}

/// What a VM ought to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Intended {
    /// It runs.
    #[default]
    Running,
    /// Stopped on purpose: it stays down.
    StoppedOnPurpose,
}

/// What is agreed about a VM.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VmRecord {
    /// What it ought to be.
    pub intended: Intended,
    /// Where it was last placed, under which token.
    pub placed: Option<(HostId, Token)>,
    /// Every host on which it might be running, with the token under which it came there. A
    /// start elsewhere needs a proof or a seal for each (S1).
    pub might_run_on: BTreeMap<HostId, Token>,
    /// Sealed observations: that host says the VM is stopped and refuses tokens below this.
    pub sealed: BTreeMap<HostId, Token>,
    /// Its own maintenance.
    pub maintenance: Option<Maintenance>,
}

/// What would have been done about an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WouldRun {
    /// When it was said: the run would have begun then.
    pub at: LogTime,
    /// By which runbook.
    pub runbook: RunbookName,
    /// The plan in short.
    pub digest: Digest,
}

/// Work on a room, host or VM, with its mandatory end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Maintenance {
    /// By log time.
    pub until: LogTime,
    /// Why.
    pub reason: String,
}

/// A pause of automatic acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// By log time; it ends by itself.
    pub until: LogTime,
    /// Why.
    pub reason: String,
}

/// An incident with what only the state machine keeps.
pub type IncidentRecord = Incident;

impl State {
    /// The current token.
    pub fn token(&self) -> Token {
        Token { era: self.era, epoch: self.epoch }
    }

    /// Makes the estate name the members as its rooms' controllers: a file knows nothing of who
    /// was replaced since it was written.
    pub(crate) fn name_members_in_estate(&mut self) {
        let Some(estate) = &mut self.estate else { return };
        for member in self.members.values() {
            if let Some(room) = estate.value.rooms.get_mut(&member.room) {
                room.controller = member.controller;
            }
        }
    }

    /// Raises the epoch, and with it the current token.
    pub(crate) fn raise_epoch(&mut self) {
        self.epoch = Epoch(self.epoch.0.saturating_add(1));
    }

    /// What each room last saw of a target.
    pub fn seen(&self, target: &Target) -> impl Iterator<Item = (&RoomId, &Observed)> {
        self.observations.get(target).into_iter().flatten()
    }

    /// Whether a room is being worked on at this log time.
    pub fn room_in_maintenance(&self, room: &RoomId, now: LogTime) -> bool {
        self.room_maintenance.get(room).is_some_and(|work| work.until > now)
    }

    /// Whether a host, or its whole room, is being worked on at this log time.
    pub fn host_in_maintenance(&self, host: &HostId, now: LogTime) -> bool {
        let own = self.hosts.get(host).and_then(|record| record.maintenance.as_ref());
        let room = self.estate.as_ref().and_then(|estate| estate.value.hosts.get(host));
        own.is_some_and(|work| work.until > now)
            || room.is_some_and(|host| self.room_in_maintenance(&host.room, now))
    }

    /// Whether automatic acts are paused at this log time, which moves on between two entries.
    pub fn is_paused(&self, now: LogTime) -> bool {
        // Seeded bug `pause-ignored`.
        !seeded_bug(SeededBug::PauseIgnored)
            && self.pause.as_ref().is_some_and(|pause| pause.until > now)
    }

    /// Whether a run under way has yet to start this VM, or is starting it.
    pub fn is_being_started(&self, vm: &VmId) -> bool {
        self.running_runs().any(|run| {
            run.plan.items.iter().any(|planned| {
                planned.action.starts().is_some_and(|(started, _)| started == vm)
                    && !run.is_over(&planned.item)
            })
        })
    }

    /// The hosts that may start VMs.
    pub fn admitted_hosts(&self) -> BTreeSet<&HostId> {
        self.hosts.iter().filter(|(_, host)| host.may_start()).map(|(id, _)| id).collect()
    }

    /// The open incidents.
    pub fn open_incidents(&self) -> impl Iterator<Item = &IncidentRecord> {
        self.incidents.values().filter(|incident| incident.ended_at.is_none())
    }

    /// The runs under way.
    pub fn running_runs(&self) -> impl Iterator<Item = &Run> {
        self.runs.values().filter(|run| run.state == RunState::Running)
    }

    /// Whether a controller takes part: a member, or one that is joining. It may be a voter, and
    /// even lead, before the entry that makes it a member.
    pub fn takes_part(&self, controller: ControllerId) -> bool {
        self.room_of(controller).is_some()
    }

    /// The room in which a controller stands.
    pub fn room_of(&self, controller: ControllerId) -> Option<&RoomId> {
        let member = self.members.get(&controller).map(|member| &member.room);
        member.or_else(|| self.joining.get(&controller))
    }
}
