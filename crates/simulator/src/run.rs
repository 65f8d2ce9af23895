//! One run: a world is made, faults strike, all is healed, and all must run again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use consensus::simulation;
use model::id::{ControllerId, VmId};
use model::incident::Cause;
use serde::{Deserialize, Serialize};
use state_machine::Intended;
use tokio::task::JoinSet;

use crate::checkers::{Breaks, Violation};
use crate::cuts;
use crate::fact::Fact;
use crate::fault_list::Fault;
use crate::faults;
use crate::load::Site;
use crate::node;
use crate::panics;
use crate::record::{Ended, Record};
use crate::scenario::Scenario;
use crate::schedule;
use crate::tally::Tally;
use crate::trace::Tracing;
use crate::world::{World, begin_physics};

/// How often the settling is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How often the person looks after hosts that are switched off.
const ATTEND_EVERY: Duration = Duration::from_secs(5);

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunOutcome {
    /// Its seed.
    pub seed: u64,
    /// The hash of its trace.
    pub hash: String,
    /// Its timeline, if it was asked for.
    #[serde(skip)]
    pub timeline: Option<String>,
    /// How many events its trace has.
    pub events: u64,
    /// How much time passed in it.
    pub simulated: Duration,
    /// What was violated.
    pub violations: Vec<Violation>,
    /// Faults by kind.
    pub faults: BTreeMap<String, u64>,
    /// What it reached.
    pub reached: BTreeSet<String>,
    /// What it did to the VMs.
    pub tally: Tally,
    /// The faults of a run in which something was violated; empty otherwise.
    pub list: Vec<Struck>,
}

/// A fault of a run's list and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Struck {
    /// The fault.
    pub fault: Fault,
    /// What it hit; none if the run ended before, or if there was nothing to hit.
    pub what: Option<String>,
}

/// Runs a scenario once, with the faults that its seed draws.
pub fn run_once(site: &Site, scenario: &Scenario, seed: u64, tracing: Tracing) -> RunOutcome {
    run_with(site, scenario, seed, &schedule::drawn(scenario, seed), tracing)
}

/// Runs a scenario once, with these faults in the order of their times. A panic in it is a
/// violation like any other.
pub fn run_with(
    site: &Site,
    scenario: &Scenario,
    seed: u64,
    faults: &[Fault],
    tracing: Tracing,
) -> RunOutcome {
    let (ended, panics) = panics::caught(|| play(site, scenario, seed, faults, tracing));
    let Some((ended, simulated)) = ended else { return RunOutcome::of_panics(seed, panics) };
    let Ended { hash, lines, events, mut violations, faults: counts, mut reached, tally, struck } =
        ended;
    violations.extend(panics.into_iter().map(|what| Violation::panic(simulated, what)));
    if scenario.every_cut.is_some()
        && let Some(judged) = cuts::judge(&site.estate, faults, &tally)
    {
        reached.insert(judged.name);
        let at_ms = u64::try_from(simulated.as_millis()).unwrap_or(u64::MAX);
        let property = "cuts-as-predicted".to_owned();
        let each = judged.differences.into_iter();
        violations.extend(each.map(|what| Violation {
            property: property.clone(),
            breaks: Breaks::Safety,
            at_ms,
            what,
        }));
    }
    let list = if violations.is_empty() { Vec::new() } else { with_words(faults, &struck) };
    RunOutcome {
        seed,
        hash,
        timeline: lines,
        events,
        simulated,
        violations,
        faults: counts,
        reached,
        tally,
        list,
    }
}

fn play(
    site: &Site,
    scenario: &Scenario,
    seed: u64,
    faults: &[Fault],
    tracing: Tracing,
) -> (Ended, Duration) {
    simulation::run(seed, async {
        simulation::set_task_order(scenario.task_order.into());
        let world = World::new(seed, site, scenario, tracing);
        live(&world, site, scenario, faults).await;
        let simulated = world.now();
        let record = std::mem::replace(&mut world.stage().record, Record::new(Tracing::Hash));
        (record.end(), simulated)
    })
}

impl RunOutcome {
    /// The outcome of a run whose world itself panicked: nothing of it is left.
    pub(crate) fn of_panics(seed: u64, panics: Vec<String>) -> Self {
        let violations = panics.into_iter().map(|what| Violation::panic(Duration::ZERO, what));
        Self {
            seed,
            hash: "panic".to_owned(),
            timeline: None,
            events: 0,
            simulated: Duration::ZERO,
            violations: violations.collect(),
            faults: BTreeMap::new(),
            reached: BTreeSet::new(),
            tally: Tally::default(),
            list: Vec::new(),
        }
    }

    /// What the run broke, if anything: what was violated first counts, the rest may follow
    /// from it.
    pub fn broke(&self) -> Option<Breaks> {
        self.violations.first().map(|first| first.breaks)
    }
}

fn with_words(faults: &[Fault], struck: &BTreeMap<usize, String>) -> Vec<Struck> {
    let words = |number: usize| struck.get(&number).cloned();
    let each = faults.iter().enumerate();
    each.map(|(place, fault)| Struck { fault: fault.clone(), what: words(place + 1) }).collect()
}

async fn live(world: &World, site: &Site, scenario: &Scenario, faults: &[Fault]) {
    let controllers: Vec<ControllerId> =
        world.estate.rooms.values().map(|room| room.controller).collect();
    for controller in &controllers {
        node::boot_new(world, *controller).await;
    }
    begin_physics(world);
    if let Err(why) = node::form(world, &site.load).await {
        let node = controllers.first().copied().unwrap_or_default();
        world.note(&Fact::ControllerFailed { node, why });
        return;
    }
    if let Some(play) = scenario.play {
        return crate::play::play(world, play).await;
    }
    safety_phase(world, scenario, faults).await;
    if is_violated(world) {
        // What the disks hold tells something whatever was violated first.
        compare_logs(world).await;
        return;
    }
    faults::heal(world).await;
    liveness_phase(world, scenario).await;
}

fn is_violated(world: &World) -> bool {
    world.stage().record.is_violated()
}

async fn safety_phase(world: &World, scenario: &Scenario, faults: &[Fault]) {
    let begun = world.now();
    let end = begun + scenario.duration.to_std();
    let mut striking = JoinSet::new();
    for (place, fault) in faults.iter().enumerate() {
        let strikes = begun + fault.at.to_std();
        if strikes >= end || !lasts_unviolated(world, strikes).await {
            break;
        }
        striking.spawn(simulation::in_seeded_order(faults::strike(
            world.clone(),
            place + 1,
            fault.clone(),
        )));
    }
    lasts_unviolated(world, end).await;
    // Those that still last are undone by the healing, all at once.
    striking.shutdown().await;
}

/// Waits until then; false, and at once, if something is violated before: what comes after that
/// tells nothing.
async fn lasts_unviolated(world: &World, until: Duration) -> bool {
    while !is_violated(world) && world.now() < until {
        tokio::time::sleep(LOOK_EVERY.min(until.saturating_sub(world.now()))).await;
    }
    !is_violated(world)
}

async fn liveness_phase(world: &World, scenario: &Scenario) {
    let healed = world.now();
    let end = healed + scenario.settle.to_std();
    let mut attended = healed;
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        if is_violated(world) {
            compare_logs(world).await;
            return;
        }
        let now = world.now();
        if now.saturating_sub(attended) >= ATTEND_EVERY {
            attended = now;
            faults::attend(world).await;
        }
        let (missing, open) = unsettled(world, scenario.main_tier);
        if (missing.is_empty() && open.is_empty()) || now >= end {
            compare_logs(world).await;
            let after_ms = u64::try_from((now.saturating_sub(healed)).as_millis());
            let after_ms = after_ms.unwrap_or(u64::MAX);
            world.note(&Fact::Settled { after_ms, missing, open });
            return;
        }
    }
}

/// The VMs that should run and do not run exactly once, and what is open.
fn unsettled(world: &World, main_tier: Option<u8>) -> (Vec<VmId>, Vec<String>) {
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
        return (Vec::new(), open);
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
        for incident in state.open_incidents().filter(|_| main_tier.is_none()) {
            // Who has stopped for good is missed for good.
            let retired = &world.stage().retired;
            let of = |controller: &ControllerId| retired.contains(controller);
            let missed = match &incident.cause {
                Cause::ControllerLost { controller } => of(controller),
                Cause::RoomLost { room } => {
                    world.estate.rooms.get(room).is_some_and(|room| of(&room.controller))
                }
                _ => false,
            };
            if missed {
                continue;
            }
            open.push(format!("{} is open: {}", incident.id, incident.cause));
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
    (missing, open)
}

/// The leaves of every controller, and the tree that they make, beside the one its state names.
async fn compare_logs(world: &World) {
    for (id, running) in world.running() {
        // The state is ahead of the disk for the length of a write.
        let applied = running.node.with_state(|state| state.applied_index);
        let mut watch = running.node.watch_applied();
        let _ = tokio::time::timeout(LOOK_EVERY, watch.reached(applied)).await;
        let (index, tree) =
            running.node.with_state(|state| (state.applied_index, state.audit.clone()));
        // Who is still fetching what a snapshot skipped has nothing to compare yet.
        if !running.node.leaves_complete().unwrap_or(false) {
            continue;
        }
        let mut made = audit::Frontier::default();
        while made.size < tree.size {
            match running.node.leaves(made.size..tree.size, 256 * 1024) {
                Ok(leaves) if !leaves.is_empty() => {
                    for leaf in &leaves {
                        made.append(leaf);
                    }
                }
                // What is missing makes another tree, and the checker says so.
                _ => break,
            }
        }
        let (stated, made) = (*tree.root().as_bytes(), *made.root().as_bytes());
        world.note_all(&[
            Fact::Leaves { node: id, index, stated, made },
            Fact::Root { node: id, era: running.node.era(), index, root: stated },
        ]);
        let (index, hash) =
            running.node.with_state(|state| (state.applied_index, node::state_hash(state)));
        world.note(&Fact::StateAt { node: id, era: running.node.era(), index, hash });
    }
}
