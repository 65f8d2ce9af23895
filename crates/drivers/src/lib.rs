//! Drivers: one module per product, behind the contracts.

#![forbid(unsafe_code)]

pub mod copy;
pub mod fence;
pub mod guard_post;
pub mod hypervisor;
pub mod journal;
pub mod network;
pub mod process;
pub mod storage;
pub mod twin_room;
pub mod watchdog;
