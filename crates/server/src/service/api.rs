use std::pin::Pin;
use std::time::Duration;

use model::era::Era;
use model::id::{ControllerId, PersonId};
use tokio::sync::mpsc;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use wire::api::api_server::Api;
use wire::api::{
    CheckpointReply, CheckpointRequest, ExecuteReply, ExecuteRequest, LeafChunk, LeavesRequest,
    OperateReply, OperateRequest, QueryReply, QueryRequest,
};
use wire::identity::{Identity, peer_identity};

use super::Desk;
use crate::query;
use crate::roles::Role;

/// How long a linearizable read may wait for its quorum round.
const LINEARIZABLE: Duration = Duration::from_secs(3);

/// How long a transfer of the leadership may take.
const TRANSFER: Duration = Duration::from_secs(5);

/// Leaves read from the store at once.
const LEAVES_AT_ONCE: u64 = 500;
/// Bytes read from the store at once.
const LEAF_BYTES_AT_ONCE: usize = 1 << 20;

/// What a controller answers to people and scripts.
pub(super) struct ApiService {
    pub(super) desk: Desk,
}

/// Who asks, and their strongest role.
fn person<T>(request: &Request<T>) -> Result<(PersonId, Role), Status> {
    let identity =
        peer_identity(request).map_err(|error| Status::unauthenticated(error.to_string()))?;
    let Identity::Person { name, roles } = identity else {
        return Err(Status::permission_denied(format!("{identity} is no person")));
    };
    let role = Role::strongest(roles.iter().map(String::as_str)).ok_or_else(|| {
        Status::permission_denied(format!(
            "{name} has no role: ask for a certificate with viewer, operator or administrator"
        ))
    })?;
    Ok((name, role))
}

#[tonic::async_trait]
impl Api for ApiService {
    async fn query(&self, request: Request<QueryRequest>) -> Result<Response<QueryReply>, Status> {
        person(&request)?;
        let request = request.into_inner();
        let shared = &self.desk.shared;
        if request.linearizable {
            shared
                .node
                .read_index(LINEARIZABLE)
                .await
                .map_err(|error| Status::unavailable(error.to_string()))?;
        }
        if request.kind == "era" {
            let json = serde_json::to_vec(&crate::survivor::view(shared))
                .map_err(|error| Status::internal(error.to_string()))?;
            let applied_index = shared.node.with_state(|state| state.applied_index);
            return Ok(Response::new(QueryReply { json, applied_index }));
        }
        if let "readiness" | "readiness-if" = request.kind.as_str() {
            let changes = (request.kind == "readiness-if").then_some(request.id.as_str());
            let answer = crate::readiness::answer(shared, changes).await?;
            let json =
                serde_json::to_vec(&answer).map_err(|error| Status::internal(error.to_string()))?;
            let applied_index = shared.node.with_state(|state| state.applied_index);
            return Ok(Response::new(QueryReply { json, applied_index }));
        }
        let view = shared.view();
        let id = Some(request.id.as_str()).filter(|id| !id.is_empty());
        let (answer, applied_index) = shared.node.with_state(|state| {
            (query::answer(&request.kind, id, state, &view), state.applied_index)
        });
        let mut answer = answer.map_err(|error| Status::not_found(error.to_string()))?;
        if request.kind == "status" {
            let current = crate::readiness::current(shared);
            let brief = shared.readiness.brief(current.as_ref());
            answer["readiness"] =
                serde_json::to_value(brief).map_err(|e| Status::internal(e.to_string()))?;
        }
        let json =
            serde_json::to_vec(&answer).map_err(|error| Status::internal(error.to_string()))?;
        Ok(Response::new(QueryReply { json, applied_index }))
    }

    async fn execute(
        &self,
        request: Request<ExecuteRequest>,
    ) -> Result<Response<ExecuteReply>, Status> {
        let (name, role) = person(&request)?;
        let command: state_machine::Command = serde_json::from_slice(&request.into_inner().command)
            .map_err(|error| {
                Status::invalid_argument(format!("the command cannot be read: {error}"))
            })?;
        if !role.may_propose(&command) {
            return Err(Status::permission_denied(format!(
                "{name} may not do `{}` as {role:?}",
                command.name()
            )));
        }
        let task = self
            .desk
            .shared
            .node
            .with_state(|state| crate::roles::task_of(&command, state).map(ToOwned::to_owned));
        if let Some(task) = task.filter(|task| !role.is_enough_for(task)) {
            return Err(Status::permission_denied(format!(
                "this is a task for `{task}`, and {name} asks as {role:?}"
            )));
        }
        let (index, applied) =
            self.desk.propose(command, Some(name)).await.map_err(Status::unavailable)?;
        let rejected = applied.rejected.map(|why| why.to_string()).unwrap_or_default();
        Ok(Response::new(ExecuteReply { index, rejected }))
    }

    async fn operate(
        &self,
        request: Request<OperateRequest>,
    ) -> Result<Response<OperateReply>, Status> {
        let (name, role) = person(&request)?;
        if role < Role::Administrator {
            return Err(Status::permission_denied(format!("{name} is no administrator")));
        }
        let request = request.into_inner();
        match request.what.as_str() {
            "transfer-leader" => {
                let to =
                    request.argument.parse().map(ControllerId).map_err(|_| {
                        Status::invalid_argument("name the controller by its number")
                    })?;
                self.desk
                    .shared
                    .node
                    .transfer_leader(to, TRANSFER)
                    .await
                    .map_err(|error| Status::failed_precondition(error.to_string()))?;
                Ok(Response::new(OperateReply { says: format!("{to} leads") }))
            }
            "open-era" => {
                let status = crate::survivor::accept(&self.desk.shared, &request.argument)
                    .map_err(|error| Status::failed_precondition(error.to_string()))?;
                let says = serde_json::to_string(&status)
                    .map_err(|error| Status::internal(error.to_string()))?;
                Ok(Response::new(OperateReply { says }))
            }
            other => Err(Status::invalid_argument(format!(
                "there is no operation `{other}`; there are: transfer-leader, open-era"
            ))),
        }
    }

    type LeavesStream = Pin<Box<dyn Stream<Item = Result<LeafChunk, Status>> + Send>>;

    async fn leaves(
        &self,
        request: Request<LeavesRequest>,
    ) -> Result<Response<Self::LeavesStream>, Status> {
        person(&request)?;
        let LeavesRequest { from, limit, follow, older_era } = request.into_inner();
        let (sender, receiver) = mpsc::channel(64);
        match older_era.map(Era) {
            None => drop(tokio::spawn(send_leaves(self.desk.clone(), from, limit, follow, sender))),
            Some(era) => {
                let leaves = self.desk.shared.node.leaves_of_era(era);
                let leaves = leaves.map_err(|e| Status::failed_precondition(e.to_string()))?;
                if leaves.is_empty() {
                    // Another controller may have lived then.
                    let era = era.0;
                    let why = format!("this controller has kept no log of era {era}");
                    return Err(Status::unavailable(why));
                }
                let from = usize::try_from(from).unwrap_or(usize::MAX);
                tokio::spawn(send_kept(leaves, from, sender));
            }
        }
        Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
    }

    async fn checkpoint(
        &self,
        request: Request<CheckpointRequest>,
    ) -> Result<Response<CheckpointReply>, Status> {
        person(&request)?;
        let size = request.into_inner().size;
        let head = crate::notary::sign_now(&self.desk.shared, (size > 0).then_some(size))
            .await
            .map_err(|error| Status::failed_precondition(error.to_string()))?;
        Ok(Response::new(CheckpointReply { note: head.note, keys: head.keys, origin: head.origin }))
    }
}

async fn send_kept(
    leaves: Vec<Vec<u8>>,
    from: usize,
    sender: mpsc::Sender<Result<LeafChunk, Status>>,
) {
    for (index, leaf) in (0..).zip(leaves).skip(from) {
        if sender.send(Ok(LeafChunk { index, leaf })).await.is_err() {
            return;
        }
    }
}

async fn send_leaves(
    desk: Desk,
    from: u64,
    limit: u64,
    follow: bool,
    sender: mpsc::Sender<Result<LeafChunk, Status>>,
) {
    let mut next = from;
    let end = if limit == 0 { u64::MAX } else { from.saturating_add(limit) };
    let mut applied = desk.shared.node.watch_applied();
    while next < end {
        let size = applied.now().map_or(0, |index| index + 1);
        if next >= size {
            if !follow || applied.reached(next).await.is_err() {
                return;
            }
            continue;
        }
        let until = end.min(size).min(next + LEAVES_AT_ONCE);
        match desk.shared.node.leaves(next..until, LEAF_BYTES_AT_ONCE) {
            Ok(leaves) if leaves.is_empty() => return,
            Ok(leaves) => {
                for leaf in leaves {
                    if sender.send(Ok(LeafChunk { index: next, leaf })).await.is_err() {
                        return;
                    }
                    next += 1;
                }
            }
            Err(error) => {
                let _ = sender.send(Err(Status::failed_precondition(error.to_string()))).await;
                return;
            }
        }
    }
}
