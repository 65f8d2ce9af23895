//! Answering calls: TLS on a bound socket, who calls and what they speak checked before any
//! service sees it, a tracing span for each call, and an end that leaves no connection behind.

mod gate;
mod services;
mod severable;

use std::future::Future;
use std::time::Duration;

use futures_util::stream;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tonic::service::Routes;
use tonic::transport::Server;

pub use services::{
    agent_service, api_service, controller_service, device_service, guardian_service, peer_service,
};

use crate::tls::Credentials;
use gate::GateLayer;
use severable::Severable;

/// The largest message: a snapshot of 16 MiB and what is around it.
pub const MAX_MESSAGE_BYTES: usize = 16 * 1024 * 1024 + 64 * 1024;

/// How long calls under way may take to end once the server is told to stop.
const GRACE: Duration = Duration::from_secs(1);

/// The receive window: above the default 64 KiB, so that a snapshot needs few round trips.
const WINDOW_BYTES: u32 = 1024 * 1024;

/// How long to wait when the system gives no new connection (out of file descriptors).
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// How often a silent caller is asked whether it is still there, and how long it may take.
const KEEPALIVE: Duration = Duration::from_secs(5);

/// Why serving ended or never began.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The credentials don't make a TLS server.
    #[error("the server cannot use its certificate")]
    Tls {
        /// Why.
        #[source]
        source: tonic::transport::Error,
    },
    /// The server broke.
    #[error("the server stopped by itself")]
    Stopped {
        /// Why.
        #[source]
        source: tonic::transport::Error,
    },
}

/// Serves on a bound socket until `stop` is over, then lets calls under way end within a second
/// and closes every connection. Dropping the future closes every connection at once, as the death
/// of the process would.
///
/// A handler is dropped where it stands when its caller gives up or its connection breaks: an
/// effect that must not be left half done belongs into a task of its own.
pub async fn serve(
    listener: TcpListener,
    credentials: &Credentials,
    routes: Routes,
    stop: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let (severed_by, severed) = watch::channel(());
    let (stopping, mut stopped) = watch::channel(false);
    let incoming = stream::unfold((listener, severed), |(listener, severed)| async move {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    // Without it a small answer waits for the next one; no reason to refuse.
                    let _ = stream.set_nodelay(true);
                    let stream = Severable::new(stream, severed.clone());
                    return Some((Ok::<_, std::io::Error>(stream), (listener, severed)));
                }
                Err(error) => {
                    tracing::warn!(%error, "no new connection could be accepted");
                    tokio::time::sleep(ACCEPT_AGAIN).await;
                }
            }
        }
    });
    let mut server = Server::builder()
        .tls_config(credentials.server_tls())
        .map_err(|source| ServeError::Tls { source })?
        .initial_stream_window_size(WINDOW_BYTES)
        .initial_connection_window_size(WINDOW_BYTES)
        .http2_keepalive_interval(Some(KEEPALIVE))
        .http2_keepalive_timeout(Some(KEEPALIVE))
        .layer(GateLayer);
    let serving = server.add_routes(routes).serve_with_incoming_shutdown(incoming, async {
        stop.await;
        stopping.send_replace(true);
    });
    let out_of_patience = async {
        if stopped.wait_for(|stopped| *stopped).await.is_err() {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(GRACE).await;
    };
    let ended = tokio::select! {
        ended = serving => ended.map_err(|source| ServeError::Stopped { source }),
        () = out_of_patience => Ok(()),
    };
    drop(severed_by);
    ended
}
