//! The twin's storage layer: two arrays that serve the same volumes, and a third site that breaks
//! ties when they lose sight of each other. Pure: time and messages come in, questions go out.
//!
//! It follows what stretched layers do: while the arrays see each other both serve; when they do
//! not, exactly one goes on, the one that the tie-break names; an array that sees neither the
//! other nor the tie-break stops, because it cannot know whether the other goes on.

mod side;
mod tie_break;

pub use side::{ElectionTimers, PeerArray, Side};
pub use tie_break::TieBreak;
