//! The seeded runtime: tokio on one thread with its clock paused.
//!
//! Where chance would come in: election timers (a random stream per node), the order in which a
//! watch wakes its waiters (a watch of our own), blocking work (run in line). Everything else in
//! openraft and tokio's single-threaded scheduler is deterministic; too much so, and therefore the
//! order of ready tasks is drawn too (see [`super::order`]).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::ops::Range;
use std::time::Duration;

use openraft_rt::{AsyncRuntime, Instant, OptionalSend};
use openraft_rt_tokio::{TokioInstant, TokioMpsc, TokioMutex, TokioOneshot};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use tokio::task::{AbortHandle, JoinHandle};

use model::id::ControllerId;

use super::order::{TaskOrder, in_seeded_order};
use super::pause::{self, Gate};
use super::watch::SeededWatch;
use crate::runtime::Runtime;

/// The generator of the simulation: the same numbers on every platform.
pub type NodeRng = Xoshiro256PlusPlus;

tokio::task_local! {
    static NODE: u64;
}

#[derive(Default)]
struct World {
    seed: u64,
    /// How often each node has asked for a generator.
    drawn: BTreeMap<u64, u64>,
    tasks: BTreeMap<u64, Vec<AbortHandle>>,
    /// How long a write may take, in microseconds.
    disk_delay: Option<Range<u64>>,
    /// How long it takes on the disk of one node, where that differs.
    slow_disks: BTreeMap<u64, Range<u64>>,
    /// From what the order of ready tasks is drawn; none keeps that in which they were woken.
    order: Option<NodeRng>,
    hazards: Hazards,
}

/// Settings that no controller may run with, to show what they would do. Only a simulated world
/// has them: the production runtime answers that it has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hazards {
    /// A restarted leader resumes its old term without an election.
    pub restores_leader: bool,
    /// What was known to be committed is forgotten at a restart.
    pub forgets_committed: bool,
}

thread_local! {
    static WORLD: RefCell<World> = RefCell::new(World::default());
}

/// Spreads a seed over all bits (SplitMix64's finaliser).
pub fn mix(seed: u64) -> u64 {
    let z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn here() -> u64 {
    NODE.try_with(|node| *node).unwrap_or(0)
}

fn next_rng(node: u64) -> NodeRng {
    WORLD.with_borrow_mut(|world| {
        let drawn = world.drawn.entry(node).or_insert(0);
        *drawn += 1;
        NodeRng::seed_from_u64(mix(world.seed ^ mix(node.wrapping_shl(32) ^ *drawn)))
    })
}

/// A generator for whoever asks: of the node in whose task this runs, or of the world.
pub fn rng() -> NodeRng {
    next_rng(here())
}

/// Runs a world to its end. What an earlier one on this thread left behind is forgotten.
pub fn run<F: Future>(seed: u64, world: F) -> F::Output {
    pause::forget();
    WORLD.with_borrow_mut(|now| {
        *now = World {
            seed,
            disk_delay: Some(100..800),
            order: Some(order_of(seed)),
            ..World::default()
        };
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a current-thread runtime with time alone needs nothing from the system");
    let output = runtime.block_on(in_seeded_order(world));
    drop(runtime);
    WORLD.with_borrow_mut(|now| now.tasks.clear());
    output
}

/// How long each piece of disk work takes, drawn from this range of microseconds; half before it
/// takes effect and half after, so that a kill can fall on either side. An empty range: no time.
pub fn set_disk_delay(micros: Range<u64>) {
    WORLD.with_borrow_mut(|world| world.disk_delay = (!micros.is_empty()).then_some(micros));
}

fn order_of(seed: u64) -> NodeRng {
    NodeRng::seed_from_u64(mix(seed ^ 0x006f_7264_6572))
}

/// In which order tasks that are ready together run from now on.
pub fn set_task_order(order: TaskOrder) {
    WORLD.with_borrow_mut(|world| {
        world.order = match order {
            TaskOrder::Seeded => Some(order_of(world.seed)),
            TaskOrder::AsWoken => None,
        };
    });
}

/// Draws from the stream of the order, if there is one.
pub(super) fn with_order<T>(draw: impl FnOnce(&mut NodeRng) -> T) -> Option<T> {
    WORLD.with_borrow_mut(|world| world.order.as_mut().map(draw))
}

/// Lets nodes that start from now on have hazards.
pub fn set_hazards(hazards: Hazards) {
    WORLD.with_borrow_mut(|world| world.hazards = hazards);
}

/// Spawns a task of the world's own, which no node's death ends.
pub fn spawn<F>(work: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::task::spawn(in_seeded_order(work))
}

/// How long each piece of disk work takes on the disk of one node, in microseconds; none: as on
/// the others.
pub fn set_disk_delay_of(node: ControllerId, micros: Option<Range<u64>>) {
    WORLD.with_borrow_mut(|world| match micros {
        Some(micros) => world.slow_disks.insert(node.0, micros),
        None => world.slow_disks.remove(&node.0),
    });
}

/// Runs something as a node: tasks it spawns are the node's, and die with it.
pub async fn on_node<F: Future>(node: ControllerId, work: F) -> F::Output {
    NODE.scope(node.0, work).await
}

/// Spawns a task of a node.
pub fn spawn_on<F>(node: ControllerId, work: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    spawn_as(node.0, work)
}

fn spawn_as<F>(node: u64, work: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let task = tokio::task::spawn(NODE.scope(node, Gate::new(node, in_seeded_order(work))));
    WORLD.with_borrow_mut(|world| {
        let tasks = world.tasks.entry(node).or_default();
        if tasks.len() > 256 {
            tasks.retain(|task| !task.is_finished());
        }
        tasks.push(task.abort_handle());
    });
    task
}

/// Ends every task that a node ever spawned, in the order in which they were spawned. Cut its disk
/// first: what is dropped may write.
pub fn kill(node: ControllerId) {
    let tasks = WORLD.with_borrow_mut(|world| world.tasks.remove(&node.0)).unwrap_or_default();
    for task in tasks {
        task.abort();
    }
    // A process that is stopped dies like any other.
    pause::resume(node);
}

/// The seeded runtime.
#[derive(Debug)]
pub struct Seeded;

fn until(deadline: TokioInstant) -> Duration {
    let now = TokioInstant::now();
    if deadline > now { deadline - now } else { Duration::ZERO }
}

impl AsyncRuntime for Seeded {
    type JoinError = tokio::task::JoinError;
    type JoinHandle<T: OptionalSend + 'static> = JoinHandle<T>;
    type Sleep = tokio::time::Sleep;
    type Instant = TokioInstant;
    type TimeoutError = tokio::time::error::Elapsed;
    type Timeout<R, T: Future<Output = R> + OptionalSend> = tokio::time::Timeout<T>;
    type ThreadLocalRng = NodeRng;
    type Mpsc = TokioMpsc;
    type Watch = SeededWatch;
    type Oneshot = TokioOneshot;
    type Mutex<T: OptionalSend + 'static> = TokioMutex<T>;

    fn spawn<T>(future: T) -> Self::JoinHandle<T::Output>
    where
        T: Future + OptionalSend + 'static,
        T::Output: OptionalSend + 'static,
    {
        spawn_as(here(), future)
    }

    fn sleep(duration: Duration) -> Self::Sleep {
        tokio::time::sleep(duration)
    }

    fn sleep_until(deadline: Self::Instant) -> Self::Sleep {
        tokio::time::sleep(until(deadline))
    }

    fn timeout<R, F: Future<Output = R> + OptionalSend>(
        duration: Duration,
        future: F,
    ) -> Self::Timeout<R, F> {
        tokio::time::timeout(duration, future)
    }

    fn timeout_at<R, F: Future<Output = R> + OptionalSend>(
        deadline: Self::Instant,
        future: F,
    ) -> Self::Timeout<R, F> {
        tokio::time::timeout(until(deadline), future)
    }

    fn is_panic(error: &Self::JoinError) -> bool {
        error.is_panic()
    }

    fn thread_rng() -> NodeRng {
        rng()
    }

    fn new(_threads: usize) -> Self {
        Self
    }

    fn block_on<F, T>(&mut self, future: F) -> T
    where
        F: Future<Output = T>,
    {
        run(0, future)
    }

    // The trait's default starts a thread, which no seed governs.
    async fn spawn_blocking<F, T>(work: F) -> Result<T, io::Error>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        Ok(work())
    }
}

impl Runtime for Seeded {
    async fn blocking<T, F>(work: F) -> io::Result<T>
    where
        F: FnOnce() -> io::Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let delay = WORLD.with_borrow(|world| {
            world.slow_disks.get(&here()).or(world.disk_delay.as_ref()).cloned()
        });
        let Some(range) = delay else {
            return work();
        };
        let delay = rng().random_range(range);
        tokio::time::sleep(Duration::from_micros(delay / 2)).await;
        let result = work();
        tokio::time::sleep(Duration::from_micros(delay - delay / 2)).await;
        result
    }

    fn restores_leader() -> bool {
        WORLD.with_borrow(|world| world.hazards.restores_leader)
    }

    fn forgets_committed() -> bool {
        WORLD.with_borrow(|world| world.hazards.forgets_committed)
    }
}
