//! Agreement between the controllers: the Raft log on disk, the replicated state with one audit
//! leaf per entry, snapshots, the peer network, and a seeded runtime for the simulator.
//!
//! No other crate names openraft. What others see:
//!
//! - [`Store`]: one controller's file. It is made once with `initialise` and opened ever after;
//!   a file that is damaged, foreign or gone is an error, never an empty start. A survivor founds
//!   a new era in it.
//! - [`Node`]: the running member. It is generic over its [`Runtime`]: [`Production`] in the
//!   server, `simulation::Seeded` in the simulator. Both live in one binary.
//! - [`PeerTransport`]: carries a frame to a peer and its answer back. gRPC with mutual TLS in
//!   the server, simulated links in the simulator. What arrives is given to [`Node::handle`].

#![forbid(unsafe_code)]

mod catch_up;
mod config;
mod disk;
mod error;
mod events;
mod frame;
mod grpc;
mod host;
mod introduce;
mod leaf;
mod log_store;
mod network;
mod node;
mod rest;
mod runtime;
#[cfg(any(test, feature = "simulation"))]
pub mod simulation;
mod standing;
mod status;
mod transport;
mod types;

#[cfg(test)]
mod tests;

pub use config::{ConfigError, NodeConfig};
pub use disk::{Founding, Identity, Store, StoreError, Survey};
pub use error::{
    BootstrapError, LeavesError, MembershipError, ProposeError, ReadError, StartError, Stopped,
    TransferError,
};
pub use events::{AppliedEvent, Event, Events};
pub use grpc::GrpcTransport;
pub use network::NewerEra;
pub use node::Node;
pub use runtime::{Production, Runtime};
pub use status::{AppliedWatch, Role, Status, StatusWatch};
pub use transport::{PeerTransport, TransportError, TransportFuture};
pub use types::Peer;
