//! Rehearsals: how long a recovery takes, thousands of times over.
//!
//! Verdicts, plans, the order of steps and the state machine are the real ones, on one ordered log
//! that applies at once. Agents, guests, management controllers and persons are played by the times
//! that they take, each drawn from stated quantiles.

mod campaign;
mod critical_path;
mod file;
mod milestones;
mod outcome;
mod peer_model;
mod plan_memory;
mod play;
mod quantiles;
mod queue;
mod report;
mod services;
mod sights;
mod stage;

pub use campaign::RehearsalCampaign;
pub use file::{Chance, Durations, Mishaps, Rehearsal, Strike, Struck};
pub use outcome::{Outcome, Recovered};
pub use peer_model::PeerModel;
pub use quantiles::{Quantiles, QuantilesError};
pub use report::{OnCriticalPath, RehearsalReport, Rto, RtoTable, ServiceRto, Transitions};
pub use stage::{Stage, StageError};
