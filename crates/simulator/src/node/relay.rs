//! From a follower to the leader: commands and renewals.

use std::time::Duration;

use model::era::Era;
use model::id::{ControllerId, PersonId, RoomId};
use state_machine::Command;
use tokio::sync::oneshot;

use super::{Event, Granted, Proposed, Renewal};
use crate::world::World;

/// How long a controller waits for the leader.
const WITHIN: Duration = Duration::from_secs(3);

/// Hands something to a controller of another room and waits for what it says.
async fn hand_over<T: Send + 'static>(
    world: &World,
    (from, era): (&RoomId, Era),
    to: ControllerId,
    event: impl FnOnce(oneshot::Sender<T>) -> Event,
) -> Result<T, String> {
    let room = world.room_of(to).ok_or("there is no such controller")?;
    if !world.hop(from, room).await {
        return Err(format!("{to} does not answer"));
    }
    let running = world.stage().controllers.get(&to).cloned();
    let running = running.ok_or_else(|| format!("{to} is down"))?;
    // As in the server: what is forwarded says of which era it is.
    if running.node.era() != era {
        return Err(format!("{to} is in another era"));
    }
    // What reaches a follower is not passed on again.
    if running.node.leader() != Some(to) {
        return Err(format!("{to} does not lead"));
    }
    let (answer, answered) = oneshot::channel();
    let _ = running.events.send(event(answer));
    let said = answered.await.map_err(|_| format!("{to} died"))?;
    if world.hop(room, from).await { Ok(said) } else { Err(format!("{to} does not answer")) }
}

async fn to_leader<T: Send + 'static>(
    world: &World,
    from: (&RoomId, Era),
    leader: Option<ControllerId>,
    event: impl FnOnce(oneshot::Sender<T>) -> Event,
) -> Result<T, String> {
    let leader = leader.ok_or("no controller leads at the moment")?;
    match tokio::time::timeout(WITHIN, hand_over(world, from, leader, event)).await {
        Ok(said) => said,
        Err(_) => Err(format!("{leader} did not answer in time")),
    }
}

/// Forwards a command.
pub(super) async fn command(
    world: &World,
    from: (&RoomId, Era),
    leader: Option<ControllerId>,
    command: Command,
    person: Option<PersonId>,
) -> Proposed {
    to_leader(world, from, leader, |answer| Event::Command { command, person, answer }).await?
}

/// A renewal arrived at a controller: it answers as the leader, or relays it there.
pub(super) async fn renewal(
    world: &World,
    at: ControllerId,
    renewal: Renewal,
) -> Result<Granted, String> {
    let running = world.stage().controllers.get(&at).cloned();
    let running = running.ok_or_else(|| format!("{at} is down"))?;
    let leader = running.node.leader();
    if leader == Some(at) {
        let (answer, answered) = oneshot::channel();
        let _ = running.events.send(Event::Renewal { renewal, answer });
        return answered.await.map_err(|_| format!("{at} died"));
    }
    let room = world.room_of(at).ok_or("there is no such controller")?;
    let from = (room, running.node.era());
    to_leader(world, from, leader, |answer| Event::Renewal { renewal, answer }).await
}
