//! The lease, its promises, the guardians and the wait of an era, explored exhaustively within
//! stated bounds, by the very functions that the agent and the controller run.
//!
//! Time goes in steps, every clock has its rate. Messages arrive whenever or never, in any order,
//! where the bounds say so also twice. What is explored is every order of everything that the
//! bounds allow; `bounds.rs` has one function for each exploration. A broken variant leaves one
//! rule out at the edge of the real functions and must be found out.
// How long an exploration takes is told to the reader; nothing in the model depends on it.
#![allow(clippy::disallowed_types)]

mod actions;
mod bounds;
mod state;

use std::time::Instant;

use bounds::{Bounds, Broken};
use state::World;
use stateright::{Checker, HasDiscoveries, Model, Property};

use crate::actions::Action;

const PROOF: &str = "a host that is proved fenced executes nothing";
const ONE_PLACE: &str = "no VM executes in two places";

/// The bounds and what must be reached within them.
struct Exploration {
    bounds: Bounds,
    reached: Vec<Reach>,
}

impl Model for Exploration {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        let rates = &self.bounds.rates;
        let mut all = Vec::new();
        for host in rates {
            for watchdog in rates {
                for controller in rates {
                    all.push(World::begin(&self.bounds, [*host, *watchdog, *controller]));
                }
            }
        }
        all
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        world.possible(&self.bounds, actions);
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        Some(world.after(&self.bounds, action)).filter(|next| next != world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut all = vec![
            Property::always(PROOF, |_, world: &World| {
                let mut fences = world.fences.iter().zip(&world.hosts).enumerate();
                fences.all(|(vm, (fence, host))| !fence.proved || !host.runs.contains(&vm))
            }),
            Property::always(ONE_PLACE, |_, world: &World| {
                let runs = |vm: usize| world.hosts.iter().filter(|h| h.runs.contains(&vm)).count();
                (0..world.fences.len()).all(|vm| runs(vm) <= 1)
            }),
        ];
        all.extend(self.reached.iter().map(|(name, reach)| Property::sometimes(name, *reach)));
        all
    }
}

type Reach = (&'static str, fn(&Exploration, &World) -> bool);

const PROVED: Reach = ("a proof is reached", |_, world| world.fences.iter().any(|f| f.proved));
const STARTED: Reach =
    ("a VM is started elsewhere", |_, w| w.hosts.iter().skip(1).any(|h| h.runs.contains(&0)));
const LIVED: Reach =
    ("a host lives on promises without a lease", |_, world| world.reached.lived_on_promises);
const KEPT: Reach =
    ("a promise is kept against an order", |_, world| world.reached.kept_against_an_order);
const GUARDED: Reach = ("guardians keep a host alive with no controller", |_, world| {
    world.reached.lived_on_guardians && world.controllers.iter().all(|one| !one.runs)
});
const HELD_BACK: Reach =
    ("a guardian holds a controller back", |_, world| world.reached.controller_held_back);
const ERA: Reach = ("an era becomes due", |_, world| world.reached.era_due);
const REFUSED: Reach = ("an older token is refused", |_, world| world.reached.older_token_refused);

/// Explores everything: the rules hold, and what is named is reached.
fn holds(bounds: Bounds, reached: &[Reach]) {
    let began = Instant::now();
    let name = bounds.name;
    let checker = Exploration { bounds, reached: reached.to_vec() }.checker().spawn_bfs().join();
    println!(
        "{name:<24} {:>9} states {:>6.1} s  holds",
        checker.unique_state_count(),
        began.elapsed().as_secs_f64()
    );
    checker.assert_properties();
}

/// The rule left out is found out.
fn is_found_out(broken: Broken, bounds: Bounds) {
    let began = Instant::now();
    let bounds = bounds.breaking(broken);
    let checker = Exploration { bounds, reached: Vec::new() }
        .checker()
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_bfs()
        .join();
    let found = [PROOF, ONE_PLACE].into_iter().find_map(|property| {
        checker.discovery(property).map(|path| (property, path.into_actions()))
    });
    let states = checker.unique_state_count();
    let Some((property, steps)) = found else {
        panic!("{broken:?} was not found out in {states} states");
    };
    println!(
        "{broken:<34} {states:>9} states {:>6.1} s  after {} steps: not \"{property}\"",
        began.elapsed().as_secs_f64(),
        steps.len(),
        broken = format!("{broken:?}"),
    );
    for step in steps {
        println!("    {step:?}");
    }
}

#[test]
fn a_change_of_granter() {
    holds(bounds::change_of_granter(), &[PROVED, STARTED]);
}

#[test]
fn promises_and_restarts_of_agents() {
    holds(bounds::promises(), &[PROVED, STARTED, LIVED, KEPT]);
}

#[test]
fn three_givers() {
    holds(bounds::three_givers(), &[PROVED, LIVED]);
}

#[test]
fn two_holders_that_give_to_each_other() {
    holds(bounds::two_holders(), &[PROVED, LIVED]);
}

#[test]
fn clocks_of_different_rates() {
    holds(bounds::drift(), &[PROVED, LIVED]);
}

#[test]
fn a_pause_and_a_reboot() {
    holds(bounds::pause_and_reboot(), &[PROVED, LIVED]);
}

#[test]
fn a_host_is_added() {
    holds(bounds::host_added(), &[PROVED, LIVED]);
}

#[test]
fn an_order_from_before_the_admission() {
    holds(bounds::readmitted(), &[PROVED, REFUSED]);
}

#[test]
fn all_controllers_stop_and_start_again() {
    holds(bounds::guardians(), &[PROVED, LIVED, GUARDED, HELD_BACK]);
}

#[test]
fn a_replaced_controller_leads() {
    holds(bounds::controller_replaced(), &[LIVED]);
}

#[test]
fn a_survivor_opens_an_era() {
    holds(bounds::era(), &[LIVED, ERA]);
}

#[test]
fn counting_from_receipt_is_found_out() {
    is_found_out(Broken::CountedFromReceipt, bounds::change_of_granter());
}

#[test]
fn granting_from_memory_is_found_out() {
    is_found_out(Broken::GrantedFromMemoryByADeposedLeader, bounds::change_of_granter());
}

#[test]
fn a_new_leader_that_counts_from_before_is_found_out() {
    is_found_out(Broken::NewLeaderCountsFromBefore, bounds::change_of_granter());
}

#[test]
fn a_proof_while_a_promise_is_open_is_found_out() {
    is_found_out(Broken::ProofWhileAPromiseIsOpen, bounds::promises());
}

#[test]
fn a_proof_without_withholding_is_found_out() {
    is_found_out(Broken::ProofWithoutWithholding, bounds::promises());
}

#[test]
fn a_promise_forgotten_at_restart_is_found_out() {
    is_found_out(Broken::PromiseForgottenAtRestart, bounds::promises());
}

#[test]
fn a_withholding_forgotten_at_restart_is_found_out() {
    is_found_out(Broken::WithholdingForgottenAtRestart, bounds::promises());
}

#[test]
fn a_new_host_that_is_never_asked_is_found_out() {
    is_found_out(Broken::NewHostNeverAsked, bounds::host_added());
}

#[test]
fn a_set_changed_without_confirmation_is_found_out() {
    is_found_out(Broken::SetChangedWithoutConfirmation, bounds::host_added());
}

#[test]
fn feeding_after_a_long_pause_is_found_out() {
    is_found_out(Broken::FedAfterALongPause, bounds::pause_and_reboot());
}

#[test]
fn a_reboot_that_starts_its_guests_is_found_out() {
    is_found_out(Broken::RebootStartsItsGuests, bounds::pause_and_reboot());
}

#[test]
fn an_older_token_accepted_is_found_out() {
    is_found_out(Broken::OlderTokenAccepted, bounds::readmitted());
}

#[test]
fn a_guardian_that_forgets_is_found_out() {
    is_found_out(Broken::GuardianForgets, bounds::guardians_for_long());
}

#[test]
fn a_leader_after_guardians_that_counts_from_before_is_found_out() {
    is_found_out(Broken::NewLeaderCountsFromBefore, bounds::guardians());
}

#[test]
fn an_added_controller_that_proves_is_found_out() {
    is_found_out(Broken::AddedControllerProves, bounds::controller_replaced());
}

#[test]
fn an_era_counted_from_the_last_contact_is_found_out() {
    is_found_out(Broken::EraCountedFromTheLastContact, bounds::era());
}
