//! A seeded world for real nodes: one thread, virtual time, a random stream per node, tasks that
//! run in a seeded order and die with their node, and a disk that loses what was not synced.
//!
//! ```ignore
//! simulation::run(seed, async {
//!     let disk = SimulatedDisk::default();
//!     let store = Store::initialise(disk.insert(), identity)?;
//!     let (node, events) = simulation::on_node(id, Node::<Seeded>::start(store, ..)).await?;
//!     // ...
//!     disk.cut(seed_of_this_crash); // first: dropping tasks runs destructors that write
//!     simulation::kill(id);
//!     drop(node);
//! });
//! ```

mod disk;
mod order;
mod pause;
mod runtime;
mod watch;

pub use disk::{SimulatedBackend, SimulatedDisk};
pub use order::{TaskOrder, in_seeded_order};
pub use pause::{pause, resume};
pub use runtime::{
    Hazards, NodeRng, Seeded, kill, mix, on_node, rng, run, set_disk_delay, set_disk_delay_of,
    set_hazards, set_task_order, spawn, spawn_on,
};
