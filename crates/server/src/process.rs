//! The controller process: opens what it needs, starts its parts, ends when consensus ends.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use consensus::{
    GrpcTransport, Identity as StoreIdentity, Node, NodeConfig, Peer, Production, Store,
};
use contracts::call::Ports;
use controller::Controller;
use drivers::hypervisor::agent::GrpcAgents;
use model::id::ControllerId;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use wire::dial::{DialSettings, Dialer};
use wire::endpoint::Endpoints;
use wire::identity::Identity;
use wire::tls::Credentials;

use crate::clock;
use crate::config::{Config, Timers};
use crate::event_loop::{End, EventLoop};
use crate::metrics::Metrics;
use crate::notary::Notary;
use crate::query::NodeView;
use crate::readiness::ReadinessDesk;
use crate::survivor::{SurvivorDesk, ToFound};
use crate::{bootstrap, left_behind, loader, ports, service, survivor, watch};

/// Why the process did not start, or ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// Its configuration.
    #[error(transparent)]
    Config(#[from] crate::config::ConfigError),
    /// Its certificate or key.
    #[error("the credentials in {} cannot be used: {source}", .path.display())]
    Credentials {
        /// Where they lie.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<wire::tls::CredentialsError>,
    },
    /// Its audit key.
    #[error(transparent)]
    Notary(#[from] crate::notary::NotaryError),
    /// Another controller runs on its folder, or the guardian's record is no good.
    #[error(transparent)]
    Guarded(#[from] crate::guarded::GuardedError),
    /// Its store: a damaged log stops the controller, it never joins as if it were empty.
    #[error(transparent)]
    Store(#[from] consensus::StoreError),
    /// Consensus did not start.
    #[error(transparent)]
    Start(#[from] consensus::StartError),
    /// The endpoints in the configuration.
    #[error("the endpoints in the configuration are not valid: {reason}")]
    Endpoints {
        /// What is wrong.
        reason: String,
    },
    /// What is to be loaded into a new cluster.
    #[error(transparent)]
    Load(#[from] loader::LoadError),
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {source}; is another controller running here?")]
    Listen {
        /// Which address.
        address: std::net::SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Serving ended.
    #[error(transparent)]
    Serve(#[from] wire::serve::ServeError),
    /// Its era is over.
    #[error(
        "{why}. This controller starts nothing and takes no part any more: join it to the newer \
         era under a new controller id"
    )]
    LeftBehind {
        /// What was heard, and where the evidence lies.
        why: String,
    },
    /// Consensus stopped.
    #[error("{reason}")]
    Stopped {
        /// Why.
        reason: String,
    },
}

/// What every part of the process shares.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) node: Member,
    pub(crate) dialer: Arc<Dialer>,
    pub(crate) ports: Ports,
    /// For what only persons order: no call of the controller's.
    pub(crate) agents: Arc<GrpcAgents>,
    pub(crate) metrics: Metrics,
    pub(crate) notary: Notary,
    pub(crate) places: Arc<drivers::twin_room::Places>,
    pub(crate) survivor: SurvivorDesk,
    pub(crate) readiness: ReadinessDesk,
    last_applied: AtomicU64,
}

impl Shared {
    pub(crate) fn note_applied(&self) {
        self.last_applied.store(clock::monotonic().0, Ordering::Relaxed);
    }

    /// What this node knows beside the replicated state.
    pub(crate) fn view(&self) -> NodeView {
        let last = model::time::Monotonic(self.last_applied.load(Ordering::Relaxed));
        NodeView {
            me: self.config.controller,
            leads: self.node.leads(),
            leader_hint: self.node.leader(),
            since_last_entry_ms: clock::monotonic().since(last).as_millis(),
        }
    }
}

/// This node's membership, with the questions that the process asks often.
pub(crate) struct Member {
    node: Node<Production>,
}

impl std::ops::Deref for Member {
    type Target = Node<Production>;

    fn deref(&self) -> &Self::Target {
        &self.node
    }
}

impl Member {
    /// Whether this node believes that it leads: a hint, never authority.
    pub(crate) fn leads(&self) -> bool {
        self.node.leader() == Some(self.node.controller())
    }

    /// Why it stopped, if it did.
    pub(crate) fn stop_reason(&self) -> String {
        self.node.stopped().map_or_else(|| "consensus ended".to_owned(), |why| why.to_string())
    }
}

fn node_config(timers: Option<Timers>) -> NodeConfig {
    let mut config = NodeConfig::default();
    if let Some(timers) = timers {
        config.heartbeat = Duration::from_millis(timers.heartbeat_ms);
        config.election_min = Duration::from_millis(timers.election_min_ms);
        config.election_max = Duration::from_millis(timers.election_max_ms);
    }
    config
}

fn endpoints(config: &Config) -> Result<Endpoints, ProcessError> {
    config
        .endpoints
        .iter()
        .map(|(name, addresses)| {
            let name = name.parse().map_err(|error: wire::endpoint::EndpointNameError| {
                ProcessError::Endpoints { reason: error.to_string() }
            })?;
            Ok((name, addresses.clone()))
        })
        .collect()
}

/// The members as consensus knows them.
pub(crate) fn members(config: &Config) -> BTreeMap<ControllerId, Peer> {
    config
        .members
        .iter()
        .map(|member| {
            let address = format!("controller/{}", member.controller.0);
            (member.controller, Peer { room: member.room.clone(), address })
        })
        .collect()
}

/// How one life of the node ended without an error.
enum Life {
    /// It was told to.
    Stopped,
    /// An era is to be founded before it goes on.
    ToFound(ToFound),
}

/// Runs a controller until `stop` is over or consensus stops. When an era is opened the node is
/// stopped, its store founded anew, and the node started again on it, in this same process.
pub async fn run(config: Config, stop: impl Future<Output = ()>) -> Result<(), ProcessError> {
    let mut stop = std::pin::pin!(stop);
    loop {
        match live(&config, stop.as_mut()).await? {
            Life::Stopped => return Ok(()),
            Life::ToFound(what) => match survivor::found(&config, what) {
                Ok(()) => tracing::warn!("a new era is founded: the controller starts in it"),
                Err(error) => {
                    tracing::error!(%error, "no era was founded: the controller goes on as before");
                }
            },
        }
    }
}

fn open_store(config: &Config) -> Result<Store, ProcessError> {
    let identity = StoreIdentity::first_era(config.cluster.clone(), config.controller);
    Ok(if Store::is_initialised_at(&config.data_dir)? {
        Store::open_at(&config.data_dir, identity)?
    } else {
        Store::initialise_at(&config.data_dir, identity)?
    })
}

async fn live(config: &Config, stop: impl Future<Output = ()>) -> Result<Life, ProcessError> {
    let config = config.clone();
    left_behind::check(&config)?;
    let me = Identity::Controller(config.controller, config.room.clone());
    let credentials = Credentials::load_as(&config.tls_dir, &me).map_err(|source| {
        ProcessError::Credentials { path: config.tls_dir.clone(), source: Box::new(source) }
    })?;
    // Before the log is opened, and until this process has let go of it.
    tokio::pin!(stop);
    let _place = tokio::select! {
        place = crate::guarded::take_place(&config.data_dir) => place?,
        () = &mut stop => return Ok(Life::Stopped),
    };
    let store = open_store(&config)?;
    let to_load = loader::read(&config)?;
    let notary = Notary::open(&config, store.identity())?;
    let dialer =
        Arc::new(Dialer::new(credentials.clone(), endpoints(&config)?, DialSettings::default()));
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|source| ProcessError::Listen { address: config.listen, source })?;
    let transport = Arc::new(GrpcTransport::new(dialer.clone()));
    crate::witnesses::ask(&dialer, &store).await?;
    let (node, applied) = Node::start(store, node_config(config.timers), transport).await?;
    let places = Arc::new(drivers::twin_room::Places::default());
    let agents = Arc::new(GrpcAgents::new(dialer.clone()));
    let ports = ports::build(&dialer, &places, agents.clone());
    let metrics = Metrics::new();
    let metrics_listen = config.metrics_listen;
    let shared = Arc::new(Shared {
        node: Member { node },
        dialer,
        ports,
        agents,
        metrics,
        notary,
        places,
        survivor: SurvivorDesk::new(&config),
        readiness: ReadinessDesk::open(&config),
        last_applied: AtomicU64::new(clock::monotonic().0),
        config,
    });
    let (events, received) = mpsc::unbounded_channel();
    let (end_serving, serving_ends) = tokio::sync::oneshot::channel::<()>();
    let routes = service::routes(&shared, &events);
    let serving = tokio::spawn(async move {
        wire::serve::serve(listener, &credentials, routes, async {
            let _ = serving_ends.await;
        })
        .await
    });
    let controller = Controller::new(controller::Config {
        id: shared.config.controller,
        room: shared.config.room.clone(),
    });
    let mut background = tokio::task::JoinSet::new();
    background.spawn(bootstrap::run(shared.clone(), to_load, events.clone()));
    background.spawn(watch::follow_estate(shared.clone(), events.clone()));
    background.spawn(crate::witnesses::tell(shared.clone()));
    background.spawn(crate::membership::run(shared.clone(), events.clone()));
    background.spawn(crate::notary::keep_signed(shared.clone()));
    background.spawn(crate::readiness::keep_proved(shared.clone()));
    if let Some(address) = metrics_listen {
        background.spawn(crate::metrics::serve(shared.clone(), address));
    }
    tracing::info!(
        controller = %shared.config.controller,
        room = %shared.config.room,
        listen = %shared.config.listen,
        "the controller runs"
    );
    let event_loop = EventLoop::new(shared.clone(), controller, events);
    let ended = tokio::select! {
        end = event_loop.run(applied, received) => Some(end),
        () = &mut stop => None,
    };
    background.shutdown().await;
    if let Some(End::OtherEra(newer)) = &ended {
        let why = left_behind::leave(&shared, newer).await;
        shared.node.shutdown().await;
        return Err(ProcessError::LeftBehind { why });
    }
    let _ = end_serving.send(());
    let served = serving.await;
    shared.node.shutdown().await;
    match (ended, served) {
        (Some(End::Stopped(reason)), _) => Err(ProcessError::Stopped { reason }),
        (Some(End::ToFound(what)), _) => Ok(Life::ToFound(what)),
        (_, Ok(Err(error))) => Err(error.into()),
        (_, _) => Ok(Life::Stopped),
    }
}
