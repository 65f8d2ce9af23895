//! A node that answers, and says who asked.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tonic::service::Routes;
use tonic::{Request, Response, Status};
use wire::agent::controller_server::Controller;
use wire::identity::{require_agent, require_controller, require_person};
use wire::peer::peer_server::Peer;
use wire::peer::{
    CosignReply, CosignRequest, ForwardReply, ForwardRequest, Frame, JoinReply, JoinRequest,
    PingReply, PingRequest, Renewal, RenewalAnswer,
};
use wire::serve::{controller_service, peer_service, serve};
use wire::tls::Credentials;

/// Answers a ping with the caller's id as its certificate says, whatever the message says.
#[derive(Clone, Default)]
pub(crate) struct Node {
    /// Notified when a forward has arrived.
    pub(crate) forwarded: Arc<Notify>,
}

#[tonic::async_trait]
impl Peer for Node {
    async fn raft(&self, request: Request<Frame>) -> Result<Response<Frame>, Status> {
        require_controller(&request)?;
        Ok(Response::new(request.into_inner()))
    }

    /// Never answers.
    async fn forward(
        &self,
        request: Request<ForwardRequest>,
    ) -> Result<Response<ForwardReply>, Status> {
        require_controller(&request)?;
        self.forwarded.notify_one();
        std::future::pending().await
    }

    async fn ping(&self, request: Request<PingRequest>) -> Result<Response<PingReply>, Status> {
        let (caller, _) = require_controller(&request)?;
        Ok(Response::new(PingReply { controller: caller.0, ..Default::default() }))
    }

    async fn join(&self, _: Request<JoinRequest>) -> Result<Response<JoinReply>, Status> {
        Err(Status::unimplemented("not part of these tests"))
    }

    async fn cosign(
        &self,
        request: Request<CosignRequest>,
    ) -> Result<Response<CosignReply>, Status> {
        let person = require_person(&request, "operate")?;
        Ok(Response::new(CosignReply { note: person.to_string() }))
    }
}

#[tonic::async_trait]
impl Controller for Node {
    async fn renew_lease(
        &self,
        request: Request<Renewal>,
    ) -> Result<Response<RenewalAnswer>, Status> {
        let host = require_agent(&request)?;
        Ok(Response::new(RenewalAnswer { refusal: host.to_string(), ..Default::default() }))
    }
}

pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) node: Node,
    pub(crate) task: JoinHandle<()>,
    stop: Option<oneshot::Sender<()>>,
}

impl Running {
    /// Tells the server to stop and waits until it has.
    pub(crate) async fn stop(mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        self.task.await.unwrap();
    }
}

pub(crate) async fn run(credentials: Credentials) -> Running {
    run_at(credentials, "127.0.0.1:0".parse().unwrap()).await
}

pub(crate) async fn run_at(credentials: Credentials, address: SocketAddr) -> Running {
    let listener = TcpListener::bind(address).await.unwrap();
    let address = listener.local_addr().unwrap();
    let node = Node::default();
    let routes =
        Routes::new(peer_service(node.clone())).add_service(controller_service(node.clone()));
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(async move {
        let stopped = async {
            let _ = stopped.await;
        };
        serve(listener, &credentials, routes, stopped).await.unwrap();
    });
    Running { address, node, task, stop: Some(stop) }
}
