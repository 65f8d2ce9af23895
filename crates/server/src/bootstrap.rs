//! The first minutes of a cluster: forming it, and loading the estate when there is none.

use std::sync::Arc;
use std::time::Duration;

use consensus::BootstrapError;
use state_machine::{Command, Member};
use tokio::sync::{mpsc, oneshot};

use crate::event::Event;
use crate::process::{Shared, members};

/// How often it looks whether this node leads and something is missing.
const LOOK_EVERY: Duration = Duration::from_millis(200);

pub(crate) async fn run(
    shared: Arc<Shared>,
    to_load: Option<Command>,
    events: mpsc::UnboundedSender<Event>,
) {
    if shared.config.bootstrap {
        match shared.node.bootstrap(members(&shared.config)).await {
            Ok(()) => tracing::info!("the cluster is formed"),
            Err(BootstrapError::AlreadyFormed) => {}
            Err(error) => tracing::error!(%error, "the cluster could not be formed"),
        }
    }
    let mut beat = tokio::time::interval(LOOK_EVERY);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        beat.tick().await;
        if !shared.node.leads() {
            continue;
        }
        let (started, formed, loaded) = shared.node.with_state(|state| {
            let leader = state.leader.as_ref().map(|leader| leader.controller);
            (
                leader == Some(shared.config.controller),
                !state.members.is_empty(),
                state.estate.is_some(),
            )
        });
        // Before its own `LeaderStarted` is applied every proposal of this node is refused.
        if !started {
            continue;
        }
        if !formed {
            let members = shared
                .config
                .members
                .iter()
                .map(|member| Member { controller: member.controller, room: member.room.clone() })
                .collect();
            propose(&events, Command::ClusterFormed { members }).await;
        } else if !loaded && let Some(command) = &to_load {
            propose(&events, command.clone()).await;
        } else {
            return;
        }
    }
}

async fn propose(events: &mpsc::UnboundedSender<Event>, command: Command) {
    let name = command.name();
    let (answer, answered) = oneshot::channel();
    let _ = events.send(Event::Command { command, person: None, answer });
    match answered.await {
        Ok(Ok((_, applied))) => match applied.rejected {
            None => tracing::info!(command = name, "committed"),
            Some(why) => tracing::warn!(command = name, %why, "rejected"),
        },
        Ok(Err(reason)) => tracing::info!(command = name, reason, "not committed, trying again"),
        Err(_) => {}
    }
}
