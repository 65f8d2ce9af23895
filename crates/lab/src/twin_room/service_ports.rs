//! The addresses of services: one listens while a VM of it answers in this room.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use model::estate::Probe;
use model::id::ServiceId;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::room::Room;

const EVERY: Duration = Duration::from_millis(100);

/// A person who connects and says nothing is not waited for.
const PATIENCE: Duration = Duration::from_secs(5);

const PAGE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\nconnection: close\r\n\r\nok\n";

/// Opens and closes the room's service ports, for ever.
pub(super) async fn watch(room: Arc<Room>, addresses: BTreeMap<ServiceId, SocketAddr>) {
    let mut every = tokio::time::interval(EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    // A set of its own for each: dropping it closes the port and every connection.
    let mut open: BTreeMap<ServiceId, JoinSet<()>> = BTreeMap::new();
    loop {
        every.tick().await;
        let answering = room.answering_services();
        open.retain(|service, _| answering.contains(service));
        for service in answering {
            let Some(address) = addresses.get(&service).filter(|_| !open.contains_key(&service))
            else {
                continue;
            };
            match TcpListener::bind(address).await {
                Ok(listener) => {
                    let speaks_http = matches!(
                        room.estate.services.get(&service).and_then(|found| found.probe.as_ref()),
                        Some(Probe::Http { .. })
                    );
                    let mut tasks = JoinSet::new();
                    tasks.spawn(answer(listener, speaks_http));
                    open.insert(service, tasks);
                }
                Err(error) => tracing::warn!(%service, %address, %error, "no port for a service"),
            }
        }
    }
}

async fn answer(listener: TcpListener, speaks_http: bool) {
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted && speaks_http {
                    open.spawn(page(stream));
                }
            }
            Some(_) = open.join_next() => {}
        }
    }
}

async fn page(mut stream: TcpStream) {
    let exchange = async {
        let mut seen = Vec::new();
        let mut buffer = [0; 1024];
        while !seen.windows(4).any(|window| window == b"\r\n\r\n") && seen.len() < 16 * 1024 {
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(read) => seen.extend_from_slice(&buffer[..read]),
            }
        }
        let _ = stream.write_all(PAGE).await;
        let _ = stream.shutdown().await;
    };
    let _ = tokio::time::timeout(PATIENCE, exchange).await;
}
