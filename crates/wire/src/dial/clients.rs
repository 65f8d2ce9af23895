//! Generated clients over a connection, with the message sizes that we use. Only the
//! receiver refuses: its words reach the sender, where a sender's own limit breaks the call.

use super::Connection;
use crate::agent::agent_client::AgentClient;
use crate::agent::controller_client::ControllerClient;
use crate::agent::guardian_client::GuardianClient;
use crate::api::api_client::ApiClient;
use crate::peer::peer_client::PeerClient;
use crate::serve::MAX_MESSAGE_BYTES;
use crate::twin::device_client::DeviceClient;

impl Connection {
    /// Speaks to a controller, as a controller.
    pub fn peer(self) -> PeerClient<Self> {
        PeerClient::new(self).max_decoding_message_size(MAX_MESSAGE_BYTES)
    }

    /// Speaks to a host's agent.
    pub fn agent(self) -> AgentClient<Self> {
        AgentClient::new(self).max_decoding_message_size(MAX_MESSAGE_BYTES)
    }

    /// Speaks to a controller, as an agent.
    pub fn controller(self) -> ControllerClient<Self> {
        ControllerClient::new(self)
    }

    /// Speaks to the guardian beside a controller, as an agent.
    pub fn guardian(self) -> GuardianClient<Self> {
        GuardianClient::new(self)
    }

    /// Speaks to a controller, as a person.
    pub fn api(self) -> ApiClient<Self> {
        ApiClient::new(self).max_decoding_message_size(MAX_MESSAGE_BYTES)
    }

    /// Speaks to the devices of a twin room.
    pub fn device(self) -> DeviceClient<Self> {
        DeviceClient::new(self)
    }
}
