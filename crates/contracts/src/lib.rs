//! Contracts: what any hypervisor, storage, fence, network, copy and watchdog driver must do, and
//! how an agent is asked to withhold, as traits; and the one dispatch from a call to a driver that
//! the controller process and the simulator share.

#![forbid(unsafe_code)]

pub mod call;
pub mod copy;
pub mod error;
pub mod fence;
pub mod hypervisor;
pub mod network;
pub mod storage;
pub mod watchdog;
pub mod withhold;
