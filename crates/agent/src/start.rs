//! Starting and ending an agent.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use contracts::error::DriverError;
use contracts::hypervisor::Hypervisor;
use contracts::watchdog::Watchdog;
use model::id::{ControllerId, HostId};
use model::policy::LeasePolicy;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tonic::service::Routes;
use wire::dial::{DialSettings, Dialer};
use wire::endpoint::Endpoints;
use wire::serve::{agent_service, serve};
use wire::tls::Credentials;

use crate::core::Core;
use crate::disk::{Disk, DiskError};
use crate::lease_loop::LeaseLoop;
use crate::service::{Service, Tasks};
use crate::witness::Witness;

/// How long orders under way may take to end at a shutdown.
const GRACE: Duration = Duration::from_secs(2);

/// What an agent needs.
pub struct AgentConfig {
    /// Which host.
    pub host: HostId,
    /// Which boot of it: another one must be admitted before it starts anything.
    pub boot: String,
    /// Where it answers.
    pub listener: TcpListener,
    /// Who it is.
    pub credentials: Credentials,
    /// Controllers and other agents.
    pub endpoints: Endpoints,
    /// How long calls may take.
    pub dial: DialSettings,
    /// Where it renews, in this order: its own room's controller first.
    pub controllers: Vec<ControllerId>,
    /// Where its durable state is. It outlives the boot.
    pub state: PathBuf,
    /// The lease's figures.
    pub lease: LeasePolicy,
    /// Whether the watchdog is armed as long as no person has said otherwise.
    pub arm: bool,
    /// Nothing but Bascule starts managed VMs here.
    pub sole_starter: bool,
}

/// Why an agent does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its durable state.
    #[error("the agent of {host} does not start: {source}")]
    Disk {
        /// Which host.
        host: HostId,
        /// Why.
        #[source]
        source: DiskError,
    },
    /// Its socket.
    #[error("the agent of {host} has no address to answer at")]
    Listener {
        /// Which host.
        host: HostId,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Its watchdog.
    #[error(
        "the watchdog of {host} was armed in this boot and does not answer: {source}; it will \
         reset the host"
    )]
    Watchdog {
        /// Which host.
        host: HostId,
        /// Why.
        #[source]
        source: DriverError,
    },
}

/// An agent that runs.
pub struct Agent {
    host: HostId,
    address: SocketAddr,
    dialer: Arc<Dialer>,
    tasks: Tasks,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
    lease: JoinHandle<()>,
}

impl fmt::Debug for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agent")
            .field("host", &self.host)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Agent {
    /// Starts an agent. Dropping it ends it like [`Agent::abort`], without waiting.
    pub async fn start(
        config: AgentConfig,
        hypervisor: Arc<dyn Hypervisor>,
        watchdog: Option<Arc<dyn Watchdog>>,
    ) -> Result<Self, StartError> {
        let AgentConfig { host, boot, listener, credentials, state, lease, .. } = config;
        let address = listener
            .local_addr()
            .map_err(|source| StartError::Listener { host: host.clone(), source })?;
        let (disk, durable) = Disk::open(&state, &host, &boot)
            .map_err(|source| StartError::Disk { host: host.clone(), source })?;
        // Armed in this very boot: it counts, although this process has never fed it.
        let armed = match &watchdog {
            Some(watchdog) if durable.armed_in_boot.as_ref() == Some(&boot) => Some(
                watchdog
                    .arm()
                    .await
                    .map_err(|source| StartError::Watchdog { host: host.clone(), source })?,
            ),
            _ => None,
        };
        let core = Arc::new(Core::new(
            host.clone(),
            boot,
            lease,
            config.arm,
            hypervisor,
            watchdog,
            (disk, durable),
            armed,
        ));
        let dialer = Arc::new(Dialer::new(credentials.clone(), config.endpoints, config.dial));
        let tasks = Tasks::default();
        let (stop, mut stopped) = watch::channel(false);
        let base = drivers::journal::wall_now().0;
        let service = Service::new(Arc::clone(&core), base, tasks.clone(), Witness::open(&state));
        let serving = host.clone();
        let server = tokio::spawn(async move {
            let routes = Routes::new(agent_service(service));
            let until = async move {
                let _ = stopped.wait_for(|stopped| *stopped).await;
            };
            if let Err(error) = serve(listener, &credentials, routes, until).await {
                tracing::error!(host = %serving, %error, "the agent answers no more");
            }
        });
        let lease_loop =
            LeaseLoop::new(core, Arc::clone(&dialer), config.controllers, config.sole_starter)
                .await;
        let lease = tokio::spawn(lease_loop.run());
        Ok(Self { host, address, dialer, tasks, stop, server, lease })
    }

    /// Which host.
    pub fn host(&self) -> &HostId {
        &self.host
    }

    /// Where it answers.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Replaces the addresses of controllers and other agents.
    pub fn set_endpoints(&self, endpoints: Endpoints) {
        self.dialer.set_endpoints(endpoints);
    }

    /// Ends it in order: answers what is under way. VMs go on running, and an armed watchdog goes
    /// on counting.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        let _ = (&mut self.server).await;
        self.lease.abort();
        let mut orders = self.tasks.take();
        let all = async { while orders.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, all).await.is_err() {
            tracing::warn!(host = %self.host, "orders under way are abandoned");
        }
    }

    /// Ends it as the death of its process would. When this returns, nothing of it acts any more.
    pub async fn abort(mut self) {
        self.server.abort();
        self.lease.abort();
        let _ = (&mut self.server).await;
        let _ = (&mut self.lease).await;
        let mut orders = self.tasks.take();
        orders.shutdown().await;
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.server.abort();
        self.lease.abort();
        let _ended: JoinSet<()> = self.tasks.take();
    }
}
