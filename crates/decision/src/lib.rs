//! Correlation of observations into incidents, verdicts and policy. Pure.
//!
//! [`decide`] is a function of a [`View`] of the replicated state, the policy and log time. It
//! runs on the leader only; what it says is proposed, and `apply` checks the premises again.
//!
//! Whether something is lost is judged by [`judge`]: silence needs two vantages, one is enough
//! only for a positive proof. Each rule says which causes it sees; [`correlation`] folds smaller
//! causes into the larger one that explains them.

#![forbid(unsafe_code)]

mod admission;
mod answer;
mod correlation;
mod decide;
mod ending;
mod judge;
mod platform;
mod rules;
mod view;

pub use answer::lost_vms;
pub use decide::{Decision, decide};
pub use platform::left_to_the_platform;
pub use view::{HostFacts, RunFacts, Sight, Sights, View, VmFacts};
