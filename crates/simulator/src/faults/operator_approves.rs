use std::time::Duration;

use model::id::IncidentId;
use model::units::Span;
use rand::RngExt;

use super::asked::{Asked, questions};
use super::operator::{JEAN, MARIE, PAUL, look, order};
use super::{FaultKind, note};
use crate::world::World;

/// How often the console is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// What persons accept to lose at a step, if they name it.
const LOSS: Span = Span::from_secs(600);
/// The ways to answer.
const HOW: [&str; 6] =
    ["at once", "twice", "late", "the wrong question", "without the right to", "two at once"];

/// Waits for a question, about an incident or at a step of a run, and answers it: one person or
/// two at once, one person twice before the other, late, another one than was asked, or by who may
/// not.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let how = world.random(|rng| rng.random_range(0..HOW.len()));
    let loss = world.random(|rng| rng.random_range(0..2) == 0).then_some(LOSS);
    note(world, FaultKind::OperatorApproves, HOW.get(how).copied().unwrap_or_default());
    let end = world.now() + lasts;
    let asked = loop {
        if let Some(asked) = world.pick(questions(world)) {
            break asked;
        }
        if world.now() >= end {
            break Asked::Incident(IncidentId::default());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    };
    let asked = if how == 3 { other_than(world, &asked) } else { asked };
    let yes = || asked.yes(loss);
    match how {
        1 => {
            order(world, MARIE, yes()).await;
            order(world, MARIE, yes()).await;
            tokio::time::sleep(lasts / 2).await;
            order(world, PAUL, yes()).await;
        }
        2 => {
            tokio::time::sleep(lasts).await;
            order(world, MARIE, yes()).await;
        }
        4 => {
            order(world, JEAN, yes()).await;
            order(world, MARIE, yes()).await;
        }
        5 => {
            order(world, PAUL, yes()).await;
            order(world, MARIE, yes()).await;
        }
        _ => order(world, MARIE, yes()).await,
    }
}

/// A question that is over, or never was.
fn other_than(world: &World, asked: &Asked) -> Asked {
    let Asked::Incident(asked) = asked else { return asked.never() };
    let known = look(world, |state| state.incidents.keys().copied().collect::<Vec<_>>());
    let others = known.unwrap_or_default().into_iter().filter(|id| id != asked).collect();
    world.pick(others).map_or_else(|| Asked::Incident(*asked).never(), Asked::Incident)
}
