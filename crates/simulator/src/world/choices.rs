//! Where random choices come from. The world has one stream; each fault has its own, so that a
//! fault left out of a run changes no other fault's choices.

use std::collections::VecDeque;
use std::fmt::Display;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use consensus::simulation::{NodeRng, mix};
use rand::{RngExt, SeedableRng};

use super::World;
use crate::fault_list::Fault;

/// A fault's own choices.
#[derive(Debug)]
struct Own {
    rng: NodeRng,
    /// What its list names and it has not chosen yet.
    targets: VecDeque<String>,
}

/// Whose choices a handle on the world makes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choices {
    own: Option<Arc<Mutex<Own>>>,
    /// The fault's place in the run's list, counted from 1.
    number: usize,
}

impl Choices {
    fn own(&self) -> Option<MutexGuard<'_, Own>> {
        self.own.as_ref().map(|own| own.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl World {
    /// A handle for one fault: what is chosen through it comes from the fault.
    pub(crate) fn choosing_for(&self, number: usize, fault: &Fault) -> Self {
        let rng = NodeRng::seed_from_u64(mix(u64::from(fault.seed)));
        let targets = fault.targets.iter().cloned().collect();
        let own = Some(Arc::new(Mutex::new(Own { rng, targets })));
        Self { choices: Choices { own, number }, ..self.clone() }
    }

    /// A handle for what outlives the fault that began it.
    pub(crate) fn choosing_for_itself(&self) -> Self {
        Self { choices: Choices::default(), ..self.clone() }
    }

    /// The place in the run's list of the fault that this handle is for; 0 if it is for none.
    pub(crate) fn fault_number(&self) -> usize {
        self.choices.number
    }

    /// Draws something.
    pub(crate) fn random<T>(&self, draw: impl FnOnce(&mut NodeRng) -> T) -> T {
        match self.choices.own() {
            Some(mut own) => draw(&mut own.rng),
            None => draw(&mut self.stage().rng),
        }
    }

    /// One of these: the one that the fault's list names next, if it names one; none if there are
    /// none, or not the one that is named.
    pub(crate) fn pick<T: Display>(&self, mut of: Vec<T>) -> Option<T> {
        if of.is_empty() {
            return None;
        }
        let named = self.choices.own().and_then(|mut own| own.targets.pop_front());
        let chosen = match named {
            Some(name) => of.iter().position(|one| one.to_string() == name)?,
            None => self.random(|rng| rng.random_range(0..of.len())),
        };
        Some(of.swap_remove(chosen))
    }
}
