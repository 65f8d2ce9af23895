//! The replicated state. The same bytes in every room.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use model::era::{Epoch, Era, Token};
use model::era_order::{OldLog, OpenedFrom};
use model::estate::Estate;
use model::fence::FenceProof;
use model::id::{
    ControllerId, HostId, IncidentId, PersonId, RoomId, RunId, RunbookName, StorageLayerId, VmId,
    VolumeId,
};
use model::incident::Incident;
use model::observation::{Detail, Status, Target};
use model::plan::{Digest, Plan, PlannedItem};
use model::policy::Policy;
use model::seeded_bug::{SeededBug, seeded_bug};
use model::step::{ItemRef, Outcome};
use model::time::{LogTime, WallTime};
use model::units::Span;

use crate::approval::{Approval, Question};
use crate::attestation::Attestation;
use crate::command::{OrphanHead, RunEnd};
use crate::copies::{CopyRecord, LayerRecord};
use crate::departed::Departed;

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

/// How an era was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedEra {
    /// The hash of the order: part of the era's id. Two eras of one number have two.
    pub order: String,
    /// From what.
    pub from: OpenedFrom,
    /// The log that it goes on from.
    pub old: OldLog,
    /// What the persons stated.
    pub statement: String,
    /// Who signed.
    pub persons: BTreeSet<PersonId>,
    /// The token that the opening raised to.
    pub token: Token,
    /// When.
    pub at: LogTime,
    /// How long was waited since the second signature, in milliseconds.
    pub waited_ms: u64,
    /// The hosts that it does without, and what covers each.
    pub hosts: BTreeMap<HostId, CoveredBy>,
    /// Runs of the old log that had not ended.
    pub superseded_runs: Vec<RunId>,
    /// Incidents of the old log that were open: what is still lost opens new ones.
    pub superseded_incidents: Vec<IncidentId>,
    /// Where the logs of controllers ended that came back since.
    pub orphans: Vec<OrphanHead>,
}

impl OpenedEra {
    /// When the second person had signed, at the latest: the wait began then.
    pub fn signed_at(&self) -> LogTime {
        LogTime(self.at.0.saturating_sub(self.waited_ms))
    }
}

/// What covers a host that an era does without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CoveredBy {
    /// Its watchdog: the wait outlasted its lease, and nobody here promises it anything.
    Wait,
    /// It has no watchdog: the persons' statement names it as off.
    Statement,
    /// The order counted on its watchdog, and the end of the old log may have changed what that
    /// is worth: the order proves nothing here, another rung has to.
    Nothing,
}

/// A value with the SHA-256 (hex) of its canonical JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pinned<T> {
    /// In hex.
    pub hash: String,
    /// The value.
    pub value: T,
}

/// A member of the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The controller.
    pub controller: ControllerId,
    /// Its room; at most one voter a room.
    pub room: RoomId,
}

/// A token with which one controller may join once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinToken {
    /// The id that it is for.
    pub controller: ControllerId,
    /// The room that it is for.
    pub room: RoomId,
    /// By log time.
    pub until: LogTime,
    /// Whether it was shown.
    pub used: bool,
}

/// Versions of `apply`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    /// The oldest.
    pub oldest: u32,
    /// The newest.
    pub newest: u32,
}

impl Versions {
    /// Whether this version is among them.
    pub fn carries(&self, version: u32) -> bool {
        (self.oldest..=self.newest).contains(&version)
    }
}

/// The last leader to start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaderRecord {
    /// Which controller.
    pub controller: ControllerId,
    /// The epoch that its start raised to.
    pub epoch: Epoch,
    /// When.
    pub at: LogTime,
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

/// What is agreed about a host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostRecord {
    /// Its last admission; none before the first, or while fenced.
    pub admitted: Option<Admission>,
    /// Armed, with W.
    pub armed: Option<Armed>,
    /// The fence order in force.
    pub fence: Option<FenceOrder>,
    /// Its own maintenance.
    pub maintenance: Option<Maintenance>,
    /// The boot that its agent last told.
    #[serde(default)]
    pub boot: Option<String>,
    /// The boot before that one: a room that is late may still tell of it.
    #[serde(default)]
    pub former_boot: Option<String>,
    /// Disarmed by an entry: it stays so, whatever is observed, until an entry arms it.
    #[serde(default)]
    pub disarmed: bool,
    /// The token of the entry that last armed or disarmed it. What an agent says of its watchdog
    /// counts as "armed" only from this order on.
    #[serde(default)]
    pub arming: Token,
    /// Let in again after a proved fence, or joined after the first load: another host may still
    /// have a promise set in force that does not ask this one, so that its withholding stops
    /// nothing there unless the leader has seen a newer set confirmed.
    #[serde(default)]
    pub perhaps_not_asked: bool,
    /// Hosts that joined, by a later estate, those who could take this one's VMs: this host may
    /// still have a promise set in force that does not ask them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub perhaps_does_not_ask: BTreeSet<HostId>,
}

impl HostRecord {
    /// Whether VMs may be started here (S7).
    pub fn may_start(&self) -> bool {
        // Seeded bug `quarantine-skipped`: a host that came back needs no admission.
        let admitted = self.admitted.is_some() || seeded_bug(SeededBug::QuarantineSkipped);
        admitted && self.fence.is_none()
    }
}

/// An admission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admission {
    /// The token that the admission raised to.
    pub token: Token,
    /// The boot that was admitted; another boot needs another admission. Empty at the first
    /// load, when any boot is let in and recorded at the first observation.
    pub boot: String,
}

/// An armed watchdog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Armed {
    /// W, as read back from the device.
    pub watchdog: Span,
    /// Since when.
    pub since: LogTime,
    /// In which boot of the host; empty in states written before this was kept.
    #[serde(default)]
    pub boot: String,
}

/// A fence order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FenceOrder {
    /// Its token (the epoch that it raised to).
    pub token: Token,
    /// Since when no lease is granted.
    pub at: LogTime,
    /// Which step ordered it.
    pub step: model::step::StepKey,
    /// Agents that withhold promises.
    pub withheld: Vec<Withheld>,
    /// Proofs, one per rung at most.
    pub proofs: Vec<FenceProof>,
    /// What persons attested under this order.
    #[serde(default)]
    pub attested: Vec<Attestation>,
}

impl FenceOrder {
    /// Whether some rung has proved.
    pub fn is_proved(&self) -> bool {
        !self.proofs.is_empty()
    }
}

/// One agent's withholding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withheld {
    /// By which agent's host.
    pub by: HostId,
    /// How long its last promise still lasted when it answered.
    pub promise_ends_in: Span,
    /// When it was committed.
    pub at: LogTime,
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

/// A run of a runbook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// For which incident.
    pub incident: IncidentId,
    /// Which runbook.
    pub runbook: RunbookName,
    /// The runbook's hash.
    pub runbook_hash: String,
    /// The estate's hash.
    pub estate_hash: String,
    /// When it started.
    pub started_at: LogTime,
    /// The plan.
    pub plan: Plan,
    /// Where each item stands.
    #[serde(with = "as_pairs")]
    pub items: BTreeMap<ItemRef, ItemRecord>,
    /// Where the run stands.
    pub state: RunState,
    /// When it ended.
    pub ended_at: Option<LogTime>,
}

/// Where a run stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum RunState {
    /// Under way.
    Running,
    /// Over.
    Ended {
        /// How.
        end: RunEnd,
    },
}

/// Where an item stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemRecord {
    /// Its place in the plan.
    pub index: usize,
    /// Its state.
    pub state: ItemState,
    /// Attempts started.
    pub attempts: u32,
    /// The token of the last attempt.
    pub token: Option<Token>,
    /// When the first attempt started.
    pub started_at: Option<LogTime>,
    /// When the last attempt started.
    #[serde(default)]
    pub attempt_started_at: Option<LogTime>,
    /// When the last attempt ended.
    pub ended_at: Option<LogTime>,
    /// How the last attempt ended.
    pub outcome: Option<Outcome>,
}

impl ItemRecord {
    /// Not started; `index` is its place in the plan.
    pub fn waiting(index: usize) -> Self {
        Self {
            index,
            state: ItemState::Waiting,
            attempts: 0,
            token: None,
            started_at: None,
            attempt_started_at: None,
            ended_at: None,
            outcome: None,
        }
    }
}

impl ItemRecord {
    /// Whether this sight shows that the item's start has happened: the VM runs, its guest has
    /// shown that it executes, and it does so by this item's order, or since after its intent
    /// (a VM that came up by itself meanwhile is not started again by its host). The token would
    /// not do: a VM that died is started again under the same one, and who missed its death still
    /// says that it runs.
    pub fn is_shown_started_by(&self, item: &model::step::StepKey, seen: &Observed) -> bool {
        let Detail::Vm { key, booted, .. } = &seen.detail else { return false };
        let booted = *booted;
        // Seeded bug `booting-is-booted`: a guest that boots is taken for one that has.
        if !booted && !seeded_bug(SeededBug::BootingIsBooted) {
            return false;
        }
        let under_ours = key.as_ref() == Some(item);
        let since_ours = self.started_at.is_some_and(|started| seen.since > started);
        seen.status == Status::Up && (under_ours || since_ours)
    }
}

impl Run {
    /// An item with its plan.
    pub fn item(&self, item: &ItemRef) -> Option<(&PlannedItem, &ItemRecord)> {
        let record = self.items.get(item)?;
        self.plan.items.get(record.index).map(|planned| (planned, record))
    }

    /// Whether nothing follows for this item.
    pub fn is_over(&self, item: &ItemRef) -> bool {
        self.items.get(item).is_some_and(|record| record.state.is_over())
    }
}

/// The states of an item; `runbook::step_log` has the transition table.
pub type ItemState = runbook::ItemState;

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

/// JSON has only text keys: maps with structured keys are written as lists of pairs, in order.
mod as_pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<K: Serialize, V: Serialize, S: Serializer>(
        map: &BTreeMap<K, V>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map.iter())
    }

    pub(super) fn deserialize<'de, K, V, D>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Ok(Vec::<(K, V)>::deserialize(deserializer)?.into_iter().collect())
    }
}
