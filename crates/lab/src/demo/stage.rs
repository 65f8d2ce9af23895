//! Talking to controllers and devices, past the fabric: what the director of a demonstration
//! asks and orders.

use std::collections::BTreeSet;
use std::path::Path;

use contracts::storage::ArrayStatus;
use model::estate::Estate;
use model::id::{ArrayId, ControllerId, HostId, RoomId};
use model::units::Span;
use serde::Deserialize;
use wire::api::{CheckpointReply, CheckpointRequest, OperateRequest, QueryRequest};
use wire::dial::{Connection, DialSettings, Dialer};
use wire::endpoint::{EndpointName, Endpoints};
use wire::tls::{Credentials, CredentialsError};
use wire::twin::{ArrayRequest, DirectRequest};

/// A stage direction that was not followed.
#[derive(Debug, thiserror::Error)]
#[error("the twin of room {room} did not follow `{what} {target}`: {reason}")]
pub struct DirectionError {
    room: RoomId,
    what: String,
    target: String,
    reason: String,
}

/// What of a controller's status matters here.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Status {
    pub(super) estate: Option<String>,
    pub(super) leader: Option<ControllerId>,
    pub(super) leader_room: Option<RoomId>,
    pub(super) applied_index: u64,
    pub(super) vms: VmCounts,
    pub(super) hosts: Vec<HostStatus>,
}

/// A host as the controllers see it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct HostStatus {
    pub(super) host: HostId,
    #[serde(default)]
    pub(super) armed: bool,
}

/// VMs as the controllers see them.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct VmCounts {
    pub(super) total: usize,
    pub(super) running: usize,
}

/// The director's way to everything.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) dialer: Dialer,
    controllers: Vec<(RoomId, ControllerId)>,
    dead: BTreeSet<RoomId>,
}

impl Stage {
    pub(super) fn new(
        tls: &Path,
        endpoints: Endpoints,
        estate: &Estate,
    ) -> Result<Self, CredentialsError> {
        let credentials = Credentials::load(tls)?;
        Ok(Self {
            dialer: Dialer::new(credentials, endpoints, DialSettings::default()),
            controllers: estate
                .rooms
                .iter()
                .map(|(id, room)| (id.clone(), room.controller))
                .collect(),
            dead: BTreeSet::new(),
        })
    }

    /// This room is asked nothing any more.
    pub(super) fn room_is_dead(&mut self, room: &RoomId) {
        self.dead.insert(room.clone());
    }

    /// The controllers of living rooms.
    pub(super) fn controllers(&self) -> impl Iterator<Item = ControllerId> {
        self.controllers.iter().filter(|(room, _)| !self.dead.contains(room)).map(|(_, id)| *id)
    }

    pub(super) fn controller(&self, id: ControllerId) -> Option<Connection> {
        self.dialer.dial(&EndpointName::Controller(id)).ok()
    }

    /// What a controller says of the whole.
    pub(super) async fn status_of(&self, id: ControllerId) -> Option<Status> {
        let request = QueryRequest { kind: "status".to_owned(), ..QueryRequest::default() };
        let reply = self.controller(id)?.api().query(request).await.ok()?;
        serde_json::from_slice(&reply.into_inner().json).ok()
    }

    /// What the leader says of the whole, if somebody leads and answers.
    pub(super) async fn leaders_status(&self) -> Option<Status> {
        for id in self.controllers() {
            if let Some(leader) = self.status_of(id).await.and_then(|status| status.leader)
                && self.controllers().any(|alive| alive == leader)
            {
                let status = self.status_of(leader).await?;
                return (status.leader == Some(leader)).then_some(status);
            }
        }
        None
    }

    /// Asks the leader to hand over; says what it answered.
    pub(super) async fn hand_over(&self, from: ControllerId, to: ControllerId) -> Option<String> {
        let request =
            OperateRequest { what: "transfer-leader".to_owned(), argument: to.0.to_string() };
        let connection = self.controller(from)?.within(HAND_OVER_WITHIN);
        match connection.api().operate(request).await {
            Ok(reply) => Some(reply.into_inner().says),
            Err(status) => Some(status.message().to_owned()),
        }
    }

    /// The head of the log, signed by the rooms that answer.
    pub(super) async fn checkpoint(
        &self,
        id: ControllerId,
        size: u64,
    ) -> Result<CheckpointReply, String> {
        let connection = self.controller(id).ok_or_else(|| format!("{id} cannot be dialled"))?;
        connection
            .within(SIGNED_WITHIN)
            .api()
            .checkpoint(CheckpointRequest { size })
            .await
            .map(tonic::Response::into_inner)
            .map_err(|status| status.message().to_owned())
    }

    /// Gives a stage direction to a room's twin.
    pub(super) async fn direct(
        &self,
        room: &RoomId,
        what: &str,
        target: &str,
    ) -> Result<(), DirectionError> {
        let failed = |reason: String| DirectionError {
            room: room.clone(),
            what: what.to_owned(),
            target: target.to_owned(),
            reason,
        };
        let connection = self
            .dialer
            .dial(&EndpointName::Device(room.clone()))
            .map_err(|error| failed(error.to_string()))?;
        let request = DirectRequest { what: what.to_owned(), target: target.to_owned() };
        let reply = connection
            .device()
            .direct(request)
            .await
            .map_err(|status| failed(status.message().to_owned()))?
            .into_inner();
        if reply.error.is_empty() { Ok(()) } else { Err(failed(reply.error)) }
    }

    /// What an array tells; nothing if it does not answer.
    pub(super) async fn array(&self, room: &RoomId, array: &ArrayId) -> Option<ArrayStatus> {
        let connection = self.dialer.dial(&EndpointName::Device(room.clone())).ok()?;
        let request = ArrayRequest { array: array.to_string() };
        let reply = connection.device().observe_array(request).await.ok()?.into_inner();
        serde_json::from_slice(&reply.status).ok()
    }
}

const HAND_OVER_WITHIN: Span = Span::from_secs(8);
const SIGNED_WITHIN: Span = Span::from_secs(20);
