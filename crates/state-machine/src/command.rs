//! Commands: everything that can change the replicated state.

use serde::{Deserialize, Serialize};

use model::era::{Era, Token};
use model::estate::Estate;
use model::fence::FenceProof;
use model::id::{ControllerId, HostId, IncidentId, PersonId, RoomId, RunId, RunbookName, VmId};
use model::incident::{Cause, Evidence};
use model::manual::ManualEvidence;
use model::observation::Observation;
use model::plan::{Digest, Plan};
use model::policy::Policy;
use model::step::{Outcome, StepKey};
use model::time::{LogTime, WallTime};
use model::units::Span;

use crate::state::{Intended, Member, Pinned};

/// What the Raft log carries: a command with the stamps of the leader that proposed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The era in which it was proposed.
    pub era: Era,
    /// Log time, stamped by the leader: the last applied entry's time plus its own monotonic
    /// time since. `apply` takes the later of this and the last entry's.
    pub at: LogTime,
    /// The leader's wall clock; a label.
    pub wall: WallTime,
    /// The controller that stamped it.
    pub by: ControllerId,
    /// The person on whose behalf, if any.
    pub person: Option<PersonId>,
    /// What changes.
    pub command: Command,
}

/// A change of the replicated state. One file of `apply/` per variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case")]
pub enum Command {
    /// A new leader's first own entry: raises the epoch.
    LeaderStarted {
        /// Which controller leads.
        controller: ControllerId,
    },
    /// The cluster's first entry: who its members are.
    ClusterFormed {
        /// One controller a room.
        members: Vec<Member>,
    },
    /// The first entry of an era that was opened on the order of two persons.
    EraOpened {
        /// The order, what was waited, and what is carried over.
        opening: Box<EraOpening>,
    },
    /// A controller of an older era came back and said where its log ended: kept as evidence,
    /// never merged.
    OrphanHeard {
        /// Where its log ended.
        head: OrphanHead,
    },
    /// A token with which one new controller may join, in place of the one in its room.
    JoinTokenMade {
        /// The token's SHA-256, in hex; the token itself is in no log.
        hash: String,
        /// The id that it is for: never used before.
        controller: ControllerId,
        /// The room that it is for.
        room: RoomId,
        /// By log time; it ends by itself.
        until: LogTime,
    },
    /// A new controller has shown its token, which is used up by this.
    ControllerJoining {
        /// The token's SHA-256, in hex.
        hash: String,
        /// Who joins, as its certificate says.
        controller: ControllerId,
        /// Its room, as its certificate says.
        room: RoomId,
        /// Where it listens.
        address: String,
    },
    /// A joining controller has caught up and votes. The one it replaces is retired for ever.
    ControllerJoined {
        /// Who.
        controller: ControllerId,
    },
    /// Which versions of `apply` a member's binary carries.
    VersionsReported {
        /// The member.
        controller: ControllerId,
        /// The oldest.
        oldest: u32,
        /// The newest.
        newest: u32,
    },
    /// From the next entry on a newer `apply` runs: every member has reported that it can.
    ApplyVersionRaised {
        /// To which version.
        to: u32,
    },
    /// The estate, the policy and the runbooks, pinned by their hashes. The first time also
    /// admits every host and places every VM on its home.
    EstateLoaded {
        /// The estate.
        estate: Box<Pinned<Estate>>,
        /// The policy.
        policy: Box<Pinned<Policy>>,
        /// The runbooks.
        runbooks: Vec<Pinned<runbook::Runbook>>,
    },
    /// Debounced changes seen by one controller.
    Observed {
        /// The changes.
        observations: Vec<Observation>,
    },
    /// A verdict.
    IncidentOpened {
        /// Its one cause.
        cause: Cause,
        /// What led to it.
        evidence: Vec<Evidence>,
        /// When the lost thing was last seen up.
        last_seen_up: LogTime,
        /// From the policy of its class.
        hold_off: Span,
    },
    /// Life was seen before anything was done, a larger cause explains it, or it is over.
    IncidentEnded {
        /// Which.
        incident: IncidentId,
        /// Withdrawn (nothing had been done) or closed.
        withdrawn: bool,
        /// Why.
        reason: String,
    },
    /// The platform absorbs it: watched, nothing to do.
    IncidentAbsorbed {
        /// Which.
        incident: IncidentId,
        /// What was seen that says so.
        reason: String,
    },
    /// A person lets Bascule act on an incident of a class whose policy asks first.
    IncidentApproved {
        /// Which.
        incident: IncidentId,
    },
    /// A run of a runbook begins. Its id is the index of this entry.
    RunStarted {
        /// For which incident.
        incident: IncidentId,
        /// Which runbook.
        runbook: RunbookName,
        /// The runbook's hash, as pinned.
        runbook_hash: String,
        /// The estate's hash, as pinned.
        estate_hash: String,
        /// The plan.
        plan: Box<Plan>,
    },
    /// What would be done about an incident that the policy only observes; nothing is.
    WouldRun {
        /// For which incident.
        incident: IncidentId,
        /// By which runbook.
        runbook: RunbookName,
        /// The plan in short.
        digest: Box<Digest>,
    },
    /// Intent: committed before the step leaves. Checks S1 for a start, orders the fence for a
    /// fence step.
    StepStarted {
        /// The step.
        key: StepKey,
        /// The token under which it acts; not above the current one.
        token: Token,
        /// Which attempt, from 1.
        attempt: u32,
    },
    /// How an attempt ended.
    StepFinished {
        /// The step.
        key: StepKey,
        /// Which attempt.
        attempt: u32,
        /// How.
        outcome: Outcome,
        /// Whether no further attempt follows.
        last: bool,
    },
    /// A person lets a run go on that waits at an approval step.
    StepApproved {
        /// The step.
        key: StepKey,
        /// What this person accepts to lose, where copies must be opened that lack writes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        loss: Option<Span>,
    },
    /// A person did what a manual step asks for.
    StepDone {
        /// The step.
        key: StepKey,
        /// What this person shows for it.
        #[serde(default)]
        evidence: ManualEvidence,
    },
    /// A person says that a manual step can't be done: it has failed for good.
    StepCannot {
        /// The step.
        key: StepKey,
        /// Why.
        reason: String,
    },
    /// A person has a step tried once more that failed for good or was skipped.
    StepRetried {
        /// The step.
        key: StepKey,
        /// Why.
        reason: String,
    },
    /// A person lets the run go on without a step.
    StepPassedOver {
        /// The step.
        key: StepKey,
        /// Why.
        reason: String,
    },
    /// A step that will never run because one that it needs failed.
    StepSkipped {
        /// The step.
        key: StepKey,
        /// Why.
        reason: String,
    },
    /// A person holds one run; ends by itself.
    RunPaused {
        /// Which.
        run: RunId,
        /// By log time.
        until: LogTime,
        /// Why.
        reason: String,
    },
    /// A person ends the pause of a run before its time.
    RunResumed {
        /// Which.
        run: RunId,
    },
    /// A person ends a run; its incident is theirs until somebody hands it back.
    RunAborted {
        /// Which.
        run: RunId,
        /// Why.
        reason: String,
    },
    /// A run ends.
    RunEnded {
        /// Which.
        run: RunId,
        /// How.
        end: RunEnd,
    },
    /// One agent of the host's promise set durably gives it no further promise.
    Withheld {
        /// The host that gets no promise.
        host: HostId,
        /// The fence order's token.
        token: Token,
        /// The agent that withholds.
        by: HostId,
        /// How long that agent's last promise to the host still lasted when it answered.
        promise_ends_in: Span,
    },
    /// A rung proves. `apply` refuses evidence from which the proof does not follow.
    FenceProved {
        /// The proof.
        proof: FenceProof,
    },
    /// A person attests, over what they checked, that hosts are off. Two distinct persons under
    /// one fence order prove it.
    Attested {
        /// Which hosts, each under its fence order.
        hosts: Vec<AttestedHost>,
        /// What they checked and saw.
        statement: String,
    },
    /// A host that came back is let in again: raises the epoch, ends its fence and quarantine.
    HostAdmitted {
        /// Which.
        host: HostId,
        /// Its boot, as its agent said.
        boot: String,
        /// The token that its agent accepted and below which it refuses.
        sealed_below: Token,
    },
    /// A host's watchdog is to be armed or disarmed: its agent is ordered after the commit. It
    /// counts as armed once the agent says so, as disarmed from here on.
    HostArmed {
        /// Which.
        host: HostId,
        /// Armed, or disarmed.
        armed: bool,
        /// W as read back from the device.
        watchdog: Span,
    },
    /// What a VM ought to be.
    VmIntended {
        /// Which.
        vm: VmId,
        /// Running, or stopped on purpose.
        intended: Intended,
        /// Who or what says so.
        reason: String,
    },
    /// Automatic acts stop until then; ends by itself.
    Paused {
        /// By log time.
        until: LogTime,
        /// Why.
        reason: String,
    },
    /// Ends a pause early.
    Resumed,
    /// A room or host is worked on: its silence is no incident; ends by itself.
    MaintenanceSet {
        /// Which host, or none for the whole room.
        host: Option<HostId>,
        /// Which room.
        room: RoomId,
        /// By log time; a time in the past ends it.
        until: LogTime,
        /// Why.
        reason: String,
    },
}

/// How an era is opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EraOpening {
    /// The order as the two persons signed it: a signed note.
    pub order: String,
    /// What the survivor did and waited for.
    pub evidence: EraEvidence,
    /// The state of the era before at the survivor, as JSON: the text itself, so that the leaf
    /// keeps it to the byte.
    pub carried: String,
    /// What stands in the survivor's log beyond the last entry that it knows as committed.
    pub tail: Vec<TailEntry>,
}

/// What the survivor did and waited for before it opened an era.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EraEvidence {
    /// How long it waited on its own clock, since the second signature and the end of the last
    /// promise of its own agents, in milliseconds.
    pub waited_ms: u64,
    /// How long it had to wait: (L + W)(1 + rho) + m, in milliseconds.
    pub required_ms: u64,
    /// Which of its agents withhold promises from which host.
    pub withheld: Vec<EraWithheld>,
}

/// One agent's withholding before an era.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EraWithheld {
    /// The host that gets no promise.
    pub from: HostId,
    /// The agent that withholds.
    pub by: HostId,
    /// How long its last promise still lasted when it answered.
    pub promise_ends_in: Span,
}

/// An entry that may have been committed without the survivor knowing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TailEntry {
    /// Its index in the old log.
    pub index: u64,
    /// The entry.
    pub entry: Entry,
}

/// Where the log of a controller that was left behind ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrphanHead {
    /// Which controller.
    pub controller: ControllerId,
    /// Its era.
    pub era: Era,
    /// The leaves of its tree.
    pub size: u64,
    /// The tree's root over them, in hex.
    pub root: String,
    /// Entries beyond those that it knew as committed.
    pub uncommitted: u64,
}

/// A host that a person attests to be off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttestedHost {
    /// Which.
    pub host: HostId,
    /// The token of the fence order under which it is said.
    pub token: Token,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "kebab-case")]
pub enum RunEnd {
    /// Every item is done (or skipped by design).
    Succeeded,
    /// Some item failed for good; which, and what is left undone.
    Failed {
        /// In words.
        reason: String,
    },
}

impl Command {
    /// The name, as in the log and in metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::LeaderStarted { .. } => "leader-started",
            Self::ClusterFormed { .. } => "cluster-formed",
            Self::EraOpened { .. } => "era-opened",
            Self::OrphanHeard { .. } => "orphan-heard",
            Self::JoinTokenMade { .. } => "join-token-made",
            Self::ControllerJoining { .. } => "controller-joining",
            Self::ControllerJoined { .. } => "controller-joined",
            Self::VersionsReported { .. } => "versions-reported",
            Self::ApplyVersionRaised { .. } => "apply-version-raised",
            Self::EstateLoaded { .. } => "estate-loaded",
            Self::Observed { .. } => "observed",
            Self::IncidentOpened { .. } => "incident-opened",
            Self::IncidentEnded { .. } => "incident-ended",
            Self::IncidentAbsorbed { .. } => "incident-absorbed",
            Self::IncidentApproved { .. } => "incident-approved",
            Self::RunStarted { .. } => "run-started",
            Self::WouldRun { .. } => "would-run",
            Self::StepStarted { .. } => "step-started",
            Self::StepFinished { .. } => "step-finished",
            Self::StepApproved { .. } => "step-approved",
            Self::StepDone { .. } => "step-done",
            Self::StepCannot { .. } => "step-cannot",
            Self::StepRetried { .. } => "step-retried",
            Self::StepPassedOver { .. } => "step-passed-over",
            Self::StepSkipped { .. } => "step-skipped",
            Self::RunPaused { .. } => "run-paused",
            Self::RunResumed { .. } => "run-resumed",
            Self::RunAborted { .. } => "run-aborted",
            Self::RunEnded { .. } => "run-ended",
            Self::Withheld { .. } => "withheld",
            Self::FenceProved { .. } => "fence-proved",
            Self::Attested { .. } => "attested",
            Self::HostAdmitted { .. } => "host-admitted",
            Self::HostArmed { .. } => "host-armed",
            Self::VmIntended { .. } => "vm-intended",
            Self::Paused { .. } => "paused",
            Self::Resumed => "resumed",
            Self::MaintenanceSet { .. } => "maintenance-set",
        }
    }
}
