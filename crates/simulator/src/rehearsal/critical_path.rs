//! What the end of a recovery waited for: each step back to the one whose end let it start, be it
//! because it needs it or because it held its place within a limit.

use super::play::RunLog;

/// The chain of steps from this item back, the last one first.
pub(super) fn back_from(log: &RunLog, item: usize) -> Vec<usize> {
    let mut chain = Vec::new();
    let mut at = Some(item);
    while let Some(item) = at {
        // An item starts after what let it start: the chain ends.
        chain.push(item);
        at = log.let_start_by.get(item).copied().flatten().filter(|by| !chain.contains(by));
    }
    chain
}
