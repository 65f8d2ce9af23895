//! Bundles from end to end: exported, tampered with, verified, read as the log of a run.

#![allow(clippy::unwrap_used)]

mod eras;
mod run_log;
mod sample;
mod tampering;
