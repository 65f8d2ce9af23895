//! What agents send: renewals to a controller, which relays them to the leader, and questions for
//! promises to other agents.

use std::collections::BTreeSet;
use std::time::Duration;

use consensus::simulation;
use model::id::{ControllerId, HostId, RoomId, VmId};
use model::time::Monotonic;
use model::units::Span;

use super::{Renewal, relay};
use crate::world::{Asker, World};

/// How long an agent waits for another one's promise.
const PROMISE_WITHIN: Duration = Duration::from_secs(1);

/// One renewal of a host's lease, from its sending to its answer.
pub(crate) async fn renew(world: World, host: HostId, sent_at: Monotonic, set_number: u64) {
    let Some(facts) = world.renewal_of(&host, set_number) else { return };
    let Some(own_room) = world.estate.hosts.get(&host).map(|host| host.room.clone()) else {
        return;
    };
    let renewal = Renewal {
        host: host.clone(),
        boot: facts.boot.clone(),
        armed: facts.armed,
        watchdog: facts.watchdog,
        set_number: facts.set_number,
    };
    // Its own room's controller first, the others when that one does not help.
    let mut controllers: Vec<ControllerId> =
        world.estate.rooms.values().map(|room| room.controller).collect();
    controllers.sort_by_key(|id| world.room_of(*id) != Some(&own_room));
    let Some(asked) = controllers.get(facts.favourite % controllers.len().max(1)).copied() else {
        return;
    };
    let Some(room) = world.room_of(asked).cloned() else { return };
    if let Some(later) = world.second_arrival() {
        simulation::spawn(again(
            world.clone(),
            later,
            (own_room.clone(), room.clone()),
            asked,
            renewal.clone(),
        ));
    }
    let patience = world.policy.lease.renew_every.to_std().max(Duration::from_millis(200)) * 2;
    let answered = async {
        if !world.hop(&own_room, &room).await {
            return None;
        }
        let granted = relay::renewal(&world, asked, renewal).await.ok()?;
        world.hop(&room, &own_room).await.then_some(granted)
    };
    match tokio::time::timeout(patience, answered).await {
        Ok(Some(Ok(grant))) => {
            if world.awake(&host).await {
                world.lease_granted(&host, &facts.boot, sent_at, &grant);
            }
        }
        // A refusal is the leader's word: another controller would say the same.
        Ok(Some(Err(_))) => {}
        Ok(None) | Err(_) => world.ask_another(&host),
    }
}

/// A renewal that arrives a second time; its answer finds nobody.
async fn again(
    world: World,
    later: Duration,
    (from, to): (RoomId, RoomId),
    asked: ControllerId,
    renewal: Renewal,
) {
    tokio::time::sleep(later).await;
    if world.hop(&from, &to).await {
        let _ = relay::renewal(&world, asked, renewal).await;
    }
}

/// One question for a promise, from its sending to its answer.
pub(crate) async fn ask_promise(
    world: World,
    host: HostId,
    by: HostId,
    sent_at: Monotonic,
    (vms, vms_number, lasts): (BTreeSet<VmId>, u64, Span),
) {
    let rooms = (world.estate.hosts.get(&host), world.estate.hosts.get(&by));
    let (Some(from), Some(to)) = rooms else { return };
    let (from, to) = (from.room.clone(), to.room.clone());
    let Some(facts) = world.renewal_of(&host, 0) else { return };
    if from != to && world.stage().agents_apart > 0 {
        return;
    }
    let asker = Asker { host: host.clone(), boot: facts.boot, sent_at, vms_number };
    let (giver, token) = (by.clone(), facts.token);
    let answered = world
        .ask_at(&from, &to, Some(&by), PROMISE_WITHIN, move |world| {
            world.promise_at(&giver, &host, token, &vms, lasts)
        })
        .await;
    if let Some(Some(lasts)) = answered
        && world.awake(&asker.host).await
    {
        world.promised(&asker, by, lasts);
    }
}

/// One question to a guardian, from its sending to its answer.
pub(crate) async fn ask_guardian(
    world: World,
    host: HostId,
    by: ControllerId,
    sent_at: Monotonic,
    lasts: Span,
) {
    let (Some(at), Some(to)) = (world.estate.hosts.get(&host), world.room_of(by)) else { return };
    let (from, to) = (at.room.clone(), to.clone());
    let Some(facts) = world.renewal_of(&host, 0) else { return };
    let asker = Asker { host: host.clone(), boot: facts.boot, sent_at, vms_number: 0 };
    let answered = world
        .ask(&from, &to, PROMISE_WITHIN, move |world| world.guardian_promises(by, &host, lasts))
        .await;
    if let Some(Some(lasts)) = answered
        && world.awake(&asker.host).await
    {
        world.guarded(&asker, by, lasts);
    }
}
