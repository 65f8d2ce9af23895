//! Switches.

pub mod twin;
