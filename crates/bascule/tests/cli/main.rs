//! The built binary, as people and scripts meet it.

#![allow(clippy::unwrap_used)]

mod audit_bundle;
mod bascule;
mod checks;
mod cluster_init;
mod help;
mod one_controller;
mod readiness;
mod restore;
mod runbooks;
mod simulation;
mod without_cluster;
