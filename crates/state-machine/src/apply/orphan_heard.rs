//! A controller of an older era came back: where its log ended is kept, what it holds beyond the
//! order's tree counts for nothing.

use crate::command::OrphanHead;
use crate::rejection::Rejection;
use crate::state::State;

pub(super) fn apply(state: &mut State, head: &OrphanHead) -> Result<(), Rejection> {
    let era = state.era;
    let Some(opened) = &mut state.opened else {
        return Err(Rejection::NoEra { reason: "this is the cluster's first era".to_owned() });
    };
    if head.era >= era {
        return Err(Rejection::WrongEra { entry: head.era, current: era });
    }
    if !opened.orphans.contains(head) {
        opened.orphans.push(head.clone());
    }
    Ok(())
}
