//! Rooms A and B are lost for good.

use std::collections::BTreeMap;
use std::time::Duration;

use audit::era_order::SignedOrder;
use audit::note::{KeyName, NoteSigner};
use model::era::Era;
use model::id::{ControllerId, HostId, RoomId, VmId};
use tokio::sync::oneshot;

use super::expect;
use crate::faults;
use crate::node::{Event, Opened};
use crate::world::{Cut, Plane, World};

/// The two persons, with their own keys: those that `simulations/policies/survivor.yaml` names.
const PERSONS: [(&str, u8); 2] = [("claire", 1), ("marc", 2)];

/// Everything runs, leases are granted, watchdogs are armed.
const CALM: Duration = Duration::from_secs(15);
/// However long nobody signs.
const NOBODY: Duration = Duration::from_secs(600);
/// From the signatures until everything that can run in C does.
const GOING_ON: Duration = Duration::from_secs(120);
/// How often is looked.
const LOOK: Duration = Duration::from_millis(250);

fn room(name: &str) -> RoomId {
    RoomId::from(name)
}

fn survivor(world: &World) -> Option<ControllerId> {
    world.estate.rooms.get(&room("c")).map(|room| room.controller)
}

/// What executes in room C.
fn runs_in_c(world: &World) -> Vec<VmId> {
    let c = room("c");
    let here = |host: &HostId| world.estate.hosts.get(host).is_some_and(|host| host.room == c);
    let vms = world.estate.vms.keys();
    vms.filter(|vm| world.executes(vm).iter().any(|(host, _)| here(host))).cloned().collect()
}

/// What can be started in room C: everything that it needs is there, and of those that must stand
/// apart no more than there are hosts.
fn could_run_in_c(world: &World) -> Vec<VmId> {
    let c = room("c");
    let hosts: Vec<_> = world.estate.hosts_in(&c).map(|(_, host)| host).collect();
    let mut apart: BTreeMap<&str, usize> = BTreeMap::new();
    let vms = world
        .estate
        .vms
        .iter()
        .filter(|(_, vm)| hosts.iter().any(|host| vm.volumes.is_subset(&host.volumes)))
        .filter(|(_, vm)| {
            vm.anti_affinity.as_deref().is_none_or(|group| {
                let of_group = apart.entry(group).or_default();
                *of_group += 1;
                *of_group <= hosts.len()
            })
        });
    vms.map(|(id, _)| id.clone()).collect()
}

fn lose_a_and_b(world: &World) {
    for lost in ["a", "b"] {
        faults::lose_room(world, &room(lost));
    }
}

/// The order as C drafts it, signed by both.
async fn signed_order(world: &World) -> Result<SignedOrder, String> {
    let running = survivor(world)
        .and_then(|id| world.running().into_iter().find(|(running, _)| *running == id))
        .map(|(_, running)| running)
        .ok_or("C's controller does not run")?;
    let (answer, answered) = oneshot::channel();
    let _ = running.events.send(Event::DraftEra { answer });
    let mut order =
        answered.await.map_err(|_| "C's controller died".to_owned())?.ok_or("C has no estate")?;
    order.statement = "We stood before both rooms: burned out, and without power.".to_owned();
    order.reason = "rooms A and B are lost".to_owned();
    let mut signed = SignedOrder::draft(order).map_err(|error| error.to_string())?;
    for (name, seed) in PERSONS {
        let name = KeyName::new(name).map_err(|error| error.to_string())?;
        signed.sign(&NoteSigner::from_seed(name, [seed; 32])).map_err(|e| e.to_string())?;
    }
    Ok(signed)
}

async fn hand_over(world: &World, order: &SignedOrder) -> Opened {
    let running = survivor(world)
        .and_then(|id| world.running().into_iter().find(|(running, _)| *running == id));
    let Some((_, running)) = running else { return Err("C's controller does not run".to_owned()) };
    let (answer, answered) = oneshot::channel();
    let _ = running.events.send(Event::OpenEra { order: order.to_string(), answer });
    answered.await.unwrap_or_else(|_| Err("C's controller died".to_owned()))
}

/// The era of C's controller.
fn era_of_c(world: &World) -> Option<Era> {
    let id = survivor(world)?;
    world.running().into_iter().find(|(running, _)| *running == id).map(|(_, r)| r.node.era())
}

/// Waits until something holds, at most so long; whether it did.
async fn within(world: &World, longest: Duration, holds: impl Fn(&World) -> bool) -> bool {
    let end = world.now() + longest;
    while !holds(world) {
        if world.now() >= end {
            return false;
        }
        tokio::time::sleep(LOOK).await;
    }
    true
}

pub(super) async fn nobody_signs(world: &World) {
    tokio::time::sleep(CALM).await;
    lose_a_and_b(world);
    let started = within(world, NOBODY, |world| !runs_in_c(world).is_empty()).await;
    expect(world, "without two persons nothing starts in C", !started, names(&runs_in_c(world)));
    let era = era_of_c(world);
    expect(world, "without two persons no era is opened", era == Some(Era(0)), format!("{era:?}"));
}

pub(super) async fn two_sign(world: &World) {
    tokio::time::sleep(CALM).await;
    lose_a_and_b(world);
    // Long enough for every probe to fall silent, and for C to know what it can know.
    tokio::time::sleep(CALM).await;
    let order = match signed_order(world).await {
        Ok(order) => order,
        Err(why) => return expect(world, "an order is drafted", false, why),
    };
    let unarmed: Vec<String> =
        order.order().hosts_without_watchdog().map(|host| host.host.to_string()).collect();
    expect(world, "hosts without watchdog are named", unarmed == ["a2"], unarmed.join(", "));
    let handed = world.now();
    let accepted = hand_over(world, &order).await;
    expect(world, "the order is accepted", accepted.is_ok(), format!("{accepted:?}"));
    let opened = within(world, GOING_ON, |world| era_of_c(world) == Some(Era(1))).await;
    expect(world, "C opens an era", opened, format!("{:?}", era_of_c(world)));
    let waited = world.now().saturating_sub(handed);
    let wait = world.policy.lease.wait().to_std();
    // Another clock may run faster by half the drift: the wait covers it.
    let enough = waited + Duration::from_millis(20) >= wait;
    expect(world, "the wait is served in full", enough, format!("{waited:?} of {wait:?}"));
    let could = could_run_in_c(world);
    let all = within(world, GOING_ON, |world| {
        let runs = runs_in_c(world);
        could.iter().all(|vm| runs.contains(vm))
    })
    .await;
    expect(world, "what can run in C runs there", all, names(&runs_in_c(world)));
    a_comes_back(world).await;
}

async fn a_comes_back(world: &World) {
    let back = room("a");
    let controller = world.estate.rooms.get(&back).map(|room| room.controller);
    faults::bring_back(world, &back).await;
    let gone =
        within(world, GOING_ON, |world| controller.is_some_and(|id| world.is_left_behind(id)))
            .await;
    expect(world, "A's controller is refused and stops", gone, format!("{controller:?}"));
    let told = within(world, GOING_ON, |world| {
        survivor(world)
            .and_then(|id| world.running().into_iter().find(|(running, _)| *running == id))
            .is_some_and(|(_, running)| {
                running.node.with_state(|state| {
                    state.opened.as_ref().is_some_and(|opened| !opened.orphans.is_empty())
                })
            })
    })
    .await;
    expect(world, "where A's log ended is in the new era's log", told, "");
}

pub(super) async fn wrongly_signed(world: &World) {
    tokio::time::sleep(CALM).await;
    for other in ["a", "b"] {
        cut_off(world, &room(other));
    }
    tokio::time::sleep(CALM).await;
    let order = match signed_order(world).await {
        Ok(order) => order,
        Err(why) => return expect(world, "an order is drafted", false, why),
    };
    // Before anything is waited for, one channel shows life again.
    let accepted = hand_over(world, &order).await;
    expect(world, "cut off, the order is accepted", accepted.is_ok(), format!("{accepted:?}"));
    tokio::time::sleep(Duration::from_secs(1)).await;
    heal_from(world, &room("a"));
    let opened = within(world, GOING_ON, |world| era_of_c(world) != Some(Era(0))).await;
    expect(world, "a sign of life blocks the opening", !opened, format!("{:?}", era_of_c(world)));
    heal_from(world, &room("b"));
    let again = match signed_order(world).await {
        Ok(order) => hand_over(world, &order).await,
        Err(why) => Err(why),
    };
    expect(world, "a living majority is refused", again.is_err(), format!("{again:?}"));
    expect(world, "nothing started in C", runs_in_c(world).is_empty(), names(&runs_in_c(world)));
}

/// The cut lasts, two persons take it for a fire, and the other rooms run on: what C starts then
/// runs twice.
pub(super) async fn signed_over_a_cut(world: &World) {
    tokio::time::sleep(CALM).await;
    for other in ["a", "b"] {
        cut_off(world, &room(other));
    }
    tokio::time::sleep(CALM).await;
    let accepted = match signed_order(world).await {
        Ok(order) => hand_over(world, &order).await,
        Err(why) => Err(why),
    };
    expect(world, "cut off, the order is accepted", accepted.is_ok(), format!("{accepted:?}"));
    let _ = within(world, GOING_ON, |world| !runs_in_c(world).is_empty()).await;
}

fn cut_off(world: &World, other: &RoomId) {
    cuts_of(other).iter().for_each(|cut| world.stage().network.cut(cut));
}

/// Every way between another room and C.
fn cuts_of(other: &RoomId) -> Vec<Cut> {
    let mut cuts = Vec::new();
    for (from, to) in [(other.clone(), room("c")), (room("c"), other.clone())] {
        for plane in [Plane::Network, Plane::Storage] {
            cuts.push(Cut { plane, from: from.clone(), to: to.clone() });
        }
    }
    cuts
}

fn heal_from(world: &World, other: &RoomId) {
    cuts_of(other).iter().for_each(|cut| world.stage().network.mend(cut));
}

fn names(vms: &[VmId]) -> String {
    vms.iter().map(VmId::as_str).collect::<Vec<_>>().join(", ")
}
