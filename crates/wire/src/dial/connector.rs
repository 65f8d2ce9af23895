//! Opening one connection: TCP and TLS, address after address.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use hyper_util::rt::TokioIo;
use model::units::Span;
use rustls::{CertificateError, ClientConfig};
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::endpoint::EndpointName;

/// Why no address of an endpoint could be connected.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// None answers.
    #[error("{name} does not answer: {attempts}")]
    NoAnswer {
        /// Which endpoint.
        name: EndpointName,
        /// Each address with what went wrong there.
        attempts: String,
    },
}

/// What is needed to open a connection, again and again.
pub(super) struct Plan {
    pub(super) name: EndpointName,
    pub(super) addresses: Vec<SocketAddr>,
    pub(super) verified: ServerName<'static>,
    pub(super) tls: Arc<ClientConfig>,
    pub(super) within: Span,
}

impl Plan {
    pub(super) async fn connect(&self) -> Result<TokioIo<TlsStream<TcpStream>>, ConnectError> {
        let mut attempts = Vec::new();
        for address in &self.addresses {
            let said = match timeout(self.within.to_std(), self.connect_to(*address)).await {
                Ok(Ok(stream)) => return Ok(TokioIo::new(stream)),
                Ok(Err(error)) => self.in_words(&error),
                Err(_) => format!("silent for {}", self.within),
            };
            attempts.push(format!("{address}: {said}"));
        }
        Err(ConnectError::NoAnswer { name: self.name.clone(), attempts: attempts.join("; ") })
    }

    async fn connect_to(&self, address: SocketAddr) -> io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(address).await?;
        // Heartbeats and renewals are small and urgent.
        stream.set_nodelay(true)?;
        TlsConnector::from(Arc::clone(&self.tls)).connect(self.verified.clone(), stream).await
    }

    fn in_words(&self, error: &io::Error) -> String {
        let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        match tls {
            Some(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => format!(
                "another node answers there, its certificate is not that of {}; check the \
                 addresses",
                self.name
            ),
            Some(rustls::Error::InvalidCertificate(
                CertificateError::UnknownIssuer | CertificateError::BadSignature,
            )) => "a node of another cluster answers there: its certificate is of another \
                   authority"
                .to_owned(),
            Some(rustls::Error::InvalidCertificate(
                CertificateError::Expired | CertificateError::ExpiredContext { .. },
            )) => "its certificate has ended: issue a new one, and check both clocks".to_owned(),
            _ => error.to_string(),
        }
    }
}
