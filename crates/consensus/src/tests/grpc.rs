//! Three real nodes over loopback sockets with mutual TLS and files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tonic::service::Routes;
use tonic::{Request, Response, Status};
use wire::ca::{ClusterPlan, cluster_init};
use wire::dial::{DialSettings, Dialer};
use wire::endpoint::{EndpointName, Endpoints};
use wire::identity::{Identity, require_controller};
use wire::peer::peer_server::Peer as PeerService;
use wire::peer::{
    CosignReply, CosignRequest, ForwardReply, ForwardRequest, Frame, JoinReply, JoinRequest,
    PingReply, PingRequest,
};
use wire::serve::{peer_service, serve};
use wire::tls::Credentials;

use model::id::{ControllerId, RoomId};

use super::rooms::{id, members};
use super::{entry, identity};
use crate::{GrpcTransport, Node, NodeConfig, Production, Store};

struct Served(Node<Production>);

#[tonic::async_trait]
impl PeerService for Served {
    async fn raft(&self, request: Request<Frame>) -> Result<Response<Frame>, Status> {
        let (from, _) = require_controller(&request)?;
        let body = self.0.handle(from, &request.into_inner().body).await;
        Ok(Response::new(Frame { body }))
    }

    async fn forward(&self, _: Request<ForwardRequest>) -> Result<Response<ForwardReply>, Status> {
        Err(Status::unimplemented("not part of this test"))
    }

    async fn ping(&self, _: Request<PingRequest>) -> Result<Response<PingReply>, Status> {
        Err(Status::unimplemented("not part of this test"))
    }

    async fn join(&self, _: Request<JoinRequest>) -> Result<Response<JoinReply>, Status> {
        Err(Status::unimplemented("not part of this test"))
    }

    async fn cosign(&self, _: Request<CosignRequest>) -> Result<Response<CosignReply>, Status> {
        Err(Status::unimplemented("not part of this test"))
    }
}

fn credentials(folder: &Path, controller: u64) -> Credentials {
    let who = Identity::Controller(id(controller), RoomId(format!("room-{controller}")));
    Credentials::load(&folder.join("pki").join(who.folder())).unwrap()
}

async fn start(
    folder: &Path,
    controller: u64,
    listener: TcpListener,
    endpoints: Endpoints,
) -> (Node<Production>, JoinHandle<()>) {
    let store = folder.join(format!("controller-{controller}"));
    let store = if Store::is_initialised_at(&store).unwrap() {
        Store::open_at(&store, identity(controller)).unwrap()
    } else {
        Store::initialise_at(&store, identity(controller)).unwrap()
    };
    let credentials = credentials(folder, controller);
    let dialer = Dialer::new(credentials.clone(), endpoints, DialSettings::default());
    let transport = Arc::new(GrpcTransport::new(Arc::new(dialer)));
    let (node, _) =
        Node::<Production>::start(store, NodeConfig::default(), transport).await.unwrap();
    let routes = Routes::new(peer_service(Served(node.clone())));
    let serving = tokio::spawn(async move {
        serve(listener, &credentials, routes, std::future::pending()).await.unwrap();
    });
    (node, serving)
}

async fn write(nodes: &BTreeMap<u64, Node<Production>>, number: u64) -> u64 {
    let committed = async {
        loop {
            for (node, running) in nodes {
                if let Ok((index, _)) = running.propose(entry(id(*node), number)).await {
                    return index;
                }
            }
            // Whoever changes its mind next may be the one who leads.
            let first = nodes.values().next().unwrap();
            let _ =
                tokio::time::timeout(Duration::from_millis(200), first.watch_status().changed())
                    .await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), committed).await.expect("nothing was committed")
}

#[tokio::test(flavor = "multi_thread")]
async fn real_nodes_agree_over_mutual_tls_and_survive_the_leader_and_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let plan = ClusterPlan {
        cluster: "clinic".to_owned(),
        members: (1..=3_u64).map(|node| (id(node), RoomId(format!("room-{node}")))).collect(),
        hosts: Vec::new(),
        devices: Vec::new(),
        persons: BTreeMap::new(),
    };
    cluster_init(&folder.join("pki"), &plan).unwrap();
    let mut endpoints = Endpoints::default();
    let mut listeners = BTreeMap::new();
    for node in 1..=3 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        endpoints.set(EndpointName::Controller(ControllerId(node)), vec![address]);
        listeners.insert(node, (listener, address));
    }
    let mut nodes = BTreeMap::new();
    let mut serving = BTreeMap::new();
    let mut addresses = BTreeMap::new();
    for (node, (listener, address)) in listeners {
        let (running, server) = start(folder, node, listener, endpoints.clone()).await;
        nodes.insert(node, running);
        serving.insert(node, server);
        addresses.insert(node, address);
    }
    nodes[&1].bootstrap(members(1..=3)).await.unwrap();
    for number in 0..10 {
        write(&nodes, number).await;
    }
    // The leader's process ends.
    let leader = nodes[&1].leader().unwrap().0;
    let gone = nodes.remove(&leader).unwrap();
    serving.remove(&leader).unwrap().abort();
    gone.shutdown().await;
    drop(gone);
    let index = write(&nodes, 10).await;
    // And begins again.
    let listener = TcpListener::bind(addresses[&leader]).await.unwrap();
    let (running, server) = start(folder, leader, listener, endpoints.clone()).await;
    assert_eq!(running.incarnation(), 2);
    nodes.insert(leader, running);
    serving.insert(leader, server);
    let mut leaves = BTreeSet::new();
    for node in nodes.values() {
        let mut applied = node.watch_applied();
        tokio::time::timeout(Duration::from_secs(60), applied.reached(index))
            .await
            .expect("it did not catch up")
            .unwrap();
        leaves.insert(node.leaves(0..index + 1, usize::MAX).unwrap());
    }
    assert_eq!(leaves.len(), 1, "the leaves differ");
    for node in nodes.values() {
        node.shutdown().await;
    }
    serving.values().for_each(JoinHandle::abort);
}
