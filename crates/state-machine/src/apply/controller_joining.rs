//! A new controller shows its token.

use model::id::{ControllerId, RoomId};

use crate::rejection::Rejection;
use crate::state::State;

pub(super) fn apply(
    state: &mut State,
    hash: &str,
    controller: ControllerId,
    room: &RoomId,
    address: &str,
) -> Result<(), Rejection> {
    let no = |reason: String| Err(Rejection::MayNotJoin { reason });
    let Some(token) = state.join_tokens.get(hash) else {
        return no("the token is not known: make one with `bascule cluster token`".to_owned());
    };
    if token.used {
        return no("the token was used already, and one is good for one controller".to_owned());
    }
    if token.until <= state.log_time {
        return no(format!("the token ended at {}: make another", token.until));
    }
    if token.controller != controller || token.room != *room {
        return no(format!(
            "the token is for {} in room {}, the certificate says {controller} in room {room}",
            token.controller, token.room
        ));
    }
    if let Some((other, _)) = state.joining.iter().find(|(_, its)| *its == room) {
        return no(format!("{other} is joining in room {room}: at most one voter a room"));
    }
    if state.members.contains_key(&controller) || state.retired.contains(&controller) {
        return no(format!("{controller} is or was a member, and an id is never used again"));
    }
    if let Some(token) = state.join_tokens.get_mut(hash) {
        token.used = true;
    }
    state.joining.insert(controller, room.clone());
    state.addresses.insert(controller, address.to_owned());
    Ok(())
}
