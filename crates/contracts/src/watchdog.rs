//! A host's watchdog.

use async_trait::async_trait;

use model::units::Span;

use crate::error::DriverError;

/// A hardware watchdog.
///
/// Contract: once armed it resets the host when it was not fed for `timeout`, whatever happens to
/// the process that armed it; only `disarm` ends that.
#[async_trait]
pub trait Watchdog: Send + Sync + 'static {
    /// Arms it and returns W as read back from the device.
    async fn arm(&self) -> Result<Span, DriverError>;

    /// Puts the reset off by W from now.
    async fn feed(&self) -> Result<(), DriverError>;

    /// Disarms it. Only after the disarming is a committed entry.
    async fn disarm(&self) -> Result<(), DriverError>;
}
