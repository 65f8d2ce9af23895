//! The lab with real VMs: three rooms as network namespaces of this machine, in each a controller,
//! an agent that runs QEMU, and a fake watchdog per host.
//!
//! Rooms are joined by pairs of virtual cables, one pair per path of a link; addresses exist only
//! inside the namespaces. A fourth namespace is the operator's desk: a cable from it leads to every
//! room, and what asks the controllers runs there. The lab needs root, and everything that it makes
//! bears its name, so that `down` finds it whoever made it and however that one ended.

mod bundle;
mod command;
mod configuration;
mod count;
mod cut;
mod desk;
mod down;
mod error;
mod guest;
mod kill;
mod log;
mod marker;
mod material;
mod outcome;
mod plan;
mod prerequisites;
mod processes;
mod progress;
mod smoke;
mod status;
mod up;
mod wiring;

pub use cut::{cut, heal};
pub use desk::view;
pub use down::down;
pub use error::LabError;
pub use kill::kill;
pub use outcome::{Audit, Outcome, Timeline, VmOutcome};
pub use plan::{DEFAULT_DIR, Lab};
pub use progress::Progress;
pub use smoke::{drive, smoke};
pub use status::{NamespaceStatus, Status, status};
pub use up::up;
