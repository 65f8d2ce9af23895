//! The host lease, its promises, and the refusal of older tokens, as pure step functions.
//!
//! - [`holder`]: the agent of a host, as holder of that host's lease and asker of promises;
//! - [`giver`]: the agent of a host, as giver of promises to other hosts;
//! - [`guardian`]: beside a controller, as giver of promises that none runs;
//! - [`granter`]: the leading controller, as granter of leases and judge of the lease rung;
//! - [`survivor`]: a controller without a majority, before it opens a new era;
//! - [`tokens`]: what an agent durably refuses.
//!
//! Every clock is an argument ([`model::time::Monotonic`]), every machine has its own, and no two
//! are compared: only lengths of time cross from one machine to another. The states are plain
//! values that can be cloned, compared and hashed, so that a simulator or a model checker runs
//! the very code that the agent and the controller run.

#![forbid(unsafe_code)]

pub mod giver;
pub mod granter;
pub mod guardian;
pub mod holder;
pub mod orders;
pub mod survivor;
pub mod tokens;
