//! The simulated world: rooms, links, machines, devices, clocks, and the record of it all.

mod agent;
mod choices;
mod copies;
mod guardians;
mod isolation;
mod letters;
mod machine;
mod network;
mod physics;
mod power;
mod reach;
mod storage;
mod watchdog;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use consensus::Node;
use consensus::simulation::{NodeRng, Seeded, SimulatedDisk, mix};
use model::estate::Estate;
use model::id::{ArrayId, ControllerId, HostId, RoomId, StorageLayerId, VmId, VolumeId};
use model::policy::Policy;
use rand::{RngExt, SeedableRng};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::fact::Fact;
use crate::load::Site;
use crate::node::Event;
use crate::record::Record;
use crate::scenario::Scenario;
use crate::trace::Tracing;

use choices::Choices;
pub(crate) use letters::Asker;
pub(crate) use machine::Machine;
pub(crate) use network::{Cut, Network, Plane, Weather};
pub(crate) use physics::begin as begin_physics;
pub(crate) use power::BmcMood;
pub(crate) use reach::{Reach, VirtualSleeper};
use storage::StretchedLayer;

/// A controller process that runs.
#[derive(Clone)]
pub(crate) struct Running {
    pub(crate) node: Node<Seeded>,
    pub(crate) events: mpsc::UnboundedSender<Event>,
    /// Its life: a later one of the same controller has a higher number.
    pub(crate) life: u64,
}

/// What there is.
pub(crate) struct Stage {
    pub(crate) rng: NodeRng,
    pub(crate) network: Network,
    pub(crate) machines: BTreeMap<HostId, Machine>,
    pub(crate) layers: BTreeMap<StorageLayerId, StretchedLayer>,
    /// Copies outside of the layers.
    pub(crate) copies: BTreeMap<VolumeId, copies::Copy>,
    /// Hosts that an array no longer maps.
    pub(crate) unmapped: BTreeMap<ArrayId, BTreeSet<HostId>>,
    /// Hosts for which a room's switch is closed.
    pub(crate) closed: BTreeMap<RoomId, BTreeSet<HostId>>,
    /// The guardian beside each controller.
    pub(crate) guardians: BTreeMap<ControllerId, guardians::Post>,
    /// How many faults keep agents of different rooms from hearing each other.
    pub(crate) agents_apart: u32,
    /// How many faults keep a room without power.
    pub(crate) outages: BTreeMap<RoomId, u32>,
    /// How many faults keep a controller down beside its room's power.
    pub(crate) kept_down: BTreeMap<ControllerId, u32>,
    pub(crate) controllers: BTreeMap<ControllerId, Running>,
    /// Controllers that are starting, each with the number of that life.
    pub(crate) starting: BTreeMap<ControllerId, u64>,
    pub(crate) lives: u64,
    /// Controllers whose era is over: they do not start any more.
    pub(crate) left_behind: BTreeSet<ControllerId>,
    /// Hosts whose plug a person has pulled.
    pub(crate) unplugged: BTreeSet<HostId>,
    pub(crate) isolated: BTreeSet<HostId>,
    /// What is wrong with management controllers.
    pub(crate) bmc_moods: BTreeMap<HostId, BmcMood>,
    /// Hosts whose management controller says "off" before it is.
    pub(crate) claimed_off: BTreeSet<HostId>,
    /// How many faults a controller's disk suffers from at the moment: it may stop by itself.
    pub(crate) ailing: BTreeMap<ControllerId, u32>,
    /// Controllers whose disk holds something damaged or old: they stop once they notice.
    pub(crate) spoiled: BTreeSet<ControllerId>,
    /// Controllers that stopped for good: their disk can't be trusted again.
    pub(crate) retired: BTreeSet<ControllerId>,
    /// How many faults make guests die while they start.
    pub(crate) stillborn: u32,
    /// How many proposals have been made so far.
    proposals: u64,
    pub(crate) record: Record,
}

impl Stage {
    pub(crate) fn has_power(&self, room: &RoomId) -> bool {
        self.outages.get(room).is_none_or(|outages| *outages == 0)
    }
}

/// The world. Clones are handles on the same one.
#[derive(Clone)]
pub(crate) struct World {
    stage: Arc<Mutex<Stage>>,
    begun: Instant,
    pub(crate) estate: Arc<Estate>,
    pub(crate) policy: Arc<Policy>,
    clocks: Arc<BTreeMap<ControllerId, Clock>>,
    disks: Arc<BTreeMap<ControllerId, SimulatedDisk>>,
    choices: Choices,
}

/// A clock whose rate differs from the world's by less than half of what the policy allows
/// between two clocks.
fn drawn_clock(rng: &mut NodeRng, policy: &Policy) -> Clock {
    let half = i64::from(policy.lease.drift_ppm / 2);
    Clock {
        offset_ms: rng.random_range(1..1_000_000),
        rate_ppm: if half == 0 { 0 } else { rng.random_range(-half..=half) },
        since: Duration::ZERO,
    }
}

impl World {
    /// A world in which every host is on and every VM runs at home.
    pub(crate) fn new(seed: u64, site: &Site, scenario: &Scenario, tracing: Tracing) -> Self {
        let estate = site.estate.clone();
        let mut rng = NodeRng::seed_from_u64(mix(seed ^ 0x0057_6f72_6c64));
        let controllers = || estate.rooms.values().map(|room| room.controller);
        let clocks: BTreeMap<ControllerId, Clock> =
            controllers().map(|id| (id, drawn_clock(&mut rng, &site.policy))).collect();
        let machines = estate
            .hosts
            .iter()
            .map(|(id, host)| {
                let clock = drawn_clock(&mut rng, &site.policy);
                (id.clone(), Machine::new(id.clone(), host.clone(), clock, site.policy.lease))
            })
            .collect();
        let layers = estate
            .storage_layers
            .iter()
            .map(|(id, layer)| (id.clone(), StretchedLayer::new(&estate, layer)))
            .collect();
        let network = Network::new(
            [scenario.delay[0].as_millis(), scenario.delay[1].as_millis()],
            scenario.loss_ppm,
        );
        let stage = Stage {
            rng,
            network,
            machines,
            layers,
            copies: copies::all(&estate),
            unmapped: BTreeMap::new(),
            closed: BTreeMap::new(),
            guardians: guardians::all(&clocks, site.policy.lease),
            agents_apart: 0,
            outages: BTreeMap::new(),
            kept_down: BTreeMap::new(),
            controllers: BTreeMap::new(),
            starting: BTreeMap::new(),
            lives: 0,
            left_behind: BTreeSet::new(),
            unplugged: BTreeSet::new(),
            isolated: BTreeSet::new(),
            bmc_moods: BTreeMap::new(),
            claimed_off: BTreeSet::new(),
            ailing: BTreeMap::new(),
            spoiled: BTreeSet::new(),
            retired: BTreeSet::new(),
            stillborn: 0,
            proposals: 0,
            record: Record::new(tracing, &scenario.properties),
        };
        let world = Self {
            stage: Arc::new(Mutex::new(stage)),
            begun: Instant::now(),
            disks: Arc::new(controllers().map(|id| (id, SimulatedDisk::default())).collect()),
            clocks: Arc::new(clocks),
            estate,
            policy: site.policy.clone(),
            choices: Choices::default(),
        };
        world.power_on_everything();
        world
    }

    /// The world itself. Nothing may be awaited while it is held.
    pub(crate) fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Time since the world began.
    pub(crate) fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    /// A controller's own clock.
    pub(crate) fn clock(&self, controller: ControllerId) -> Clock {
        self.clocks.get(&controller).copied().unwrap_or_default()
    }

    pub(crate) fn disk(&self, controller: ControllerId) -> Option<SimulatedDisk> {
        self.disks.get(&controller).cloned()
    }

    /// Takes note of a fact.
    pub(crate) fn note(&self, fact: &Fact) {
        let now = self.now();
        self.stage().record.take(now, fact);
    }

    /// Takes note that a controller begins to propose something; the proposal's number.
    pub(crate) fn begin_proposal(&self, node: ControllerId) -> u64 {
        let now = self.now();
        let mut stage = self.stage();
        stage.proposals += 1;
        let proposal = stage.proposals;
        stage.record.take(now, &Fact::ProposalBegan { node, proposal });
        proposal
    }

    pub(crate) fn note_all(&self, facts: &[Fact]) {
        let now = self.now();
        let mut stage = self.stage();
        for fact in facts {
            stage.record.take(now, fact);
        }
    }

    /// The room of a controller.
    pub(crate) fn room_of(&self, controller: ControllerId) -> Option<&RoomId> {
        self.estate.rooms.iter().find(|(_, room)| room.controller == controller).map(|(id, _)| id)
    }

    /// The controllers that run now.
    pub(crate) fn running(&self) -> Vec<(ControllerId, Running)> {
        self.stage().controllers.iter().map(|(id, running)| (*id, running.clone())).collect()
    }

    /// Whether a controller has stopped because its era is over.
    pub(crate) fn is_left_behind(&self, controller: ControllerId) -> bool {
        self.stage().left_behind.contains(&controller)
    }

    /// The controller that leads now, as it says.
    pub(crate) fn leader(&self) -> Option<ControllerId> {
        self.running()
            .into_iter()
            .find(|(id, running)| running.node.leader() == Some(*id))
            .map(|(id, _)| id)
    }

    /// Waits until a recovery is under way, at most so long; whether one is.
    pub(crate) async fn until_recovering(&self, within: Duration) -> bool {
        let end = self.now() + within;
        while self.now() < end {
            let recovers = |running: &Running| {
                running.node.with_state(|state| state.running_runs().next().is_some())
            };
            if self.running().iter().any(|(_, running)| recovers(running)) {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        false
    }

    /// Where a VM executes, and whether its guest has booted there.
    pub(crate) fn executes(&self, vm: &VmId) -> Vec<(HostId, bool)> {
        self.stage()
            .machines
            .iter()
            .filter_map(|(id, machine)| Some((id.clone(), machine.executes(vm)?)))
            .collect()
    }
}
