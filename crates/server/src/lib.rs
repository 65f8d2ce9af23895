//! The controller process: configuration, roles, the event loop that carries out the
//! controller's outputs, watching, who takes part, the opening of an era, the API.

#![forbid(unsafe_code)]

mod arming;
mod bootstrap;
mod clock;
mod config;
mod event;
mod event_loop;
mod forward;
mod guarded;
mod left_behind;
mod loader;
mod membership;
mod metrics;
mod notary;
mod pin;
mod ports;
mod process;
mod proposer;
pub mod query;
pub mod readiness;
mod roles;
mod service;
mod survivor;
mod watch;
mod witnesses;

pub use config::{Config, ConfigError, MemberConfig, Timers};
pub use guarded::GuardedError;
pub use loader::LoadError;
pub use membership::hash_of as token_hash;
pub use notary::NotaryError;
pub use pin::pin;
pub use process::{ProcessError, run};
pub use roles::Role;
pub use survivor::EraView;
