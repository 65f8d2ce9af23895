use std::io::{Error, ErrorKind};
use std::net::SocketAddr;

use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::finding::Finding;

/// Connects to all addresses at once; the first that accepts decides. In turn would let the
/// address in a dead room, which swallows what it is sent, hide the one that lives.
pub(crate) async fn probe(addresses: &[SocketAddr], name: &str) -> Finding {
    if addresses.is_empty() {
        return Finding::unknown(format!("`{name}` is no known endpoint and no host:port"));
    }
    let mut attempts: JoinSet<(SocketAddr, Result<(), Error>)> = addresses
        .iter()
        .map(|address| {
            let address = *address;
            async move { (address, TcpStream::connect(address).await.map(drop)) }
        })
        .collect();
    let mut refused = 0;
    let mut words = String::new();
    while let Some(attempt) = attempts.join_next().await {
        match attempt {
            Ok((address, Ok(()))) => {
                return Finding::up(format!("{address} accepts connections"));
            }
            Ok((address, Err(error))) => {
                refused += usize::from(error.kind() == ErrorKind::ConnectionRefused);
                words = format!("{address}: {error}");
            }
            Err(error) => words = error.to_string(),
        }
    }
    // Refused everywhere means that living machines say no: that is knowledge, not silence.
    if refused == addresses.len() { Finding::down(words) } else { Finding::unknown(words) }
}
