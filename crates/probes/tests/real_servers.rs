//! Probes against real sockets and real programs.
#![allow(clippy::unwrap_used)]

use std::net::SocketAddr;
use std::time::Duration;

use model::estate::Probe;
use model::observation::Status;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const BOUND: Duration = Duration::from_secs(5);

fn addresses(name: &str) -> Vec<SocketAddr> {
    name.parse().into_iter().collect()
}

async fn http_server(answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    address
}

#[tokio::test]
async fn a_port_that_accepts_is_up_and_one_that_refuses_is_down() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let probe = Probe::Tcp { address: address.to_string() };
    assert_eq!(probes::run(&probe, addresses, BOUND).await.status, Status::Up);
    drop(listener);
    assert_eq!(probes::run(&probe, addresses, BOUND).await.status, Status::Down);
}

#[tokio::test]
async fn an_address_that_swallows_everything_does_not_hide_the_one_that_answers() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let living = listener.local_addr().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let swallowing = silent.local_addr().unwrap();
    let server = http_server("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let both = move |_: &str| vec![swallowing, server];
    let probe = Probe::Http { url: "http://service.intranet/".into() };
    assert_eq!(probes::run(&probe, both, BOUND).await.status, Status::Up);
    let probe = Probe::Tcp { address: "service/dpi".into() };
    let both = move |_: &str| vec![swallowing, living];
    assert_eq!(probes::run(&probe, both, BOUND).await.status, Status::Up);
}

#[tokio::test]
async fn an_unknown_endpoint_is_unknown_and_says_so() {
    let probe = Probe::Tcp { address: "service/nowhere".into() };
    let finding = probes::run(&probe, addresses, BOUND).await;
    assert_eq!(finding.status, Status::Unknown);
    assert!(finding.says.contains("service/nowhere"), "{}", finding.says);
}

#[tokio::test]
async fn http_answers_below_400_are_up_and_errors_are_down() {
    for (answer, status) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", Status::Up),
        ("HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n", Status::Up),
        ("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n", Status::Down),
        ("nonsense\r\n\r\n", Status::Unknown),
    ] {
        let server = http_server(answer).await;
        let probe = Probe::Http { url: format!("http://{server}/health") };
        let finding = probes::run(&probe, addresses, BOUND).await;
        assert_eq!(finding.status, status, "{answer:?}: {}", finding.says);
    }
}

#[tokio::test]
async fn a_server_that_never_answers_is_silence_not_down() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let probe = Probe::Http { url: format!("http://{address}/") };
    let finding = probes::run(&probe, addresses, Duration::from_millis(100)).await;
    assert_eq!(finding.status, Status::Unknown);
}

#[tokio::test]
async fn a_plugin_is_run_and_its_words_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let plugin = folder.path().join("check_ward");
    std::fs::write(&plugin, "echo \"WARD CRITICAL - $1 | beds=12;;;0;30\"\nexit 2\n").unwrap();
    let probe = Probe::Nagios {
        command: "/bin/sh".into(),
        args: vec![plugin.to_string_lossy().into_owned(), "no answer".into()],
    };
    let finding = probes::run(&probe, addresses, BOUND).await;
    assert_eq!(
        (finding.status, finding.says.as_str()),
        (Status::Down, "WARD CRITICAL - no answer")
    );
}

#[tokio::test]
async fn a_plugin_that_is_not_installed_is_unknown() {
    let probe = Probe::Nagios { command: "/nonexistent/check_x".into(), args: vec![] };
    let finding = probes::run(&probe, addresses, BOUND).await;
    assert_eq!(finding.status, Status::Unknown);
    assert!(finding.says.contains("cannot run the plugin"), "{}", finding.says);
}
