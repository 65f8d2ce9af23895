//! The process.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use drivers::watchdog::fake_process::{Config as DeviceConfig, OnFire};
use drivers::watchdog::reset::Resets;
use model::diagnostic::Diagnostic;
use model::estate::Estate;
use model::id::{ControllerId, HostId};
use model::policy::Policy;
use model::text::Lang;
use tokio::net::TcpListener;
use tokio::process::Child;
use tokio::task::JoinSet;
use tonic::service::Routes;
use wire::dial::{DialSettings, Dialer};
use wire::endpoint::{EndpointName, Endpoints};
use wire::serve::{ServeError, device_service, serve};
use wire::tls::{Credentials, CredentialsError};

use super::config::{Config, ConfigError};
use super::device::Devices;
use super::machine::Machine;
use super::power_journal::{PowerJournal, power_file};
use super::room::Room;
use super::seat::Seat;
use super::{light, service_ports, storage_link};
use crate::journal::host_file;
use crate::with_parent;

/// Why a twin room does not start, or ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Its configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Its certificates.
    #[error("the room has no valid certificates")]
    Credentials(#[from] CredentialsError),
    /// A file.
    #[error("cannot read or write {}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The estate or policy.
    #[error("{} cannot be used: {first}", .path.display())]
    Invalid {
        /// Which file.
        path: PathBuf,
        /// The first thing that is wrong.
        first: String,
    },
    /// A host that the estate does not have.
    #[error("room {room} plays host {host}, which the estate does not have in that room")]
    NoSuchHost {
        /// The room.
        room: String,
        /// The host.
        host: HostId,
    },
    /// A watchdog device.
    #[error("the watchdog of host {host} cannot be started")]
    Watchdog {
        /// Whose.
        host: HostId,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A host.
    #[error("host {host} does not come up: {reason}")]
    Host {
        /// Which.
        host: HostId,
        /// Why.
        reason: String,
    },
    /// Its devices' address.
    #[error("the devices cannot answer at {address}: does another room run there?")]
    Listen {
        /// Which.
        address: std::net::SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Serving ended.
    #[error(transparent)]
    Serve(#[from] ServeError),
}

/// Plays a room, from its configuration file, until the process is killed.
pub async fn run(path: &Path) -> Result<(), RunError> {
    let config = Config::read(path)?;
    let estate = read_file(&config.estate, Estate::parse)?;
    let policy = read_file(&config.policy, Policy::parse)?;
    let credentials = Credentials::load(&config.tls_dir)?;
    let resets_at = config.state_dir.join("resets.sock");
    std::fs::create_dir_all(&config.state_dir)
        .map_err(|source| RunError::File { path: config.state_dir.clone(), source })?;
    let resets = Resets::bind(&resets_at)
        .map_err(|source| RunError::File { path: resets_at.clone(), source })?;
    let mut watchdogs = Vec::new();
    let mut machines = BTreeMap::new();
    for host in config.hosts.keys() {
        let (machine, watchdog) = machine(&config, &estate, &policy, host, &resets_at)?;
        machines.insert(host.clone(), Arc::new(machine));
        watchdogs.extend(watchdog);
    }
    let dialer = Arc::new(dialer(&credentials, config.endpoints.clone()));
    let over_storage = config
        .storage
        .iter()
        .map(|(room, address)| (EndpointName::Device(room.clone()), vec![*address]))
        .collect();
    let storage = Arc::new(self::dialer(&credentials, over_storage));
    let paths = light::paths(&dialer).into_iter().map(|(path, _)| path);
    let room = Arc::new(Room::new(config.room.clone(), estate, machines, paths));
    for (host, machine) in &room.machines {
        let homed = room.estate.vms.iter().filter(|(_, vm)| vm.home == *host).map(|(id, _)| id);
        let running = homed.filter(|_| config.running_at_home);
        machine
            .power_on_with(running)
            .await
            .map_err(|reason| RunError::Host { host: host.clone(), reason })?;
    }
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|source| RunError::Listen { address: config.listen, source })?;
    let mut tasks = JoinSet::new();
    light::watch(&room, &dialer, &mut tasks);
    storage_link::watch(&room, &storage, &mut tasks);
    storage_link::follow(&room, &storage, &mut tasks);
    tasks.spawn(service_ports::watch(room.clone(), config.services.clone()));
    tasks.spawn(obey_watchdogs(room.clone(), resets));
    tracing::info!(room = %room.id, hosts = room.machines.len(), "the room is played");
    let routes = Routes::new(device_service(Devices(room)));
    serve(listener, &credentials, routes, std::future::pending()).await?;
    drop(watchdogs);
    Ok(())
}

fn dialer(credentials: &Credentials, endpoints: Endpoints) -> Dialer {
    Dialer::new(credentials.clone(), endpoints, DialSettings::default())
}

fn read_file<T>(
    path: &Path,
    parse: impl Fn(&str, &str) -> Result<(T, Vec<Diagnostic>), Vec<Diagnostic>>,
) -> Result<T, RunError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| RunError::File { path: path.into(), source })?;
    parse(&path.to_string_lossy(), &text).map(|(value, _)| value).map_err(|diagnostics| {
        let first = diagnostics.first().map(|one| one.one_line(Lang::En)).unwrap_or_default();
        RunError::Invalid { path: path.into(), first }
    })
}

/// A host, and the process that plays its watchdog.
fn machine(
    config: &Config,
    estate: &Estate,
    policy: &Policy,
    host: &HostId,
    resets_at: &Path,
) -> Result<(Machine, Option<Child>), RunError> {
    let definition =
        estate.hosts.get(host).filter(|found| found.room == config.room).ok_or_else(|| {
            RunError::NoSuchHost { room: config.room.to_string(), host: host.clone() }
        })?;
    let own = &config.hosts[host];
    let state = config.state_dir.join(host.as_str());
    std::fs::create_dir_all(&state)
        .map_err(|source| RunError::File { path: state.clone(), source })?;
    let journal = host_file(&config.journal_dir, host);
    let (mut watchdog, mut process) = (None, None);
    if let Some(watched) = definition.watchdog {
        let socket = state.join("watchdog.sock");
        let device = DeviceConfig {
            host: host.clone(),
            socket: socket.clone(),
            timeout: watched.timeout,
            on_fire: OnFire::Tell { socket: resets_at.to_owned() },
            journal: journal.clone(),
        };
        let started = start_watchdog(&state, &device);
        process =
            Some(started.map_err(|source| RunError::Watchdog { host: host.clone(), source })?);
        watchdog = Some((socket, watched.armed));
    }
    let seat = Seat::new(
        host.clone(),
        own.listen,
        Credentials::load(&own.tls_dir)?,
        config.endpoints.clone(),
        controllers(config, estate),
        state.join("agent"),
        policy.lease,
        watchdog,
    );
    let stamps = PowerJournal::new(&config.journal_dir, &power_file(&config.room));
    let machine = Machine::new(
        host.clone(),
        journal.clone(),
        config.time_scale,
        seat,
        stamps,
        config.reboot.to_std(),
    )
    .map_err(|source| RunError::File { path: journal, source })?;
    Ok((machine, process))
}

/// The room's own controller first: the nearest one is asked first.
fn controllers(config: &Config, estate: &Estate) -> Vec<ControllerId> {
    let own = estate.rooms.get(&config.room).map(|room| room.controller);
    let others = estate.rooms.values().map(|room| room.controller).filter(|id| Some(*id) != own);
    own.into_iter().chain(others).collect()
}

/// A process of its own: it goes on counting whatever happens to the agent, and dies with the
/// room.
fn start_watchdog(state: &Path, device: &DeviceConfig) -> io::Result<Child> {
    let path = state.join("watchdog.json");
    std::fs::write(&path, serde_json::to_vec_pretty(device)?)?;
    with_parent::child(&std::env::current_exe()?)
        .args(["watchdog", "--config"])
        .arg(path)
        .stdout(Stdio::inherit())
        .stderr(Stdio::inherit())
        .spawn()
}

/// Resets hosts when their watchdogs say so.
async fn obey_watchdogs(room: Arc<Room>, resets: Resets) {
    let mut returning = JoinSet::new();
    loop {
        let reset = tokio::select! {
            reset = resets.next() => reset,
            Some(_) = returning.join_next() => continue,
        };
        match reset {
            Ok(reset) => {
                if let Some(machine) = room.machines.get(&reset.host).cloned()
                    && machine.reset().await
                {
                    tracing::warn!(host = %reset.host, "the watchdog has reset the host");
                    returning.spawn(machine.come_back());
                }
                if let Err(error) = reset.done().await {
                    tracing::warn!(%error, "the watchdog does not hear that the host is reset");
                }
            }
            Err(error) => {
                tracing::error!(%error, "no reset can be heard any more");
                return;
            }
        }
    }
}
