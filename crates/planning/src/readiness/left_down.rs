//! The VMs that a plan leaves down, each with what it lacks.

use std::collections::{BTreeMap, BTreeSet};

use model::action::{Action, Over};
use model::estate::{Estate, Host, Tier, Vm};
use model::id::{HostId, RoomId, VmId, VolumeId};
use model::plan::Plan;
use model::text::Text;
use model::units::{CpuCount, MemoryMib};
use runbook::Runbook;
use serde::{Deserialize, Serialize};

use super::lack::Lack;
use super::situation::Situation;
use super::waived::Waived;
use crate::copies::{NotFromCopies, Opens};
use crate::start_order::tier_of;

/// A VM that a failure leaves down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftDown {
    /// Which.
    pub vm: VmId,
    /// The tier of its service.
    pub tier: Tier,
    /// What it lacks.
    pub lack: Lack,
    /// What would make it run again, in words.
    pub needs: Text,
    /// Somebody has agreed that it may stay down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waived: Option<Waived>,
}

impl LeftDown {
    pub(super) fn new(situation: &Situation, vm: VmId, lack: Lack, waived: Option<Waived>) -> Self {
        let tier = tier_of(&situation.estate, &vm);
        Self { vm, tier, needs: lack.words(), lack, waived }
    }
}

/// The start from the copies outside of the layers, as runbooks name it.
const FROM_COPY: &str = "vm.start-from-copy";

/// What a plan was made from and what became of it.
pub(super) struct Outcome<'a> {
    pub(super) situation: &'a Situation,
    pub(super) runbook: &'a Runbook,
    pub(super) plan: &'a Plan,
    /// The hosts that could take VMs.
    pub(super) hosts: &'a BTreeSet<HostId>,
    /// The VMs that were to be restarted.
    pub(super) restart: &'a BTreeSet<VmId>,
    /// Volumes of which no copy is left.
    pub(super) gone: &'a BTreeSet<VolumeId>,
}

/// The load of a host once the plan is carried out.
#[derive(Clone, Copy, Default)]
struct Load {
    cpus: CpuCount,
    memory: MemoryMib,
}

impl Outcome<'_> {
    fn estate(&self) -> &Estate {
        &self.situation.estate
    }

    /// What each VM that the plan sheds lacks, in the order of the plan.
    pub(super) fn lacks(&self) -> Vec<(VmId, Lack)> {
        let (loads, groups) = self.loads();
        let of = |shed: &model::plan::Shed| {
            let lack = self.lack(&shed.vm, &loads, &groups);
            (shed.vm.clone(), lack.unwrap_or_else(|| Lack::Other { reason: shed.reason.clone() }))
        };
        self.plan.shed.iter().map(of).collect()
    }

    /// What runs where once the plan is carried out, and which groups that are kept apart run one.
    fn loads(&self) -> (BTreeMap<&HostId, Load>, BTreeSet<(&str, &HostId)>) {
        let stays = self.situation.now.runs_on.iter().filter(|(vm, _)| !self.restart.contains(*vm));
        let starts = self.plan.items.iter().filter_map(|item| item.action.starts());
        let (mut loads, mut groups) = (BTreeMap::<&HostId, Load>::new(), BTreeSet::new());
        for (id, host) in stays.chain(starts) {
            let Some(vm) = self.estate().vms.get(id) else { continue };
            let load = loads.entry(host).or_default();
            load.cpus += vm.cpus;
            load.memory += vm.memory_mib;
            groups.extend(vm.anti_affinity.as_deref().map(|group| (group, host)));
        }
        (loads, groups)
    }

    fn lack(
        &self,
        id: &VmId,
        loads: &BTreeMap<&HostId, Load>,
        groups: &BTreeSet<(&str, &HostId)>,
    ) -> Option<Lack> {
        let estate = self.estate();
        let vm = estate.vms.get(id)?;
        if let Some(lack) = self.not_for_this_runbook(id) {
            return Some(lack);
        }
        let steps = &self.runbook.steps;
        let from_copies = steps.iter().any(|step| step.action == FROM_COPY);
        // A step whose condition does not hold is not part of the plan.
        let asks =
            self.plan.items.iter().any(|item| matches!(item.action, Action::Approval { .. }));
        let opens = Opens { copies: &self.situation.now.copies, from_copies };
        if from_copies && let Some(why) = opens.not_from_copies(estate, id, asks) {
            return Some(match why {
                NotFromCopies::NoCopy(volumes) => Lack::NoReplica { volumes },
                NotFromCopies::TooOld { volume, lost, rpo } => {
                    Lack::OldReplica { volume, lost, rpo }
                }
            });
        }
        let gone: Vec<VolumeId> = vm.volumes.intersection(self.gone).cloned().collect();
        // What is opened from a copy does not need the volume.
        if !gone.is_empty() && !from_copies {
            return Some(Lack::NoCopyLeft { volumes: gone });
        }
        let left: Vec<(&HostId, &Host)> =
            self.hosts.iter().filter_map(|id| estate.hosts.get_key_value(id)).collect();
        let reaching: Vec<(&HostId, &Host)> =
            left.iter().copied().filter(|(_, host)| opens.reaches(estate, host, vm)).collect();
        if left.is_empty() {
            return Some(Lack::NoHostLeft);
        }
        if reaching.is_empty() {
            // Where copies are opened, or one is old, a host's own list of volumes says nothing.
            return if from_copies { None } else { not_reached(&left, vm) };
        }
        no_room(vm, from_copies, &reaching, loads, groups)
    }

    fn not_for_this_runbook(&self, id: &VmId) -> Option<Lack> {
        let over_vms = self.runbook.steps.iter().filter(|step| step.for_each.over == Over::Vms);
        let up_to = over_vms.filter_map(|step| step.for_each.up_to_tier).max()?;
        let tier = tier_of(self.estate(), id).0;
        (tier > up_to).then_some(Lack::TierLeftOut { tier, up_to })
    }
}

fn not_reached(left: &[(&HostId, &Host)], vm: &Vm) -> Option<Lack> {
    let missing = |host: &Host| {
        let networks = vm.networks.difference(&host.networks).map(|id| format!("network {id}"));
        let volumes = vm.volumes.difference(&host.volumes).map(|id| format!("volume {id}"));
        let devices = vm.devices.difference(&host.devices).map(|id| format!("device {id}"));
        networks.chain(volumes).chain(devices).collect::<Vec<_>>()
    };
    let nearest = left.iter().map(|(id, host)| (missing(host), *id, *host));
    let (missing, id, host) = nearest.min_by_key(|(missing, id, _)| (missing.len(), *id))?;
    // One that reaches all is kept out for another reason: the plan's own words say it.
    (!missing.is_empty()).then(|| Lack::NotReached {
        host: id.clone(),
        room: host.room.clone(),
        missing,
    })
}

fn no_room(
    vm: &Vm,
    from_copies: bool,
    reaching: &[(&HostId, &Host)],
    loads: &BTreeMap<&HostId, Load>,
    groups: &BTreeSet<(&str, &HostId)>,
) -> Option<Lack> {
    let missing = |id: &HostId, host: &Host| {
        let load = loads.get(id).copied().unwrap_or_default();
        let cpus = (load.cpus + vm.cpus) - host.cpu_capacity();
        let memory = (load.memory + vm.memory_mib) - host.memory_capacity();
        (cpus, memory)
    };
    let rooms = |hosts: &mut dyn Iterator<Item = &(&HostId, &Host)>| -> Vec<RoomId> {
        let rooms: BTreeSet<&RoomId> = hosts.map(|(_, host)| &host.room).collect();
        rooms.into_iter().cloned().collect()
    };
    let has_room = |(id, host): &&(&HostId, &Host)| {
        missing(id, host) == (CpuCount::default(), MemoryMib::default())
    };
    let roomy = rooms(&mut reaching.iter().filter(has_room));
    if !roomy.is_empty() {
        let group = vm.anti_affinity.as_deref()?;
        let apart = reaching.iter().filter(has_room).all(|(id, _)| groups.contains(&(group, *id)));
        return apart.then(|| Lack::KeptApart { group: group.to_owned(), rooms: roomy });
    }
    // The least by the share of the host that would have to be added.
    let share = |(id, host): &&(&HostId, &Host)| {
        let (cpus, memory) = missing(id, host);
        let of = |part: u64, whole: u64| u128::from(part) * 1_000_000 / u128::from(whole.max(1));
        let cpus = of(u64::from(cpus.0), u64::from(host.cpu_capacity().0));
        (cpus.max(of(memory.0, host.memory_capacity().0)), (*id).clone())
    };
    let (id, host) = reaching.iter().min_by_key(share)?;
    let (cpus, memory_mib) = missing(id, host);
    // A copy is in its room, whatever its hosts reach.
    let volumes = vm.volumes.iter().filter(|_| !from_copies).map(ToString::to_string);
    let reaching_what = volumes.chain(vm.devices.iter().map(ToString::to_string));
    Some(Lack::NoRoom {
        rooms: rooms(&mut reaching.iter()),
        reaching: reaching_what.collect(),
        host: (*id).clone(),
        cpus,
        memory_mib,
    })
}
