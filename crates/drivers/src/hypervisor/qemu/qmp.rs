//! The QEMU machine protocol: one JSON object a line over a socket.

use std::io;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

/// A conversation with one QEMU process.
pub(super) struct Qmp {
    lines: Lines<BufReader<OwnedReadHalf>>,
    writer: OwnedWriteHalf,
}

/// Why a conversation failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum QmpError {
    /// The socket.
    #[error("QMP socket: {0}")]
    Socket(#[from] io::Error),
    /// Not what the protocol says.
    #[error("QMP: {0}")]
    Protocol(String),
    /// Too slow.
    #[error("QMP: no answer within {0:?}")]
    Slow(Duration),
}

impl Qmp {
    /// Connects and negotiates, within `bound`.
    pub(super) async fn connect(socket: &Path, bound: Duration) -> Result<Self, QmpError> {
        let attempt = async {
            let (reader, writer) = UnixStream::connect(socket).await?.into_split();
            let mut qmp = Self { lines: BufReader::new(reader).lines(), writer };
            let greeting = qmp.line().await?;
            if greeting.get("QMP").is_none() {
                return Err(QmpError::Protocol(format!("no greeting: {greeting}")));
            }
            qmp.execute_unbounded("qmp_capabilities").await?;
            Ok(qmp)
        };
        tokio::time::timeout(bound, attempt).await.unwrap_or(Err(QmpError::Slow(bound)))
    }

    /// Executes a command without arguments, within `bound`.
    pub(super) async fn execute(
        &mut self,
        command: &str,
        bound: Duration,
    ) -> Result<Value, QmpError> {
        tokio::time::timeout(bound, self.execute_unbounded(command))
            .await
            .unwrap_or(Err(QmpError::Slow(bound)))
    }

    async fn execute_unbounded(&mut self, command: &str) -> Result<Value, QmpError> {
        let mut text = json!({ "execute": command }).to_string();
        text.push('\n');
        self.writer.write_all(text.as_bytes()).await?;
        loop {
            let mut answer = self.line().await?;
            if let Some(value) = answer.get_mut("return") {
                return Ok(value.take());
            }
            if let Some(error) = answer.get("error") {
                return Err(QmpError::Protocol(format!("{command}: {error}")));
            }
            // Anything else is an event.
        }
    }

    async fn line(&mut self) -> Result<Value, QmpError> {
        let line = self
            .lines
            .next_line()
            .await?
            .ok_or_else(|| QmpError::Protocol("the process has ended".into()))?;
        serde_json::from_str(&line).map_err(|error| QmpError::Protocol(error.to_string()))
    }
}
