use model::id::PersonId;
use state_machine::Command;
use tonic::{Request, Response, Status};
use wire::identity::{Identity, peer_identity};
use wire::peer::forward_request::What;
use wire::peer::peer_server::Peer;
use wire::peer::{
    CosignReply, CosignRequest, ForwardReply, ForwardRequest, Frame, JoinReply, JoinRequest,
    PingReply, PingRequest,
};

use super::Desk;

/// What a controller answers to controllers.
pub(super) struct PeerService {
    pub(super) desk: Desk,
}

/// The controller that asks: a member of this cluster, in the room that the configuration says.
fn asker<T>(desk: &Desk, request: &Request<T>) -> Result<model::id::ControllerId, Status> {
    let identity =
        peer_identity(request).map_err(|error| Status::unauthenticated(error.to_string()))?;
    let Identity::Controller(id, room) = identity else {
        return Err(Status::permission_denied(format!("{identity} is no controller")));
    };
    let configured =
        desk.shared.config.members.iter().any(|m| m.controller == id && m.room == room);
    let (retired, takes_part) = desk
        .shared
        .node
        .with_state(|state| (state.retired.contains(&id), state.room_of(id) == Some(&room)));
    if retired {
        return Err(Status::permission_denied(format!(
            "{id} was replaced and its id is never used again: stop it"
        )));
    }
    if configured || takes_part {
        Ok(id)
    } else {
        Err(Status::permission_denied(format!("{id} of room {room} is no member of this cluster")))
    }
}

#[tonic::async_trait]
impl Peer for PeerService {
    async fn raft(&self, request: Request<Frame>) -> Result<Response<Frame>, Status> {
        // Who was replaced is told so in the answer's frame, and stops.
        let from = match peer_identity(&request) {
            Ok(Identity::Controller(id, _))
                if self.desk.shared.node.with_state(|state| state.retired.contains(&id)) =>
            {
                id
            }
            _ => asker(&self.desk, &request)?,
        };
        let body = self.desk.shared.node.handle(from, &request.into_inner().body).await;
        Ok(Response::new(Frame { body }))
    }

    async fn forward(
        &self,
        request: Request<ForwardRequest>,
    ) -> Result<Response<ForwardReply>, Status> {
        let from = asker(&self.desk, &request)?;
        // A hint saves a round: what reaches a follower is not passed on again.
        if !self.desk.shared.node.leads() {
            return Err(Status::failed_precondition("this controller does not lead"));
        }
        let request = request.into_inner();
        let node = &self.desk.shared.node;
        let (era, order) = (node.era().0, node.era_order().unwrap_or_default());
        if request.era != era || request.era_order != order {
            return Err(Status::failed_precondition(format!(
                "what is forwarded is of era {} ({}), this is era {era} ({order})",
                request.era, request.era_order
            )));
        }
        let mut reply = ForwardReply::default();
        match request.what {
            Some(What::Command(body)) => {
                let command: Command = serde_json::from_slice(&body).map_err(|error| {
                    Status::invalid_argument(format!("the command cannot be read: {error}"))
                })?;
                let person = match request.person {
                    name if name.is_empty() => None,
                    name => Some(PersonId(name)),
                };
                let members_own = match &command {
                    Command::Observed { .. } | Command::ControllerJoining { .. } => true,
                    Command::VersionsReported { controller, .. } => *controller == from,
                    _ => false,
                };
                if person.is_none() && !members_own {
                    return Err(Status::permission_denied(format!(
                        "`{}` is the leader's own to propose: a follower passes on what it \
                         observes and what persons order",
                        command.name()
                    )));
                }
                let (index, applied) =
                    self.desk.propose(command, person).await.map_err(Status::unavailable)?;
                reply.index = index;
                if let Some(rejection) = applied.rejected {
                    reply.rejected = serde_json::to_string(&rejection)
                        .map_err(|error| Status::internal(error.to_string()))?;
                }
            }
            Some(What::Renewal(renewal)) => {
                let renewal = wire::convert::Renewal::try_from(renewal)?;
                reply.renewal = Some((&self.desk.renew(renewal).await).into());
            }
            None => return Err(Status::invalid_argument("there is nothing to forward")),
        }
        Ok(Response::new(reply))
    }

    async fn ping(&self, request: Request<PingRequest>) -> Result<Response<PingReply>, Status> {
        asker(&self.desk, &request)?;
        let (era, applied_index) =
            self.desk.shared.node.with_state(|state| (state.era.0, state.applied_index));
        let controller = self.desk.shared.config.controller.0;
        let leaves_complete = self.desk.shared.node.leaves_complete().unwrap_or(false);
        Ok(Response::new(PingReply { controller, era, applied_index, leaves_complete }))
    }

    async fn cosign(
        &self,
        request: Request<CosignRequest>,
    ) -> Result<Response<CosignReply>, Status> {
        asker(&self.desk, &request)?;
        let note = request.into_inner().note;
        let signed = crate::notary::cosign(&self.desk.shared, &note)
            .map_err(|error| Status::failed_precondition(error.to_string()))?;
        Ok(Response::new(CosignReply { note: signed }))
    }

    async fn join(&self, request: Request<JoinRequest>) -> Result<Response<JoinReply>, Status> {
        let identity =
            peer_identity(&request).map_err(|error| Status::unauthenticated(error.to_string()))?;
        let Identity::Controller(controller, room) = identity else {
            return Err(Status::permission_denied(format!("{identity} is no controller")));
        };
        let JoinRequest { token, address } = request.into_inner();
        if address.parse::<std::net::SocketAddr>().is_err() {
            return Err(Status::invalid_argument(format!(
                "`{address}` is no address: write for example 10.0.0.4:7000"
            )));
        }
        let hash = crate::membership::hash_of(&token);
        let command = Command::ControllerJoining { hash, controller, room, address };
        let (_, applied) = self.desk.propose(command, None).await.map_err(Status::unavailable)?;
        match applied.rejected {
            None => Ok(Response::new(JoinReply {
                says: format!("{controller} may join: start its controller"),
            })),
            Some(why) => Err(Status::failed_precondition(why.to_string())),
        }
    }
}
