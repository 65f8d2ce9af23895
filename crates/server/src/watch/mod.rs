//! Watching everything from this controller's room, one task per thing watched. Findings are
//! raw: the controller debounces, and silence is unknown, never down.

mod agents;
mod arrays;
mod controllers;
mod copies;
mod paths;
mod power;
mod readiness_checks;
mod services;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use model::estate::Estate;
use model::id::{CheckId, RoomId};
use model::observation::{Detail, Observation, Status, Target};
use model::policy::{Policy, ReadinessCheck, WatchPolicy};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::event::Event;
use crate::process::Shared;

/// What every watcher has.
#[derive(Clone)]
pub(crate) struct Watcher {
    pub(crate) shared: Arc<Shared>,
    pub(crate) policy: WatchPolicy,
    events: mpsc::UnboundedSender<Event>,
}

impl Watcher {
    fn observation(&self, target: Target, status: Status, says: impl Into<String>) -> Observation {
        Observation {
            target,
            vantage: self.shared.config.room.clone(),
            status,
            evidence: says.into(),
            detail: Detail::None,
        }
    }

    fn report(&self, observations: Vec<Observation>) {
        if !observations.is_empty() {
            let _ = self.events.send(Event::Probed(observations));
        }
    }

    /// A steady beat; a slow probe delays the next, it does not pile them up.
    fn beat(&self) -> tokio::time::Interval {
        let mut beat = tokio::time::interval(self.policy.probe_every.to_std());
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        beat
    }

    fn timeout(&self) -> Duration {
        self.policy.probe_timeout.to_std()
    }
}

/// Starts watching an estate; ends with the returned set.
pub(crate) fn start(
    shared: &Arc<Shared>,
    estate: &Arc<Estate>,
    policy: WatchPolicy,
    checks: BTreeMap<CheckId, ReadinessCheck>,
    events: &mpsc::UnboundedSender<Event>,
) -> JoinSet<()> {
    let watcher = Watcher { shared: shared.clone(), policy, events: events.clone() };
    let mut tasks = JoinSet::new();
    for host in estate.hosts.keys() {
        tasks.spawn(agents::watch(watcher.clone(), host.clone()));
        tasks.spawn(power::watch(watcher.clone(), host.clone()));
    }
    let mut in_layers = Vec::new();
    for (id, layer) in &estate.storage_layers {
        in_layers.extend(layer.arrays.clone());
        let (watcher, estate) = (watcher.clone(), estate.clone());
        tasks.spawn(arrays::watch(watcher, estate, Some(id.clone()), layer.arrays.clone()));
    }
    for array in estate.arrays.keys().filter(|array| !in_layers.contains(array)) {
        let (watcher, estate) = (watcher.clone(), estate.clone());
        tasks.spawn(arrays::watch(watcher, estate, None, vec![array.clone()]));
    }
    for room in estate.rooms.keys() {
        let kept = estate.volumes.keys().filter(|id| estate.replica_room(id) == Some(room));
        let kept: Vec<_> = kept.cloned().collect();
        if !kept.is_empty() {
            tasks.spawn(copies::watch(watcher.clone(), room.clone(), kept));
        }
    }
    for room in estate.rooms.keys() {
        tasks.spawn(paths::watch(watcher.clone(), room.clone()));
    }
    for room in estate.rooms.values() {
        if room.controller != shared.config.controller {
            tasks.spawn(controllers::watch(watcher.clone(), room.controller));
        }
    }
    for (id, service) in &estate.services {
        if let Some(probe) = &service.probe {
            tasks.spawn(services::watch(watcher.clone(), id.clone(), probe.clone()));
        }
    }
    for (id, check) in checks {
        tasks.spawn(readiness_checks::watch(watcher.clone(), id, check));
    }
    tasks
}

/// The readiness checks that this room's controller makes.
fn checks_of(policy: &Policy, room: &RoomId) -> BTreeMap<CheckId, ReadinessCheck> {
    let own = policy.readiness_checks.iter().filter(|(_, check)| check.room == *room);
    own.map(|(id, check)| (id.clone(), check.clone())).collect()
}

/// Watches whatever estate is loaded; starts anew when another one is.
pub(crate) async fn follow_estate(shared: Arc<Shared>, events: mpsc::UnboundedSender<Event>) {
    let mut watched = String::new();
    // Dropping the set ends its tasks.
    let mut _tasks = JoinSet::new();
    let mut beat = tokio::time::interval(Duration::from_millis(200));
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        beat.tick().await;
        let changed = shared.node.with_state(|state| {
            let estate = state.estate.as_ref()?;
            let policy = state.policy.as_ref()?;
            // Who controls a room changes without another estate.
            let members: Vec<_> = state.members.keys().collect();
            let hash = format!("{} {} {members:?}", estate.hash, policy.hash);
            (hash != watched).then(|| {
                let checks = checks_of(&policy.value, &shared.config.room);
                (hash, Arc::new(estate.value.clone()), policy.value.watch, checks)
            })
        });
        if let Some((hash, estate, policy, checks)) = changed {
            watched = hash;
            shared.places.learn(&estate);
            _tasks = start(&shared, &estate, policy, checks, &events);
        }
    }
}
