//! Work on a room or a host, with its mandatory end.

use model::id::{HostId, RoomId};
use model::time::LogTime;
use model::units::Span;

use super::premise;
use crate::rejection::Rejection;
use crate::state::{Maintenance, State};

/// A week: longer work is said again, so that it is not forgotten.
const LONGEST: Span = Span::from_secs(168 * 3600);

pub(super) fn apply(
    state: &mut State,
    host: Option<&HostId>,
    room: &RoomId,
    until: LogTime,
    reason: &str,
) -> Result<(), Rejection> {
    premise::room(state, room)?;
    if until > state.log_time.after(LONGEST) {
        return Err(Rejection::NoEnd { longest: LONGEST });
    }
    let maintenance =
        (until > state.log_time).then(|| Maintenance { until, reason: reason.to_owned() });
    match host {
        Some(host) => {
            premise::host(state, host)?;
            if premise::estate(state)?.hosts.get(host).is_some_and(|h| h.room != *room) {
                return Err(premise::no_such("host in that room", host));
            }
            if let Some(record) = state.hosts.get_mut(host) {
                record.maintenance = maintenance;
            }
        }
        None => match maintenance {
            Some(maintenance) => {
                state.room_maintenance.insert(room.clone(), maintenance);
            }
            None => {
                state.room_maintenance.remove(room);
            }
        },
    }
    Ok(())
}
