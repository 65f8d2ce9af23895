//! The running member of a cluster.

mod incoming;
mod leaves;
mod members;
mod orphan;
mod propose;

use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

use openraft::alias::{JoinHandleOf, WatchReceiverOf};
use openraft::{Raft, RaftMetrics};
use openraft_rt::watch::WatchReceiver;
use rand::RngExt;
use tokio::sync::mpsc;

use model::era::Era;
use model::id::ControllerId;
use model::standing::Standing;
use state_machine::State;

use crate::catch_up::CatchUp;
use crate::config::NodeConfig;
use crate::disk::{Identity, Store, StoreError};
use crate::error::{StartError, Stopped};
use crate::events::{Event, Events};
use crate::host::{self, Host, Hosted};
use crate::introduce::Introduce;
use crate::log_store::LogStore;
use crate::network::{Network, NewerEra, Wire};
use crate::rest::Rest;
use crate::runtime::Runtime;
use crate::standing::Standings;
use crate::status::{AppliedWatch, Status, StatusWatch};
use crate::transport::PeerTransport;
use crate::types::{Config, Peer};

/// A running member of a cluster. Clones are handles on the same node; it runs until
/// [`Node::shutdown`] or an error of its disk.
pub struct Node<RT: Runtime> {
    inner: Arc<Inner<RT>>,
}

impl<RT: Runtime> Clone for Node<RT> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

struct Inner<RT: Runtime> {
    config: NodeConfig,
    raft: Raft<Config<RT>, Host<RT>>,
    store: Store,
    hosted: Arc<Hosted<RT>>,
    wire: Arc<Wire>,
    fetching: Mutex<Option<JoinHandleOf<Config<RT>, ()>>>,
    introducing: Mutex<Option<JoinHandleOf<Config<RT>, ()>>>,
    /// For what peers say beside Raft.
    events: mpsc::UnboundedSender<Event>,
}

impl<RT: Runtime> Drop for Inner<RT> {
    fn drop(&mut self) {
        self.hosted.gap.end();
    }
}

impl<RT: Runtime> Node<RT> {
    /// Starts the member whose store this is. Entries that are known to be committed are applied
    /// before it returns; their events are the first ones.
    pub async fn start(
        store: Store,
        config: NodeConfig,
        transport: Arc<dyn PeerTransport>,
    ) -> Result<(Self, Events), StartError> {
        let Identity { controller: me, era, .. } = store.identity().clone();
        let raft_config = Arc::new(config.to_openraft(era.0, RT::restores_leader())?);
        // Before anything is written in this life: what peers have seen is compared with this.
        let standings = Standings::new(Arc::clone(&store.disk), RT::thread_rng().random())?;
        let wire = Arc::new(Wire::new(store.identity(), transport, standings));
        let loaded = host::load(&store.disk, config.apply_versions)?;
        let index = loaded.applied.last.as_ref().map(|last| last.index);
        let hosted = Arc::new(Hosted::new(loaded.state, index));
        let (sender, receiver) = mpsc::unbounded_channel();
        let own_events = sender.clone();
        let host = Host::new(
            Arc::clone(&store.disk),
            config.apply_versions,
            Arc::clone(&hosted),
            loaded.applied,
            sender,
        )?;
        let started = Raft::new(
            me.0,
            raft_config,
            Network::new(Arc::clone(&wire), Rest::of(&config)),
            LogStore::new(Arc::clone(&store.disk)),
            host,
        )
        .await;
        let raft = started.map_err(|fatal| StartError::Inconsistent {
            reason: store.disk.fault().unwrap_or_else(|| fatal.to_string()),
        })?;
        let metrics: WatchReceiverOf<Config<RT>, RaftMetrics<Config<RT>>> = raft.metrics();
        let told: WatchReceiverOf<Config<RT>, RaftMetrics<Config<RT>>> = raft.metrics();
        let introduce = Introduce::<RT> {
            me,
            wire: Arc::clone(&wire),
            signal: Arc::clone(&hosted.gap),
            members: Box::new(move || {
                Status::of(&told.borrow_watched()).members.into_iter().collect()
            }),
            runtime: PhantomData,
        };
        let introducing = Mutex::new(Some(RT::spawn(introduce.run())));
        let catch_up = CatchUp::<RT> {
            disk: Arc::clone(&store.disk),
            wire: Arc::clone(&wire),
            signal: Arc::clone(&hosted.gap),
            peers: Box::new(move || {
                let members = Status::of(&metrics.borrow_watched()).members;
                members.into_iter().filter(|(id, _)| *id != me).collect::<Vec<(_, Peer)>>()
            }),
            runtime: PhantomData,
        };
        let fetching = Mutex::new(Some(RT::spawn(catch_up.run())));
        let inner =
            Inner { config, raft, store, hosted, wire, fetching, introducing, events: own_events };
        let inner = Arc::new(inner);
        Ok((Self { inner }, Events { receiver }))
    }

    /// This node's controller.
    pub fn controller(&self) -> ControllerId {
        self.inner.wire.me
    }

    /// Its era.
    pub fn era(&self) -> Era {
        self.inner.wire.era
    }

    /// The hash of the order that opened it; none in a cluster's first.
    pub fn era_order(&self) -> Option<&str> {
        self.inner.wire.order.as_deref()
    }

    /// The newest era that a peer has named. If it is newer than ours, a survivor era was opened
    /// without us, and this controller must refuse to act.
    pub fn newest_era_seen(&self) -> Era {
        self.inner.wire.newest_era()
    }

    /// The era that forbids this controller to act, once a peer has named one: a newer one, or
    /// another of the same number.
    pub fn other_era(&self) -> Option<NewerEra> {
        self.inner.wire.other_era()
    }

    /// The leaves of an era that is over, which this store put aside when the next was founded.
    pub fn leaves_of_era(&self, era: Era) -> Result<Vec<Vec<u8>>, StoreError> {
        self.inner.store.disk.leaves_of_era(era)
    }

    /// How often its store was opened.
    pub fn incarnation(&self) -> u64 {
        self.inner.store.incarnation()
    }

    /// How far its disk has come.
    pub fn standing(&self) -> Standing {
        self.inner.wire.standings.ours()
    }

    /// Whether a peer has spoken in this life, so that this node is sure of its disk and takes
    /// part.
    pub fn is_sure_of_its_disk(&self) -> bool {
        self.inner.wire.standings.is_cleared()
    }

    /// Looks at the state as it is applied here, which may lie behind the leader's; after
    /// [`Node::read_index`] it does not. Applying waits meanwhile: be brief, await nothing.
    pub fn with_state<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.inner.hosted.read())
    }

    /// What this node says about itself: a hint, never authority.
    pub fn status(&self) -> Status {
        Status::of(&self.inner.raft.metrics().borrow_watched())
    }

    /// Follows the status.
    pub fn watch_status(&self) -> StatusWatch<RT> {
        StatusWatch { metrics: self.inner.raft.metrics() }
    }

    /// Follows the applied index.
    pub fn watch_applied(&self) -> AppliedWatch<RT> {
        AppliedWatch { settled: self.inner.hosted.settled_seen.clone() }
    }

    /// Who leads, as far as this node knows: a hint.
    pub fn leader(&self) -> Option<ControllerId> {
        self.inner.raft.metrics().borrow_watched().current_leader.map(ControllerId)
    }

    /// Why the node has stopped, if it has: its disk failed, or it was shut down.
    pub fn stopped(&self) -> Option<Stopped> {
        let reason = self.inner.store.disk.fault().or_else(|| self.status().stopped)?;
        Some(Stopped { reason })
    }

    fn why_stopped(&self, said: impl ToString) -> Stopped {
        let fault = self.inner.store.disk.fault();
        Stopped { reason: fault.unwrap_or_else(|| said.to_string()) }
    }

    /// Takes a snapshot of the state now instead of at the next interval.
    pub async fn snapshot_now(&self) -> Result<(), Stopped> {
        self.inner.raft.trigger().snapshot().await.map_err(|fatal| self.why_stopped(fatal))
    }

    /// Stops the node and lets go of its file.
    pub async fn shutdown(&self) {
        self.inner.hosted.gap.end();
        if let Err(error) = self.inner.raft.shutdown().await {
            tracing::warn!(controller = %self.controller(), %error, "consensus ended abnormally");
        }
        let fetching = self.inner.fetching.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(fetching) = fetching {
            let _ = fetching.await;
        }
        let introducing =
            self.inner.introducing.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(introducing) = introducing {
            let _ = introducing.await;
        }
        self.inner.store.close();
    }
}
