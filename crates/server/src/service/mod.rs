//! What a controller answers: to controllers, to agents, to people.

mod api;
mod lease;
mod peer;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tonic::service::Routes;

use crate::event::{Event, Proposed, Renewal};
use crate::process::Shared;

/// How long an asker waits for the event loop's answer.
const ANSWER: Duration = Duration::from_secs(6);

/// Every service of this process.
pub(crate) fn routes(shared: &Arc<Shared>, events: &mpsc::UnboundedSender<Event>) -> Routes {
    let desk = Desk { shared: shared.clone(), events: events.clone() };
    Routes::new(wire::serve::peer_service(peer::PeerService { desk: desk.clone() }))
        .add_service(wire::serve::controller_service(lease::LeaseService { desk: desk.clone() }))
        .add_service(wire::serve::api_service(api::ApiService { desk }))
}

/// Where the services hand their questions to the event loop.
#[derive(Clone)]
struct Desk {
    shared: Arc<Shared>,
    events: mpsc::UnboundedSender<Event>,
}

impl Desk {
    /// Has a command proposed, here or by the leader.
    async fn propose(
        &self,
        command: state_machine::Command,
        person: Option<model::id::PersonId>,
    ) -> Proposed {
        let (answer, answered) = oneshot::channel();
        let _ = self.events.send(Event::Command { command, person, answer });
        wait(answered).await?
    }

    /// Answers a renewal as the leader.
    async fn renew(&self, renewal: wire::convert::Renewal) -> wire::convert::RenewalAnswer {
        let (answer, answered) = oneshot::channel();
        let renewal = Renewal {
            host: renewal.host,
            boot: renewal.boot,
            armed: renewal.armed,
            watchdog: renewal.watchdog,
            set_number: renewal.set_number,
            sole_starter: renewal.sole_starter,
        };
        let _ = self.events.send(Event::Renewal { renewal, answer });
        match wait(answered).await {
            Ok(Ok(grant)) => wire::convert::RenewalAnswer::Granted(wire::convert::Grant {
                lasts: grant.lease,
                promise_set: grant.promise_set.into_iter().collect(),
                set_number: grant.set_number,
                fenced: grant.fenced.into_iter().collect(),
                token: grant.token,
                guardians: grant.guardians.into_iter().collect(),
            }),
            Ok(Err(reason)) | Err(reason) => wire::convert::RenewalAnswer::Refused { reason },
        }
    }
}

async fn wait<T>(answered: oneshot::Receiver<T>) -> Result<T, String> {
    match tokio::time::timeout(ANSWER, answered).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(_)) => Err("the controller is ending".to_owned()),
        Err(_) => Err(format!("no answer within {} s", ANSWER.as_secs())),
    }
}
