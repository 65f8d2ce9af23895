//! The simulator: three rooms in one thread and one seed. Consensus and its store, the state
//! machine, the controller and the lease's step functions are the real ones; clocks, disks,
//! links, hosts, arrays, management controllers and switches are fakes that fail as real ones do.
//! Tasks that are ready together run in an order that the seed draws.
//!
//! The agent and the guardians are played by the functions of the lease.
//!
//! A run has two phases. In the first, faults strike from a list that is drawn before (or a play is
//! told), and safety must hold at every moment. In the second everything is healed, and what should
//! run must run again within a bound.

#![forbid(unsafe_code)]

mod campaign;
mod checkers;
mod clock;
mod command_words;
mod cuts;
mod document;
mod fact;
mod fault_list;
mod faults;
mod kept;
mod load;
mod mix;
mod node;
mod panics;
mod play;
mod reached;
mod record;
mod rehearsal;
mod run;
mod scenario;
mod schedule;
mod shrink;
mod tally;
mod trace;
mod unsettled;
mod world;

pub use campaign::{Campaign, Failure, Minimal, Progress, Report};
pub use checkers::{Breaks, Violation, is_property_of, properties};
pub use cuts::{Case, Edge, EveryCut, Prediction, Return, Shape};
pub use fault_list::{Fault, FaultError, parse_list};
pub use faults::FaultKind;
pub use kept::{Belongs, Kept, KeptError};
pub use load::{LoadError, Site};
pub use mix::{Mix, MixError, Part};
pub use play::Play;
pub use rehearsal::{
    Chance, Durations, Mishaps, OnCriticalPath, Outcome as RehearsalOutcome, PeerModel, Quantiles,
    QuantilesError, Recovered, Rehearsal, RehearsalCampaign, RehearsalReport, Rto, RtoTable,
    ServiceRto, Stage, StageError, Strike, Struck as StruckAt, Transitions,
};
pub use run::{RunOutcome, Struck, run_once, run_with};
pub use scenario::{FaultPlan, Scenario, ScenarioError, TaskOrder};
pub use schedule::drawn as drawn_faults;
pub use tally::{Move, StoppedByLease, Tally};
pub use trace::Tracing;
