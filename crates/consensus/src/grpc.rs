//! Frames over gRPC with mutual TLS.

use std::sync::Arc;
use std::time::Duration;

use model::id::ControllerId;
use model::units::Span;
use wire::dial::{Dialer, was_never_sent};
use wire::endpoint::EndpointName;
use wire::peer;

use crate::transport::{PeerTransport, TransportError, TransportFuture};
use crate::types::Peer;

/// Sends frames to other controllers by gRPC. Who answers is verified by the name in its
/// certificate; where it listens is the dialer's business, so [`Peer::address`] is only shown.
#[derive(Clone, Debug)]
pub struct GrpcTransport {
    dialer: Arc<Dialer>,
}

impl GrpcTransport {
    /// A transport over this dialer.
    pub fn new(dialer: Arc<Dialer>) -> Self {
        Self { dialer }
    }

    async fn exchange(
        &self,
        to: ControllerId,
        frame: Vec<u8>,
        within: Duration,
    ) -> Result<Vec<u8>, TransportError> {
        let unreachable = |reason: String| TransportError::Unreachable { reason };
        let connection = self
            .dialer
            .dial(&EndpointName::Controller(to))
            .map_err(|error| unreachable(error.to_string()))?;
        let millis = u64::try_from(within.as_millis()).unwrap_or(u64::MAX);
        let mut client = connection.within(Span::from_millis(millis)).peer();
        match client.raft(peer::Frame { body: frame }).await {
            Ok(answer) => Ok(answer.into_inner().body),
            Err(status)
                if status.code() == tonic::Code::DeadlineExceeded && !was_never_sent(&status) =>
            {
                Err(TransportError::TimedOut { within })
            }
            Err(status) => Err(unreachable(status.message().to_owned())),
        }
    }
}

impl PeerTransport for GrpcTransport {
    fn send<'a>(
        &'a self,
        to: ControllerId,
        _peer: &'a Peer,
        frame: Vec<u8>,
        within: Duration,
    ) -> TransportFuture<'a> {
        Box::pin(self.exchange(to, frame, within))
    }
}
