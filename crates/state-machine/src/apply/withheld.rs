//! One agent gives a host no further promise.

use model::era::Token;
use model::id::HostId;
use model::units::Span;

use super::premise;
use crate::rejection::Rejection;
use crate::state::{State, Withheld};

pub(super) fn apply(
    state: &mut State,
    host: &HostId,
    token: Token,
    by: &HostId,
    promise_ends_in: Span,
) -> Result<(), Rejection> {
    let record = premise::host(state, host)?;
    premise::host(state, by)?;
    if by == host {
        return Err(Rejection::NoProof {
            reason: format!("host {host} can't withhold promises from itself"),
        });
    }
    if record.fence.as_ref().map(|order| order.token) != Some(token) {
        return Err(Rejection::NoFenceOrder { host: host.clone(), token });
    }
    let at = state.log_time;
    if let Some(order) = state.hosts.get_mut(host).and_then(|record| record.fence.as_mut()) {
        // Withholding is durable: the first answer of an agent is the one that counts, a repeat
        // must not start the wait again.
        if !order.withheld.iter().any(|withheld| withheld.by == *by) {
            order.withheld.push(Withheld { by: by.clone(), promise_ends_in, at });
        }
    }
    Ok(())
}
