//! The runbook format, its lint, the step graph, the step log and the next step. Pure.
//!
//! ```text
//! file --read--> Runbook + diagnostics        (format, yaml, read, lint/)
//! Runbook --(planning::expand)--> model::plan::Plan
//! Plan --StepGraph::of--> StepGraph --next--> what starts, what is skipped, how it ends
//!                        StepGraph --Progress--> the same, kept up item by item
//! one item: step_log::next(state, event)      (the transition table)
//! when: Condition::compile, Condition::holds  (CEL over the policy, as the plan is made)
//! verify: Verify::compile, Verify::holds      (CEL over probes)
//! ```

#![forbid(unsafe_code)]

mod condition;
mod diagnostic;
mod format;
mod graph;
mod lint;
mod next;
mod progress;
mod read;
pub mod step_log;
mod verify;
mod yaml;

pub use condition::Condition;
pub use diagnostic::{Diagnostic, Severity};
pub use format::{Approval, ForEach, Limits, Objectives, Order, Retry, Runbook, Step, Which};
pub use graph::{GraphError, StepGraph};
pub use next::{End, Next, Skip};
pub use progress::Progress;
pub use read::{Reading, parse, read};
pub use step_log::ItemState;
pub use verify::{ProbeValue, Verified, Verify, VerifyError};
