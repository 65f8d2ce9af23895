use std::time::Duration;

use model::id::RunId;
use model::step::StepKey;
use rand::RngExt;
use state_machine::{Command, State};

use super::operator::{MARIE, PAUL, later, look, order};
use super::{FaultKind, note};
use crate::world::World;

/// How often the console is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// What a person does with a run.
const HOW: [&str; 5] = ["hold", "hold for too long", "end", "try again", "pass over"];

/// Waits for a run under way and takes it in hand: holds it and lets it go or forgets to, ends it and
/// hands its incident back later, has any of its steps tried again or passed over, also where that
/// is refused.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let how = world.random(|rng| rng.random_range(0..HOW.len()));
    note(world, FaultKind::OperatorTakesRuns, HOW.get(how).copied().unwrap_or_default());
    let end = world.now() + lasts;
    let run = loop {
        if let Some(run) = world.pick(look(world, under_way).unwrap_or_default()) {
            break run;
        }
        if world.now() >= end {
            return;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    };
    let reason = "seen on the spot".to_owned();
    match how {
        0 | 1 => {
            let until = later(world, lasts);
            order(world, MARIE, Command::RunPaused { run, until, reason }).await;
            if how == 0 {
                tokio::time::sleep(lasts / 2).await;
                order(world, PAUL, Command::RunResumed { run }).await;
            }
        }
        2 => {
            order(world, MARIE, Command::RunAborted { run, reason }).await;
            tokio::time::sleep(lasts).await;
            let incident = look(world, |state| state.runs.get(&run).map(|run| run.incident));
            if let Some(incident) = incident.flatten() {
                for person in [MARIE, PAUL] {
                    order(world, person, Command::IncidentApproved { incident }).await;
                }
            }
        }
        _ => {
            tokio::time::sleep(lasts / 2).await;
            let steps = look(world, |state| steps(state, run)).unwrap_or_default();
            let Some(key) = world.pick(steps) else { return };
            let command = if how == 3 {
                Command::StepRetried { key, reason }
            } else {
                Command::StepPassedOver { key, reason }
            };
            order(world, PAUL, command).await;
        }
    }
}

fn under_way(state: &State) -> Vec<RunId> {
    state.running_runs().map(|run| run.id).collect()
}

/// Every step of a run: also those of which nothing can be said.
fn steps(state: &State, run: RunId) -> Vec<StepKey> {
    let items = state.runs.get(&run).into_iter().flat_map(|run| run.items.keys());
    items.map(|item| StepKey { era: state.era, run, item: item.clone() }).collect()
}
