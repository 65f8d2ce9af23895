//! A person lets one new controller join.

use model::id::{ControllerId, RoomId};
use model::time::LogTime;
use model::units::Span;

use crate::rejection::Rejection;
use crate::state::{JoinToken, State};

/// A token that lies about for days is a key under the mat.
const LONGEST: Span = Span::from_secs(24 * 3600);

pub(super) fn apply(
    state: &mut State,
    hash: &str,
    controller: ControllerId,
    room: &RoomId,
    until: LogTime,
) -> Result<(), Rejection> {
    let no = |reason: String| Err(Rejection::MayNotJoin { reason });
    let now = state.log_time;
    if until <= now || until > now.after(LONGEST) {
        return Err(Rejection::NoEnd { longest: LONGEST });
    }
    if !state.members.values().any(|member| member.room == *room) {
        return no(format!("room {room} has no controller that could be replaced"));
    }
    let taken = state.members.contains_key(&controller)
        || state.joining.contains_key(&controller)
        || state.retired.contains(&controller);
    if taken {
        return no(format!("{controller} is or was a member, and an id is never used again"));
    }
    if state.join_tokens.contains_key(hash) {
        return no("this token was made before: make another".to_owned());
    }
    // Tokens that are over or used say who may not come again, and only while their id is free.
    state.join_tokens.retain(|_, token| token.until > now || token.used);
    let token = JoinToken { controller, room: room.clone(), until, used: false };
    state.join_tokens.insert(hash.to_owned(), token);
    Ok(())
}
