//! Connections: addresses in order, calls bounded, breaks and returns.

use model::units::Span;
use tokio::net::TcpListener;
use tonic::Code;
use wire::convert::driver_error_of_status;
use wire::dial::{DialError, DialSettings, Dialer, was_never_sent};
use wire::endpoint::Endpoints;
use wire::peer::{ForwardRequest, Frame, PingRequest};

use crate::cluster::{Cluster, name_of, settings};
use crate::node::{run, run_at};

#[tokio::test]
async fn the_next_address_is_tried_when_the_first_is_silent_or_refuses() {
    let cluster = Cluster::new();
    let one = run(cluster.credentials("controller-1")).await;
    // Accepts TCP in the kernel's backlog and never says a word: a relay of a cut link.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refusing = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addresses = vec![silent.local_addr().unwrap(), refusing.local_addr().unwrap(), one.address];
    drop(refusing);
    let endpoints: Endpoints = [(name_of("controller/1"), addresses)].into_iter().collect();
    let settings = DialSettings { connect_within: Span::from_millis(300), ..settings() };
    // The bound on connecting may be too short for the third on a loaded machine: asked again.
    let dialer = Dialer::new(cluster.credentials("controller-2"), endpoints, settings);
    let mut peer = dialer.dial(&name_of("controller/1")).unwrap().peer();
    for _ in 0..20 {
        if peer.ping(PingRequest::default()).await.is_ok() {
            return;
        }
    }
    panic!("the third address was never reached");
}

#[tokio::test]
async fn a_call_to_a_silent_node_ends_and_leaves_its_outcome_unknown() {
    let cluster = Cluster::new();
    let one = run(cluster.credentials("controller-1")).await;
    let dialer = cluster.dialer("controller-2", "controller/1", &[one.address]);
    let connection = dialer.dial(&name_of("controller/1")).unwrap();
    // Opens the connection, so that the short bound below is the silence's alone.
    connection.clone().peer().ping(PingRequest::default()).await.unwrap();
    let mut peer = connection.within(Span::from_millis(200)).peer();
    let failed = peer.forward(ForwardRequest::default()).await.unwrap_err();
    assert_eq!(failed.code(), Code::DeadlineExceeded);
    assert!(failed.message().contains("controller/1 did not answer in 200ms"), "{failed}");
    assert!(!was_never_sent(&failed));
    let outcome = driver_error_of_status(&failed).to_string();
    assert!(outcome.starts_with("outcome unknown"), "{outcome}");
}

#[tokio::test]
async fn a_call_to_a_dead_node_was_never_sent_and_the_next_finds_it_again() {
    let cluster = Cluster::new();
    let one = run(cluster.credentials("controller-1")).await;
    let address = one.address;
    let dialer = cluster.dialer("controller-2", "controller/1", &[address]);
    let mut peer = dialer.dial(&name_of("controller/1")).unwrap().peer();
    peer.ping(PingRequest::default()).await.unwrap();
    one.stop().await;
    // The break of the open connection may be seen by the first call after it.
    let failed = loop {
        let failed = peer.ping(PingRequest::default()).await.unwrap_err();
        if was_never_sent(&failed) {
            break failed;
        }
    };
    assert!(failed.message().contains("controller/1 does not answer"), "{failed}");
    let outcome = driver_error_of_status(&failed).to_string();
    assert!(outcome.starts_with("failed"), "{outcome}");
    let _again = run_at(cluster.credentials("controller-1"), address).await;
    while peer.ping(PingRequest::default()).await.is_err() {}
}

#[tokio::test]
async fn a_server_that_is_dropped_takes_its_open_connections_with_it() {
    let cluster = Cluster::new();
    let one = run(cluster.credentials("controller-1")).await;
    let dialer = cluster.dialer("controller-2", "controller/1", &[one.address]);
    let mut peer = dialer.dial(&name_of("controller/1")).unwrap().peer();
    let waiting = tokio::spawn({
        let mut peer = peer.clone();
        async move { peer.forward(ForwardRequest::default()).await }
    });
    one.node.forwarded.notified().await;
    one.task.abort();
    let failed = waiting.await.unwrap().unwrap_err();
    assert_eq!(failed.code(), Code::Unavailable, "{failed}");
    assert!(!was_never_sent(&failed), "the call had arrived: {failed}");
    while !was_never_sent(&peer.ping(PingRequest::default()).await.unwrap_err()) {}
}

#[tokio::test]
async fn a_server_told_to_stop_ends_although_a_call_never_does() {
    let cluster = Cluster::new();
    let one = run(cluster.credentials("controller-1")).await;
    let dialer = cluster.dialer("controller-2", "controller/1", &[one.address]);
    let mut peer = dialer.dial(&name_of("controller/1")).unwrap().peer();
    let waiting = tokio::spawn(async move { peer.forward(ForwardRequest::default()).await });
    one.node.forwarded.notified().await;
    one.stop().await;
    let failed = waiting.await.unwrap().unwrap_err();
    assert_ne!(failed.code(), Code::DeadlineExceeded, "the connection must end: {failed}");
}

#[tokio::test]
async fn a_snapshot_of_sixteen_mebibytes_passes_and_more_does_not() {
    let cluster = Cluster::new();
    let one = run(cluster.credentials("controller-1")).await;
    let dialer = cluster.dialer("controller-2", "controller/1", &[one.address]);
    let mut peer = dialer.dial(&name_of("controller/1")).unwrap().peer();
    let body = vec![7; 16 * 1024 * 1024];
    let answer = peer.raft(Frame { body: body.clone() }).await.unwrap();
    assert!(answer.into_inner().body == body);
    let refused = peer.raft(Frame { body: vec![7; 17 * 1024 * 1024] }).await.unwrap_err();
    assert_eq!(refused.code(), Code::OutOfRange);
}

#[tokio::test]
async fn what_cannot_be_called_is_named() {
    let cluster = Cluster::new();
    let at = "127.0.0.1:1".parse().unwrap();
    let dialer = cluster.dialer("controller-2", "service/dpi", &[at]);
    let service = dialer.dial(&name_of("service/dpi")).unwrap_err();
    assert_eq!(service, DialError::NotOurs { name: name_of("service/dpi") });
    let unknown = dialer.dial(&name_of("agent/a1")).unwrap_err();
    assert!(unknown.to_string().starts_with("agent/a1 has no address"), "{unknown}");
}

#[tokio::test]
async fn new_addresses_are_used_by_who_dials_after_them() {
    let cluster = Cluster::new();
    let one = run(cluster.credentials("controller-1")).await;
    let dead = "127.0.0.1:1".parse().unwrap();
    let dialer = cluster.dialer("controller-2", "controller/1", &[dead]);
    let name = name_of("controller/1");
    let before = dialer.dial(&name).unwrap().peer().ping(PingRequest::default()).await;
    assert!(was_never_sent(&before.unwrap_err()));
    dialer.set_endpoints([(name.clone(), vec![one.address])].into_iter().collect());
    dialer.dial(&name).unwrap().peer().ping(PingRequest::default()).await.unwrap();
}
