//! Watchdogs.
//!
//! Hosts of a twin or a lab have no watchdog device. [`fake_process`] is a process of its own per
//! host that plays one: it goes on counting when the agent dies, and resets the host by killing
//! its processes, or by telling the process that plays the host. [`fake`] is the agent's side.

pub mod fake;
pub mod fake_process;
mod protocol;
pub mod reset;
