//! What agent and fake device say to each other: one JSON object a line over a local socket.

use std::io;
use std::path::Path;
use std::time::Duration;

use model::units::Span;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Request {
    /// Begin to count, unless counting. Only who knows `token` ends it.
    Arm { token: String },
    /// Count from zero again.
    Feed,
    /// Stop counting.
    Disarm { token: String },
    /// What is going on.
    Status,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reply {
    /// Why not, if not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) refused: Option<String>,
    /// W.
    pub(super) timeout: Span,
    /// It counts.
    pub(super) armed: bool,
    /// How often it has fired.
    pub(super) fired: u64,
}

/// Reads one line, at most 64 KiB of it; none at the end.
pub(super) async fn read<T: DeserializeOwned>(
    reader: &mut (impl AsyncBufReadExt + AsyncRead + Unpin),
) -> io::Result<Option<T>> {
    let mut line = Vec::new();
    let mut limited = tokio::io::AsyncReadExt::take(&mut *reader, 64 * 1024);
    if limited.read_until(b'\n', &mut line).await? == 0 {
        return Ok(None);
    }
    Ok(Some(serde_json::from_slice(&line)?))
}

/// Writes one line.
pub(super) async fn write(
    writer: &mut (impl AsyncWrite + Unpin),
    message: &impl Serialize,
) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    writer.write_all(&line).await?;
    writer.flush().await
}

/// Asks one question on a connection of its own, within `bound`.
pub(super) async fn ask<A: DeserializeOwned>(
    socket: &Path,
    question: &impl Serialize,
    bound: Duration,
) -> io::Result<A> {
    let exchange = async {
        let mut stream = BufReader::new(UnixStream::connect(socket).await?);
        write(&mut stream, question).await?;
        read(&mut stream).await?.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))
    };
    tokio::time::timeout(bound, exchange)
        .await
        .unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut)))
}
