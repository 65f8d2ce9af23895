//! The first entry of an era that one controller opened alone, on the order of two persons.
//!
//! It takes over the state of the era before and believes of it only what can do no harm: a VM
//! might be running on every host of the other rooms, whatever the log said, and those hosts may
//! start nothing. The order is what proves them fenced later, host by host.

use std::collections::{BTreeMap, BTreeSet};

use audit::era_order::SignedOrder;
use audit::{Frontier, Hash};
use model::action::Action;
use model::era::{Epoch, Token};
use model::era_order::{EraOrder, OpenedFrom};
use model::estate::Estate;
use model::id::{ControllerId, HostId, PersonId, RoomId, RunId, VmId};
use model::plan::Plan;
use model::step::{ItemRef, StepKey};

use super::era_tail::Tail;
use super::s9;
use crate::command::{Command, EraEvidence, EraOpening, TailEntry};
use crate::rejection::Rejection;
use crate::state::{CoveredBy, FenceOrder, Member, OpenedEra, State, Withheld};

pub(super) fn apply(
    state: &mut State,
    index: u64,
    by: ControllerId,
    opening: &EraOpening,
) -> Result<(), Rejection> {
    if index != 0 || !state.members.is_empty() || state.estate.is_some() {
        return Err(no("an era is opened by the first entry of its log and by no other"));
    }
    let old: State = serde_json::from_str(&opening.carried)
        .map_err(|error| no(format!("the state carried over can't be read: {error}")))?;
    let signed = SignedOrder::parse(&opening.order).map_err(|error| no(error.to_string()))?;
    let order = signed.order();
    is_of_this_log(state, &old, order, by)?;
    let policy = old.policy.as_ref().ok_or(Rejection::NoEstate)?;
    let estate = old.estate.as_ref().ok_or(Rejection::NoEstate)?;
    let persons = signed.signed_by(&policy.value.persons).map_err(|error| no(error.to_string()))?;
    names_every_host(order, &estate.value)?;
    has_waited(&opening.evidence, policy.value.lease.wait().as_millis())?;
    let hosts = covered(&old, order, &opening.evidence, &Tail::of(&opening.tail))?;
    open(state, old, opening, (order, signed.hash()), persons, hosts);
    Ok(())
}

fn no(reason: impl Into<String>) -> Rejection {
    Rejection::NoEra { reason: reason.into() }
}

fn is_of_this_log(
    state: &State,
    old: &State,
    order: &EraOrder,
    by: ControllerId,
) -> Result<(), Rejection> {
    if order.era != state.era || order.era <= old.era || order.old.era != old.era {
        return Err(no(format!(
            "the order opens era {} after era {}, this would be era {} after era {}",
            order.era.0, order.old.era.0, state.era.0, old.era.0
        )));
    }
    let member = old.members.get(&order.controller);
    let survives = order.from == OpenedFrom::Export || member.is_some_and(|m| m.room == order.room);
    if order.controller != by || !survives {
        return Err(no(format!(
            "the order is for {} of room {}, the entry is by {by}",
            order.controller, order.room
        )));
    }
    if order.old.size != old.audit.size || order.old.root != old.audit.root().to_string() {
        return Err(no(format!(
            "the order goes on from {} leaves with root {}, this log has {} with root {}",
            order.old.size,
            order.old.root,
            old.audit.size,
            old.audit.root()
        )));
    }
    Ok(())
}

/// The hosts that the new era has to do without: those of the other rooms, or all of them after a
/// black start, because nobody knows what was started since the export.
fn others<'a>(order: &'a EraOrder, estate: &'a Estate) -> impl Iterator<Item = &'a HostId> {
    let hosts = estate.hosts.iter();
    hosts
        .filter(|(_, host)| order.from == OpenedFrom::Export || host.room != order.room)
        .map(|(id, _)| id)
}

fn names_every_host(order: &EraOrder, estate: &Estate) -> Result<(), Rejection> {
    let named: BTreeSet<&HostId> = order.hosts.iter().map(|host| &host.host).collect();
    let needed: BTreeSet<&HostId> = others(order, estate).collect();
    if named == needed {
        return Ok(());
    }
    let differs: Vec<String> = named.symmetric_difference(&needed).map(|h| h.to_string()).collect();
    Err(no(format!(
        "the order does not name exactly the hosts of the other rooms: {}",
        differs.join(", ")
    )))
}

fn has_waited(evidence: &EraEvidence, least_ms: u64) -> Result<(), Rejection> {
    let (waited, required) = (evidence.waited_ms, evidence.required_ms);
    if required < least_ms || waited < required {
        return Err(no(format!(
            "{waited} ms were waited since the second signature, {} ms are needed",
            required.max(least_ms)
        )));
    }
    Ok(())
}

/// By what each host of the other rooms is covered. An armed one by the wait, if one of the
/// survivor's agents that it asks for promises withheld them from it; one that the persons name as
/// without a watchdog by their statement; one of which the tail may have changed what the wait is
/// worth by nothing.
fn covered(
    old: &State,
    order: &EraOrder,
    evidence: &EraEvidence,
    tail: &Tail,
) -> Result<BTreeMap<HostId, CoveredBy>, Rejection> {
    let policy = old.policy.as_ref().map(|policy| policy.value.lease).unwrap_or_default();
    let asked = old.surely_asked_in(&order.room);
    let mut covered = BTreeMap::new();
    for named in &order.hosts {
        let armed = old.hosts.get(&named.host).and_then(|host| host.armed.as_ref());
        let by = match named.watchdog {
            None => CoveredBy::Statement,
            Some(_) if armed.is_none_or(|armed| armed.watchdog > policy.watchdog) => {
                return Err(no(format!(
                    "the order counts on the watchdog of host {}, the log does not know it as \
                     armed with at most {}",
                    named.host, policy.watchdog
                )));
            }
            Some(_) => {
                let asked = asked.get(&named.host);
                let withheld_by: BTreeSet<&HostId> = evidence
                    .withheld
                    .iter()
                    .filter(|one| one.from == named.host)
                    .map(|one| &one.by)
                    .filter(|by| asked.is_some_and(|asked| asked.contains(*by)))
                    .collect();
                if withheld_by.is_empty() {
                    return Err(no(format!(
                        "no agent of room {} that host {} asks withholds promises from it",
                        order.room, named.host
                    )));
                }
                if tail.leaves_covered(&named.host, &withheld_by, evidence.waited_ms) {
                    CoveredBy::Wait
                } else {
                    CoveredBy::Nothing
                }
            }
        };
        covered.insert(named.host.clone(), by);
    }
    Ok(covered)
}

fn open(
    state: &mut State,
    old: State,
    opening: &EraOpening,
    (order, hash): (&EraOrder, Hash),
    persons: BTreeSet<PersonId>,
    covered: BTreeMap<HostId, CoveredBy>,
) {
    let (era, wall, applied_index) = (state.era, state.wall, state.applied_index);
    let at = state.log_time.max(old.log_time);
    let epoch = Epoch(old.epoch.0.saturating_add(1));
    let token = Token { era, epoch };
    let superseded_runs = old.running_runs().map(|run| run.id).collect();
    let superseded_incidents = old.open_incidents().map(|incident| incident.id).collect();
    let perhaps = perhaps_started(&old, &opening.tail);
    let rooms_gone = gone(&old, order);
    let member = Member { controller: order.controller, room: order.room.clone() };
    let opened = OpenedEra {
        order: hash.to_string(),
        from: order.from,
        old: order.old.clone(),
        statement: order.statement.clone(),
        persons,
        token,
        at,
        waited_ms: opening.evidence.waited_ms,
        hosts: covered,
        superseded_runs,
        superseded_incidents,
        orphans: Vec::new(),
    };
    *state = State {
        era,
        epoch,
        log_time: at,
        wall,
        applied_index,
        leader: None,
        members: BTreeMap::from([(order.controller, member)]),
        // Word from rooms that are gone, and from before: the survivor looks again.
        observations: BTreeMap::new(),
        // About the old log, or numbered by it: they would be taken for those of the new one.
        approvals: BTreeMap::new(),
        would_run: BTreeMap::new(),
        // Who was to join the majority that is gone joins it no more.
        join_tokens: BTreeMap::new(),
        joining: BTreeMap::new(),
        incidents: BTreeMap::new(),
        runs: BTreeMap::new(),
        held: BTreeMap::new(),
        rooms_gone,
        audit: Frontier::default(),
        opened: Some(opened),
        ..old
    };
    shut_out(state, token, &opening.evidence);
    forget_how_far_copies_were(state);
    for start in perhaps {
        if let Some(vm) = state.vms.get_mut(&start.vm) {
            vm.might_run_on.insert(start.host, token);
        }
        if start.from_copy {
            s9::perhaps_opened(state, &start.vm);
        }
    }
}

/// The rooms that the persons have stated to be gone. After a black start none is: everybody
/// begins again.
fn gone(old: &State, order: &EraOrder) -> BTreeSet<RoomId> {
    let estate = old.estate.as_ref().filter(|_| order.from == OpenedFrom::Survivor);
    let rooms = estate.into_iter().flat_map(|estate| estate.value.rooms.keys());
    rooms.filter(|room| **room != order.room).cloned().collect()
}

/// The log's time stood still from its last entry to the second signature, while others may have
/// gone on writing: what it knew of a copy then says too little of what is lost by opening it.
fn forget_how_far_copies_were(state: &mut State) {
    state.copies.retain(|_, copy| copy.may_be_opened());
}

/// Every VM might be running on every host of the other rooms, and those hosts start nothing.
fn shut_out(state: &mut State, token: Token, evidence: &EraEvidence) {
    let Some(opened) = &state.opened else { return };
    let (at, hosts): (_, Vec<HostId>) = (state.log_time, opened.hosts.keys().cloned().collect());
    for vm in state.every_vm_mut() {
        for host in &hosts {
            vm.might_run_on.insert(host.clone(), token);
            vm.sealed.remove(host);
        }
    }
    for host in &hosts {
        let Some(record) = state.hosts.get_mut(host) else { continue };
        let withheld = evidence
            .withheld
            .iter()
            .filter(|one| one.from == *host)
            .map(|one| Withheld { by: one.by.clone(), promise_ends_in: one.promise_ends_in, at });
        record.admitted = None;
        record.perhaps_not_asked = true;
        record.fence = Some(FenceOrder {
            token,
            at,
            step: StepKey {
                era: token.era,
                run: RunId(0),
                item: ItemRef { step: "era-opened".into(), item: host.to_string() },
            },
            withheld: withheld.collect(),
            proofs: Vec::new(),
            attested: Vec::new(),
        });
    }
}

/// A start of which nobody knows whether it happened.
struct Perhaps {
    vm: VmId,
    host: HostId,
    from_copy: bool,
}

/// The VMs that steps whose outcome nobody knows may have started, and where: those under way in
/// the log, and those of the tail, which may have been committed without the survivor knowing.
fn perhaps_started(old: &State, tail: &[TailEntry]) -> Vec<Perhaps> {
    let mut plans: BTreeMap<RunId, &Plan> =
        old.runs.values().map(|run| (run.id, &run.plan)).collect();
    let mut perhaps = Vec::new();
    for run in old.running_runs() {
        let under_way = run.items.iter().filter(|(_, record)| record.state.is_under_way());
        let started = under_way.filter_map(|(item, _)| start_of(&run.plan, item));
        perhaps.extend(started);
    }
    for TailEntry { index, entry } in tail {
        match &entry.command {
            // A run has the index of its entry as its id.
            Command::RunStarted { plan, .. } => {
                plans.insert(RunId(*index), plan);
            }
            Command::StepStarted { key, .. } => {
                let plan = plans.get(&key.run);
                perhaps.extend(plan.and_then(|plan| start_of(plan, &key.item)));
            }
            _ => {}
        }
    }
    perhaps
}

fn start_of(plan: &Plan, item: &ItemRef) -> Option<Perhaps> {
    let planned = plan.items.iter().find(|planned| planned.item == *item)?;
    let (vm, host) = planned.action.starts()?;
    let from_copy = matches!(planned.action, Action::VmStartFromCopy { .. });
    Some(Perhaps { vm: vm.clone(), host: host.clone(), from_copy })
}
