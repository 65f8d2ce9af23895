//! Asking an agent to withhold promises from a host.

use async_trait::async_trait;

use model::era::Token;
use model::id::HostId;
use model::units::Span;

use crate::error::DriverError;

/// Agents as givers of promises.
///
/// Contract: once `withhold` has returned, that agent durably gives the host no promise until it
/// is told of an admission at a higher token.
#[async_trait]
pub trait Withholding: Send + Sync + 'static {
    /// Asks the agent on `by` to withhold from `host`; returns how long its last promise to the
    /// host still lasts (zero if there is none).
    async fn withhold(&self, by: &HostId, host: &HostId, token: Token)
    -> Result<Span, DriverError>;
}
