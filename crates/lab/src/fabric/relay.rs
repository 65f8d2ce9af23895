//! One relay: a listener in one room for one endpoint of another.

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::reserve::Reservation;
use super::route::{Passage, Route};
use super::weather::Weather;

/// Connections waiting to be accepted while the relay is open.
pub(super) const BACKLOG: u32 = 256;

/// How long a connection to a dead room is held before the relay gives its memory back.
const HELD_AT_MOST: Duration = Duration::from_secs(30);

/// How long a connect that should hang is watched before it is believed to hang.
const FULL_AFTER: Duration = Duration::from_millis(20);

/// More fillers than this were never needed: with a backlog of 0 the kernel queues one.
const FILLERS_AT_MOST: usize = 8;

/// Before another try to listen on a port that was refused for a moment.
const LISTEN_AGAIN: Duration = Duration::from_millis(50);

type Ports = watch::Receiver<BTreeSet<u16>>;

pub(super) async fn run(
    route: Route,
    reservation: Reservation,
    mut weather: watch::Receiver<Weather>,
    mut ports: Ports,
) {
    let route = Arc::new(route);
    let mut connections = JoinSet::new();
    let mut listener: Option<TcpListener> = None;
    let mut fillers = Fillers::default();
    loop {
        let listened = ports.borrow_and_update().contains(&route.upstream.port());
        let passage = route.passage(&weather.borrow_and_update(), listened);
        if passage == Passage::Refusing {
            listener = None;
            fillers = Fillers::default();
        } else if listener.is_none() {
            match reservation.listen() {
                Ok(new) => listener = Some(new),
                Err(error) => {
                    tracing::debug!(%error, "relay cannot listen yet");
                    tokio::time::sleep(LISTEN_AGAIN).await;
                    continue;
                }
            }
        }
        if let Some(listener) = &listener {
            let set = match passage {
                Passage::Hanging => fillers.fill(listener).await,
                Passage::Open | Passage::Refusing => fillers.empty(listener),
            };
            if let Err(error) = set {
                tracing::warn!(%error, "relay cannot change how it accepts");
            }
        }
        let accept = async {
            match &listener {
                Some(listener) if passage == Passage::Open => listener.accept().await,
                _ => std::future::pending().await,
            }
        };
        tokio::select! {
            accepted = accept => if let Ok((client, peer)) = accepted && !fillers.is_one(peer) {
                connections.spawn(connection(client, route.clone(), weather.clone()));
            },
            changed = weather.changed() => if changed.is_err() { return },
            changed = ports.changed() => if changed.is_err() { return },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Our own connections that fill a listener's queue, so that the kernel drops what comes: a
/// connect then hangs, as it does when no answer comes back.
#[derive(Default)]
struct Fillers {
    open: Vec<TcpStream>,
    addresses: BTreeSet<SocketAddr>,
}

impl Fillers {
    async fn fill(&mut self, listener: &TcpListener) -> io::Result<()> {
        rustix::net::listen(listener, 0)?;
        let address = listener.local_addr()?;
        while self.open.len() < FILLERS_AT_MOST {
            match tokio::time::timeout(FULL_AFTER, TcpStream::connect(address)).await {
                Ok(connected) => {
                    let connected = connected?;
                    self.addresses.insert(connected.local_addr()?);
                    self.open.push(connected);
                }
                Err(_) => break,
            }
        }
        Ok(())
    }

    fn empty(&mut self, listener: &TcpListener) -> io::Result<()> {
        if !self.open.is_empty() {
            self.open.clear();
            rustix::net::listen(listener, i32::try_from(BACKLOG).unwrap_or(i32::MAX))?;
        }
        Ok(())
    }

    /// Whether an accepted connection is one of ours; each address comes out once.
    fn is_one(&mut self, peer: SocketAddr) -> bool {
        self.addresses.remove(&peer)
    }
}

async fn connection(client: TcpStream, route: Arc<Route>, mut weather: watch::Receiver<Weather>) {
    if carried(&route, &mut weather).await.is_none() {
        return;
    }
    let Ok(upstream) = TcpStream::connect(route.upstream).await else {
        hold_if_dead(&route, &mut weather).await;
        return;
    };
    // Small frames and their answers: waiting to fill a segment would add 40 ms to each.
    let _ = client.set_nodelay(true);
    let _ = upstream.set_nodelay(true);
    let (client_in, client_out) = client.into_split();
    let (upstream_in, upstream_out) = upstream.into_split();
    tokio::join!(
        half(client_in, upstream_out, route.clone(), weather.clone()),
        half(upstream_in, client_out, route.clone(), weather),
    );
}

/// Carries bytes one way. What was read when the link goes down is delivered when it is back.
async fn half(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    route: Arc<Route>,
    mut weather: watch::Receiver<Weather>,
) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = from.read(&mut buffer).await.unwrap_or(0);
        if carried(&route, &mut weather).await.is_none() {
            return;
        }
        if read == 0 {
            // The end that closed may be the one that dies: its processes end a moment before
            // or after the room is declared dead, and the other end must not see it.
            hold_if_dead(&route, &mut weather).await;
            let _ = to.shutdown().await;
            return;
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}

/// Waits until the route carries; nothing if it will not within the time that connections are
/// held (a dead room), or if the fabric ended.
async fn carried(route: &Route, weather: &mut watch::Receiver<Weather>) -> Option<()> {
    loop {
        let state = weather.borrow_and_update().clone();
        if route.carries(&state) {
            return Some(());
        }
        if route.has_dead_end(&state) {
            tokio::time::sleep(HELD_AT_MOST).await;
            return None;
        }
        weather.changed().await.ok()?;
    }
}

async fn hold_if_dead(route: &Route, weather: &mut watch::Receiver<Weather>) {
    let dead = route.has_dead_end(&weather.borrow_and_update());
    if dead {
        tokio::time::sleep(HELD_AT_MOST).await;
    }
}
