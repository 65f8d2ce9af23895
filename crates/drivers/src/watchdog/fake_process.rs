//! A watchdog device, played by a process of its own.
//!
//! It counts from the moment it is armed, whatever happens to who armed it. Arming again puts
//! nothing off, closing the connection disarms nothing: only a disarm with the token of the arming
//! does. When nobody fed it for W it resets the host, writes so into the host's boot journal, and
//! is unarmed again, as a real device is after the reset.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::id::HostId;
use model::units::Span;
use serde::{Deserialize, Serialize};
use tokio::io::BufReader;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::protocol::{Reply, Request, read, write};
use super::reset;
use crate::journal::{Event, Journal};
use crate::process::kill_by_pid_file;

/// The pid file of the host's agent, killed before any VM so that nothing new starts.
pub const AGENT_PID_FILE: &str = "agent.pid";

/// For how long pid files are looked for after the agent is dead: a VM that it had just started
/// may still be writing its own.
const LOOK_FOR: Duration = Duration::from_millis(500);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// Whose watchdog it is.
    pub host: HostId,
    /// Where it listens.
    pub socket: PathBuf,
    /// W.
    pub timeout: Span,
    /// How it resets the host.
    pub on_fire: OnFire,
    /// The host's boot journal, which gets a `watchdog` line when the host is reset.
    pub journal: PathBuf,
}

/// How a device resets its host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "kebab-case", deny_unknown_fields)]
pub enum OnFire {
    /// Kill every process that has a pid file (`*.pid`) in a folder, the agent's first.
    Kill {
        /// Which folder.
        pids: PathBuf,
        /// The file that names the host's boot: removed, because what comes next is another boot.
        #[serde(default)]
        boot_file: Option<PathBuf>,
    },
    /// Tell the process that plays the host.
    Tell {
        /// Where it listens (`watchdog::reset::Resets`).
        socket: PathBuf,
    },
}

/// Why a device can't begin.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration file.
    #[error("the watchdog's configuration {path} can't be read: {source}")]
    Config {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The socket.
    #[error("the watchdog can't listen at {path}: {source}")]
    Socket {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The journal.
    #[error("the boot journal {path} can't be opened: {source}")]
    Journal {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

#[derive(Debug)]
struct Device {
    config: Config,
    journal: Journal,
    count: Mutex<Count>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Count {
    /// With which token it was armed, and when it fires.
    armed: Option<(String, Instant)>,
    fired: u64,
}

/// Reads a configuration in JSON and plays the device until the process is killed.
pub async fn run_from_config(path: &Path) -> Result<(), Error> {
    let read = fs::read(path).and_then(|bytes| Ok(serde_json::from_slice(&bytes)?));
    run(read.map_err(|source| Error::Config { path: path.to_owned(), source })?).await
}

/// Plays the device until the future is dropped.
pub async fn run(config: Config) -> Result<(), Error> {
    let socket = |source| Error::Socket { path: config.socket.clone(), source };
    match fs::remove_file(&config.socket) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(socket(error)),
        _ => {}
    }
    let journal = Journal::open(&config.journal)
        .map_err(|source| Error::Journal { path: config.journal.clone(), source })?;
    let listener = UnixListener::bind(&config.socket).map_err(socket)?;
    let device =
        Arc::new(Device { config, journal, count: Mutex::default(), changed: Notify::new() });
    tokio::select! {
        never = device.count_down() => never,
        never = device.listen(&listener) => never,
    }
}

impl Device {
    fn count(&self) -> MutexGuard<'_, Count> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn listen(self: &Arc<Self>, listener: &UnixListener) -> Result<(), Error> {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    let device = Arc::clone(self);
                    tokio::spawn(async move { device.converse(stream).await });
                }
                Err(error) => {
                    tracing::warn!(%error, "the watchdog can't accept a connection");
                    tokio::time::sleep(LOOK_EVERY).await;
                }
            }
        }
    }

    async fn converse(&self, stream: UnixStream) {
        let mut stream = BufReader::new(stream);
        while let Ok(Some(request)) = read::<Request>(&mut stream).await {
            let reply = self.answer(request);
            if write(&mut stream, &reply).await.is_err() {
                return;
            }
        }
    }

    fn answer(&self, request: Request) -> Reply {
        let mut count = self.count();
        let fires_at = Instant::now() + self.config.timeout.to_std();
        let mut refused = None;
        match request {
            Request::Arm { token } => {
                if count.armed.is_none() {
                    count.armed = Some((token, fires_at));
                }
            }
            Request::Feed => match &mut count.armed {
                Some((_, at)) => *at = fires_at,
                None => refused = Some("the watchdog is not armed".to_owned()),
            },
            Request::Disarm { token } => match &count.armed {
                Some((armed, _)) if *armed != token => {
                    refused = Some("the watchdog was armed with another token".to_owned());
                }
                _ => count.armed = None,
            },
            Request::Status => {}
        }
        self.changed.notify_one();
        Reply {
            refused,
            timeout: self.config.timeout,
            armed: count.armed.is_some(),
            fired: count.fired,
        }
    }

    async fn count_down(&self) -> Result<(), Error> {
        loop {
            let fires_at = self.count().armed.as_ref().map(|(_, at)| *at);
            let Some(fires_at) = fires_at else {
                self.changed.notified().await;
                continue;
            };
            tokio::select! {
                () = self.changed.notified() => continue,
                () = tokio::time::sleep_until(fires_at) => {}
            }
            let fires = {
                let mut count = self.count();
                let due = count.armed.as_ref().is_some_and(|(_, at)| Instant::now() >= *at);
                if due {
                    count.armed = None;
                }
                due
            };
            if fires {
                self.fire().await;
                self.count().fired += 1;
            }
        }
    }

    async fn fire(&self) {
        tracing::warn!(host = %self.config.host, "not fed: the watchdog resets the host");
        match &self.config.on_fire {
            OnFire::Kill { pids, boot_file } => {
                if let Err(error) = kill_all(pids, boot_file.as_deref()).await {
                    tracing::error!(%error, "the watchdog can't kill this host's processes");
                }
            }
            OnFire::Tell { socket } => {
                // No answer: the process that plays the host is dead, and the host with it.
                if let Err(error) = reset::order(socket, &self.config.host).await {
                    tracing::warn!(%error, "nobody plays the host any more");
                }
            }
        }
        if let Err(error) = self.journal.host(Event::Watchdog, None) {
            tracing::error!(%error, "the boot journal can't be written");
        }
    }
}

async fn kill_all(pids: &Path, boot_file: Option<&Path>) -> io::Result<()> {
    kill_by_pid_file(&pids.join(AGENT_PID_FILE))?;
    if let Some(file) = boot_file {
        match fs::remove_file(file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    let until = Instant::now() + LOOK_FOR;
    loop {
        for entry in fs::read_dir(pids)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "pid") {
                kill_by_pid_file(&path)?;
            }
        }
        if Instant::now() >= until {
            return Ok(());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
