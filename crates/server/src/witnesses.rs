//! The hosts' agents as witnesses of how far this controller's disk has come: asked before it takes
//! part, told as long as it runs.

use std::sync::Arc;
use std::time::Duration;

use consensus::{Store, StoreError};
use model::id::HostId;
use model::standing::Standing;
use model::units::Span;
use tokio::task::JoinSet;
use wire::agent::SeeControllerRequest;
use wire::convert::{standing_from, standing_to};
use wire::dial::Dialer;
use wire::endpoint::EndpointName;

use crate::process::Shared;

/// How long an agent may take. One that does not answer is no reason to wait: peers are asked too.
const WITHIN: Span = Span::from_millis(1000);

/// How often they are told.
const TELL_EVERY: Duration = Duration::from_secs(5);

fn agents(dialer: &Dialer) -> Vec<HostId> {
    let endpoints = dialer.endpoints();
    let named = endpoints.iter().filter_map(|(name, _)| match name {
        EndpointName::Agent(host) => Some(host.clone()),
        _ => None,
    });
    named.collect()
}

/// Tells every agent, or only asks; what each had seen before.
async fn speak(dialer: &Arc<Dialer>, told: Option<Standing>) -> Vec<(HostId, Standing)> {
    let mut asked = JoinSet::new();
    for host in agents(dialer) {
        let Ok(connection) = dialer.dial(&EndpointName::Agent(host.clone())) else { continue };
        let request = SeeControllerRequest { standing: told.as_ref().map(standing_to) };
        asked.spawn(async move {
            let reply = connection.within(WITHIN).agent().see_controller(request).await.ok()?;
            Some((host, standing_from(reply.into_inner().seen.as_ref()?)))
        });
    }
    asked.join_all().await.into_iter().flatten().collect()
}

/// Asks every agent before this controller takes part. An error if one has seen more of the disk
/// than it shows.
pub(crate) async fn ask(dialer: &Arc<Dialer>, store: &Store) -> Result<(), StoreError> {
    for (host, seen) in speak(dialer, None).await {
        store.hear(&format!("the agent of host {host}"), &seen)?;
    }
    Ok(())
}

/// Tells the agents as long as this controller runs.
pub(crate) async fn tell(shared: Arc<Shared>) {
    let mut beat = tokio::time::interval(TELL_EVERY);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        beat.tick().await;
        speak(&shared.dialer, Some(shared.node.standing())).await;
    }
}
