//! What is checked of every call before a service sees it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tonic::Status;
use tonic::body::Body;
use tonic::codegen::{Service, http};
use tonic::transport::server::{TcpConnectInfo, TlsConnectInfo};
use tower::Layer;
use tracing::Instrument;

use crate::identity::{Identity, IdentityError, identity_of};
use crate::protocol::{PROTOCOL, PROTOCOL_HEADER};

/// Puts a [`Gate`] before a service.
#[derive(Clone, Copy, Debug)]
pub(super) struct GateLayer;

impl<S> Layer<S> for GateLayer {
    type Service = Gate<S>;

    fn layer(&self, inner: S) -> Gate<S> {
        Gate { inner }
    }
}

/// Reads who calls and which protocol they speak; turns away whom it cannot place.
#[derive(Clone, Debug)]
pub(super) struct Gate<S> {
    inner: S,
}

impl<S> Service<http::Request<Body>> for Gate<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        match check(&request) {
            Ok(identity) => {
                let span = tracing::info_span!(
                    "rpc", method = %request.uri().path(), from = %identity
                );
                request.extensions_mut().insert(identity);
                Box::pin(self.inner.call(request).instrument(span))
            }
            Err(status) => {
                tracing::warn!(
                    method = %request.uri().path(), reason = status.message(), "a call was turned away"
                );
                Box::pin(async move { Ok(status.into_http()) })
            }
        }
    }
}

fn check(request: &http::Request<Body>) -> Result<Identity, Status> {
    let header = request.headers().get(PROTOCOL_HEADER);
    PROTOCOL
        .check(header.map(|value| value.to_str().unwrap_or("?")))
        .map_err(|error| Status::failed_precondition(error.to_string()))?;
    let certificates = request
        .extensions()
        .get::<TlsConnectInfo<TcpConnectInfo>>()
        .and_then(TlsConnectInfo::peer_certs)
        .ok_or(IdentityError::NoCertificate)?;
    let certificate = certificates.first().ok_or(IdentityError::NoCertificate)?;
    Ok(identity_of(certificate)?.1)
}
