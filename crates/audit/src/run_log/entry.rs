//! The entries of a run's log, as data.

use serde::{Deserialize, Serialize};

use model::era::Token;
use model::fence::FenceEvidence;
use model::id::HostId;
use model::incident::{Cause, Evidence};
use model::manual::ManualEvidence;
use model::step::Outcome;
use model::time::LogTime;

/// In which way the runbook was run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// In the model only.
    Simulate,
    /// As an exercise.
    Drill,
    /// For real.
    #[default]
    Execute,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunLogEntry {
    /// The number of its leaf in the tree, from 0.
    pub leaf: u64,
    /// Its index in the Raft log.
    pub index: u64,
    /// When, by log time: what orders and measures.
    pub at: LogTime,
    /// When, by the leader's wall clock: a label.
    pub wall: String,
    /// The controller that stamped it, by number.
    pub by: Option<u64>,
    /// The person on whose behalf; none means that Bascule acted alone.
    pub person: Option<String>,
    /// What happened.
    pub what: What,
    /// Why it changed nothing, if the state machine rejected it.
    pub rejected: Option<String>,
    /// Whether its leaf is proved to be in the signed log.
    pub proof_holds: bool,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum What {
    /// The verdict.
    IncidentOpened {
        /// What is lost.
        cause: Cause,
        /// What led to it.
        evidence: Vec<Evidence>,
    },
    /// The incident is over.
    IncidentEnded {
        /// Withdrawn before anything was done, or closed.
        withdrawn: bool,
        /// Why.
        reason: String,
    },
    /// A person lets Bascule act on the incident; who, the entry says.
    IncidentApproved,
    /// The run begins.
    RunStarted {
        /// How many step items the plan has.
        items: u64,
        /// VMs that fit nowhere and stay down.
        shed: Vec<String>,
    },
    /// An attempt at a step item begins; committed before it leaves.
    StepStarted {
        /// Step and item.
        item: String,
        /// What is done, as planned: the action and its arguments.
        action: Option<String>,
        /// Which attempt, from 1.
        attempt: u64,
        /// Under which token.
        token: Token,
    },
    /// An attempt ended.
    StepFinished {
        /// Step and item.
        item: String,
        /// Which attempt, from 1.
        attempt: u64,
        /// How, with the evidence or the reason.
        outcome: Outcome,
        /// Whether no further attempt follows.
        last: bool,
    },
    /// A step item never ran.
    StepSkipped {
        /// Step and item.
        item: String,
        /// Why.
        reason: String,
    },
    /// A person let the run pass an approval step; who, the entry says.
    StepApproved {
        /// Step and item.
        item: String,
        /// What they accept to lose.
        loss: Option<String>,
    },
    /// A person did what a manual step asks for; who, the entry says.
    StepDone {
        /// Step and item.
        item: String,
        /// What they show for it.
        evidence: ManualEvidence,
    },
    /// A person can't do what a manual step asks for; who, the entry says.
    StepCannot {
        /// Step and item.
        item: String,
        /// Why.
        reason: String,
    },
    /// A person has a step item tried once more; who, the entry says.
    StepRetried {
        /// Step and item.
        item: String,
        /// Why.
        reason: String,
    },
    /// A person lets the run go on without a step item; who, the entry says.
    StepPassedOver {
        /// Step and item.
        item: String,
        /// Why.
        reason: String,
    },
    /// A person holds the run; who, the entry says.
    RunPaused {
        /// Until when at the latest, by log time.
        until: LogTime,
        /// Why.
        reason: String,
    },
    /// A person lets the run go on; who, the entry says.
    RunResumed,
    /// A person ends the run; who, the entry says.
    RunAborted {
        /// Why.
        reason: String,
    },
    /// An agent durably gives a host no further promise.
    Withheld {
        /// The host that gets none.
        host: HostId,
        /// The agent that gives none.
        by: HostId,
        /// The fence order's token.
        token: Token,
        /// How long its last promise still lasted.
        promise_ends_in: String,
    },
    /// A person attests that hosts are off; who, the entry says.
    Attested {
        /// Which hosts.
        hosts: Vec<HostId>,
        /// What they checked and saw.
        statement: String,
    },
    /// A rung of the fencing ladder proves.
    FenceProved {
        /// The host that is fenced.
        host: HostId,
        /// The fence order's token.
        token: Token,
        /// What was seen.
        evidence: FenceEvidence,
    },
    /// Another controller took the lead during the run.
    LeaderStarted {
        /// Which, by number.
        controller: u64,
    },
    /// The run ended.
    RunEnded {
        /// Whether every item is done.
        succeeded: bool,
        /// What is left undone, if not.
        reason: Option<String>,
    },
    /// An entry that belongs to the run and that this version can't tell in words, or whose leaf
    /// is damaged.
    Other {
        /// Its kind, or nothing if not even that can be read.
        kind: String,
    },
}
