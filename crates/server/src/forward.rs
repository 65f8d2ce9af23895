//! From a follower to the leader.

use std::sync::Arc;

use model::id::PersonId;
use state_machine::{Applied, Command};
use wire::endpoint::EndpointName;
use wire::peer::forward_request::What;
use wire::peer::{ForwardReply, ForwardRequest, Renewal};

use crate::event::Proposed;
use crate::process::Shared;

async fn send(shared: &Arc<Shared>, what: What, person: String) -> Result<ForwardReply, String> {
    let request = ForwardRequest {
        what: Some(what),
        person,
        era: shared.node.era().0,
        era_order: shared.node.era_order().unwrap_or_default().to_owned(),
    };
    let leader = shared.node.leader().ok_or("no controller leads at the moment")?;
    if leader == shared.config.controller {
        return Err("the leadership has just come here: ask again".to_owned());
    }
    let connection =
        shared.dialer.dial(&EndpointName::Controller(leader)).map_err(|e| e.to_string())?;
    connection
        .peer()
        .forward(request)
        .await
        .map(tonic::Response::into_inner)
        .map_err(|status| format!("{leader}: {}", status.message()))
}

/// Has the leader propose a command.
pub(crate) async fn command(
    shared: &Arc<Shared>,
    command: &Command,
    person: Option<&PersonId>,
) -> Proposed {
    let body = serde_json::to_vec(command).map_err(|error| error.to_string())?;
    let person = person.map(ToString::to_string).unwrap_or_default();
    let reply = send(shared, What::Command(body), person).await?;
    let rejected = match reply.rejected.as_str() {
        "" => None,
        text => Some(serde_json::from_str(text).map_err(|error| error.to_string())?),
    };
    // Effects are the leader's business.
    Ok((reply.index, Applied { rejected, effects: Vec::new() }))
}

/// Relays a host's renewal.
pub(crate) async fn renewal(
    shared: &Arc<Shared>,
    renewal: Renewal,
) -> Result<wire::peer::RenewalAnswer, String> {
    let reply = send(shared, What::Renewal(renewal), String::new()).await?;
    reply.renewal.ok_or_else(|| "the leader gave no answer".to_owned())
}
