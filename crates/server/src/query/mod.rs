//! What people and scripts read, as typed views over the replicated state. One file per noun.

mod audit_head;
mod cluster;
mod hosts;
mod incidents;
mod rooms;
mod runs;
mod service_tree;
mod services;
mod status;
mod vms;

use model::id::{ControllerId, ServiceId};
use serde_json::Value;
use state_machine::State;

pub use audit_head::AuditHead;
pub use cluster::{ClusterView, MemberView};
pub use hosts::{AttestationView, FenceView, HostView};
pub use incidents::{ApprovalView, HostFence, IncidentView, WouldRunView};
pub use rooms::RoomView;
pub use runs::{AbortedView, ItemView, PauseView, RunView};
pub use services::ServiceView;
pub use status::{StatusView, VmCounts};
pub use vms::{VmState, VmView};

/// What this node knows beside the replicated state.
#[derive(Clone, Debug)]
pub struct NodeView {
    /// This controller.
    pub me: ControllerId,
    /// Whether this node believes that it leads: a hint for people.
    pub leads: bool,
    /// Whom it believes to lead.
    pub leader_hint: Option<ControllerId>,
    /// Milliseconds since the last entry was applied here.
    pub since_last_entry_ms: u64,
}

/// Why a query has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// No such kind of view.
    #[error("there is no view `{kind}`; there are: {}", KINDS.join(", "))]
    NoSuchKind {
        /// What was asked for.
        kind: String,
    },
    /// No such object.
    #[error("there is no {kind} `{id}`")]
    NoSuchId {
        /// The kind of object.
        kind: String,
        /// Its id.
        id: String,
    },
}

/// Every kind of view.
pub const KINDS: &[&str] = &[
    "status",
    "rooms",
    "hosts",
    "vms",
    "services",
    "service-tree",
    "incidents",
    "runs",
    "cluster",
    "audit-head",
    "readiness",
];

/// Answers a query. With an id, the one object; without, all.
pub fn answer(
    kind: &str,
    id: Option<&str>,
    state: &State,
    node: &NodeView,
) -> Result<Value, QueryError> {
    let value = match kind {
        "status" => to_json(&status::view(state, node)),
        "rooms" => pick(rooms::views(state), id, |room| room.room.as_str(), "room")?,
        "hosts" => pick(hosts::views(state), id, |host| host.host.as_str(), "host")?,
        "vms" => pick(vms::views(state), id, |vm| vm.vm.as_str(), "VM")?,
        "services" => pick(services::views(state), id, |s| s.service.as_str(), "service")?,
        "service-tree" => {
            let of = id.map(ServiceId::from);
            let tree = service_tree::view(state, of.as_ref());
            let no_such = || no_such_id("service", id.unwrap_or_default());
            to_json(&tree.ok_or_else(no_such)?)
        }
        "incidents" => pick(incidents::views(state), id, |i| i.id.as_str(), "incident")?,
        "runs" => pick(runs::views(state, id.is_some()), id, |run| run.id.as_str(), "run")?,
        "cluster" => to_json(&cluster::view(state, node)),
        "audit-head" => to_json(&audit_head::view(state)),
        _ => return Err(QueryError::NoSuchKind { kind: kind.to_owned() }),
    };
    Ok(value)
}

fn to_json(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).expect("views have only text keys")
}

fn pick<T: serde::Serialize>(
    all: Vec<T>,
    id: Option<&str>,
    id_of: impl Fn(&T) -> &str,
    kind: &str,
) -> Result<Value, QueryError> {
    let Some(id) = id else { return Ok(to_json(&all)) };
    all.iter().find(|object| id_of(object) == id).map(to_json).ok_or_else(|| no_such_id(kind, id))
}

fn no_such_id(kind: &str, id: &str) -> QueryError {
    QueryError::NoSuchId { kind: kind.to_owned(), id: id.to_owned() }
}
