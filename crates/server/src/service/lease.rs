use tonic::{Request, Response, Status};
use wire::agent::controller_server::Controller;
use wire::identity::require_agent;
use wire::peer::{Renewal, RenewalAnswer};

use super::Desk;

/// What a controller answers to agents: it relays renewals to the leader, or answers as leader.
pub(super) struct LeaseService {
    pub(super) desk: Desk,
}

#[tonic::async_trait]
impl Controller for LeaseService {
    async fn renew_lease(
        &self,
        request: Request<Renewal>,
    ) -> Result<Response<RenewalAnswer>, Status> {
        let host = require_agent(&request)
            .map_err(|error| Status::permission_denied(error.to_string()))?;
        let message = request.into_inner();
        // An agent renews its own host's lease and no other's.
        if message.host != host.as_str() {
            return Err(Status::permission_denied(format!(
                "the agent of {host} cannot renew the lease of {}",
                message.host
            )));
        }
        if self.desk.shared.node.leads() {
            let renewal = wire::convert::Renewal::try_from(message)?;
            return Ok(Response::new((&self.desk.renew(renewal).await).into()));
        }
        match crate::forward::renewal(&self.desk.shared, message).await {
            Ok(answer) => Ok(Response::new(answer)),
            // A refusal would be read as the leader's word; this is only silence.
            Err(reason) => Err(Status::unavailable(reason)),
        }
    }
}
