use std::net::SocketAddr;

use model::era::Era;
use model::id::ControllerId;
use model::units::Span;
use serde::de::DeserializeOwned;
use state_machine::Command;
use tonic::{Code, Status, Streaming};
use wire::api::api_client::ApiClient;
use wire::api::{
    CheckpointReply, CheckpointRequest, ExecuteRequest, LeafChunk, LeavesRequest, OperateRequest,
    QueryRequest,
};
use wire::dial::{Connection, DialSettings, Dialer, was_never_sent};
use wire::endpoint::{EndpointName, Endpoints};
use wire::peer::JoinRequest;
use wire::tls::Credentials;

use super::args::ReachArgs;
use super::contexts::target;
use super::explain::{has_no_majority, nobody, status_failure, unresolved};
use crate::failure::{Class, Failure};
use crate::tracing_output;

/// How long a controller may take to have an order committed: its own limit and a little more.
const ORDER: Span = Span::from_secs(8);
/// How long a checkpoint may take: every room signs it.
const CHECKPOINT: Span = Span::from_secs(15);

/// Asks the controllers, one after the other until one answers.
pub(crate) struct Client {
    dialer: Dialer,
    controllers: Vec<ControllerId>,
}

/// What is known after one controller was asked.
enum Asked<T> {
    Answered(T),
    /// Another one may be asked.
    Silent(Status),
    /// The answer is no, or asking another one could do the same thing twice.
    Refused(Status),
}

impl Client {
    /// Reads the credentials and finds the addresses.
    pub(crate) async fn open(reach: &ReachArgs) -> Result<Self, Failure> {
        tracing_output::begin_for_client();
        let target = target(reach)?;
        let credentials = Credentials::load(&target.tls_dir)
            .map_err(|error| Failure::of(Class::NotAllowed, &error))?;
        let mut controllers = Vec::new();
        let mut endpoints = Endpoints::default();
        let mut unknown = Vec::new();
        for at in &target.controllers {
            match tokio::net::lookup_host(&at.address).await {
                Ok(found) => {
                    let addresses: Vec<SocketAddr> = found.collect();
                    endpoints.set(EndpointName::Controller(at.controller), addresses);
                    controllers.push(at.controller);
                }
                Err(error) => unknown.push(format!("{}: {error}", at.address)),
            }
        }
        if controllers.is_empty() {
            return Err(unresolved(&unknown));
        }
        let dialer = Dialer::new(credentials, endpoints, DialSettings::default());
        Ok(Self { dialer, controllers })
    }

    /// The cluster's name, as our own certificate says.
    pub(crate) fn cluster(&self) -> &str {
        self.dialer.credentials().cluster()
    }

    /// Reads a view.
    pub(crate) async fn query<T: DeserializeOwned>(
        &self,
        kind: &str,
        id: Option<&str>,
    ) -> Result<T, Failure> {
        self.read(kind, id, false).await
    }

    /// Reads a view that holds everything which was committed before the question.
    pub(crate) async fn query_now<T: DeserializeOwned>(
        &self,
        kind: &str,
        id: Option<&str>,
    ) -> Result<T, Failure> {
        self.read(kind, id, true).await
    }

    async fn read<T: DeserializeOwned>(
        &self,
        kind: &str,
        id: Option<&str>,
        linearizable: bool,
    ) -> Result<T, Failure> {
        let request = QueryRequest {
            kind: kind.to_owned(),
            id: id.unwrap_or_default().to_owned(),
            linearizable,
        };
        let reply = self
            .ask(Span::from_secs(4), async |mut api, _| match api.query(request.clone()).await {
                Ok(reply) => Asked::Answered(reply.into_inner()),
                Err(status) => silent_or_refused(status),
            })
            .await?;
        serde_json::from_slice(&reply.json).map_err(|error| Failure::of(Class::Internal, &error))
    }

    /// Has a command committed; gives its index.
    pub(crate) async fn execute(&self, command: &Command) -> Result<u64, Failure> {
        let command =
            serde_json::to_vec(command).map_err(|error| Failure::of(Class::Internal, &error))?;
        let reply = self
            .ask(ORDER, async |mut api, _| {
                match api.execute(ExecuteRequest { command: command.clone() }).await {
                    Ok(reply) => Asked::Answered(reply.into_inner()),
                    Err(status) if was_never_sent(&status) => Asked::Silent(status),
                    Err(status) if has_no_majority(&status) => Asked::Refused(status),
                    // It may be on its way into the log: who asks decides whether to ask again.
                    Err(status) if may_count(&status) => {
                        Asked::Refused(Status::unknown(status.message().to_owned()))
                    }
                    Err(status) => Asked::Refused(status),
                }
            })
            .await?;
        if reply.rejected.is_empty() {
            Ok(reply.index)
        } else {
            Err(Failure::new(Class::Rejected, reply.rejected.as_str().into()))
        }
    }

    /// Has the process that leads change itself.
    pub(crate) async fn operate(&self, what: &str, argument: &str) -> Result<String, Failure> {
        let request = OperateRequest { what: what.to_owned(), argument: argument.to_owned() };
        // Only the controller that leads can hand the lead over.
        let leader: Option<ControllerId> = self
            .query::<server::query::ClusterView>("cluster", None)
            .await?
            .leader
            .filter(|leader| self.controllers.contains(leader));
        let reply = self
            .ask_from(leader, ORDER, async |mut api, _| match api.operate(request.clone()).await {
                Ok(reply) => Asked::Answered(reply.into_inner()),
                Err(status) if was_never_sent(&status) => Asked::Silent(status),
                Err(status) => Asked::Refused(status),
            })
            .await?;
        Ok(reply.says)
    }

    /// Shows a joining controller's token. Our certificate is the new controller's.
    pub(crate) async fn join(&self, token: &str, address: &str) -> Result<String, Failure> {
        let request = JoinRequest { token: token.to_owned(), address: address.to_owned() };
        let question =
            async |connection: Connection| match connection.peer().join(request.clone()).await {
                Ok(reply) => Asked::Answered(reply.into_inner()),
                Err(status) if was_never_sent(&status) => Asked::Silent(status),
                Err(status) => Asked::Refused(status),
            };
        Ok(self.ask_over(None, ORDER, async |connection, _| question(connection).await).await?.says)
    }

    /// Has one controller change itself. An order names it: asking another would only be refused.
    pub(crate) async fn operate_at(
        &self,
        controller: ControllerId,
        what: &str,
        argument: &str,
    ) -> Result<String, Failure> {
        let request = OperateRequest { what: what.to_owned(), argument: argument.to_owned() };
        let reply = self
            .ask_from(Some(controller), ORDER, async |mut api, _| {
                match api.operate(request.clone()).await {
                    Ok(reply) => Asked::Answered(reply.into_inner()),
                    Err(status) if was_never_sent(&status) => Asked::Silent(status),
                    Err(status) => Asked::Refused(status),
                }
            })
            .await?;
        Ok(reply.says)
    }

    /// Reads a view, first at this controller.
    pub(crate) async fn query_at<T: DeserializeOwned>(
        &self,
        controller: ControllerId,
        kind: &str,
    ) -> Result<T, Failure> {
        let request =
            QueryRequest { kind: kind.to_owned(), id: String::new(), linearizable: false };
        let reply = self
            .ask_from(Some(controller), Span::from_secs(4), async |mut api, _| {
                match api.query(request.clone()).await {
                    Ok(reply) => Asked::Answered(reply.into_inner()),
                    Err(status) => silent_or_refused(status),
                }
            })
            .await?;
        serde_json::from_slice(&reply.json).map_err(|error| Failure::of(Class::Internal, &error))
    }

    /// The checkpoint over the first `size` leaves, or now for 0.
    pub(crate) async fn checkpoint(&self, size: u64) -> Result<CheckpointReply, Failure> {
        self.ask(CHECKPOINT, async |mut api, _| {
            match api.checkpoint(CheckpointRequest { size }).await {
                Ok(reply) => Asked::Answered(reply.into_inner()),
                Err(status) => silent_or_refused(status),
            }
        })
        .await
    }

    /// Leaves from an index on.
    pub(crate) async fn leaves(
        &self,
        from: u64,
        limit: u64,
        follow: bool,
    ) -> Result<Streaming<LeafChunk>, Failure> {
        self.leaves_by(LeavesRequest { from, limit, follow, older_era: None }).await
    }

    /// All leaves of an older era, from a controller that has kept them.
    pub(crate) async fn leaves_of_era(&self, era: Era) -> Result<Streaming<LeafChunk>, Failure> {
        let older_era = Some(era.0);
        self.leaves_by(LeavesRequest { older_era, ..LeavesRequest::default() }).await
    }

    async fn leaves_by(&self, request: LeavesRequest) -> Result<Streaming<LeafChunk>, Failure> {
        self.ask(Span::from_secs(4), async |mut api, _| match api.leaves(request).await {
            Ok(reply) => Asked::Answered(reply.into_inner()),
            Err(status) => silent_or_refused(status),
        })
        .await
    }

    async fn ask<T>(
        &self,
        within: Span,
        question: impl AsyncFn(ApiClient<Connection>, ControllerId) -> Asked<T>,
    ) -> Result<T, Failure> {
        self.ask_from(None, within, question).await
    }

    /// Asks `first`, then the others.
    async fn ask_from<T>(
        &self,
        first: Option<ControllerId>,
        within: Span,
        question: impl AsyncFn(ApiClient<Connection>, ControllerId) -> Asked<T>,
    ) -> Result<T, Failure> {
        self.ask_over(first, within, async |connection, id| question(connection.api(), id).await)
            .await
    }

    async fn ask_over<T>(
        &self,
        first: Option<ControllerId>,
        within: Span,
        question: impl AsyncFn(Connection, ControllerId) -> Asked<T>,
    ) -> Result<T, Failure> {
        let others = self.controllers.iter().copied().filter(|id| Some(*id) != first);
        let mut silent = Vec::new();
        for id in first.into_iter().chain(others) {
            let connection = match self.dialer.dial(&EndpointName::Controller(id)) {
                Ok(connection) => connection.within(within),
                Err(error) => {
                    silent.push((id, Status::from(error)));
                    continue;
                }
            };
            match question(connection, id).await {
                Asked::Answered(answer) => return Ok(answer),
                Asked::Silent(status) => silent.push((id, status)),
                Asked::Refused(status) => return Err(status_failure(&status)),
            }
        }
        Err(nobody(&silent))
    }
}

/// Reading is harmless: whatever is no definite answer is asked elsewhere.
fn silent_or_refused<T>(status: Status) -> Asked<T> {
    if was_never_sent(&status) || may_count(&status) {
        Asked::Silent(status)
    } else {
        Asked::Refused(status)
    }
}

/// Whether the call may have had its effect in spite of this.
fn may_count(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::Unavailable
            | Code::DeadlineExceeded
            | Code::Cancelled
            | Code::Unknown
            | Code::Aborted
    )
}
