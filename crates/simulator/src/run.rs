//! One run: a world is made, faults strike, all is healed, and all must run again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use consensus::simulation;
use model::id::ControllerId;
use serde::{Deserialize, Serialize};
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
use crate::unsettled::{Unsettled, unsettled};
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
        let record = std::mem::replace(&mut world.stage().record, Record::new(Tracing::Hash, &[]));
        // A node's links hold the world: who kept them here would keep both for ever.
        let controllers = std::mem::take(&mut world.stage().controllers);
        drop(controllers);
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
        let rest = unsettled(world, scenario.main_tier);
        if rest.is_empty() || now >= end {
            compare_logs(world).await;
            let after_ms = u64::try_from((now.saturating_sub(healed)).as_millis());
            let after_ms = after_ms.unwrap_or(u64::MAX);
            let Unsettled { missing, open, for_people } = rest;
            world.note(&Fact::Settled { after_ms, missing, open, for_people });
            return;
        }
    }
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
