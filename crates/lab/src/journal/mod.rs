//! What really ran where, counted from the hosts' own boot journals, which no controller writes,
//! and from the kills that the demonstration stamps itself.

mod intervals;
mod read;

pub use intervals::{Count, End, Event, Interval, Kill, Overlap, What, intervals};
pub use read::{JournalError, host_file, read};
