//! The sets that a step can range over.

use std::collections::BTreeSet;

use model::action::Over;
use model::estate::RoomRole;
use model::id::{HostId, RoomId, ServiceId, StorageLayerId, VmId};
use runbook::{Step, Which};

use super::{ExpandError, Expansion};

/// One member of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Host(HostId),
    Vm(VmId),
    Service(ServiceId),
    Layer(StorageLayerId),
    Run,
}

impl Item {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Host(id) => id.as_str(),
            Self::Vm(id) => id.as_str(),
            Self::Service(id) => id.as_str(),
            Self::Layer(id) => id.as_str(),
            Self::Run => "",
        }
    }
}

impl Expansion<'_> {
    /// The members of a step's set, in its order.
    pub(super) fn set(&self, step: &Step) -> Result<Vec<Item>, ExpandError> {
        let each = &step.for_each;
        match (each.over, each.which) {
            (Over::Hosts, Which::Lost) => Ok(self
                .lost
                .hosts
                .iter()
                .filter(|host| !self.view.fenced.contains(*host))
                .cloned()
                .map(Item::Host)
                .collect()),
            (Over::Vms, Which::Lost) => Ok(self.vms(each.order)),
            (Over::Services, Which::Affected) => {
                let services = self.services().into_iter();
                let low = |id: &ServiceId| {
                    let tier = self.view.estate.services.get(id).map(|service| service.tier.0);
                    each.up_to_tier.is_none_or(|up_to| tier.is_some_and(|tier| tier <= up_to))
                };
                Ok(services.filter(low).map(Item::Service).collect())
            }
            (Over::StorageLayers, Which::Affected) => {
                Ok(self.lost.layers.keys().cloned().map(Item::Layer).collect())
            }
            (Over::Run, Which::Whole) => Ok(vec![Item::Run]),
            (Over::Hosts | Over::Vms, Which::Affected)
            | (Over::Services | Over::StorageLayers, Which::Lost)
            | (Over::Run, Which::Lost | Which::Affected)
            | (_, Which::Whole) => {
                Err(ExpandError::WrongSet { step: step.id.clone(), action: step.action.clone() })
            }
        }
    }

    /// Services that lost a VM and those that depend on them, as far as a probe can tell how they
    /// are and at least one of their VMs runs or is started. The VMs left down are in the plan's
    /// own list: a check that can't pass would only lengthen the run.
    fn services(&self) -> BTreeSet<ServiceId> {
        let estate = self.view.estate;
        let mut affected: BTreeSet<&ServiceId> = self
            .view
            .restart
            .iter()
            .filter_map(|vm| estate.vms.get(vm))
            .map(|vm| &vm.service)
            .collect();
        loop {
            let more: Vec<&ServiceId> = estate
                .services
                .iter()
                .filter(|(id, service)| {
                    !affected.contains(id)
                        && service.depends_on.iter().any(|on| affected.contains(on))
                })
                .map(|(id, _)| id)
                .collect();
            if more.is_empty() {
                break;
            }
            affected.extend(more);
        }
        let runs = |vm: &VmId| {
            self.placed.contains_key(vm)
                || (self.view.runs_on.contains_key(vm) && !self.view.restart.contains(vm))
        };
        let alive: BTreeSet<&ServiceId> =
            estate.vms.iter().filter(|(id, _)| runs(id)).map(|(_, vm)| &vm.service).collect();
        affected
            .into_iter()
            .filter(|id| alive.contains(id))
            .filter(|id| estate.services.get(*id).is_some_and(|service| service.probe.is_some()))
            .cloned()
            .collect()
    }

    /// The production room on whose side a layer must go on serving.
    pub(super) fn surviving_side(&self, layer: &StorageLayerId) -> Result<RoomId, ExpandError> {
        let estate = self.view.estate;
        let lost = self.lost.layers.get(layer);
        let sides = estate.storage_layers.get(layer).into_iter().flat_map(|layer| &layer.arrays);
        sides
            .filter_map(|array| estate.arrays.get(array))
            .map(|array| &array.room)
            .find(|room| {
                let production =
                    estate.rooms.get(*room).is_some_and(|room| room.role == RoomRole::Production);
                production && Some(*room) != lost
            })
            .cloned()
            .ok_or_else(|| ExpandError::NoSideLeft { layer: layer.clone() })
    }
}
