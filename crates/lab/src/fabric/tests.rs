#![allow(clippy::unwrap_used)]
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::*;

/// Long enough for a connection that hangs to be told from one that is slow.
const HANGS: Duration = Duration::from_millis(400);

struct Stage {
    fabric: Fabric,
    relay: SocketAddr,
    upstream: Reservation,
}

fn path(id: &str) -> PathKey {
    ("net-ab".into(), id.into())
}

fn stage() -> Stage {
    let upstream = Reservation::take().unwrap();
    let reservation = Reservation::take().unwrap();
    let relay = reservation.address();
    let route = Route {
        from: "a".into(),
        to: "b".into(),
        upstream: upstream.address(),
        over: Over::AnyOf(vec![path("1"), path("2")]),
    };
    Stage { fabric: Fabric::start(vec![(route, reservation)]), relay, upstream }
}

/// An endpoint that answers every byte with the same byte.
async fn echo(stage: &Stage) -> tokio::task::JoinHandle<()> {
    let listener = TcpListener::bind(stage.upstream.address()).await.unwrap();
    tokio::spawn(async move {
        let mut open = JoinSet::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            open.spawn(async move {
                let mut byte = [0];
                while stream.read_exact(&mut byte).await.is_ok() {
                    stream.write_all(&byte).await.unwrap();
                }
            });
        }
    })
}

/// Connects as soon as the relay lets connections in.
async fn connect(stage: &Stage) -> TcpStream {
    timeout(Duration::from_secs(20), async {
        loop {
            match timeout(HANGS, TcpStream::connect(stage.relay)).await {
                Ok(Ok(stream)) => return stream,
                _ => tokio::task::yield_now().await,
            }
        }
    })
    .await
    .unwrap()
}

async fn says(stream: &mut TcpStream, byte: u8) -> Option<u8> {
    stream.write_all(&[byte]).await.ok()?;
    let mut answer = [0];
    timeout(HANGS, stream.read_exact(&mut answer)).await.ok()?.ok()?;
    Some(answer[0])
}

#[tokio::test]
async fn a_living_room_refuses_where_nobody_listens() {
    let stage = stage();
    let error = TcpStream::connect(stage.relay).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
    let endpoint = echo(&stage).await;
    assert_eq!(says(&mut connect(&stage).await, 7).await, Some(7));
    endpoint.abort();
    let _ = endpoint.await;
    timeout(Duration::from_secs(20), async {
        while TcpStream::connect(stage.relay).await.is_ok() {}
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_cut_link_freezes_what_is_open_hangs_what_is_new_and_resumes_when_healed() {
    let stage = stage();
    let _endpoint = echo(&stage).await;
    let mut open = connect(&stage).await;
    assert_eq!(says(&mut open, 1).await, Some(1));
    stage.fabric.cut([path("1")]);
    assert_eq!(says(&mut open, 2).await, Some(2), "the other path carries it");
    stage.fabric.cut([path("2")]);
    assert_eq!(says(&mut open, 3).await, None, "frozen, not reset");
    assert!(timeout(HANGS, TcpStream::connect(stage.relay)).await.is_err(), "new ones hang");
    stage.fabric.heal();
    let mut answer = [0];
    timeout(Duration::from_secs(20), open.read_exact(&mut answer)).await.unwrap().unwrap();
    assert_eq!(answer[0], 3, "what was sent before the cut arrives");
    assert_eq!(says(&mut connect(&stage).await, 4).await, Some(4));
}

#[tokio::test]
async fn a_dead_room_answers_nothing_not_even_a_refusal() {
    let stage = stage();
    let endpoint = echo(&stage).await;
    let mut open = connect(&stage).await;
    assert_eq!(says(&mut open, 1).await, Some(1));
    stage.fabric.room_dies(&"b".into());
    endpoint.abort();
    let _ = endpoint.await;
    let mut byte = [0];
    assert!(timeout(HANGS, open.read(&mut byte)).await.is_err(), "no end of stream is seen");
    assert!(timeout(HANGS, TcpStream::connect(stage.relay)).await.is_err(), "no refusal");
}
