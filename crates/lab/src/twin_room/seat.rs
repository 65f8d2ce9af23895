//! Where a host's agent sits: what it needs to start again at each boot.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use agent::{Agent, AgentConfig};
use contracts::watchdog::Watchdog;
use drivers::hypervisor::twin::Twin;
use drivers::watchdog::fake::FakeWatchdog;
use model::id::{ControllerId, HostId};
use model::policy::LeasePolicy;
use tokio::net::TcpListener;
use wire::dial::DialSettings;
use wire::endpoint::Endpoints;
use wire::tls::Credentials;

/// What an agent needs, boot after boot.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) host: HostId,
    pub(super) listen: std::net::SocketAddr,
    pub(super) credentials: Credentials,
    pub(super) endpoints: Endpoints,
    /// Its own room's controller first.
    pub(super) controllers: Vec<ControllerId>,
    /// What outlives the boot.
    pub(super) state: PathBuf,
    pub(super) lease: LeasePolicy,
    /// The socket of its watchdog device, and whether it is armed at first.
    pub(super) watchdog: Option<(PathBuf, bool)>,
    boot: Mutex<String>,
}

/// An agent that runs.
#[derive(Debug)]
pub(super) struct RunningAgent(Agent);

impl RunningAgent {
    /// Ends it as the loss of power would.
    pub(super) async fn kill(self) {
        self.0.abort().await;
    }
}

impl Seat {
    #[allow(clippy::too_many_arguments)]
    pub(super) fn new(
        host: HostId,
        listen: std::net::SocketAddr,
        credentials: Credentials,
        endpoints: Endpoints,
        controllers: Vec<ControllerId>,
        state: PathBuf,
        lease: LeasePolicy,
        watchdog: Option<(PathBuf, bool)>,
    ) -> Self {
        Self {
            host,
            listen,
            credentials,
            endpoints,
            controllers,
            state,
            lease,
            watchdog,
            boot: Mutex::default(),
        }
    }

    /// The boot under which agents start from here on.
    pub(super) fn set_boot(&self, boot: &str) {
        boot.clone_into(&mut self.boot.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Starts the agent.
    pub(super) async fn start(&self, twin: &Twin) -> Result<RunningAgent, String> {
        let listener = TcpListener::bind(self.listen).await.map_err(|error| {
            format!("the agent of {} cannot answer at {}: {error}", self.host, self.listen)
        })?;
        let watchdog = self.watchdog.as_ref().map(|(socket, _)| {
            Arc::new(FakeWatchdog::new(socket, self.host.to_string())) as Arc<dyn Watchdog>
        });
        let config = AgentConfig {
            host: self.host.clone(),
            boot: self.boot.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            listener,
            credentials: self.credentials.clone(),
            endpoints: self.endpoints.clone(),
            dial: DialSettings::default(),
            controllers: self.controllers.clone(),
            state: self.state.clone(),
            lease: self.lease,
            arm: self.watchdog.as_ref().is_some_and(|(_, armed)| *armed),
            sole_starter: true,
        };
        Agent::start(config, Arc::new(twin.clone()), watchdog)
            .await
            .map(RunningAgent)
            .map_err(|error| error.to_string())
    }
}
