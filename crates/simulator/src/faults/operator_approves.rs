use std::time::Duration;

use model::id::IncidentId;
use rand::RngExt;
use state_machine::Command;

use super::operator::{MARIE, PAUL, look, order, questions};
use super::{FaultKind, note};
use crate::world::World;

/// How often the console is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Waits for a question, and answers it: at once, twice, late, or another one than was asked.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let how = world.random(|rng| rng.random_range(0..4));
    let words = ["at once", "twice", "late", "the wrong question"];
    note(world, FaultKind::OperatorApproves, words.get(how).copied().unwrap_or_default());
    let end = world.now() + lasts;
    let asked = loop {
        if let Some(asked) = world.pick(questions(world)) {
            break asked;
        }
        if world.now() >= end {
            break IncidentId::default();
        }
        tokio::time::sleep(LOOK_EVERY).await;
    };
    let incident = match how {
        2 => {
            tokio::time::sleep(lasts).await;
            asked
        }
        3 => other_than(world, asked),
        _ => asked,
    };
    order(world, MARIE, Command::IncidentApproved { incident }).await;
    if how == 1 {
        order(world, MARIE, Command::IncidentApproved { incident }).await;
        tokio::time::sleep(lasts / 2).await;
        order(world, PAUL, Command::IncidentApproved { incident }).await;
    }
}

/// An incident that is over, or never was.
fn other_than(world: &World, asked: IncidentId) -> IncidentId {
    let known = look(world, |state| state.incidents.keys().copied().collect::<Vec<_>>());
    let others = known.unwrap_or_default().into_iter().filter(|id| *id != asked).collect();
    world.pick(others).unwrap_or(IncidentId(asked.0 + 1))
}
