//! Watching everything from a controller's room: one round of probes a room, again and again. All
//! probes of a round share its messages, so that a run stays lean; what is silent is unknown.

use std::time::Duration;

use consensus::simulation;
use contracts::storage::ArrayStatus;
use model::estate::Estate;
use model::id::{ArrayId, ControllerId, RoomId, ServiceId};
use model::observation::{CopyPoint, Detail, Observation, Status, Target};
use model::units::Span;
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

use super::Event;
use crate::world::{Plane, World};

/// One vantage.
#[derive(Clone)]
struct Watcher {
    world: World,
    me: ControllerId,
    vantage: RoomId,
    events: mpsc::UnboundedSender<Event>,
}

/// Begins to watch every room from this one; ends with the controller.
pub(super) fn begin(
    world: &World,
    me: ControllerId,
    vantage: &RoomId,
    events: &mpsc::UnboundedSender<Event>,
) {
    let watcher =
        Watcher { world: world.clone(), me, vantage: vantage.clone(), events: events.clone() };
    for room in world.estate.rooms.keys() {
        simulation::spawn_on(me, watcher.clone().watch(room.clone()));
    }
    simulation::spawn_on(me, watcher.watch_services());
}

impl Watcher {
    async fn watch(self, room: RoomId) {
        let policy = self.world.policy.watch;
        let mut beat = tokio::time::interval(policy.probe_every.to_std());
        // A slow probe delays the next, it does not pile them up.
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            beat.tick().await;
            let found = self.round(&room, policy.probe_timeout.to_std()).await;
            if self.events.send(Event::Probed(found)).is_err() {
                return;
            }
        }
    }

    /// Services, as their users in this room reach them, whatever hosts run them.
    async fn watch_services(self) {
        let mut beat = tokio::time::interval(self.world.policy.watch.probe_every.to_std());
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            beat.tick().await;
            let probed =
                self.world.estate.services.iter().filter(|(_, service)| service.probe.is_some());
            let found = probed
                .map(|(service, _)| {
                    let target = Target::Service { service: service.clone() };
                    if service_answers(&self.world, &self.vantage, service) {
                        seen(target, &self.vantage, Status::Up, "accepts connections")
                    } else {
                        silent(target, &self.vantage)
                    }
                })
                .collect();
            if self.events.send(Event::Probed(found)).is_err() {
                return;
            }
        }
    }

    async fn round(&self, room: &RoomId, within: Duration) -> Vec<Observation> {
        let (vantage, of, me) = (self.vantage.clone(), room.clone(), self.me);
        let asked_at = self.world.now();
        let heard = self
            .world
            .ask(&self.vantage, room, within, move |world| Some(look(world, &vantage, &of, me)))
            .await;
        let took = Span::from(self.world.now().saturating_sub(asked_at));
        let heard = heard.map(|mut found| {
            found.iter_mut().for_each(|observation| age(observation, took));
            found
        });
        heard.unwrap_or_else(|| silence(&self.world.estate, &self.vantage, room, self.me))
    }
}

/// What a copy's keeper said was true when it was asked, not when its answer arrives.
fn age(observation: &mut Observation, took: Span) {
    if let Detail::Copy { holds_until: CopyPoint::Ago(age), .. } = &mut observation.detail {
        *age = age.saturating_add(took);
    }
}

fn seen(target: Target, vantage: &RoomId, status: Status, says: impl Into<String>) -> Observation {
    let evidence = says.into();
    Observation { target, vantage: vantage.clone(), status, evidence, detail: Detail::None }
}

/// What a room's machines and devices answer.
fn look(world: &World, vantage: &RoomId, room: &RoomId, me: ControllerId) -> Vec<Observation> {
    let estate = &world.estate;
    let mut found = Vec::new();
    for (host, _) in estate.hosts_in(room) {
        match world.host_report(host, vantage) {
            Some(report) => found.extend(report),
            None => found.push(silent(Target::Host { host: host.clone() }, vantage)),
        }
        let target = Target::Power { host: host.clone() };
        found.push(match world.power_reading(host) {
            Some(reading) if reading.on => seen(target, vantage, Status::Up, reading.answer),
            Some(reading) => seen(target, vantage, Status::Down, reading.answer),
            None => silent(target, vantage),
        });
    }
    for array in arrays_in(estate, room) {
        match world.array_status(array) {
            Some(status) => found.extend(array_told(estate, vantage, array, &status)),
            None => found.extend(array_silent(estate, vantage, array)),
        }
    }
    let kept = estate.volumes.keys().filter(|id| estate.replica_room(id) == Some(room));
    for volume in kept {
        let target = Target::Copy { volume: volume.clone() };
        found.push(match world.copy_status(volume) {
            Some(status) => Observation {
                detail: Detail::Copy {
                    in_contact: status.in_contact,
                    holds_until: CopyPoint::Ago(status.age),
                },
                ..seen(target, vantage, Status::Up, "keeps a copy")
            },
            None => silent(target, vantage),
        });
    }
    if room == vantage {
        for path in world.paths_at(room).unwrap_or_default() {
            let (status, says) = if path.up {
                (Status::Up, "signal")
            } else {
                (Status::Down, "no signal from the other end")
            };
            let target = Target::Path { link: path.link, path: path.path };
            found.push(seen(target, vantage, status, says));
        }
    }
    if let Some(controller) = estate.rooms.get(room).map(|room| room.controller)
        && controller != me
    {
        let target = Target::Controller { controller };
        let runs = world.stage().controllers.contains_key(&controller);
        found.push(if runs {
            seen(target, vantage, Status::Up, "era 0")
        } else {
            silent(target, vantage)
        });
    }
    found
}

fn silent(target: Target, vantage: &RoomId) -> Observation {
    seen(target, vantage, Status::Unknown, "no answer")
}

/// What is believed of a room that does not answer at all.
fn silence(estate: &Estate, vantage: &RoomId, room: &RoomId, me: ControllerId) -> Vec<Observation> {
    let mut found = Vec::new();
    for (host, _) in estate.hosts_in(room) {
        found.push(silent(Target::Host { host: host.clone() }, vantage));
        found.push(silent(Target::Power { host: host.clone() }, vantage));
    }
    for array in arrays_in(estate, room) {
        found.extend(array_silent(estate, vantage, array));
    }
    let kept = estate.volumes.keys().filter(|id| estate.replica_room(id) == Some(room));
    found.extend(kept.map(|id| silent(Target::Copy { volume: id.clone() }, vantage)));
    if let Some(controller) = estate.rooms.get(room).map(|room| room.controller)
        && controller != me
    {
        found.push(silent(Target::Controller { controller }, vantage));
    }
    found
}

fn arrays_in<'a>(estate: &'a Estate, room: &'a RoomId) -> impl Iterator<Item = &'a ArrayId> {
    estate.arrays.iter().filter(move |(_, array)| array.room == *room).map(|(id, _)| id)
}

/// Whether some VM of the service answers somebody in this room.
fn service_answers(world: &World, vantage: &RoomId, service: &ServiceId) -> bool {
    world.estate.vms_of(service).any(|vm| {
        world.executes(vm).iter().any(|(host, booted)| {
            let stage = world.stage();
            let closed = stage.closed.get(vantage).is_some_and(|hosts| hosts.contains(host));
            let reached = world.estate.hosts.get(host).is_some_and(|host| {
                stage.network.passes(Plane::Network, vantage, &host.room)
                    && stage.network.passes(Plane::Network, &host.room, vantage)
            });
            *booted && reached && !closed && world.is_vm_served(&stage, vm, host)
        })
    })
}

fn array_told(
    estate: &Estate,
    vantage: &RoomId,
    array: &ArrayId,
    status: &ArrayStatus,
) -> Vec<Observation> {
    let detail = Detail::Storage {
        serving: status.serving,
        in_sync: status.in_sync,
        elected: status.elected.clone(),
        generation: status.generation,
    };
    let says = if status.serving { "serving" } else { "not serving" };
    let storage = |target, status| Observation {
        detail: detail.clone(),
        ..seen(target, vantage, status, says)
    };
    let mut found = vec![storage(Target::Array { array: array.clone() }, Status::Up)];
    for (id, layer) in estate.storage_layers.iter().filter(|(_, l)| l.arrays.contains(array)) {
        let Some(side) = estate.arrays.get(array) else { continue };
        // The array itself says that its side stopped: that is knowledge, not silence.
        let side_status = if status.serving { Status::Up } else { Status::Down };
        let target = Target::StorageSide { layer: id.clone(), room: side.room.clone() };
        found.push(storage(target, side_status));
        if layer.arrays.first() == Some(array) {
            let (quorum, says) = if status.sees_quorum {
                (Status::Up, "the array reaches the tie-break")
            } else {
                (Status::Unknown, "the array does not reach the tie-break")
            };
            found.push(seen(Target::StorageQuorum { layer: id.clone() }, vantage, quorum, says));
        }
    }
    for (volume, serving) in &status.volumes {
        let owner = estate.volumes.get(volume).and_then(|volume| volume.arrays.first());
        if owner == Some(array) {
            let up = if *serving { Status::Up } else { Status::Down };
            found.push(seen(Target::Volume { volume: volume.clone() }, vantage, up, says));
        }
    }
    found
}

fn array_silent(estate: &Estate, vantage: &RoomId, array: &ArrayId) -> Vec<Observation> {
    let mut found = vec![silent(Target::Array { array: array.clone() }, vantage)];
    for (id, _) in estate.storage_layers.iter().filter(|(_, l)| l.arrays.contains(array)) {
        if let Some(side) = estate.arrays.get(array) {
            let target = Target::StorageSide { layer: id.clone(), room: side.room.clone() };
            found.push(silent(target, vantage));
        }
    }
    found
}
