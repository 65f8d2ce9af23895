//! Hypervisors.

pub mod agent;
pub mod qemu;
pub mod twin;
