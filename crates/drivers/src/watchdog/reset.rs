//! How a fake watchdog resets a host that is played by another process.

use std::io;
use std::path::Path;
use std::time::Duration;

use model::id::HostId;
use serde::{Deserialize, Serialize};
use tokio::io::BufReader;
use tokio::net::{UnixListener, UnixStream};

use super::protocol::{ask, read, write};

/// How long the process that plays the host may take: a reset is not a request.
const BOUND: Duration = Duration::from_secs(2);

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    reset: HostId,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Done {
    done: bool,
}

/// Where the process that plays hosts listens for resets.
#[derive(Debug)]
pub struct Resets {
    listener: UnixListener,
}

/// A reset that was ordered.
#[derive(Debug)]
pub struct Reset {
    /// Of which host.
    pub host: HostId,
    stream: BufReader<UnixStream>,
}

impl Resets {
    /// Listens. A socket that a dead process left behind is replaced.
    pub fn bind(socket: &Path) -> io::Result<Self> {
        match std::fs::remove_file(socket) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        Ok(Self { listener: UnixListener::bind(socket)? })
    }

    /// The next reset. The caller ends everything that executes on the host, then calls
    /// [`Reset::done`].
    pub async fn next(&self) -> io::Result<Reset> {
        loop {
            let (stream, _) = self.listener.accept().await?;
            let mut stream = BufReader::new(stream);
            match tokio::time::timeout(BOUND, read::<Order>(&mut stream)).await {
                Ok(Ok(Some(order))) => return Ok(Reset { host: order.reset, stream }),
                other => tracing::warn!(?other, "not a reset order"),
            }
        }
    }
}

impl Reset {
    /// Nothing executes on the host any more.
    pub async fn done(mut self) -> io::Result<()> {
        write(&mut self.stream, &Done { done: true }).await
    }
}

/// Resets a host that the process behind the socket plays. A socket without a process is a host
/// without power.
pub(super) async fn order(socket: &Path, host: &HostId) -> io::Result<()> {
    ask::<Done>(socket, &Order { reset: host.clone() }, BOUND).await.map(drop)
}
