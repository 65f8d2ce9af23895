//! Who is let in, and as whom.

use tonic::Code;
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};
use wire::dial::was_never_sent;
use wire::peer::peer_client::PeerClient;
use wire::peer::{CosignRequest, PingRequest, Renewal};

use crate::cluster::{Cluster, name_of};
use crate::node::run;

#[tokio::test]
async fn a_controller_is_known_by_its_certificate_whatever_its_message_says() {
    let cluster = Cluster::new();
    let one = run(cluster.credentials("controller-1")).await;
    for (folder, id) in [("controller-2", 2), ("controller-3", 3)] {
        let dialer = cluster.dialer(folder, "controller/1", &[one.address]);
        let mut peer = dialer.dial(&name_of("controller/1")).unwrap().peer();
        let reply = peer.ping(PingRequest { controller: 99 }).await.unwrap();
        assert_eq!(reply.into_inner().controller, id);
    }
}

#[tokio::test]
async fn an_agent_may_renew_its_lease_but_not_speak_as_a_controller() {
    let cluster = Cluster::new();
    let one = run(cluster.credentials("controller-1")).await;
    let dialer = cluster.dialer("agent-a1", "controller/1", &[one.address]);
    let connection = dialer.dial(&name_of("controller/1")).unwrap();
    let answer = connection.clone().controller().renew_lease(Renewal::default()).await.unwrap();
    assert_eq!(answer.into_inner().refusal, "a1");
    let refused = connection.peer().ping(PingRequest::default()).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert_eq!(refused.message(), "agent/a1 may not do this: only a controller may");
}

#[tokio::test]
async fn a_person_may_do_what_their_role_says() {
    let cluster = Cluster::new();
    let one = run(cluster.credentials("controller-1")).await;
    let mut answers = Vec::new();
    for folder in ["person-admin", "person-auditor"] {
        let dialer = cluster.dialer(folder, "controller/1", &[one.address]);
        let mut peer = dialer.dial(&name_of("controller/1")).unwrap().peer();
        answers.push(peer.cosign(CosignRequest::default()).await);
    }
    assert_eq!(answers[0].as_ref().unwrap().get_ref().note, "admin");
    let refused = answers[1].as_ref().unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert!(refused.message().contains("the role `operate`"), "{refused}");
}

#[tokio::test]
async fn nodes_of_another_cluster_are_refused_by_both_sides() {
    let (ours, theirs) = (Cluster::new(), Cluster::new());
    let one = run(ours.credentials("controller-1")).await;
    let dialer = theirs.dialer("controller-2", "controller/1", &[one.address]);
    let mut peer = dialer.dial(&name_of("controller/1")).unwrap().peer();
    let refused = peer.ping(PingRequest::default()).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert!(refused.message().contains("a node of another cluster answers there"), "{refused}");
    assert!(was_never_sent(&refused));

    // A caller that does not care who answers is refused by the server.
    let read = |cluster: &Cluster, file: &str| {
        std::fs::read_to_string(cluster.folder("controller-2").join(file)).unwrap()
    };
    let identity = Identity::from_pem(read(&theirs, "cert.pem"), read(&theirs, "key.pem"));
    let tls = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(read(&ours, "ca.pem")))
        .identity(identity)
        .domain_name("controller-1.bascule.internal");
    let refused = ping_by_hand(one.address, tls, Some("1.0")).await.unwrap_err();
    assert_ne!(refused.code(), Code::PermissionDenied, "the handshake refuses, not a service");
}

#[tokio::test]
async fn a_caller_without_a_certificate_is_refused_in_the_handshake() {
    let cluster = Cluster::new();
    let one = run(cluster.credentials("controller-1")).await;
    let tls = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(cluster.authority.certificate_pem()))
        .domain_name("controller-1.bascule.internal");
    assert!(ping_by_hand(one.address, tls, Some("1.0")).await.is_err());
}

#[tokio::test]
async fn a_relay_cannot_swap_one_controller_for_another() {
    let cluster = Cluster::new();
    let two = run(cluster.credentials("controller-2")).await;
    let dialer = cluster.dialer("controller-3", "controller/1", &[two.address]);
    let mut peer = dialer.dial(&name_of("controller/1")).unwrap().peer();
    let refused = peer.ping(PingRequest::default()).await.unwrap_err();
    assert!(refused.message().contains("another node answers there"), "{refused}");
    assert!(was_never_sent(&refused));
}

#[tokio::test]
async fn a_person_s_certificate_cannot_answer_calls() {
    let cluster = Cluster::new();
    let false_one = run(cluster.credentials("person-admin")).await;
    let dialer = cluster.dialer("controller-3", "controller/1", &[false_one.address]);
    let mut peer = dialer.dial(&name_of("controller/1")).unwrap().peer();
    assert!(was_never_sent(&peer.ping(PingRequest::default()).await.unwrap_err()));
}

#[tokio::test]
async fn another_major_protocol_is_refused_in_words() {
    let cluster = Cluster::new();
    let one = run(cluster.credentials("controller-1")).await;
    let read =
        |file: &str| std::fs::read_to_string(cluster.folder("controller-2").join(file)).unwrap();
    let tls = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(read("ca.pem")))
        .identity(Identity::from_pem(read("cert.pem"), read("key.pem")))
        .domain_name("controller-1.bascule.internal");
    assert_eq!(ping_by_hand(one.address, tls.clone(), Some("1.7")).await.unwrap(), 2);
    for (protocol, says) in
        [(Some("2.0"), "they do not understand each other"), (None, "does not say which protocol")]
    {
        let refused = ping_by_hand(one.address, tls.clone(), protocol).await.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition);
        assert!(refused.message().contains(says), "{refused}");
    }
}

/// Calls without our dialer, as a foreign program would.
async fn ping_by_hand(
    address: std::net::SocketAddr,
    tls: ClientTlsConfig,
    protocol: Option<&'static str>,
) -> Result<u64, tonic::Status> {
    let channel = Endpoint::from_shared(format!("https://{address}"))
        .unwrap()
        .tls_config(tls)
        .unwrap()
        .connect_lazy();
    let mut request = tonic::Request::new(PingRequest::default());
    if let Some(protocol) = protocol {
        request.metadata_mut().insert("bascule-protocol", protocol.parse().unwrap());
    }
    PeerClient::new(channel).ping(request).await.map(|reply| reply.into_inner().controller)
}
