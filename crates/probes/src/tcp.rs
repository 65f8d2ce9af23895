use std::io::ErrorKind;
use std::net::SocketAddr;

use tokio::net::TcpStream;

use crate::finding::Finding;

/// Connects to the first address that accepts.
pub(crate) async fn probe(addresses: &[SocketAddr], name: &str) -> Finding {
    if addresses.is_empty() {
        return Finding::unknown(format!("`{name}` is no known endpoint and no host:port"));
    }
    let mut refused = 0;
    let mut words = String::new();
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(_) => return Finding::up(format!("{address} accepts connections")),
            Err(error) => {
                refused += usize::from(error.kind() == ErrorKind::ConnectionRefused);
                words = format!("{address}: {error}");
            }
        }
    }
    // Refused everywhere means that living machines say no: that is knowledge, not silence.
    if refused == addresses.len() { Finding::down(words) } else { Finding::unknown(words) }
}
