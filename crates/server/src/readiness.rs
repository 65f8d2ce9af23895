//! The standing proof of a running cluster: made again after each change, and every minute.
//!
//! Each controller proves by itself, from the replicated state: the answer is the same in every
//! room, and whoever is left still has it. Nothing is decided by it, so it is no entry of the log.

mod desk;
mod history;
mod keep;
mod look;
mod standing;

pub use desk::{ReadinessBrief, ReadinessView};
pub(crate) use desk::{ReadinessDesk, answer, current};
pub use history::PastLevel;
pub(crate) use keep::keep_proved;
pub use look::look;
