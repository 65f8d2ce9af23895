//! The host agent: it holds its host's lease and feeds the watchdog, gives and withholds promises,
//! starts, stops and observes VMs through a hypervisor driver, and durably refuses older tokens.
//!
//! Beside a controller, [`guardian`] promises that none runs there.
//!
//! An agent serves one host. A process may hold several (a twin room plays all its hosts); a host
//! of its own runs one, from a configuration file ([`process::run_from_config`]).

#![forbid(unsafe_code)]

mod boot;
mod clock;
mod core;
mod disk;
pub mod guardian;
mod lease_loop;
pub mod process;
mod renewal;
mod service;
mod start;
mod view;
mod witness;

pub use boot::{BootError, boot_of};
pub use disk::DiskError;
pub use start::{Agent, AgentConfig, StartError};
