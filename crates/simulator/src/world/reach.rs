//! The contracts' ports as a controller in one room reaches them: through the network, with
//! delays, losses and cuts, to machines and devices that may be dead. Named fakes, all of them.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use contracts::call::{Agents, Sleeper};
use contracts::copy::{Copies, CopyStatus};
use contracts::error::DriverError;
use contracts::fence::{Power, PowerReading};
use contracts::network::{Network as Switches, PathStatus};
use contracts::storage::{ArrayStatus, Storage};
use contracts::withhold::Withholding;
use model::era::Token;
use model::estate::{LinkKind, Vm};
use model::id::{ArrayId, HostId, RoomId, VmId, VolumeId};
use model::step::Order;
use model::time::Monotonic;
use model::units::Span;
use rand::RngExt;

use super::agent::Answered;
use super::machine::Machine;
use super::network::Plane;
use super::storage::Surroundings;
use super::{BmcMood, Stage, World};
use crate::fact::Fact;

/// How long a device or an agent is waited for.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);

/// The ports, seen from one room.
#[derive(Clone)]
pub(crate) struct Reach {
    pub(crate) world: World,
    pub(crate) from: RoomId,
}

/// Virtual time.
pub(crate) struct VirtualSleeper;

#[async_trait]
impl Sleeper for VirtualSleeper {
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

fn silence(what: impl std::fmt::Display) -> DriverError {
    DriverError::Unknown { reason: format!("{what} does not answer") }
}

impl World {
    /// Something done on a host by its agent.
    fn at_host<T>(
        &self,
        host: &HostId,
        act: impl FnOnce(&mut Machine, Monotonic) -> Option<Answered<T>>,
    ) -> Option<Result<T, DriverError>> {
        let now = self.now();
        let mut stage = self.stage();
        self.note_isolation(&mut stage);
        let machine = stage.machines.get_mut(host)?;
        let own = machine.clock.at(now);
        let (answer, facts) = act(machine, own)?;
        for fact in &facts {
            stage.record.take(now, fact);
            if let Fact::VmStarted { vm, host, .. } = fact {
                let openings = self.openings(&stage, vm, host);
                openings.iter().for_each(|opening| stage.record.take(now, opening));
            }
        }
        Some(answer)
    }

    /// What an array tells of itself; none without power.
    pub(crate) fn array_status(&self, array: &ArrayId) -> Option<ArrayStatus> {
        let stage = self.stage();
        let room = &self.estate.arrays.get(array)?.room;
        if !stage.has_power(room) {
            return None;
        }
        let serving = stage.array_serves(array, room);
        let volumes: BTreeMap<_, _> = self
            .estate
            .volumes
            .iter()
            .filter(|(_, volume)| volume.arrays.contains(array))
            .map(|(id, _)| (id.clone(), serving))
            .collect();
        let layer = stage.layers.values().find(|layer| layer.has(array));
        Some(match layer {
            None => ArrayStatus { serving, in_sync: true, volumes, ..ArrayStatus::default() },
            Some(layer) => ArrayStatus {
                serving,
                in_sync: layer.in_sync(),
                sees_peer: layer.sees_peer(&*stage),
                sees_quorum: layer.sees_quorum(array, &*stage),
                elected: layer.elected().cloned(),
                generation: layer.generation(array),
                volumes,
            },
        })
    }

    /// The paths that end at a room's switch; none without power.
    pub(crate) fn paths_at(&self, room: &RoomId) -> Option<Vec<PathStatus>> {
        let stage = self.stage();
        if !stage.has_power(room) {
            return None;
        }
        let mut paths = Vec::new();
        for (id, link) in self.estate.links.iter().filter(|(_, link)| link.between.contains(room)) {
            let Some(other) = link.between.iter().find(|end| *end != room) else { continue };
            // A port has signal when light comes in, whatever goes out.
            let up = stage.powered(other)
                && match link.kind {
                    LinkKind::Network => stage.network.passes(Plane::Network, other, room),
                    LinkKind::Storage => stage.network.passes(Plane::Storage, other, room),
                };
            paths.extend(link.paths.iter().map(|path| PathStatus {
                link: id.clone(),
                path: path.id.clone(),
                up,
            }));
        }
        Some(paths)
    }

    /// What a host's management controller reads; none when its room has no power.
    pub(crate) fn power_reading(&self, host: &HostId) -> Option<PowerReading> {
        let stage = self.stage();
        let machine = stage.machines.get(host)?;
        let answers = stage.bmc_moods.get(host) != Some(&BmcMood::Dead);
        (answers && stage.has_power(&machine.definition.room)).then(|| {
            let on = machine.switched_on && !stage.claimed_off.contains(host);
            let answer = if on { "Power is On" } else { "Power is Off" };
            PowerReading { on, answer: answer.to_owned() }
        })
    }
}

impl Reach {
    fn room_of(&self, host: &HostId) -> Result<RoomId, DriverError> {
        let host = self.world.estate.hosts.get(host);
        host.map(|host| host.room.clone())
            .ok_or_else(|| DriverError::Failed { reason: "there is no such host".to_owned() })
    }

    async fn agent<T: Send + 'static>(
        &self,
        host: &HostId,
        act: impl FnOnce(&mut Machine, Monotonic) -> Option<Answered<T>> + Clone + Send + 'static,
    ) -> Result<T, DriverError> {
        let to = self.room_of(host)?;
        let at = host.clone();
        let answered = self
            .world
            .ask_at(&self.from, &to, Some(host), ANSWER_WITHIN, move |world| {
                world.at_host(&at, act)
            })
            .await;
        answered.unwrap_or_else(|| Err(silence(format!("the agent of host {host}"))))
    }

    /// Tells a host's agent to arm or disarm its watchdog.
    pub(crate) async fn arm(
        &self,
        host: &HostId,
        arm: bool,
        token: Token,
    ) -> Result<(), DriverError> {
        self.agent(host, move |machine, now| machine.arm(arm, token, now)).await
    }

    async fn device<T: Send + 'static>(
        &self,
        room: &RoomId,
        what: &str,
        act: impl FnOnce(&World) -> Option<T> + Clone + Send + 'static,
    ) -> Result<T, DriverError> {
        let answered = self.world.ask(&self.from, room, ANSWER_WITHIN, act).await;
        answered.ok_or_else(|| silence(what))
    }

    async fn array<T: Send + 'static>(
        &self,
        array: &ArrayId,
        act: impl FnOnce(&World, &mut Stage) -> T + Clone + Send + 'static,
    ) -> Result<T, DriverError> {
        let Some(room) = self.world.estate.arrays.get(array).map(|array| array.room.clone()) else {
            return Err(DriverError::Failed { reason: format!("there is no array {array}") });
        };
        let what = format!("array {array}");
        self.device(&room.clone(), &what, move |world| {
            let mut stage = world.stage();
            let answer = stage.has_power(&room).then(|| act(world, &mut stage));
            world.note_isolation(&mut stage);
            answer
        })
        .await
    }

    async fn switch<T: Send + 'static>(
        &self,
        room: &RoomId,
        act: impl FnOnce(&World, &mut Stage) -> T + Clone + Send + 'static,
    ) -> Result<T, DriverError> {
        let what = format!("the switch of room {room}");
        self.device(room, &what, move |world| {
            let mut stage = world.stage();
            let answer = act(world, &mut stage);
            world.note_isolation(&mut stage);
            Some(answer)
        })
        .await
    }
}

#[async_trait]
impl Agents for Reach {
    async fn start(
        &self,
        host: &HostId,
        id: &VmId,
        vm: &Vm,
        token: Token,
        order: &Order,
    ) -> Result<(), DriverError> {
        let (id, vm, order) = (id.clone(), vm.clone(), order.clone());
        let percent = self.world.random(|rng| rng.random_range(80..200));
        self.agent(host, move |machine, now| {
            machine.order_start(&id, &vm, token, &order, now, percent)
        })
        .await
    }

    async fn stop(&self, host: &HostId, id: &VmId, token: Token) -> Result<(), DriverError> {
        let id = id.clone();
        self.agent(host, move |machine, _| machine.order_stop(&id, token)).await
    }

    async fn admit(&self, host: &HostId, token: Token) -> Result<String, DriverError> {
        self.agent(host, move |machine, _| machine.admit(token)).await
    }
}

#[async_trait]
impl Withholding for Reach {
    async fn withhold(
        &self,
        by: &HostId,
        host: &HostId,
        token: Token,
    ) -> Result<Span, DriverError> {
        let from = host.clone();
        self.agent(by, move |machine, now| {
            Some((Ok(machine.withhold(&from, token, now)?), Vec::new()))
        })
        .await
    }
}

#[async_trait]
impl Power for Reach {
    async fn read(&self, host: &HostId) -> Result<PowerReading, DriverError> {
        let (room, of) = (self.room_of(host)?, host.clone());
        let what = format!("the management controller of host {host}");
        self.device(&room, &what, move |world| world.power_reading(&of)).await
    }

    async fn power_off(&self, host: &HostId) -> Result<(), DriverError> {
        let (room, of) = (self.room_of(host)?, host.clone());
        let what = format!("the management controller of host {host}");
        self.device(&room, &what, move |world| world.bmc_power_off(&of)).await?
    }

    async fn power_on(&self, host: &HostId) -> Result<(), DriverError> {
        let (room, of) = (self.room_of(host)?, host.clone());
        let what = format!("the management controller of host {host}");
        self.device(&room, &what, move |world| {
            world.power_on_host(&of);
            Some(())
        })
        .await
    }
}

#[async_trait]
impl Storage for Reach {
    async fn observe(&self, array: &ArrayId) -> Result<ArrayStatus, DriverError> {
        let Some(room) = self.world.estate.arrays.get(array).map(|array| array.room.clone()) else {
            return Err(DriverError::Failed { reason: format!("there is no array {array}") });
        };
        let (what, of) = (format!("array {array}"), array.clone());
        self.device(&room, &what, move |world| world.array_status(&of)).await
    }

    async fn mapped(&self, array: &ArrayId, host: &HostId) -> Result<bool, DriverError> {
        let (of, host) = (array.clone(), host.clone());
        self.array(array, move |_, stage| {
            stage.unmapped.get(&of).is_none_or(|hosts| !hosts.contains(&host))
        })
        .await
    }

    async fn unmap(&self, array: &ArrayId, host: &HostId) -> Result<(), DriverError> {
        let (of, host) = (array.clone(), host.clone());
        self.array(array, move |_, stage| {
            stage.unmapped.entry(of).or_default().insert(host);
        })
        .await
    }

    async fn map(&self, array: &ArrayId, host: &HostId) -> Result<(), DriverError> {
        let (of, host) = (array.clone(), host.clone());
        self.array(array, move |_, stage| {
            stage.unmapped.entry(of).or_default().remove(&host);
        })
        .await
    }
}

#[async_trait]
impl Copies for Reach {
    async fn observe(&self, room: &RoomId, volume: &VolumeId) -> Result<CopyStatus, DriverError> {
        let of = volume.clone();
        self.device(room, "the keeper of copies", move |world| world.copy_status(&of)).await
    }

    async fn open(
        &self,
        room: &RoomId,
        volume: &VolumeId,
        _host: &HostId,
    ) -> Result<(), DriverError> {
        let of = volume.clone();
        self.device(room, "the keeper of copies", move |world| world.open_copy(&of)).await
    }
}

#[async_trait]
impl Switches for Reach {
    async fn paths(&self, room: &RoomId) -> Result<Vec<PathStatus>, DriverError> {
        let (what, of) = (format!("the switch of room {room}"), room.clone());
        self.device(room, &what, move |world| world.paths_at(&of)).await
    }

    async fn close(&self, at: &RoomId, host: &HostId) -> Result<(), DriverError> {
        let (room, host) = (at.clone(), host.clone());
        self.switch(at, move |_, stage| {
            stage.closed.entry(room).or_default().insert(host);
        })
        .await
    }

    async fn is_closed(&self, at: &RoomId, host: &HostId) -> Result<bool, DriverError> {
        let (room, host) = (at.clone(), host.clone());
        self.switch(at, move |_, stage| {
            stage.closed.get(&room).is_some_and(|hosts| hosts.contains(&host))
        })
        .await
    }

    async fn open(&self, at: &RoomId, host: &HostId) -> Result<(), DriverError> {
        let (room, host) = (at.clone(), host.clone());
        self.switch(at, move |_, stage| {
            stage.closed.entry(room).or_default().remove(&host);
        })
        .await
    }
}
