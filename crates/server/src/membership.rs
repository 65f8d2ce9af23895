//! Who takes part: new controllers are let in one at a time, and each member reports which versions
//! of `apply` its binary carries. The log says what is wanted; the leader carries it out, and whoever
//! leads next goes on where it stopped.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use consensus::Peer;
use model::id::{ControllerId, RoomId};
use sha2::{Digest, Sha256};
use state_machine::{APPLY_VERSIONS, Command};
use tokio::sync::{mpsc, oneshot};
use wire::endpoint::EndpointName;
use wire::peer::PingRequest;

use crate::event::Event;
use crate::process::Shared;

/// How often it looks whether something is to be done.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How long a transfer of the leadership may take.
const HAND_OVER: Duration = Duration::from_secs(5);

/// What was committed since a question is a few entries, which the one asked receives anyway.
const CLOSE: u64 = 100;

/// What the log keeps of a token.
pub fn hash_of(token: &str) -> String {
    Sha256::digest(token.trim().as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) async fn run(shared: Arc<Shared>, events: mpsc::UnboundedSender<Event>) {
    let mut beat = tokio::time::interval(LOOK_EVERY);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        beat.tick().await;
        learn_addresses(&shared);
        report_versions(&shared, &events).await;
        let me = shared.config.controller;
        let joining: Vec<(ControllerId, RoomId)> = shared.node.with_state(|state| {
            let leads = state.leader.as_ref().is_some_and(|leader| leader.controller == me);
            let joining = state.joining.iter().map(|(id, room)| (*id, room.clone()));
            if leads { joining.collect() } else { Vec::new() }
        });
        if !shared.node.leads() {
            continue;
        }
        for (controller, room) in joining {
            if let Err(reason) = let_in(&shared, &events, controller, room).await {
                tracing::warn!(%controller, reason, "it has not joined yet");
            }
        }
    }
}

/// Controllers that joined later are in no configuration: the log says where they listen.
fn learn_addresses(shared: &Arc<Shared>) {
    let mut endpoints = shared.dialer.endpoints();
    let mut changed = false;
    shared.node.with_state(|state| {
        for (controller, address) in &state.addresses {
            let name = EndpointName::Controller(*controller);
            if let Ok(address) = address.parse()
                && endpoints.addresses(&name).is_empty()
            {
                endpoints.set(name, vec![address]);
                changed = true;
            }
        }
    });
    if changed {
        shared.dialer.set_endpoints(endpoints);
    }
}

async fn report_versions(shared: &Arc<Shared>, events: &mpsc::UnboundedSender<Event>) {
    let me = shared.config.controller;
    let due = shared.node.with_state(|state| {
        state.members.contains_key(&me) && state.versions.get(&me) != Some(&APPLY_VERSIONS)
    });
    if due && shared.node.leader().is_some() {
        let (oldest, newest) = (APPLY_VERSIONS.oldest, APPLY_VERSIONS.newest);
        let reported = Command::VersionsReported { controller: me, oldest, newest };
        if let Err(reason) = propose(events, reported).await {
            tracing::debug!(reason, "the versions of apply are not reported yet");
        }
    }
}

/// One step further, or an error that says what is still missing; called again until done.
async fn let_in(
    shared: &Arc<Shared>,
    events: &mpsc::UnboundedSender<Event>,
    controller: ControllerId,
    room: RoomId,
) -> Result<(), String> {
    let node = &shared.node;
    let status = node.status();
    if !status.members.contains_key(&controller) {
        let peer = Peer { room: room.clone(), address: format!("controller/{}", controller.0) };
        tracing::info!(%controller, %room, "a new controller receives the log");
        node.add_learner(controller, peer).await.map_err(|error| error.to_string())?;
    }
    if !status.voters.contains(&controller) {
        has_every_leaf(shared, controller).await?;
        let in_room = |id: &ControllerId| {
            node.status().members.get(id).is_some_and(|member| member.room == room)
        };
        let (replaced, mut voters): (BTreeSet<_>, BTreeSet<_>) =
            node.status().voters.into_iter().partition(in_room);
        if replaced.contains(&shared.config.controller) {
            let next = voters.first().ok_or("nobody else could lead")?;
            node.transfer_leader(*next, HAND_OVER).await.map_err(|error| error.to_string())?;
            return Err(format!("this controller is to be replaced: {next} leads from here on"));
        }
        voters.insert(controller);
        node.change_voters(voters).await.map_err(|error| error.to_string())?;
        tracing::info!(%controller, ?replaced, "a new controller votes");
    }
    propose(events, Command::ControllerJoined { controller }).await
}

/// Whether it has caught up, the leaves of the audit log included: until then it could not cosign,
/// and a quorum with it could not show the log.
async fn has_every_leaf(shared: &Arc<Shared>, controller: ControllerId) -> Result<(), String> {
    let wanted = shared.node.with_state(|state| state.applied_index);
    let connection = shared
        .dialer
        .dial(&EndpointName::Controller(controller))
        .map_err(|error| error.to_string())?;
    let asked = PingRequest { controller: shared.config.controller.0 };
    let reply = connection.peer().ping(asked).await.map_err(|why| why.message().to_owned())?;
    let reply = reply.into_inner();
    if reply.applied_index + CLOSE < wanted {
        return Err(format!("it has applied {} of {wanted} entries", reply.applied_index));
    }
    if !reply.leaves_complete {
        return Err("it is still fetching leaves of the audit log".to_owned());
    }
    Ok(())
}

async fn propose(events: &mpsc::UnboundedSender<Event>, command: Command) -> Result<(), String> {
    let name = command.name();
    let (answer, answered) = oneshot::channel();
    let _ = events.send(Event::Command { command, person: None, answer });
    match answered.await {
        Ok(Ok((_, applied))) => match applied.rejected {
            None => Ok(()),
            Some(why) => Err(format!("`{name}` was rejected: {why}")),
        },
        Ok(Err(reason)) => Err(reason),
        Err(_) => Err("the controller is ending".to_owned()),
    }
}
