//! A controller's lives: started, killed, started again on what its disk kept.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use audit::era_order::SignedOrder;
use consensus::simulation::{self, Seeded};
use consensus::{BootstrapError, Identity, Node, NodeConfig, Peer, Store, StoreError};
use contracts::call::Ports;
use model::era::Era;
use model::id::{ControllerId, PersonId, RoomId};
use model::time::WallTime;
use rand::RngExt;
use state_machine::{Command, EraEvidence, Member, Rejection};
use tokio::sync::{mpsc, oneshot};

use super::event_loop::{End, EventLoop};
use super::transport::Links;
use super::{Event, watch};
use crate::fact::Fact;
use crate::world::{Reach, Running, VirtualSleeper, World};

/// By the world's time: the clock of the controller may be a little slower.
const SHORTEST_WAIT: Duration = Duration::from_millis(5);

fn identity(world: &World, controller: ControllerId) -> Identity {
    Identity::first_era(world.estate.name.clone(), controller)
}

/// A snapshot often, so that runs of a minute see compaction and catching up.
fn config() -> NodeConfig {
    NodeConfig { snapshot_every: 300, keep_behind_snapshot: 60, ..NodeConfig::default() }
}

fn ports(reach: &Arc<Reach>) -> Ports {
    Ports {
        agents: reach.clone(),
        power: reach.clone(),
        storage: reach.clone(),
        copies: reach.clone(),
        network: reach.clone(),
        withholding: reach.clone(),
        sleeper: Arc::new(VirtualSleeper),
    }
}

/// The first start of a controller.
pub(crate) async fn boot_new(world: &World, me: ControllerId) {
    start(world, me, true).await;
}

/// A start on what the disk kept.
pub(crate) async fn boot(world: &World, me: ControllerId) {
    start(world, me, false).await;
}

fn open(world: &World, me: ControllerId, new: bool) -> Option<Result<Store, StoreError>> {
    let backend = world.disk(me)?.insert();
    let identity = identity(world, me);
    Some(if new {
        Store::initialise(backend, identity)
    } else {
        Store::open_in_its_era(backend, identity)
    })
}

/// Starts a controller; a kill on the way ends the start without a word.
async fn start(world: &World, me: ControllerId, new: bool) {
    let Some(room) = world.room_of(me).cloned() else { return };
    let life = {
        let mut stage = world.stage();
        stage.lives += 1;
        let life = stage.lives;
        stage.starting.insert(me, life);
        life
    };
    // Its guardian promises no more from here on; what it had promised is waited for.
    while let Some(left) = world.take_place(me) {
        tokio::time::sleep(left.to_std().max(SHORTEST_WAIT)).await;
        if world.stage().starting.get(&me) != Some(&life) {
            return;
        }
    }
    world.judge_start(me);
    let started = start_node(world, me, &room, new).await;
    {
        let mut stage = world.stage();
        if stage.starting.get(&me) != Some(&life) {
            return;
        }
        stage.starting.remove(&me);
    }
    match started {
        Ok((node, applied)) => run(world, me, room, life, node, applied),
        Err(why) => gave_up(world, me, why),
    }
}

async fn start_node(
    world: &World,
    me: ControllerId,
    room: &RoomId,
    new: bool,
) -> Result<(Node<Seeded>, consensus::Events), String> {
    let store = match open(world, me, new) {
        Some(Ok(store)) => store,
        Some(Err(error)) => return Err(format!("its store does not open: {error}")),
        None => return Err("it has no disk".to_owned()),
    };
    let links = Arc::new(Links { world: world.clone(), me, room: room.clone() });
    simulation::on_node(me, Node::start(store, config(), links))
        .await
        .map_err(|error| format!("it does not start: {error}"))
}

fn run(
    world: &World,
    me: ControllerId,
    room: RoomId,
    life: u64,
    node: Node<Seeded>,
    applied: consensus::Events,
) {
    let (events, received) = mpsc::unbounded_channel();
    let running = Running { node: node.clone(), events: events.clone(), life };
    world.stage().controllers.insert(me, running);
    world.note(&Fact::ControllerStarted { node: me });
    let reach = Arc::new(Reach { world: world.clone(), from: room.clone() });
    watch::begin(world, me, &room, &events);
    let event_loop = EventLoop::new(world.clone(), me, room, node, ports(&reach), events);
    let running = simulation::spawn_on(me, event_loop.run(applied, received));
    let world = world.clone();
    simulation::spawn(async move {
        let end = match running.await {
            Ok(end) => end,
            Err(error) if error.is_panic() => End::Failed("its event loop panicked".to_owned()),
            // Killed by a fault.
            Err(_) => return,
        };
        let still_this_one =
            world.stage().controllers.get(&me).is_some_and(|running| running.life == life);
        if still_this_one {
            ended(&world, me, end).await;
        }
    });
}

/// A controller stopped by itself. That is a failure, unless its disk gave it a reason.
fn gave_up(world: &World, me: ControllerId, why: String) {
    {
        let mut stage = world.stage();
        let spoiled = stage.spoiled.contains(&me);
        let ails = stage.ailing.get(&me).is_some_and(|faults| *faults > 0);
        if spoiled {
            stage.retired.insert(me);
        } else if !ails {
            drop(stage);
            world.note(&Fact::ControllerFailed { node: me, why });
            return;
        }
    }
    if let Some(disk) = world.disk(me) {
        disk.detach();
    }
    simulation::kill(me);
    let gone = world.stage().controllers.remove(&me);
    drop(gone);
    world.leave_place(me);
    world.note(&Fact::ControllerStopped { node: me, why });
}

/// A life ended by itself.
async fn ended(world: &World, me: ControllerId, end: End) {
    match end {
        End::Failed(why) => gave_up(world, me, why),
        End::ToFound { order, evidence } => {
            stop(world, me).await;
            let identity = identity(world, me);
            let founded = world
                .disk(me)
                .ok_or_else(|| "it has no disk".to_owned())
                .and_then(|disk| found(disk.insert(), &identity, &order, evidence));
            match founded {
                Ok(era) => world.note(&Fact::EraFounded { node: me, era }),
                Err(why) => world.note(&Fact::ControllerFailed { node: me, why }),
            }
            boot(world, me).await;
        }
        End::OtherEra { newer, node } => {
            let why = match node.own_head() {
                Ok(head) => {
                    node.leave_word(newer.by, &head, Duration::from_secs(2)).await;
                    format!("era {} was opened without it ({} says so)", newer.era.0, newer.by)
                }
                Err(error) => format!("its own log can't be read: {error}"),
            };
            world.stage().left_behind.insert(me);
            world.note(&Fact::LeftBehind { node: me, why });
            stop(world, me).await;
        }
    }
}

/// Founds an era in a store whose node is stopped.
fn found(
    backend: simulation::SimulatedBackend,
    identity: &Identity,
    order: &str,
    evidence: EraEvidence,
) -> Result<Era, String> {
    let said = |error: StoreError| error.to_string();
    let store = Store::open_in_its_era(backend, identity.clone()).map_err(said)?;
    let order = SignedOrder::parse(order).map_err(|error| error.to_string())?;
    let place = (format!("controller/{}", identity.controller.0), WallTime::default());
    let survey = store.survey().map_err(said)?;
    let founding = survey.founding(store.identity(), &order, evidence, place).map_err(said)?;
    store.found(&founding).map_err(said)?;
    Ok(order.order().era)
}

/// Stops a controller's process in good order.
async fn stop(world: &World, me: ControllerId) {
    let gone = world.stage().controllers.remove(&me);
    if let Some(running) = gone {
        running.node.shutdown().await;
    }
    simulation::kill(me);
    world.leave_place(me);
}

/// Kills a controller as a power cut does: what was not synced is lost or torn.
pub(crate) fn kill(world: &World, me: ControllerId) {
    let running = {
        let mut stage = world.stage();
        let starting = stage.starting.remove(&me).is_some();
        let running = stage.controllers.get(&me).cloned();
        if running.is_none() && !starting {
            return;
        }
        running
    };
    let led = running.as_ref().is_some_and(|running| running.node.leader() == Some(me));
    let seed = world.random(|rng| rng.random());
    if let Some(disk) = world.disk(me) {
        // Before its tasks end: what they drop may write.
        disk.cut(seed);
    }
    simulation::kill(me);
    // The handle goes last: dropping it ends the node's own parts.
    let gone = world.stage().controllers.remove(&me);
    drop((gone, running));
    world.leave_place(me);
    world.note(&Fact::ControllerKilled { node: me, led });
}

/// Forms the cluster and loads the estate; says why it could not, if so.
pub(crate) async fn form(world: &World, load: &Command) -> Result<(), String> {
    let members: BTreeMap<ControllerId, Peer> = world
        .estate
        .rooms
        .iter()
        .map(|(room, of)| {
            let address = format!("controller/{}", of.controller.0);
            (of.controller, Peer { room: room.clone(), address })
        })
        .collect();
    let (_, first) = world.running().into_iter().next().ok_or("no controller runs")?;
    match first.node.bootstrap(members.clone()).await {
        Ok(()) | Err(BootstrapError::AlreadyFormed) => {}
        Err(error) => return Err(format!("the cluster could not be formed: {error}")),
    }
    let formed = Command::ClusterFormed {
        members: members
            .into_iter()
            .map(|(controller, peer)| Member { controller, room: peer.room })
            .collect(),
    };
    let commands = async {
        for command in [formed, load.clone()] {
            loop {
                match propose(world, &command, None).await {
                    Some(None) => break,
                    Some(Some(why)) => {
                        return Err(format!("`{}` was rejected: {why}", command.name()));
                    }
                    None => tokio::time::sleep(Duration::from_millis(50)).await,
                }
            }
        }
        Ok(())
    };
    match tokio::time::timeout(Duration::from_secs(30), commands).await {
        Ok(done) => done,
        Err(_) => Err("the cluster was not formed within 30 s of calm".to_owned()),
    }
}

/// Proposes at whoever leads, in a person's name if one is given. None: nobody knows what became
/// of it; else why it was rejected, if it was.
pub(crate) async fn propose(
    world: &World,
    command: &Command,
    person: Option<PersonId>,
) -> Option<Option<Rejection>> {
    let (_, leader) = world.running().into_iter().find(|(id, running)| {
        running.node.with_state(|state| {
            state.leader.as_ref().is_some_and(|leader| leader.controller == *id)
        })
    })?;
    let (answer, answered) = oneshot::channel();
    let _ = leader.events.send(Event::Command { command: command.clone(), person, answer });
    // The handle must not keep a killed controller's parts alive while its answer is awaited.
    drop(leader);
    let (_, applied) = answered.await.ok()?.ok()?;
    Some(applied.rejected)
}
