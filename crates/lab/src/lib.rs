//! Twin rooms as processes, the fabric between them, faults, and the demonstration; and the lab of
//! network namespaces with real QEMU VMs; and what is measured beside peers.

#![forbid(unsafe_code)]

pub mod bench;
pub mod demo;
pub mod fabric;
pub mod journal;
pub mod netns;
pub mod rto;
pub mod storage;
pub mod twin_room;
mod with_parent;

pub use with_parent::end_with_parent_if_asked;
