//! A newer `apply` runs from the next entry on.

use crate::rejection::Rejection;
use crate::state::State;

pub(super) fn apply(state: &mut State, to: u32) -> Result<(), Rejection> {
    let current = state.apply_version;
    let no = |reason: String| Err(Rejection::VersionStays { current, reason });
    if to != current + 1 {
        return no(format!("it goes up by one at a time, never down; {to} was asked for"));
    }
    // One that joins gets the state from a leader, and stops if it cannot run it.
    let cannot: Vec<String> = state
        .members
        .keys()
        .filter(|id| !state.versions.get(*id).is_some_and(|versions| versions.carries(to)))
        .map(ToString::to_string)
        .collect();
    if !cannot.is_empty() {
        return no(format!(
            "{} has not reported that it can run version {to}: install the newer Bascule there \
             and start it",
            cannot.join(", ")
        ));
    }
    state.apply_version = to;
    Ok(())
}
