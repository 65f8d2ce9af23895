//! Where nodes, devices, lights and services are reached: names and their addresses.

mod name;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

pub use name::{EndpointName, EndpointNameError};

/// Every endpoint that one process reaches, with its addresses, best first.
///
/// Each process has its own: an address may be a relay that stands for a cable between two rooms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Endpoints {
    addresses: BTreeMap<EndpointName, Vec<SocketAddr>>,
}

impl Endpoints {
    /// Sets the addresses of an endpoint.
    pub fn set(&mut self, name: EndpointName, addresses: Vec<SocketAddr>) {
        self.addresses.insert(name, addresses);
    }

    /// The addresses of an endpoint; none if it is not known.
    pub fn addresses(&self, name: &EndpointName) -> &[SocketAddr] {
        self.addresses.get(name).map_or(&[], Vec::as_slice)
    }

    /// All endpoints.
    pub fn iter(&self) -> impl Iterator<Item = (&EndpointName, &[SocketAddr])> {
        self.addresses.iter().map(|(name, addresses)| (name, addresses.as_slice()))
    }
}

impl FromIterator<(EndpointName, Vec<SocketAddr>)> for Endpoints {
    fn from_iter<I: IntoIterator<Item = (EndpointName, Vec<SocketAddr>)>>(entries: I) -> Self {
        Self { addresses: entries.into_iter().collect() }
    }
}
