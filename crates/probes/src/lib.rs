//! Read-only watchers of applications, as their users reach them: TCP, HTTP and Nagios plugins.
//!
//! A probe answers with a [`Finding`]: up, down or unknown, in its own words. Silence is unknown,
//! never down; "down" needs somebody who says so (a refused connection, an HTTP error, a plugin
//! that exits with 2).

#![forbid(unsafe_code)]

mod finding;
mod http;
pub mod nagios;
mod tcp;

use std::net::SocketAddr;
use std::time::Duration;

use model::estate::Probe;

pub use finding::Finding;

/// Runs a probe once, bounded by `timeout`. `resolve` turns a probe's address (an endpoint's
/// name, or `host:port`) into socket addresses, to be tried in order.
pub async fn run(
    probe: &Probe,
    resolve: impl Fn(&str) -> Vec<SocketAddr>,
    timeout: Duration,
) -> Finding {
    let attempt = async {
        match probe {
            Probe::Tcp { address } => tcp::probe(&resolve(address), address).await,
            Probe::Http { url } => http::probe(url, resolve).await,
            Probe::Nagios { command, args } => nagios::run(command, args).await,
        }
    };
    match tokio::time::timeout(timeout, attempt).await {
        Ok(finding) => finding,
        Err(_) => Finding::unknown(format!("no answer within {} ms", timeout.as_millis())),
    }
}
