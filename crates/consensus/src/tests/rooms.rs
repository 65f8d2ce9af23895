//! Three rooms in a seeded world: links that delay, drop and are cut, disks, and an oracle that
//! sees every applied entry.

use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use rand::{RngExt, SeedableRng};

use model::id::ControllerId;
use state_machine::OrphanHead;

use state_machine::{Applied, Command, Entry, Versions};

use super::{entry, identity};
use crate::simulation::{self, NodeRng, Seeded, SimulatedDisk};
use crate::{
    Event, Events, Node, NodeConfig, Peer, PeerTransport, ProposeError, Role, StartError, Store,
    TransportError, TransportFuture,
};

pub(crate) fn id(number: u64) -> ControllerId {
    ControllerId(number)
}

#[derive(Default)]
struct World {
    rng: Option<NodeRng>,
    blocked: BTreeSet<(u64, u64)>,
    /// Messages lost, in a million.
    loss_ppm: u32,
    nodes: BTreeMap<u64, Node<Seeded>>,
    /// By era and index: what was applied there, by whoever came first.
    oracle: BTreeMap<(u64, u64), String>,
    leaders: BTreeMap<(u64, u64), u64>,
    restored: BTreeMap<u64, u64>,
    orphans: Vec<OrphanHead>,
    trace: u64,
    events: u64,
}

/// The rooms.
#[derive(Clone)]
pub(crate) struct Rooms {
    world: Arc<Mutex<World>>,
    disks: BTreeMap<u64, SimulatedDisk>,
    config: NodeConfig,
    begun: tokio::time::Instant,
}

impl Rooms {
    pub(crate) fn new(seed: u64, config: NodeConfig) -> Self {
        let world =
            World { rng: Some(NodeRng::seed_from_u64(simulation::mix(seed))), ..World::default() };
        Self {
            world: Arc::new(Mutex::new(world)),
            disks: (1..=4).map(|node| (node, SimulatedDisk::default())).collect(),
            config,
            begun: tokio::time::Instant::now(),
        }
    }

    /// Three started nodes, a cluster formed.
    pub(crate) async fn formed(seed: u64, config: NodeConfig) -> Self {
        let rooms = Self::new(seed, config);
        for node in 1..=3 {
            rooms.boot_new(node).await;
        }
        rooms.node(1).bootstrap(members(1..=3)).await.unwrap();
        rooms
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    pub(crate) fn random<T>(&self, draw: impl FnOnce(&mut NodeRng) -> T) -> T {
        draw(self.world().rng.as_mut().unwrap())
    }

    pub(crate) fn note(&self, what: &str) {
        let at = self.begun.elapsed().as_micros();
        let mut world = self.world();
        world.events += 1;
        for byte in format!("{at} {what}\n").bytes() {
            world.trace = (world.trace ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    /// A hash over everything that happened, and how much that was.
    pub(crate) fn trace(&self) -> (u64, u64) {
        let world = self.world();
        (world.trace, world.events)
    }

    pub(crate) fn node(&self, node: u64) -> Node<Seeded> {
        self.world().nodes[&node].clone()
    }

    pub(crate) fn disk(&self, node: u64) -> &SimulatedDisk {
        &self.disks[&node]
    }

    pub(crate) fn up(&self) -> Vec<u64> {
        self.world().nodes.keys().copied().collect()
    }

    /// Up to where a node took over a snapshot, if it did.
    pub(crate) fn restored(&self, node: u64) -> Option<u64> {
        self.world().restored.get(&node).copied()
    }

    pub(crate) async fn boot_new(&self, node: u64) {
        let store = Store::initialise(self.disks[&node].insert(), identity(node)).unwrap();
        self.start(node, store).await.unwrap();
    }

    pub(crate) async fn boot(&self, node: u64) {
        let store = Store::open(self.disks[&node].insert(), identity(node)).unwrap();
        self.start(node, store).await.unwrap();
    }

    /// A start with a binary that carries only these versions of `apply`.
    pub(crate) async fn boot_carrying(
        &self,
        node: u64,
        apply_versions: Versions,
    ) -> Result<(), StartError> {
        let store = Store::open(self.disks[&node].insert(), identity(node)).unwrap();
        self.start_with(node, store, NodeConfig { apply_versions, ..self.config.clone() }).await
    }

    pub(crate) async fn start(&self, node: u64, store: Store) -> Result<(), StartError> {
        self.start_with(node, store, self.config.clone()).await
    }

    async fn start_with(
        &self,
        node: u64,
        store: Store,
        config: NodeConfig,
    ) -> Result<(), StartError> {
        let transport = Arc::new(Link { from: node, rooms: self.clone() });
        let started = Node::<Seeded>::start(store, config, transport);
        let (running, events) = simulation::on_node(id(node), started).await?;
        self.note(&format!("boot {node}"));
        self.world().nodes.insert(node, running);
        simulation::spawn_on(id(node), self.clone().watch(node, events));
        Ok(())
    }

    async fn watch(self, node: u64, mut events: Events) {
        while let Some(event) = events.next().await {
            match event {
                Event::Applied(event) => {
                    let what = format!("{} {:?} {:?}", event.term, event.entry, event.applied);
                    self.note(&format!("apply {node} {} {what}", event.index));
                    let mut world = self.world();
                    let known = world
                        .oracle
                        .entry((event.entry.era.0, event.index))
                        .or_insert_with(|| what.clone());
                    assert_eq!(*known, what, "two rooms applied different entries");
                }
                Event::Restored { index } => {
                    self.note(&format!("restore {node} {index}"));
                    self.world().restored.insert(node, index);
                }
                Event::Orphan(head) => {
                    self.note(&format!("orphan {node} {head:?}"));
                    self.world().orphans.push(head);
                }
            }
        }
    }

    /// Makes the oracle forget what was applied from an index on: a test loses it on purpose.
    pub(crate) fn forget_applied_from(&self, index: u64) {
        self.world().oracle.split_off(&(0, index));
    }

    /// What controllers of older eras have said.
    pub(crate) fn orphans(&self) -> Vec<OrphanHead> {
        self.world().orphans.clone()
    }

    /// The power of a room fails.
    pub(crate) fn kill(&self, node: u64) {
        let seed = self.random(|rng| rng.random());
        self.disks[&node].cut(seed);
        simulation::kill(id(node));
        let gone = self.world().nodes.remove(&node);
        drop(gone);
        self.note(&format!("kill {node}"));
    }

    pub(crate) fn cut(&self, from: u64, to: u64) {
        self.world().blocked.insert((from, to));
    }

    pub(crate) fn isolate(&self, node: u64) {
        for other in 1..=4 {
            self.cut(node, other);
            self.cut(other, node);
        }
        self.note(&format!("isolate {node}"));
    }

    pub(crate) fn heal(&self) {
        self.world().blocked.clear();
        self.note("heal");
    }

    pub(crate) fn set_loss(&self, ppm: u32) {
        self.world().loss_ppm = ppm;
    }

    /// Who believes that it leads, and that no term has two.
    pub(crate) fn leaders(&self) -> Vec<u64> {
        let nodes: Vec<_> = self
            .world()
            .nodes
            .iter()
            .map(|(id, node)| (*id, node.era().0, node.status()))
            .collect();
        let mut leaders = Vec::new();
        for (node, era, status) in nodes {
            if status.role == Role::Leader {
                let first = *self.world().leaders.entry((era, status.term)).or_insert(node);
                assert_eq!(first, node, "two leaders in term {} of era {era}", status.term);
                leaders.push(node);
            }
        }
        leaders
    }

    /// Waits until one node leads and a quorum says so.
    pub(crate) async fn leader(&self) -> u64 {
        let found = async {
            loop {
                for leader in self.leaders() {
                    if self.node(leader).read_index(Duration::from_millis(500)).await.is_ok() {
                        return leader;
                    }
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), found).await.expect("nobody leads after 30 s")
    }

    /// Has a command committed by whoever leads, as a leader of the state would; what it did.
    pub(crate) async fn order(&self, command: Command) -> Applied {
        loop {
            let leader = self.leader().await;
            let node = self.node(leader);
            let started = node.with_state(|state| {
                state.leader.as_ref().is_some_and(|record| record.controller == id(leader))
            });
            let next = if started || matches!(command, Command::ClusterFormed { .. }) {
                command.clone()
            } else {
                Command::LeaderStarted { controller: id(leader) }
            };
            let wanted = next == command;
            let at = node.with_state(|state| state.log_time);
            let entry = Entry { at, command: next, ..entry(id(leader), 0) };
            if let Ok((_, applied)) = node.propose(entry).await
                && wanted
            {
                return applied;
            }
        }
    }

    /// Proposes until it is committed; the index.
    pub(crate) async fn write(&self, number: u64) -> u64 {
        loop {
            let leader = self.leader().await;
            match self.node(leader).propose(entry(id(leader), number)).await {
                Ok((index, _)) => {
                    self.note(&format!("ack {number} {index}"));
                    return index;
                }
                Err(ProposeError::Stopped(stopped)) => panic!("{stopped}"),
                Err(_) => {}
            }
        }
    }

    /// Waits until every running node has applied this index.
    pub(crate) async fn all_reach(&self, index: u64) {
        for node in self.up() {
            let mut applied = self.node(node).watch_applied();
            tokio::time::timeout(Duration::from_secs(60), applied.reached(index))
                .await
                .unwrap_or_else(|_| panic!("node {node} did not reach {index} in 60 s"))
                .unwrap();
        }
    }

    /// All leaves of a node.
    pub(crate) fn leaves(&self, node: u64) -> Vec<Vec<u8>> {
        let node = self.node(node);
        let end = node.with_state(|state| state.audit.size);
        let mut leaves = Vec::new();
        while (leaves.len() as u64) < end {
            let more = node.leaves(leaves.len() as u64..end, 64 * 1024).unwrap();
            assert!(!more.is_empty(), "the leaves end before the applied index");
            leaves.extend(more);
        }
        leaves
    }

    /// That all running nodes have the same state and the same leaves, and the leaves make the
    /// tree that the state names.
    pub(crate) async fn assert_same(&self) {
        let mut index = 0;
        for node in self.up() {
            index = index.max(self.node(node).with_state(|state| state.applied_index));
        }
        self.all_reach(index).await;
        let first = self.up()[0];
        let state = self.node(first).with_state(Clone::clone);
        let leaves = self.leaves(first);
        let mut tree = audit::Frontier::default();
        for leaf in &leaves {
            tree.append(leaf);
        }
        assert_eq!(tree, state.audit);
        for node in self.up() {
            assert_eq!(self.node(node).with_state(Clone::clone), state, "node {node}");
            assert!(self.leaves(node) == leaves, "the leaves of {node} differ");
        }
    }
}

pub(crate) fn members(nodes: impl Iterator<Item = u64>) -> BTreeMap<ControllerId, Peer> {
    nodes.map(|node| (id(node), peer(node))).collect()
}

pub(crate) fn peer(node: u64) -> Peer {
    Peer { room: format!("room-{node}").into(), address: format!("{node}") }
}

/// One node's way into the links.
struct Link {
    from: u64,
    rooms: Rooms,
}

impl Link {
    /// One way; false if the message is lost. Whether a link is cut is asked on arrival.
    async fn hop(&self, from: u64, to: u64) -> bool {
        let (delay, lost) = {
            let loss = self.rooms.world().loss_ppm;
            self.rooms.random(|rng| {
                (rng.random_range(300..5000_u64), rng.random_range(0..1_000_000_u32) < loss)
            })
        };
        tokio::time::sleep(Duration::from_micros(delay)).await;
        !lost && !self.rooms.world().blocked.contains(&(from, to))
    }
}

impl PeerTransport for Link {
    fn send<'a>(
        &'a self,
        to: ControllerId,
        _peer: &'a Peer,
        frame: Vec<u8>,
        _within: Duration,
    ) -> TransportFuture<'a> {
        Box::pin(async move {
            if !self.hop(self.from, to.0).await {
                pending::<()>().await;
            }
            self.rooms.note(&format!("frame {} {} {}", self.from, to.0, frame.len()));
            let node = self.rooms.world().nodes.get(&to.0).cloned();
            let Some(node) = node else {
                return Err(TransportError::Unreachable { reason: "it is down".to_owned() });
            };
            let from = id(self.from);
            // On the receiver's side, so that it goes on when the sender dies and ends when the
            // receiver does.
            let handled = simulation::spawn_on(to, async move { node.handle(from, &frame).await });
            let Ok(answer) = handled.await else {
                return Err(TransportError::Unreachable { reason: "it died".to_owned() });
            };
            if !self.hop(to.0, self.from).await {
                pending::<()>().await;
            }
            Ok(answer)
        })
    }
}
