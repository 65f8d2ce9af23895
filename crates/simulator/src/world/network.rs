//! The links between rooms: delays, losses and cuts, each way by itself. A cut is looked at when
//! a message arrives: what was under way when the link was cut is lost.

use std::collections::BTreeMap;
use std::time::Duration;

use consensus::simulation::{self, NodeRng};
use model::id::RoomId;
use rand::RngExt;

use super::World;

/// What a cut hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Plane {
    /// IP networks.
    Network,
    /// Block storage.
    Storage,
}

/// One way between two rooms that carries nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cut {
    pub(crate) plane: Plane,
    pub(crate) from: RoomId,
    pub(crate) to: RoomId,
}

/// The links.
#[derive(Debug)]
pub(crate) struct Network {
    delay_ms: [u64; 2],
    loss_ppm: u32,
    /// Cuts in force, with how many faults hold each.
    cuts: BTreeMap<Cut, u32>,
    /// How many faults make messages slow, and by how much at most.
    slow: BTreeMap<u64, u32>,
    /// Messages lost on top, in a million, and how many faults say so.
    lossy: BTreeMap<u32, u32>,
}

fn release<K: Ord>(held: &mut BTreeMap<K, u32>, key: &K) {
    if let Some(count) = held.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            held.remove(key);
        }
    }
}

impl Network {
    pub(super) fn new(delay_ms: [u64; 2], loss_ppm: u32) -> Self {
        Self {
            delay_ms,
            loss_ppm,
            cuts: BTreeMap::new(),
            slow: BTreeMap::new(),
            lossy: BTreeMap::new(),
        }
    }

    pub(crate) fn cut(&mut self, cut: &Cut) {
        *self.cuts.entry(cut.clone()).or_default() += 1;
    }

    pub(crate) fn mend(&mut self, cut: &Cut) {
        release(&mut self.cuts, cut);
    }

    pub(crate) fn slow_down(&mut self, by_ms: u64) {
        *self.slow.entry(by_ms).or_default() += 1;
    }

    pub(crate) fn speed_up(&mut self, by_ms: u64) {
        release(&mut self.slow, &by_ms);
    }

    pub(crate) fn lose(&mut self, ppm: u32) {
        *self.lossy.entry(ppm).or_default() += 1;
    }

    pub(crate) fn lose_no_more(&mut self, ppm: u32) {
        release(&mut self.lossy, &ppm);
    }

    pub(crate) fn heal(&mut self) {
        self.cuts.clear();
        self.slow.clear();
        self.lossy.clear();
    }

    /// Whether a message gets through on this way now.
    pub(crate) fn passes(&self, plane: Plane, from: &RoomId, to: &RoomId) -> bool {
        self.cuts.is_empty()
            || !self.cuts.contains_key(&Cut { plane, from: from.clone(), to: to.clone() })
    }

    /// How long a message takes; none if it is lost on the way.
    fn draw(&self, rng: &mut NodeRng) -> Option<Duration> {
        let extra = self.lossy.keys().copied().max().unwrap_or(0);
        let loss = self.loss_ppm.max(extra);
        if loss > 0 && rng.random_range(0..1_000_000) < loss {
            return None;
        }
        let mut millis = rng.random_range(self.delay_ms[0]..=self.delay_ms[1]);
        if let Some((longest, _)) = self.slow.last_key_value() {
            // Most messages are a little late, a few very late.
            let most = if rng.random_range(0..10) == 0 { *longest } else { *longest / 20 };
            millis += rng.random_range(0..=most);
        }
        Some(Duration::from_millis(millis))
    }
}

impl World {
    /// One message's way through the network; false if it is lost.
    pub(crate) async fn hop(&self, from: &RoomId, to: &RoomId) -> bool {
        let delay = {
            let mut stage = self.stage();
            let stage = &mut *stage;
            stage.network.draw(&mut stage.rng)
        };
        let Some(delay) = delay else { return false };
        tokio::time::sleep(delay).await;
        let stage = self.stage();
        stage.network.passes(Plane::Network, from, to) && stage.has_power(to)
    }

    /// A question that a device or an agent answers at once. It goes on when the asker has given
    /// up: what it orders may come late. None is silence, and comes only when `within` is over.
    pub(crate) async fn ask<T, F>(
        &self,
        from: &RoomId,
        to: &RoomId,
        within: Duration,
        answer: F,
    ) -> Option<T>
    where
        T: Send + 'static,
        F: FnOnce(&World) -> Option<T> + Send + 'static,
    {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let (world, from, to) = (self.clone(), from.clone(), to.clone());
        simulation::spawn(async move {
            if world.hop(&from, &to).await
                && let Some(answer) = answer(&world)
                && world.hop(&to, &from).await
            {
                let _ = sender.send(answer);
            }
        });
        let answered = async {
            match receiver.await {
                Ok(answer) => answer,
                // Nobody says that a message was lost.
                Err(_) => std::future::pending().await,
            }
        };
        tokio::time::timeout(within, answered).await.ok()
    }
}
