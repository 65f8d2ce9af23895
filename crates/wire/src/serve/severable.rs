//! A socket that ends when its server does.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tonic::transport::server::{Connected, TcpConnectInfo};

/// A connection is served by a task of its own, which outlives the server's future. A host that
/// is played as dead would go on answering through it.
pub(super) struct Severable {
    stream: TcpStream,
    severed: Pin<Box<dyn Future<Output = ()> + Send + Sync>>,
    over: bool,
}

impl Severable {
    /// The stream ends when the sender is dropped.
    pub(super) fn new(stream: TcpStream, mut by: watch::Receiver<()>) -> Self {
        let severed = Box::pin(async move { while by.changed().await.is_ok() {} });
        Self { stream, severed, over: false }
    }

    fn check(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        self.over = self.over || self.severed.as_mut().poll(cx).is_ready();
        if self.over {
            Err(io::Error::new(io::ErrorKind::ConnectionAborted, "the server has stopped"))
        } else {
            Ok(())
        }
    }
}

impl Connected for Severable {
    type ConnectInfo = TcpConnectInfo;

    fn connect_info(&self) -> TcpConnectInfo {
        self.stream.connect_info()
    }
}

impl AsyncRead for Severable {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(cx)?;
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Severable {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.over {
            return Poll::Ready(self.check(cx).map(|()| 0));
        }
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
