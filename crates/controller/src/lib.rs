//! One controller's brain. Pure: a closed set of inputs in, a closed set of outputs out.
//!
//! The host of this crate (the controller process, or the simulator) must, in this order:
//!
//! 1. feed every input from one place, one at a time, with its own clock that never goes back;
//! 2. hand over the replicated state as it is after the last `Applied` input (or later);
//! 3. carry out the outputs in their order, and answer each as its documentation says;
//! 4. never carry out a `Call` that did not come from an output: the intent of each is committed.
//!
//! [`survivor`] is apart: what a controller does that is left without a majority, before an era is
//! opened.

#![forbid(unsafe_code)]

mod admission;
mod attesting;
mod config;
mod controller;
mod copy_points;
mod debounce;
mod era_proofs;
mod granting;
mod handover;
mod input;
mod ladder;
mod leadership;
mod log_clock;
mod orders;
mod output;
mod pending;
mod planned;
mod promise_sets;
mod scheduling;
pub mod survivor;
mod verdicts;
mod verification;
mod view;
mod watching;

pub use config::Config;
pub use controller::Controller;
pub use input::Input;
pub use output::{Grant, Output};
pub use planned::{Planner, PlansAnew, copies};
pub use verdicts::{Due, due};
