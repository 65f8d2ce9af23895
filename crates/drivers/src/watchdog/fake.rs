//! The agent's side of a fake watchdog.

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use contracts::error::DriverError;
use contracts::watchdog::Watchdog;
use model::units::Span;

use super::protocol::{Reply, Request, ask};

/// How long the device may take to answer.
const BOUND: Duration = Duration::from_millis(500);

/// A client of a fake watchdog.
#[derive(Clone, Debug)]
pub struct FakeWatchdog {
    socket: PathBuf,
    token: String,
}

impl FakeWatchdog {
    /// The device behind this socket. Only who knows the token disarms what was armed with it: an
    /// agent that restarts must come with the same one.
    pub fn new(socket: impl Into<PathBuf>, token: impl Into<String>) -> Self {
        Self { socket: socket.into(), token: token.into() }
    }

    /// How often the device has fired.
    pub async fn fired(&self) -> Result<u64, DriverError> {
        Ok(self.ask(Request::Status).await?.fired)
    }

    async fn ask(&self, request: Request) -> Result<Reply, DriverError> {
        let reply: Reply =
            ask(&self.socket, &request, BOUND).await.map_err(|error| DriverError::Unknown {
                reason: format!(
                    "the watchdog at {} does not answer: {error}",
                    self.socket.display()
                ),
            })?;
        match reply.refused {
            Some(reason) => Err(DriverError::Refused { reason }),
            None => Ok(reply),
        }
    }
}

#[async_trait]
impl Watchdog for FakeWatchdog {
    async fn arm(&self) -> Result<Span, DriverError> {
        Ok(self.ask(Request::Arm { token: self.token.clone() }).await?.timeout)
    }

    async fn feed(&self) -> Result<(), DriverError> {
        self.ask(Request::Feed).await.map(drop)
    }

    async fn disarm(&self) -> Result<(), DriverError> {
        self.ask(Request::Disarm { token: self.token.clone() }).await.map(drop)
    }
}
