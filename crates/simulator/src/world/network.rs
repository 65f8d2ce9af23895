//! The links between rooms: delays, losses and cuts, each way by itself. A cut is looked at when
//! a message arrives: what was under way when the link was cut is lost.

use std::collections::BTreeMap;
use std::time::Duration;

use consensus::simulation::{self, NodeRng};
use model::id::{HostId, RoomId};
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
    /// Messages that arrive twice, in a million, and how many faults say so.
    twice: BTreeMap<u32, u32>,
    /// Messages overtake each other: each takes up to so much longer.
    jitter: BTreeMap<u64, u32>,
    /// Orders to agents are held up on their way by up to so much.
    late_orders: BTreeMap<u64, u32>,
    /// Answers of agents that are lost, in a million.
    mute_agents: BTreeMap<u32, u32>,
}

/// A way in which the links misbehave beside delays and losses.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Weather {
    /// Messages arrive twice, in a million.
    Twice(u32),
    /// Messages overtake each other, by up to so many milliseconds.
    Jitter(u64),
    /// Orders to agents come late, by up to so many milliseconds.
    LateOrders(u64),
    /// Answers of agents are lost, in a million.
    MuteAgents(u32),
}

fn release<K: Ord>(held: &mut BTreeMap<K, u32>, key: &K) {
    if let Some(count) = held.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            held.remove(key);
        }
    }
}

/// Whether it happens this time; none, and nothing drawn, when no fault says so.
fn chance(held: &BTreeMap<u32, u32>, rng: &mut NodeRng) -> Option<bool> {
    let (ppm, _) = held.last_key_value()?;
    Some(rng.random_range(0..1_000_000) < *ppm)
}

impl Network {
    pub(super) fn new(delay_ms: [u64; 2], loss_ppm: u32) -> Self {
        Self {
            delay_ms,
            loss_ppm,
            cuts: BTreeMap::new(),
            slow: BTreeMap::new(),
            lossy: BTreeMap::new(),
            twice: BTreeMap::new(),
            jitter: BTreeMap::new(),
            late_orders: BTreeMap::new(),
            mute_agents: BTreeMap::new(),
        }
    }

    /// It begins to misbehave.
    pub(crate) fn worsen(&mut self, weather: Weather) {
        match weather {
            Weather::Twice(ppm) => *self.twice.entry(ppm).or_default() += 1,
            Weather::Jitter(by_ms) => *self.jitter.entry(by_ms).or_default() += 1,
            Weather::LateOrders(by_ms) => *self.late_orders.entry(by_ms).or_default() += 1,
            Weather::MuteAgents(ppm) => *self.mute_agents.entry(ppm).or_default() += 1,
        }
    }

    /// One reason for that less.
    pub(crate) fn better(&mut self, weather: Weather) {
        match weather {
            Weather::Twice(ppm) => release(&mut self.twice, &ppm),
            Weather::Jitter(by_ms) => release(&mut self.jitter, &by_ms),
            Weather::LateOrders(by_ms) => release(&mut self.late_orders, &by_ms),
            Weather::MuteAgents(ppm) => release(&mut self.mute_agents, &ppm),
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
        self.twice.clear();
        self.jitter.clear();
        self.late_orders.clear();
        self.mute_agents.clear();
    }

    /// How much later a message arrives a second time, if it does.
    fn second_arrival(&self, rng: &mut NodeRng) -> Option<Duration> {
        let ppm = chance(&self.twice, rng)?;
        ppm.then(|| Duration::from_millis(rng.random_range(0..3000)))
    }

    fn order_is_held_up(&self, rng: &mut NodeRng) -> Option<Duration> {
        let (longest, _) = self.late_orders.last_key_value()?;
        Some(Duration::from_millis(rng.random_range(0..=*longest)))
    }

    fn answer_is_lost(&self, rng: &mut NodeRng) -> bool {
        chance(&self.mute_agents, rng).unwrap_or(false)
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
        if let Some((longest, _)) = self.jitter.last_key_value() {
            millis += rng.random_range(0..=*longest);
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

    /// Draws whether and when a message arrives a second time.
    pub(crate) fn second_arrival(&self) -> Option<Duration> {
        let mut stage = self.stage();
        let stage = &mut *stage;
        stage.network.second_arrival(&mut stage.rng)
    }

    /// A question that a device answers at once. It goes on when the asker has given up: what it
    /// orders may come late, or twice. None is silence, and comes only when `within` is over.
    pub(crate) async fn ask<T, F>(
        &self,
        from: &RoomId,
        to: &RoomId,
        within: Duration,
        answer: F,
    ) -> Option<T>
    where
        T: Send + 'static,
        F: FnOnce(&World) -> Option<T> + Clone + Send + 'static,
    {
        self.ask_at(from, to, None, within, answer).await
    }

    /// A question to an agent, which answers when its process runs.
    pub(crate) async fn ask_at<T, F>(
        &self,
        from: &RoomId,
        to: &RoomId,
        host: Option<&HostId>,
        within: Duration,
        answer: F,
    ) -> Option<T>
    where
        T: Send + 'static,
        F: FnOnce(&World) -> Option<T> + Clone + Send + 'static,
    {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let (from, to, host) = (from.clone(), to.clone(), host.cloned());
        if let Some(later) = self.second_arrival() {
            let (world, answer) = (self.clone(), answer.clone());
            let (from, to, host) = (from.clone(), to.clone(), host.clone());
            simulation::spawn(async move {
                tokio::time::sleep(later).await;
                // Nobody waits for the second answer.
                let _ = world.deliver(&from, &to, host.as_ref(), answer).await;
            });
        }
        let world = self.clone();
        simulation::spawn(async move {
            if let Some(answer) = world.deliver(&from, &to, host.as_ref(), answer).await
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

    /// A question's way to who answers it, and the answer.
    async fn deliver<T, F>(
        &self,
        from: &RoomId,
        to: &RoomId,
        host: Option<&HostId>,
        answer: F,
    ) -> Option<T>
    where
        F: FnOnce(&World) -> Option<T>,
    {
        if !self.hop(from, to).await {
            return None;
        }
        let Some(host) = host else { return answer(self) };
        let (held_up, lost) = {
            let mut stage = self.stage();
            let stage = &mut *stage;
            let (network, rng) = (&stage.network, &mut stage.rng);
            (network.order_is_held_up(rng), network.answer_is_lost(rng))
        };
        if let Some(held_up) = held_up {
            tokio::time::sleep(held_up).await;
        }
        if !self.awake(host).await {
            return None;
        }
        answer(self).filter(|_| !lost)
    }

    /// Waits until a host's agent runs; false if the host has lost it meanwhile, and what waited
    /// for it with it.
    pub(crate) async fn awake(&self, host: &HostId) -> bool {
        let sleeps = || {
            let stage = self.stage();
            let machine = stage.machines.get(host)?;
            machine.sleeping_boot()
        };
        let Some(boot) = sleeps() else { return true };
        loop {
            tokio::time::sleep(Duration::from_millis(10)).await;
            match sleeps() {
                Some(still) if still == boot => {}
                _ => break,
            }
        }
        let stage = self.stage();
        stage.machines.get(host).is_some_and(|machine| machine.boot() == boot)
    }
}
