//! A runbook and an incident into a plan: every set becomes items, every item gets its arguments
//! and what it waits for. Execution has no choices left.

mod needs;
mod sets;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use model::action::{APPROVAL, Action, MANUAL, Over, row};
use model::estate::Estate;
use model::id::{HostId, StepId, StorageLayerId, VmId};
use model::incident::Cause;
use model::plan::{Needs, Plan, PlannedItem, Shed};
use model::policy::{Autonomy, StartLimits};
use model::step::ItemRef;
use model::text::Lang;
use model::units::Span;
use runbook::{Condition, Order, Runbook, Step, VerifyError};

use crate::copies::{Copies, Opens};
use crate::forecast::forecast;
use crate::lost::{Lost, lost, volumes_gone};
use crate::placement::{Request, ShedVm, WhyShed, place};
use crate::start_order::{StartOrder, StartOrderError, start_order, tier_of};
use needs::KnownNeeds;
use sets::Item;

/// The start from the copies outside of the layers.
const FROM_COPY: &str = "vm.start-from-copy";

/// What the plan is made from, beside the runbook and the cause.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The estate.
    pub estate: &'a Estate,
    /// The policy's limits of starts at once.
    pub starts: StartLimits,
    /// The hosts that may start VMs. Those that the incident takes out are left out by itself.
    pub admitted: &'a BTreeSet<HostId>,
    /// Hosts whose fence is proved already: they are not fenced again.
    pub fenced: &'a BTreeSet<HostId>,
    /// Where each VM was last placed.
    pub runs_on: &'a BTreeMap<VmId, HostId>,
    /// Every host on which a VM might be running; it waits for the fences of all of them. A VM
    /// that is absent might run only where it was last placed.
    pub might_run_on: &'a BTreeMap<VmId, BTreeSet<HostId>>,
    /// The VMs to restart: lost, meant to run, not under maintenance.
    pub restart: &'a BTreeSet<VmId>,
    /// Which copies of the volumes may be opened.
    pub copies: &'a Copies,
    /// How far the policy goes for this class of incident.
    pub level: Autonomy,
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpandError {
    /// No start order.
    #[error("the VMs have no start order, so no plan can be made")]
    StartOrder(#[from] StartOrderError),
    /// A step with an action that this program does not know.
    #[error(
        "step {step} has the action `{action}`, which this program does not know: load the runbook again"
    )]
    UnknownAction {
        /// Which step.
        step: StepId,
        /// Its action.
        action: String,
    },
    /// An action over a set that it is not made for.
    #[error("step {step} applies `{action}` to the wrong kind of set: load the runbook again")]
    WrongSet {
        /// Which step.
        step: StepId,
        /// Its action.
        action: String,
    },
    /// A condition that can't be evaluated.
    #[error("the condition of step {step} can't be evaluated: load the runbook again")]
    Condition {
        /// Which step.
        step: StepId,
        /// Why.
        #[source]
        source: VerifyError,
    },
    /// A storage layer with no side left.
    #[error(
        "storage layer {layer} has no side outside the lost room: nothing can be started from it"
    )]
    NoSideLeft {
        /// Which layer.
        layer: StorageLayerId,
    },
    /// Steps that wait for each other or for what is not there.
    #[error("step {step} waits for a step that does not come before it: load the runbook again")]
    StepOrder {
        /// Which step.
        step: StepId,
    },
    /// The items came out in an order that can't be carried out.
    #[error("the plan can't be carried out")]
    Graph(#[from] runbook::GraphError),
}

/// Expands a runbook for an incident.
pub fn expand(runbook: &Runbook, cause: &Cause, view: &View<'_>) -> Result<Plan, ExpandError> {
    let estate = view.estate;
    let lost = lost(estate, cause);
    let hosts: BTreeSet<HostId> = view
        .admitted
        .iter()
        .filter(|host| !lost.hosts.contains(*host) && !view.fenced.contains(*host))
        .cloned()
        .collect();
    let steps = taking_part(runbook, view.level)?;
    let from_copies = steps.iter().any(|step| step.action == FROM_COPY);
    let asks = steps.iter().any(|step| step.approval.is_some());
    let opens = Opens { copies: view.copies, from_copies };
    let (wanted, left_down) = left_down(&steps, &opens, view, asks);
    // What was opened from a copy is no longer where it was, and what is opened from one now does
    // not need the layer.
    let mut gone = if from_copies { BTreeSet::new() } else { volumes_gone(estate, &lost.arrays) };
    gone.retain(|volume| !view.copies.opened.contains_key(volume));
    let mut placement = place(&Request {
        estate,
        vms: &wanted,
        hosts: &hosts,
        runs_on: view.runs_on,
        volumes_gone: &gone,
        opens,
    });
    placement.add_shed(estate, left_down);
    let placed_vms: BTreeSet<VmId> = placement.placed.keys().cloned().collect();
    let order = start_order(estate, &placed_vms)?;
    let expansion = Expansion { view, lost, placed: placement.placed, order, from_copies };
    let mut plan = expansion.items(runbook, &steps)?;
    plan.shed = placement
        .shed
        .into_iter()
        .map(|shed| Shed { vm: shed.vm, reason: shed.why.words(Lang::En) })
        .collect();
    plan.forecast = forecast(&plan)?;
    Ok(plan)
}

/// What the steps are expanded from.
struct Expansion<'a> {
    view: &'a View<'a>,
    lost: Lost,
    placed: BTreeMap<VmId, HostId>,
    order: StartOrder,
    /// The starts open copies.
    from_copies: bool,
}

/// A step with its items.
struct Expanded<'a> {
    step: &'a Step,
    items: Vec<Item>,
}

impl Expansion<'_> {
    fn items(&self, runbook: &Runbook, steps: &[&Step]) -> Result<Plan, ExpandError> {
        let limit = |policy: u32, of: fn(&Step) -> Option<u32>| {
            runbook.steps.iter().filter_map(of).fold(policy, u32::min)
        };
        let mut plan = Plan {
            starts_at_once_per_host: limit(self.view.starts.per_host, |step| {
                step.for_each.limits.per_host
            }),
            starts_at_once_per_volume: limit(self.view.starts.per_volume, |step| {
                step.for_each.limits.per_volume
            }),
            ..Plan::default()
        };
        let mut done: BTreeMap<&StepId, Expanded<'_>> = BTreeMap::new();
        for step in in_order(runbook)? {
            // A step that takes no part has no items: who needs it waits for what it needs.
            let part = steps.iter().any(|part| part.id == step.id);
            let items = if part { self.set(step)? } else { Vec::new() };
            let mut known = KnownNeeds::of(step, &done);
            for item in &items {
                let needs = self.needs(step, item, &done, &mut known);
                plan.items.push(self.planned(step, item, needs)?);
            }
            done.insert(&step.id, Expanded { step, items });
        }
        Ok(plan)
    }

    fn planned(&self, step: &Step, item: &Item, needs: Needs) -> Result<PlannedItem, ExpandError> {
        let action = self.action(step, item)?;
        let mut planned = PlannedItem {
            item: item_ref(step, item),
            needs,
            timeout: step.timeout,
            attempts: step.retry.attempts.max(1),
            backoff: step.retry.backoff,
            verify: step.verify.clone(),
            on_failure: step.on_failure,
            at_once: step.for_each.limits.at_once,
            host: None,
            volumes: Vec::new(),
            expect: step.expect.unwrap_or(step.timeout),
            always: step.always,
            action,
        };
        if let Some((vm, host)) = planned.action.starts() {
            let (host, row) = (host.clone(), self.view.estate.vms.get(vm));
            planned.host = Some(host);
            planned.volumes =
                row.map(|vm| vm.volumes.iter().cloned().collect()).unwrap_or_default();
            // A step's `expect` is for all its VMs together; one VM takes its own time to boot.
            planned.expect = row.map_or(Span::ZERO, |vm| vm.boot);
        }
        Ok(planned)
    }

    fn action(&self, step: &Step, item: &Item) -> Result<Action, ExpandError> {
        let wrong_set =
            || ExpandError::WrongSet { step: step.id.clone(), action: step.action.clone() };
        let row = row(&step.action).ok_or_else(|| ExpandError::UnknownAction {
            step: step.id.clone(),
            action: step.action.clone(),
        })?;
        if row.over != step.for_each.over {
            return Err(wrong_set());
        }
        match (row.name, item) {
            ("fence.host", Item::Host(host)) => Ok(Action::FenceHost { host: host.clone() }),
            ("storage.confirm-side", Item::Layer(layer)) => Ok(Action::StorageConfirmSide {
                layer: layer.clone(),
                room: self.surviving_side(layer)?,
            }),
            ("vm.start", Item::Vm(vm)) => {
                let host = self.placed.get(vm).ok_or_else(wrong_set)?;
                Ok(Action::VmStart { vm: vm.clone(), host: host.clone() })
            }
            (FROM_COPY, Item::Vm(vm)) => {
                let host = self.placed.get(vm).ok_or_else(wrong_set)?;
                Ok(Action::VmStartFromCopy { vm: vm.clone(), host: host.clone() })
            }
            (APPROVAL, Item::Run) => {
                let approval = step.approval.as_ref().ok_or_else(wrong_set)?;
                let (from, quorum) = (approval.from.clone(), approval.quorum);
                Ok(Action::Approval { from, quorum })
            }
            (MANUAL, Item::Run) => Ok(Action::Manual(step.manual.clone().ok_or_else(wrong_set)?)),
            ("vm.stop", Item::Vm(vm)) => {
                let host = self.view.runs_on.get(vm).or_else(|| self.placed.get(vm));
                Ok(Action::VmStop { vm: vm.clone(), host: host.ok_or_else(wrong_set)?.clone() })
            }
            ("service.check", Item::Service(service)) => {
                Ok(Action::ServiceCheck { service: service.clone() })
            }
            (_, Item::Host(_) | Item::Layer(_) | Item::Vm(_) | Item::Service(_) | Item::Run) => {
                Err(ExpandError::UnknownAction {
                    step: step.id.clone(),
                    action: step.action.clone(),
                })
            }
        }
    }

    /// The VMs of a step, in its order.
    fn vms(&self, order: Order) -> Vec<Item> {
        match order {
            Order::StartOrder => self.order.order.iter().cloned().map(Item::Vm).collect(),
            Order::Id => self.placed.keys().cloned().map(Item::Vm).collect(),
        }
    }
}

/// The steps whose conditions hold at this level of the policy.
fn taking_part(runbook: &Runbook, level: Autonomy) -> Result<Vec<&Step>, ExpandError> {
    let mut part = Vec::with_capacity(runbook.steps.len());
    for step in &runbook.steps {
        let holds = match &step.when {
            None => Ok(true),
            Some(when) => {
                Condition::compile(when).and_then(|condition| condition.holds(level.as_str()))
            }
        };
        if holds.map_err(|source| ExpandError::Condition { step: step.id.clone(), source })? {
            part.push(step);
        }
    }
    Ok(part)
}

/// The VMs that the runbook's starts are for, and those that it leaves down, each with why.
fn left_down(
    steps: &[&Step],
    opens: &Opens<'_>,
    view: &View<'_>,
    asks: bool,
) -> (BTreeSet<VmId>, Vec<ShedVm>) {
    let tiers = steps.iter().filter(|step| step.for_each.over == Over::Vms);
    let up_to = tiers.filter_map(|step| step.for_each.up_to_tier).max();
    let mut wanted = BTreeSet::new();
    let mut left = Vec::new();
    for vm in view.restart {
        let tier = tier_of(view.estate, vm).0;
        let why = match up_to {
            Some(up_to) if tier > up_to => Some(WhyShed::NotForThisRunbook { tier, up_to }),
            _ if opens.from_copies => {
                opens.not_from_copies(view.estate, vm, asks).map(WhyShed::from)
            }
            _ => None,
        };
        match why {
            Some(why) => left.push(ShedVm { vm: vm.clone(), why }),
            None => {
                wanted.insert(vm.clone());
            }
        }
    }
    (wanted, left)
}

fn item_ref(step: &Step, item: &Item) -> ItemRef {
    ItemRef { step: step.id.clone(), item: item.name().to_owned() }
}

/// The steps, each after those that it needs, otherwise in the order of the file.
fn in_order(runbook: &Runbook) -> Result<Vec<&Step>, ExpandError> {
    let mut left: Vec<&Step> = runbook.steps.iter().collect();
    let mut done: BTreeSet<&StepId> = BTreeSet::new();
    let mut order = Vec::with_capacity(left.len());
    while let Some(first) = left.first() {
        let ready = left.iter().position(|step| step.needs.iter().all(|need| done.contains(need)));
        let step =
            left.remove(ready.ok_or_else(|| ExpandError::StepOrder { step: first.id.clone() })?);
        done.insert(&step.id);
        order.push(step);
    }
    Ok(order)
}

/// The kind of set of a step's items.
fn over(step: &Step) -> Over {
    step.for_each.over
}
