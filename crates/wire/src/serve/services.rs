//! Generated services with the message sizes that we use. Only the
//! receiver refuses: its words reach the sender, where a sender's own limit breaks the call.

use super::MAX_MESSAGE_BYTES;
use crate::agent::agent_server::{Agent, AgentServer};
use crate::agent::controller_server::{Controller, ControllerServer};
use crate::agent::guardian_server::{Guardian, GuardianServer};
use crate::api::api_server::{Api, ApiServer};
use crate::peer::peer_server::{Peer, PeerServer};
use crate::twin::device_server::{Device, DeviceServer};

/// What a controller answers to controllers.
pub fn peer_service<S: Peer>(service: S) -> PeerServer<S> {
    PeerServer::new(service).max_decoding_message_size(MAX_MESSAGE_BYTES)
}

/// What a host's agent answers.
pub fn agent_service<S: Agent>(service: S) -> AgentServer<S> {
    AgentServer::new(service)
}

/// What a controller answers to agents.
pub fn controller_service<S: Controller>(service: S) -> ControllerServer<S> {
    ControllerServer::new(service)
}

/// What the guardian beside a controller answers to agents.
pub fn guardian_service<S: Guardian>(service: S) -> GuardianServer<S> {
    GuardianServer::new(service)
}

/// What a controller answers to people.
pub fn api_service<S: Api>(service: S) -> ApiServer<S> {
    ApiServer::new(service).max_decoding_message_size(MAX_MESSAGE_BYTES)
}

/// What the devices of a twin room answer.
pub fn device_service<S: Device>(service: S) -> DeviceServer<S> {
    DeviceServer::new(service)
}
