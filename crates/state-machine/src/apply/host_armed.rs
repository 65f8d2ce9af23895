//! A watchdog is to be armed or disarmed.

use model::id::HostId;
use model::units::Span;

use super::premise;
use crate::rejection::Rejection;
use crate::state::State;

pub(super) fn apply(
    state: &mut State,
    host: &HostId,
    armed: bool,
    watchdog: Span,
) -> Result<(), Rejection> {
    premise::host(state, host)?;
    if armed && watchdog == Span::ZERO {
        return Err(Rejection::NoProof {
            reason: format!("the watchdog of host {host} was read back as 0: it never fires"),
        });
    }
    // Its own token, so that the agent can tell an order that a later one has overtaken.
    state.raise_epoch();
    let token = state.token();
    if let Some(record) = state.hosts.get_mut(host) {
        record.disarmed = !armed;
        record.arming = token;
        // The agent is ordered after this entry: a lease proves nothing before the device is armed,
        // so that only what the agent says of it counts.
        if !armed {
            record.armed = None;
        }
    }
    Ok(())
}
