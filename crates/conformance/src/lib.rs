//! The suite that every driver and every fake of a contract passes.
//!
//! A driver's tests hand over a *bench* (how to get a fresh target, what to start on it, what can
//! be done behind its back) and get a [`report::Report`] that names each rule as held, broken or
//! not tried.

#![forbid(unsafe_code)]

pub mod hypervisor;
pub mod report;
pub mod wait;
pub mod watchdog;
