//! What happens by itself: hosts boot, guests boot, watchdogs fire, arrays elect, agents tick.

use std::collections::BTreeSet;
use std::time::Duration;

use consensus::simulation;
use lease::holder::{Input, Output};
use model::id::{HostId, VmId};
use model::time::Monotonic;

use rand::RngExt;

use super::{Machine, Stage, World};
use crate::fact::Fact;
use crate::node::{ask_guardian, ask_promise, renew};

/// The grain of the hosts' own time.
const TICK: Duration = Duration::from_millis(50);

/// What an agent wants sent.
struct Letter {
    host: HostId,
    sent_at: Monotonic,
    what: Output,
}

/// Starts the world's own course; ends with the runtime.
pub(crate) fn begin(world: &World) {
    let world = world.clone();
    simulation::spawn(async move {
        let mut beat = tokio::time::interval(TICK);
        loop {
            beat.tick().await;
            for letter in tick(&world) {
                send(&world, letter);
            }
        }
    });
}

fn tick(world: &World) -> Vec<Letter> {
    let now = world.now();
    let mut facts = Vec::new();
    let mut letters = Vec::new();
    let mut stage = world.stage();
    let mut layers = std::mem::take(&mut stage.layers);
    for (id, layer) in &mut layers {
        if let Some(elected) = layer.tick(now, &*stage) {
            facts.push(Fact::StorageSide { layer: id.to_string(), elected });
        }
    }
    stage.layers = layers;
    world.follow(&mut stage, now);
    for host in world.estate.hosts.keys() {
        let waiting = stage.machines.get(host).map(Machine::waiting).unwrap_or_default();
        let served: BTreeSet<VmId> =
            waiting.into_iter().filter(|vm| world.is_vm_served(&stage, vm, host)).collect();
        let Some(machine) = stage.machines.get_mut(host) else { continue };
        let own = machine.clock.at(now);
        if machine.watchdog.fires(own) {
            machine.reset(own);
            facts.push(Fact::HostDown { host: host.clone(), why: "watchdog" });
        }
        if machine.comes_up_at.is_some_and(|at| own >= at) {
            facts.push(machine.come_up(own));
        }
        if stage.stillborn > 0 {
            facts.extend(die_starting(&mut stage, host, own));
        }
        let Some(machine) = stage.machines.get_mut(host) else { continue };
        facts.extend(machine.boot_guests(own, &served));
        // A process that is stopped feeds nothing; the device counts on.
        if machine.pauses > 0 {
            continue;
        }
        let Some(agent) = &mut machine.agent else { continue };
        for output in agent.holder.step(Input::Tick { now: own }) {
            match output {
                Output::Feed => machine.watchdog.feed(own),
                Output::StopFeeding => {}
                what @ (Output::SendRenewal { .. }
                | Output::AskPromises { .. }
                | Output::AskGuardians { .. }) => {
                    letters.push(Letter { host: host.clone(), sent_at: own, what });
                }
            }
        }
    }
    for fact in &facts {
        stage.record.take(now, fact);
    }
    world.note_isolation(&mut stage);
    letters
}

/// Every second guest that would have shown itself now ends instead.
fn die_starting(stage: &mut Stage, host: &HostId, own: Monotonic) -> Vec<Fact> {
    let Some(machine) = stage.machines.get_mut(host) else { return Vec::new() };
    let due = machine.about_to_boot(own);
    let rng = &mut stage.rng;
    let dying = due.into_iter().filter(|_| rng.random_range(0..2) == 0);
    dying.filter_map(|vm| machine.stop(&vm, "died while starting")).collect()
}

fn send(world: &World, letter: Letter) {
    let Letter { host, sent_at, what } = letter;
    match what {
        Output::SendRenewal { set_number } => {
            simulation::spawn(renew(world.clone(), host, sent_at, set_number));
        }
        Output::AskPromises { of, vms, vms_number, lasts } => {
            for by in of {
                let question = (vms.clone(), vms_number, lasts);
                simulation::spawn(ask_promise(world.clone(), host.clone(), by, sent_at, question));
            }
        }
        Output::AskGuardians { of, lasts } => {
            for by in of {
                simulation::spawn(ask_guardian(world.clone(), host.clone(), by, sent_at, lasts));
            }
        }
        Output::Feed | Output::StopFeeding => {}
    }
}
