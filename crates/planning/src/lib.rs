//! Where VMs go, in which order they start, how long it takes, and whether it all fits.
//!
//! - [`lost`]: what an incident takes out;
//! - [`copies`]: from which copies volumes may be opened;
//! - [`placement`]: VMs onto hosts;
//! - [`start_order`]: which VM waits for which;
//! - [`expand`]: a runbook and an incident into a plan;
//! - [`forecast`]: how long a plan takes by expected durations;
//! - [`capacity`]: whether every VM fits elsewhere when a room or a host is gone;
//! - [`synthetic`]: estates of any size, drawn from a seed;
//! - [`causes`]: every cause of a class of incident in an estate;
//! - [`blast_radius`]: what it takes out, so that no step relies on that;
//! - [`outlook`]: the plan that a runbook would make if it happened now;
//! - [`restore`]: how lost data are had again;
//! - [`readiness`]: the standing proof that each single failure is survived within its objective.
//!
//! Pure: no clock, no randomness; the same input gives the same plan on every machine.

#![forbid(unsafe_code)]

pub mod blast_radius;
pub mod capacity;
pub mod causes;
pub mod copies;
pub mod expand;
pub mod forecast;
pub mod lost;
pub mod outlook;
pub mod placement;
pub mod readiness;
pub mod restore;
pub mod start_order;
pub mod synthetic;

#[cfg(test)]
mod clinic_at_full_size;
#[cfg(test)]
mod hospitals;
#[cfg(test)]
mod small_estate;
