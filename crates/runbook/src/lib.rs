//! The runbook format, its lint, the step graph, the step log and the next step. Pure.
//!
//! ```text
//! file --read--> Runbook + diagnostics        (format, yaml, read, lint/)
//! Runbook --(planning::expand)--> model::plan::Plan
//! Plan --StepGraph::of--> StepGraph --next--> what starts, what is skipped, how it ends
//!                        StepGraph --Progress--> the same, kept up item by item
//! one item: step_log::next(state, event)      (the transition table)
//! the same file otherwise: canonical (fmt), schema, skeleton (new), diff, cacao (export)
//! when: Condition::compile, Condition::holds  (CEL over the policy, as the plan is made)
//! verify: Verify::compile, Verify::holds      (CEL over probes)
//! ```

#![forbid(unsafe_code)]

mod always;
mod cacao;
mod canonical;
mod condition;
mod critical_path;
mod diagnostic;
mod diff;
mod format;
mod graph;
mod keys;
mod levels;
mod lint;
mod next;
mod progress;
mod read;
mod schema;
mod scope;
mod skeleton;
pub mod step_log;
mod verify;
mod yaml;

pub use cacao::{Provenance, cacao};
pub use canonical::{CanonicalError, canonical};
pub use condition::Condition;
pub use critical_path::CriticalPath;
pub use diagnostic::{Diagnostic, Severity};
pub use diff::{Before, Difference, Edge, KeyChange, StepChange};
pub use format::{Approval, ForEach, Limits, Objectives, Order, Retry, Runbook, Step, Which};
pub use graph::{GraphError, StepGraph};
pub use levels::levels;
pub use next::{End, Held, Next, Skip};
pub use progress::Progress;
pub use read::{Reading, parse, parse_in, read, read_in};
pub use schema::schema;
pub use scope::Scope;
pub use skeleton::{LIBRARY, SkeletonError, skeleton};
pub use step_log::ItemState;
pub use verify::{ProbeValue, Verified, Verify, VerifyError};
