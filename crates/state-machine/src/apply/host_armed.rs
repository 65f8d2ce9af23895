//! A watchdog is armed, or to be disarmed.

use model::id::HostId;
use model::units::Span;

use super::premise;
use crate::rejection::Rejection;
use crate::state::{Armed, State};

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
    let since = state.log_time;
    if let Some(record) = state.hosts.get_mut(host) {
        record.armed = armed.then_some(Armed { watchdog, since });
        record.disarmed = !armed;
    }
    Ok(())
}
