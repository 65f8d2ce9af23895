//! The catalogue of actions: arguments, effects, post-condition, what each relies on.

use serde::{Deserialize, Serialize};

use crate::id::{HostId, RoomId, ServiceId, StorageLayerId, VmId};
use crate::manual::ManualTask;
use crate::relied_on::Means;

/// What an action does to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effects {
    /// Nothing.
    Read,
    /// Changes something that can be changed back.
    Write,
    /// Stops or destroys something.
    Destructive,
}

/// An action with its arguments.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "action")]
pub enum Action {
    /// Fence one host by every rung that it has, side by side, until one proves.
    #[serde(rename = "fence.host")]
    FenceHost {
        /// Which.
        host: HostId,
    },
    /// Wait until the storage layer is seen serving a room.
    #[serde(rename = "storage.confirm-side")]
    StorageConfirmSide {
        /// Which layer.
        layer: StorageLayerId,
        /// The room that must be served.
        room: RoomId,
    },
    /// Start a VM on a host, from its own volumes.
    #[serde(rename = "vm.start")]
    VmStart {
        /// Which.
        vm: VmId,
        /// Where.
        host: HostId,
    },
    /// Start a VM on a host from the copies of its volumes in the host's room, which from then on
    /// are the volumes: there is no way back but by copying.
    #[serde(rename = "vm.start-from-copy")]
    VmStartFromCopy {
        /// Which.
        vm: VmId,
        /// Where.
        host: HostId,
    },
    /// Stop a VM where it runs.
    #[serde(rename = "vm.stop")]
    VmStop {
        /// Which.
        vm: VmId,
        /// Where.
        host: HostId,
    },
    /// Wait until a service's user-level probe passes.
    #[serde(rename = "service.check")]
    ServiceCheck {
        /// Which.
        service: ServiceId,
    },
    /// Wait until so many distinct persons have let the run go on.
    #[serde(rename = "approval")]
    Approval {
        /// Who may, as in the runbook (`role:…`).
        from: Vec<String>,
        /// How many.
        quorum: u32,
    },
    /// Wait until so many distinct persons have said that they did it.
    #[serde(rename = "manual")]
    Manual(ManualTask),
}

/// What is true of an action whatever its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionRow {
    /// As written in a runbook.
    pub name: &'static str,
    /// What it does to the world.
    pub effects: Effects,
    /// What it is applied to: the set that its `for_each` must range over.
    pub over: Over,
    /// What is seen when it is done, through a second channel; none means that a step with this
    /// action must write its own `verify`.
    pub post_condition: Option<&'static str>,
    /// What it relies on while it runs: one of each of these groups.
    pub uses: &'static [OneOf],
}

/// Means of which any one will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OneOf(pub &'static [Means]);

/// The set that an action ranges over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Over {
    /// Hosts.
    Hosts,
    /// VMs.
    Vms,
    /// Services.
    Services,
    /// Storage layers.
    StorageLayers,
    /// Nothing but the run itself: one item without a name.
    Run,
}

/// The name of the step that waits for persons.
pub const APPROVAL: &str = "approval";

/// The name of the step that persons carry out.
pub const MANUAL: &str = "manual";

/// What a step says by a key of its own, and not as its `action`.
pub const NOT_WRITTEN: [&str; 2] = [APPROVAL, MANUAL];

/// Every action there is.
pub const CATALOGUE: &[ActionRow] = &[
    ActionRow {
        name: "fence.host",
        effects: Effects::Destructive,
        over: Over::Hosts,
        post_condition: Some("a fence proof at the order's token is committed"),
        // The ladder: what died with the room is left out of it.
        uses: &[OneOf(&[Means::Bmc, Means::StorageManagement, Means::Agent, Means::Persons])],
    },
    ActionRow {
        name: "storage.confirm-side",
        effects: Effects::Read,
        over: Over::StorageLayers,
        post_condition: Some("the storage layer is seen serving the room"),
        uses: &[OneOf(&[Means::StorageManagement])],
    },
    ActionRow {
        name: "vm.start",
        effects: Effects::Write,
        over: Over::Vms,
        post_condition: Some("a probe, not the start order's answer, sees the VM running"),
        uses: &[OneOf(&[Means::Agent])],
    },
    ActionRow {
        name: "vm.start-from-copy",
        effects: Effects::Destructive,
        over: Over::Vms,
        post_condition: Some("a probe, not the start order's answer, sees the VM running"),
        uses: &[OneOf(&[Means::Agent])],
    },
    ActionRow {
        name: "vm.stop",
        effects: Effects::Destructive,
        over: Over::Vms,
        post_condition: Some("a probe, not the stop order's answer, sees the VM stopped"),
        uses: &[OneOf(&[Means::Agent])],
    },
    ActionRow {
        name: "service.check",
        effects: Effects::Read,
        over: Over::Services,
        post_condition: Some("the service's user-level probe passes"),
        uses: &[OneOf(&[Means::Probe])],
    },
    // Not written as an action: a step says `approval:` instead.
    ActionRow {
        name: APPROVAL,
        effects: Effects::Read,
        over: Over::Run,
        post_condition: Some("so many distinct persons have approved, none of whom asked for it"),
        uses: &[OneOf(&[Means::Controllers]), OneOf(&[Means::Persons])],
    },
    // Nor is this: a step says `manual:`. What persons do is not Bascule's to undo.
    ActionRow {
        name: MANUAL,
        effects: Effects::Write,
        over: Over::Run,
        post_condition: Some("so many distinct persons have said that it is done, with evidence"),
        uses: &[OneOf(&[Means::Controllers]), OneOf(&[Means::Persons])],
    },
];

impl Action {
    /// The name in the catalogue.
    pub fn name(&self) -> &'static str {
        match self {
            Self::FenceHost { .. } => "fence.host",
            Self::StorageConfirmSide { .. } => "storage.confirm-side",
            Self::VmStart { .. } => "vm.start",
            Self::VmStartFromCopy { .. } => "vm.start-from-copy",
            Self::VmStop { .. } => "vm.stop",
            Self::ServiceCheck { .. } => "service.check",
            Self::Approval { .. } => APPROVAL,
            Self::Manual(_) => MANUAL,
        }
    }

    /// Whether it sends nothing to any target: whatever becomes of an attempt, nothing of it can be
    /// on its way.
    pub fn only_waits(&self) -> bool {
        match self {
            Self::StorageConfirmSide { .. }
            | Self::ServiceCheck { .. }
            | Self::Approval { .. }
            | Self::Manual(_) => true,
            Self::FenceHost { .. }
            | Self::VmStart { .. }
            | Self::VmStartFromCopy { .. }
            | Self::VmStop { .. } => false,
        }
    }

    /// The VM that it starts, and where.
    pub fn starts(&self) -> Option<(&VmId, &HostId)> {
        match self {
            Self::VmStart { vm, host } | Self::VmStartFromCopy { vm, host } => Some((vm, host)),
            Self::FenceHost { .. }
            | Self::StorageConfirmSide { .. }
            | Self::VmStop { .. }
            | Self::ServiceCheck { .. }
            | Self::Approval { .. }
            | Self::Manual(_) => None,
        }
    }

    /// The row of the catalogue.
    pub fn row(&self) -> &'static ActionRow {
        row(self.name()).expect("every action has its row: a test holds it")
    }
}

/// The row of this name.
pub fn row(name: &str) -> Option<&'static ActionRow> {
    CATALOGUE.iter().find(|row| row.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manual::EvidenceKind;

    #[test]
    fn every_action_has_its_row() {
        let all = [
            Action::FenceHost { host: "h".into() },
            Action::StorageConfirmSide { layer: "s".into(), room: "a".into() },
            Action::VmStart { vm: "v".into(), host: "h".into() },
            Action::VmStartFromCopy { vm: "v".into(), host: "h".into() },
            Action::VmStop { vm: "v".into(), host: "h".into() },
            Action::ServiceCheck { service: "s".into() },
            Action::Approval { from: Vec::new(), quorum: 2 },
            Action::Manual(ManualTask {
                role: "operator".to_owned(),
                quorum: 1,
                evidence: EvidenceKind::Text,
                text: "Open the breakers".into(),
            }),
        ];
        for action in &all {
            assert_eq!(action.row().name, action.name());
        }
        assert_eq!(all.len(), CATALOGUE.len());
    }
}
