//! Calling other nodes: lazily opened, cached, bounded connections that verify who answers.

mod clients;
mod connection;
mod connector;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::units::Span;
use rustls_pki_types::ServerName;
use tonic::transport::{Channel, Endpoint};

pub use connection::{Connection, was_never_sent};
pub use connector::ConnectError;

use crate::endpoint::{EndpointName, Endpoints};
use crate::tls::Credentials;

/// How long calls may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DialSettings {
    /// For one address: TCP and TLS together. A relay that swallows everything accepts TCP.
    pub connect_within: Span,
    /// For a whole call, connecting included, up to the answer (of a stream: its beginning).
    pub call_within: Span,
    /// How often an open connection is tried, used or not: a cut cable says nothing by itself.
    pub keepalive_every: Span,
    /// An open connection that does not answer the try within this is given up.
    pub keepalive_within: Span,
}

impl Default for DialSettings {
    fn default() -> Self {
        Self {
            connect_within: Span::from_millis(1000),
            call_within: Span::from_millis(2000),
            keepalive_every: Span::from_millis(2000),
            keepalive_within: Span::from_millis(2000),
        }
    }
}

/// Why an endpoint can't be called at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DialError {
    /// No addresses.
    #[error("{name} has no address: add it to the endpoints of this process")]
    Unknown {
        /// Which endpoint.
        name: EndpointName,
    },
    /// A service is no node of ours.
    #[error("{name} is a service, which has no certificate of ours: probe it, don't call it")]
    NotOurs {
        /// Which endpoint.
        name: EndpointName,
    },
    /// Its id can't stand in a certificate.
    #[error("the id in {name} cannot stand in a certificate: shorten it")]
    BadName {
        /// Which endpoint.
        name: EndpointName,
    },
}

impl From<DialError> for tonic::Status {
    fn from(error: DialError) -> Self {
        connection::never_sent(error.to_string())
    }
}

/// Calls nodes by their endpoint's name.
pub struct Dialer {
    credentials: Credentials,
    settings: DialSettings,
    state: Mutex<State>,
}

struct State {
    endpoints: Endpoints,
    channels: BTreeMap<EndpointName, Channel>,
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialer")
            .field("as", &self.credentials.identity().to_string())
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Dialer {
    /// A dialer that shows these credentials.
    pub fn new(credentials: Credentials, endpoints: Endpoints, settings: DialSettings) -> Self {
        let state = Mutex::new(State { endpoints, channels: BTreeMap::new() });
        Self { credentials, settings, state }
    }

    /// A connection to the endpoint: opened at its first call, verified to be answered by that
    /// very node, shared by all who dial it, and opened again after it broke. Needs a runtime.
    pub fn dial(&self, name: &EndpointName) -> Result<Connection, DialError> {
        let mut state = self.lock();
        let channel = if let Some(channel) = state.channels.get(name) {
            channel.clone()
        } else {
            let channel = self.open(name, &state.endpoints)?;
            state.channels.insert(name.clone(), channel.clone());
            channel
        };
        Ok(Connection::new(channel, name.to_string().into(), self.settings.call_within))
    }

    /// Replaces the addresses. Connections to endpoints whose addresses changed are not given out
    /// again.
    pub fn set_endpoints(&self, endpoints: Endpoints) {
        let mut state = self.lock();
        let old = std::mem::replace(&mut state.endpoints, endpoints);
        let State { endpoints, channels } = &mut *state;
        channels.retain(|name, _| old.addresses(name) == endpoints.addresses(name));
    }

    /// The endpoints.
    pub fn endpoints(&self) -> Endpoints {
        self.lock().endpoints.clone()
    }

    /// Who we show ourselves as.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    fn open(&self, name: &EndpointName, endpoints: &Endpoints) -> Result<Channel, DialError> {
        let addresses = endpoints.addresses(name);
        if addresses.is_empty() {
            return Err(DialError::Unknown { name: name.clone() });
        }
        let server_name =
            name.server_name().ok_or_else(|| DialError::NotOurs { name: name.clone() })?;
        let bad_name = |_| DialError::BadName { name: name.clone() };
        let verified = ServerName::try_from(server_name.clone()).map_err(bad_name)?;
        // The scheme says http because the connector below does TLS itself: only so can it try
        // the next address when the first accepts TCP and then goes silent.
        let endpoint = Endpoint::from_shared(format!("http://{server_name}"))
            .map_err(|_| DialError::BadName { name: name.clone() })?
            .http2_keep_alive_interval(self.settings.keepalive_every.to_std())
            .keep_alive_timeout(self.settings.keepalive_within.to_std())
            .keep_alive_while_idle(true);
        let plan = Arc::new(connector::Plan {
            name: name.clone(),
            addresses: addresses.to_vec(),
            verified,
            tls: self.credentials.client_tls(),
            within: self.settings.connect_within,
        });
        let connect = tower::service_fn(move |_uri: tonic::codegen::http::Uri| {
            let plan = Arc::clone(&plan);
            async move { plan.connect().await }
        });
        Ok(endpoint.connect_with_connector_lazy(connect))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs under the lock with the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
