//! How lost data are had again: for each set of data every way is reckoned with its time and its
//! loss, what is no better than another way is put aside, and what remains to be weighed is asked.
//!
//! - [`lost`]: what is lost, and which sets of data with it;
//! - [`way`]: one way of having a set again, and what it takes;
//! - `over_link`, `local`, `courier`, `in_place`, `spare`, `repair`: one kind of way each;
//! - [`dominance`]: which ways are worth offering;
//! - [`crossover`]: from which size on the courier wins over the link;
//! - `queue`: links, readers and spares that sets share;
//! - [`plan`]: all sets, one after another.
//!
//! What it takes for granted: sets that share a link or a reader are restored one after another,
//! the more important first; a link carries what was measured, less the other load; the media of
//! one set can be carried while those of another are read. A person's answer to a question may
//! change what comes after it: until then the sooner way is reckoned with.

mod courier;
pub mod crossover;
pub mod dominance;
mod in_place;
mod local;
pub mod lost;
mod over_link;
pub mod plan;
mod queue;
mod repair;
mod route;
mod spare;
pub mod way;

#[cfg(test)]
mod tests;

pub use crossover::{Crossover, Wins};
pub use dominance::{Dominated, Standing};
pub use lost::{Lost, UnknownLoss};
pub use plan::{Answer, Choice, Question, RestorePlan, SetPlan, Total, WithoutCouriers, plan};
pub use way::{Ages, Kind, Missing, NoWay, Way};
