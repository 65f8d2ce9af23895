//! An agent as a process of its own, on a host with plain QEMU.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use contracts::watchdog::Watchdog;
use drivers::hypervisor::qemu::{KernelGuest, Qemu, QemuConfig, QemuError};
use drivers::process::write_own_pid_file;
use drivers::watchdog::fake::FakeWatchdog;
use drivers::watchdog::fake_process::AGENT_PID_FILE;
use model::id::{ControllerId, HostId};
use model::policy::LeasePolicy;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use wire::dial::DialSettings;
use wire::endpoint::{EndpointName, Endpoints};
use wire::tls::{Credentials, CredentialsError};

use crate::boot::{BootError, boot_of};
use crate::start::{Agent, AgentConfig, StartError};

/// The configuration file of an agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FileConfig {
    /// Which host.
    pub host: HostId,
    /// Where it answers.
    pub listen: SocketAddr,
    /// The folder with its certificate and key.
    pub credentials: PathBuf,
    /// Controllers and other agents.
    pub endpoints: Endpoints,
    /// Where it renews, its own room's controller first; every controller of `endpoints` if empty.
    #[serde(default)]
    pub controllers: Vec<ControllerId>,
    /// The folder of its durable state, which outlives the host's boot.
    pub state: PathBuf,
    /// The folder of what does not outlive the boot: `boot`, and `pids/`.
    pub run: PathBuf,
    /// The host's boot journal.
    pub journal: PathBuf,
    /// The lease's figures, as in the policy.
    #[serde(default)]
    pub lease: LeasePolicy,
    /// The socket of the host's watchdog, if it has one.
    #[serde(default)]
    pub watchdog: Option<PathBuf>,
    /// Whether the watchdog is armed as long as no person has said otherwise.
    #[serde(default)]
    pub arm: bool,
    /// Nothing but Bascule starts managed VMs here.
    #[serde(default = "yes")]
    pub sole_starter: bool,
    /// The QEMU program.
    #[serde(default = "program")]
    pub program: PathBuf,
    /// For VMs that want a kernel.
    #[serde(default)]
    pub guest: Option<KernelGuest>,
}

fn yes() -> bool {
    true
}

fn program() -> PathBuf {
    PathBuf::from("qemu-system-x86_64")
}

impl FileConfig {
    /// The folder of pid files, where the watchdog finds what to kill.
    pub fn pids(&self) -> PathBuf {
        self.run.join("pids")
    }

    /// The file that names the boot; whoever resets the host removes it.
    pub fn boot_file(&self) -> PathBuf {
        self.run.join("boot")
    }
}

/// Why the process ends.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// A file.
    #[error("{path} can't be read or written")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The configuration.
    #[error("{path} is no configuration of an agent:\n{message}")]
    Config {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        message: String,
    },
    /// The certificate.
    #[error("the agent has no valid certificate")]
    Credentials(#[source] CredentialsError),
    /// The address.
    #[error("the agent can't answer at {address}: is another one running?")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The boot.
    #[error(transparent)]
    Boot(#[from] BootError),
    /// QEMU.
    #[error("QEMU can't be driven here")]
    Qemu(#[source] QemuError),
    /// The agent.
    #[error(transparent)]
    Start(#[from] StartError),
}

/// Reads a configuration file.
pub fn read_config(path: &Path) -> Result<FileConfig, ProcessError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| ProcessError::File { path: path.to_owned(), source })?;
    serde_saphyr::from_str(&text)
        .map_err(|error| ProcessError::Config { path: path.to_owned(), message: error.to_string() })
}

/// Reads a configuration file and serves until SIGTERM or SIGINT. VMs go on running afterwards.
pub async fn run_from_config(path: &Path) -> Result<(), ProcessError> {
    run(read_config(path)?).await
}

/// Serves until SIGTERM or SIGINT.
pub async fn run(config: FileConfig) -> Result<(), ProcessError> {
    let mut ends = [SignalKind::terminate(), SignalKind::interrupt()]
        .into_iter()
        .map(signal)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|source| ProcessError::File { path: config.run.clone(), source })?;
    let agent = start(config).await?;
    let [terminate, interrupt] = ends.as_mut_slice() else { return Ok(()) };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    agent.shutdown().await;
    Ok(())
}

/// Starts the agent of a configuration, with QEMU and the fake watchdog's client.
pub async fn start(config: FileConfig) -> Result<Agent, ProcessError> {
    let credentials = Credentials::load(&config.credentials).map_err(ProcessError::Credentials)?;
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|source| ProcessError::Listen { address: config.listen, source })?;
    let pid_file = config.pids().join(AGENT_PID_FILE);
    write_own_pid_file(&pid_file)
        .map_err(|source| ProcessError::File { path: pid_file.clone(), source })?;
    let (boot, is_new) = boot_of(&config.boot_file())?;
    let qemu = Qemu::open(QemuConfig {
        host: config.host.clone(),
        state: config.state.join("qemu"),
        pids: config.pids(),
        journal: config.journal.clone(),
        program: config.program.clone(),
        guest: config.guest.clone(),
    })
    .await
    .map_err(ProcessError::Qemu)?;
    if is_new {
        qemu.note_boot(&boot)
            .map_err(|source| ProcessError::File { path: config.journal.clone(), source })?;
    }
    let watchdog = config.watchdog.as_ref().map(|socket| {
        Arc::new(FakeWatchdog::new(socket, config.host.to_string())) as Arc<dyn Watchdog>
    });
    let controllers = if config.controllers.is_empty() {
        let named = config.endpoints.iter().filter_map(|(name, _)| match name {
            EndpointName::Controller(id) => Some(*id),
            _ => None,
        });
        named.collect()
    } else {
        config.controllers.clone()
    };
    let agent = AgentConfig {
        host: config.host,
        boot,
        listener,
        credentials,
        endpoints: config.endpoints,
        dial: DialSettings::default(),
        controllers,
        state: config.state.join("agent"),
        lease: config.lease,
        arm: config.arm,
        sole_starter: config.sole_starter,
    };
    Ok(Agent::start(agent, Arc::new(qemu), watchdog).await?)
}
