//! A connection as generated clients use it: each call bounded, marked with the protocol, and its
//! failure told as "never sent" or "outcome unknown".

use std::error::Error;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use model::units::Span;
use tokio::time::timeout;
use tonic::body::Body;
use tonic::codegen::{Service, http};
use tonic::transport::Channel;
use tonic::{Code, Status};
use tracing::Instrument;

use crate::protocol::{PROTOCOL, PROTOCOL_HEADER};

/// A connection to one endpoint. Cheap to clone; give it to a generated client.
#[derive(Clone, Debug)]
pub struct Connection {
    channel: Channel,
    name: Arc<str>,
    within: Span,
}

/// Marks a status of a call that never left this process.
#[derive(Debug)]
struct NeverSent;

impl fmt::Display for NeverSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the call was never sent")
    }
}

impl Error for NeverSent {}

/// Whether the call never left this process: then it had no effect for certain. Otherwise a
/// failure without an answer leaves the outcome unknown.
pub fn was_never_sent(status: &Status) -> bool {
    status.source().is_some_and(|source| source.is::<NeverSent>())
}

pub(super) fn never_sent(message: String) -> Status {
    let mut status = Status::new(Code::Unavailable, message);
    status.set_source(Arc::new(NeverSent));
    status
}

impl Connection {
    pub(super) fn new(channel: Channel, name: Arc<str>, within: Span) -> Self {
        Self { channel, name, within }
    }

    /// The same connection with another bound on each call.
    #[must_use]
    pub fn within(mut self, within: Span) -> Self {
        self.within = within;
        self
    }

    /// The name of the endpoint.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Service<http::Request<Body>> for Connection {
    type Response = http::Response<Body>;
    type Error = Status;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Status>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Status>> {
        // Readiness is awaited inside the call, where the deadline bounds it: a channel that is
        // connecting is not ready.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        let protocol = http::HeaderValue::from_str(&PROTOCOL.to_string())
            .expect("a version is digits and a dot");
        request.headers_mut().insert(PROTOCOL_HEADER, protocol);
        let span = tracing::debug_span!("call", to = %self.name, method = %request.uri().path());
        let Self { mut channel, name, within } = self.clone();
        Box::pin(
            async move {
                let answered = timeout(within.to_std(), async {
                    poll_fn(|cx| channel.poll_ready(cx)).await?;
                    channel.call(request).await
                })
                .await;
                match answered {
                    Ok(Ok(response)) => Ok(response),
                    Ok(Err(error)) => Err(failure(&name, &error)),
                    Err(_) => {
                        Err(Status::deadline_exceeded(format!("{name} did not answer in {within}")))
                    }
                }
            }
            .instrument(span),
        )
    }
}

fn failure(name: &str, error: &tonic::transport::Error) -> Status {
    let mut words: Vec<String> = Vec::new();
    let mut never = false;
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(link) = cause {
        never |= link.is::<tonic::ConnectError>();
        let said = link.to_string();
        // Wrappers repeat what they wrap.
        if !words.iter().any(|earlier| earlier.contains(&said)) {
            words.push(said);
        }
        cause = link.source();
    }
    let words = words.join(": ");
    if never { never_sent(words) } else { Status::unavailable(format!("{name}: {words}")) }
}
