//! The replicated state machine: commands, `apply`, state, effects, snapshot.
//!
//! `apply` is a pure function of the state and the entry: it reads no clock, draws no random
//! number, never decides and never evaluates an expression. It checks premises, and says no with
//! a [`Rejection`] that is part of the result on every replica.

#![forbid(unsafe_code)]

mod apply;
mod approval;
mod attestation;
mod command;
mod copies;
mod departed;
mod effect;
mod held;
mod rejection;
mod serving;
mod state;
mod takers;

pub use apply::{Applied, apply};
pub use approval::{Approval, Question, Terms, Yes};
pub use attestation::{Attestation, PERSONS_NEEDED};
pub use command::{
    AttestedHost, Command, Entry, EraEvidence, EraOpening, EraWithheld, OrphanHead, RunEnd,
    TailEntry,
};
pub use copies::{CopyRecord, LayerRecord};
pub use departed::Departed;
pub use effect::Effect;
pub use rejection::Rejection;
pub use state::{
    Aborted, Admission, Armed, CoveredBy, FenceOrder, Held, HostRecord, IncidentRecord, Intended,
    ItemRecord, ItemState, JoinToken, LeaderRecord, Maintenance, Member, Observed, OpenedEra,
    Pause, Pinned, Run, RunState, State, Versions, VmRecord, Withheld, WouldRun,
};
pub use takers::could_take;

/// The versions of `apply` that this binary carries; the one that runs is `State::apply_version`,
/// 0 before the cluster is formed.
///
/// - 2: a pause is not shortened by a second one (see `apply/longer_pause.rs`).
pub const APPLY_VERSIONS: Versions = Versions { oldest: 1, newest: 2 };
