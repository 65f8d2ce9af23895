//! `bascule demo`: the twin of an estate, a fault, and what becomes of it.

mod bundle;
mod children;
mod expect;
mod fault;
mod layout;
mod log;
mod material;
mod measure;
mod options;
mod outcome;
mod play;
mod progress;
mod services;
mod session;
mod stage;
mod table;
mod watch;

pub use children::ChildError;
pub use layout::LayoutError;
pub use material::MaterialError;
pub use options::{DEFAULT_TIME_SCALE, FAST_TIME_SCALE, Fault, Inject, Options, UnknownInject};
pub use outcome::{Audit, Outcome, Rto, Timeline, VmOutcome};
pub use play::{DemoError, play, run};
pub use session::{SeenEntry, Session, SessionOptions};
pub use stage::DirectionError;
