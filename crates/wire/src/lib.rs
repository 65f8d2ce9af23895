//! gRPC messages and services, their conversions to the model, mutual TLS with identities,
//! certificates, and dialling.

#![forbid(unsafe_code)]

pub mod ca;
pub mod convert;
pub mod dial;
pub mod endpoint;
pub mod identity;
mod private_file;
pub mod protocol;
pub mod serve;
pub mod tls;

pub use private_file::FileError;

#[allow(missing_docs, unreachable_pub, unused_qualifications, clippy::all, clippy::unwrap_used)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/generated.rs"));
}

/// Host agents: messages and services of `proto/agent.proto`.
pub use generated::bascule::agent::v1 as agent;
/// People and scripts: messages and service of `proto/api.proto`.
pub use generated::bascule::api::v1 as api;
/// Controllers among themselves: messages and service of `proto/peer.proto`.
pub use generated::bascule::peer::v1 as peer;
/// Devices of a twin room: messages and service of `proto/twin.proto`.
pub use generated::bascule::twin::v1 as twin;
