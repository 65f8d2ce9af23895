//! The devices that a twin room plays, as their drivers reach them.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use contracts::error::DriverError;
use model::estate::Estate;
use model::id::{ArrayId, HostId, RoomId};
use wire::dial::{Connection, Dialer};
use wire::endpoint::EndpointName;
use wire::twin::device_client::DeviceClient;

/// Where the hosts and arrays of the estate stand: their devices are reached at their room.
#[derive(Debug, Default)]
pub struct Places {
    inner: RwLock<Known>,
}

#[derive(Debug, Default)]
struct Known {
    hosts: BTreeMap<HostId, RoomId>,
    arrays: BTreeMap<ArrayId, RoomId>,
}

impl Places {
    /// The places of an estate.
    pub fn of(estate: &Estate) -> Self {
        let places = Self::default();
        places.learn(estate);
        places
    }

    /// Takes the places from another estate.
    pub fn learn(&self, estate: &Estate) {
        let hosts = estate.hosts.iter().map(|(id, host)| (id.clone(), host.room.clone()));
        let arrays = estate.arrays.iter().map(|(id, array)| (id.clone(), array.room.clone()));
        let known = Known { hosts: hosts.collect(), arrays: arrays.collect() };
        *self.inner.write().unwrap_or_else(PoisonError::into_inner) = known;
    }

    fn room_of_host(&self, host: &HostId) -> Option<RoomId> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner).hosts.get(host).cloned()
    }

    fn room_of_array(&self, array: &ArrayId) -> Option<RoomId> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner).arrays.get(array).cloned()
    }
}

/// The way to the devices of all twin rooms.
#[derive(Clone, Debug)]
pub struct TwinRooms {
    dialer: Arc<Dialer>,
    places: Arc<Places>,
}

impl TwinRooms {
    /// Devices are called through this dialer, at the rooms that the estate says.
    pub fn new(dialer: Arc<Dialer>, places: Arc<Places>) -> Self {
        Self { dialer, places }
    }

    pub(crate) fn at(&self, room: &RoomId) -> Result<DeviceClient<Connection>, DriverError> {
        let name = EndpointName::Device(room.clone());
        let connection = self.dialer.dial(&name).map_err(not_called)?;
        Ok(connection.device())
    }

    pub(crate) fn of_host(&self, host: &HostId) -> Result<DeviceClient<Connection>, DriverError> {
        self.at(&self.places.room_of_host(host).ok_or_else(|| not_there("host", host.as_str()))?)
    }

    pub(crate) fn of_array(
        &self,
        array: &ArrayId,
    ) -> Result<DeviceClient<Connection>, DriverError> {
        let room = self.places.room_of_array(array);
        self.at(&room.ok_or_else(|| not_there("array", array.as_str()))?)
    }
}

fn not_there(kind: &str, id: &str) -> DriverError {
    DriverError::Failed { reason: format!("the estate has no {kind} `{id}`") }
}

fn not_called(error: wire::dial::DialError) -> DriverError {
    DriverError::Failed { reason: error.to_string() }
}

/// What can't be read in an answer leaves its meaning unknown.
pub(crate) fn unreadable(error: serde_json::Error) -> DriverError {
    DriverError::Unknown { reason: format!("the device's answer can't be read: {error}") }
}
