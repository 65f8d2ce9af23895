//! How frames reach a peer.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use model::id::ControllerId;

use crate::types::Peer;

/// What [`PeerTransport::send`] gives back.
pub type TransportFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Vec<u8>, TransportError>> + Send + 'a>>;

/// Carries a frame to a peer and its answer back. The frame's content is this crate's business.
///
/// The receiving side must prove who sent it (the controller id in the certificate's SAN) and
/// pass that, not what the frame claims, to [`crate::Node::handle`].
pub trait PeerTransport: Send + Sync + 'static {
    /// Sends a frame and waits for the answer, at most `within`. The caller also gives up after
    /// `within`, and may drop the future at any time.
    fn send<'a>(
        &'a self,
        to: ControllerId,
        peer: &'a Peer,
        frame: Vec<u8>,
        within: Duration,
    ) -> TransportFuture<'a>;
}

/// Why a frame got no answer. All of these may have happened after the peer acted on it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No connection; the peer is asked again after a pause.
    #[error("the peer cannot be reached: {reason}")]
    Unreachable {
        /// What the network said.
        reason: String,
    },
    /// No answer in time.
    #[error("the peer did not answer within {} ms", .within.as_millis())]
    TimedOut {
        /// The deadline.
        within: Duration,
    },
}
