//! What is left to be done when the faults are over.

use std::collections::BTreeSet;

use model::id::{ControllerId, VmId};
use model::incident::Cause;
use state_machine::Intended;

use crate::world::World;

/// What is left to be done.
#[derive(Debug, Default)]
pub(crate) struct Unsettled {
    /// VMs that should run and do not run exactly once.
    pub(crate) missing: Vec<VmId>,
    /// What Bascule has not ended yet, and should.
    pub(crate) open: Vec<String>,
    /// Incidents that stay open until a person brings back what is gone.
    pub(crate) for_people: Vec<String>,
}

impl Unsettled {
    /// Whether nothing is left that ends by itself.
    pub(crate) fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.open.is_empty()
    }
}

/// What is left in the world and by the newest log. With a main tier, it is enough that the
/// services up to that tier run, once copies have been opened.
pub(crate) fn unsettled(world: &World, main_tier: Option<u8>) -> Unsettled {
    let mut for_people = Vec::new();
    let mut open = Vec::new();
    let running = world.running();
    if running.len() + world.stage().retired.len() < world.estate.rooms.len() {
        open.push("a controller does not run".to_owned());
    }
    let indexes: BTreeSet<u64> = running
        .iter()
        .map(|(_, running)| running.node.with_state(|state| state.applied_index))
        .collect();
    if indexes.len() > 1 {
        open.push(format!("the controllers have applied {indexes:?}"));
    }
    let whole = running.iter().all(|(_, of)| of.node.leaves_complete().unwrap_or(false));
    if !whole {
        open.push("a controller lacks leaves".to_owned());
    }
    let Some((_, newest)) = running
        .iter()
        .max_by_key(|(_, running)| running.node.with_state(|state| state.applied_index))
    else {
        return Unsettled { open, ..Unsettled::default() };
    };
    let (wanted, main_tier): (Vec<VmId>, Option<u8>) = newest.node.with_state(|state| {
        for run in state.running_runs() {
            let waits: Vec<String> = run
                .plan
                .items
                .iter()
                .filter(|planned| !run.is_over(&planned.item))
                .filter_map(|planned| {
                    let record = run.items.get(&planned.item)?;
                    let (state, attempts) = (record.state, record.attempts);
                    Some(format!("{} {state:?} after {attempts} attempts", planned.item))
                })
                .collect();
            open.push(format!("{} is under way ({})", run.id, waits.join(", ")));
        }
        // Past the point of no return production stays down until a person brings the data back.
        let opened = state.copies.keys().any(|volume| state.opened_in(volume).is_some());
        let main_tier = main_tier.filter(|_| opened);
        for incident in state.open_incidents() {
            let words = format!("{} is open: {}", incident.id, incident.cause);
            if main_tier.is_some() || is_missed_for_good(world, &incident.cause) {
                for_people.push(words);
            } else {
                open.push(words);
            }
        }
        let tier = |id: &VmId| {
            let vm = world.estate.vms.get(id)?;
            Some(world.estate.services.get(&vm.service)?.tier.0)
        };
        let wanted = state.vms.iter().filter(|(id, vm)| {
            vm.intended == Intended::Running
                && main_tier.is_none_or(|main| tier(id).is_some_and(|tier| tier <= main))
        });
        (wanted.map(|(id, _)| id.clone()).collect(), main_tier)
    });
    let runs_once = |vm: &VmId| {
        let on = world.executes(vm);
        on.len() == 1 && on.iter().all(|(_, booted)| *booted)
    };
    // The last-resort room has not the place for every VM: one of a main service is enough.
    let is_covered = |vm: &VmId| {
        let service = world.estate.vms.get(vm).map(|vm| &vm.service);
        main_tier.is_some()
            && service.is_some_and(|service| world.estate.vms_of(service).any(runs_once))
    };
    let missing = wanted.into_iter().filter(|vm| !runs_once(vm) && !is_covered(vm)).collect();
    Unsettled { missing, open, for_people }
}

/// Who has stopped for good is missed for good.
fn is_missed_for_good(world: &World, cause: &Cause) -> bool {
    let retired = &world.stage().retired;
    let of = |controller: &ControllerId| retired.contains(controller);
    match cause {
        Cause::ControllerLost { controller } => of(controller),
        Cause::RoomLost { room } => {
            world.estate.rooms.get(room).is_some_and(|room| of(&room.controller))
        }
        _ => false,
    }
}
