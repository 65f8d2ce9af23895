//! The fencing ladder of one host: power, storage and lease side by side, each again and again
//! until one rung proves. The ladder ends without the power rung: where a room has lost power,
//! its management controllers have died with it.

use std::collections::{BTreeMap, BTreeSet};

use model::call::{Answer, Call};
use model::era::Token;
use model::fence::{FenceEvidence, FenceProof, Rung};
use model::id::{HostId, RoomId};
use model::observation::{Status, Target};
use model::seeded_bug::{SeededBug, seeded_bug};
use model::step::Outcome;
use model::time::{LogTime, Monotonic};
use model::units::Span;
use state_machine::{Command, State};

use crate::granting::Granting;
use crate::leadership::{CallFor, Desk};
use crate::watching::silence_takes;

const RUNG_DEADLINE: Span = Span::from_secs(5);
const FIRST_BACKOFF: Span = Span::from_millis(500);
const LONGEST_BACKOFF: Span = Span::from_secs(8);

/// One rung's tries.
#[derive(Clone, Debug)]
struct Tries {
    under_way: bool,
    next_at: Monotonic,
    backoff: Span,
}

impl Tries {
    fn new(now: Monotonic) -> Self {
        Self { under_way: false, next_at: now, backoff: FIRST_BACKOFF }
    }

    fn again(&mut self, now: Monotonic) {
        self.under_way = false;
        self.next_at = now.after(self.backoff);
        let doubled = self.backoff.saturating_add(self.backoff);
        self.backoff = doubled.min(LONGEST_BACKOFF);
    }
}

/// The ladder of one host.
#[derive(Clone, Debug)]
pub(crate) struct Ladder {
    host: HostId,
    token: Token,
    tries: BTreeMap<Rung, Tries>,
    /// Agents that were asked to withhold already.
    asked: BTreeSet<HostId>,
    /// The one that is being asked.
    asking: Option<HostId>,
    /// The power was read as off. It proves once the host has also fallen silent: what a host
    /// that was alive says stays believed for a whole debounce. What was read longer ago than
    /// that says nothing of a host that falls silent now, nor does "off" once anything else is
    /// read.
    read_as_off: Option<(Monotonic, FenceEvidence)>,
}

impl Ladder {
    /// Begins the ladder with the rungs that the host has.
    pub(crate) fn begin(state: &State, host: &HostId, token: Token, now: Monotonic) -> Self {
        let rungs = state
            .estate
            .as_ref()
            .and_then(|estate| estate.value.hosts.get(host))
            .map(|host| host.rungs.clone())
            .unwrap_or_default();
        let tries = rungs
            .into_iter()
            .filter(|rung| *rung != Rung::People)
            .map(|rung| (rung, Tries::new(now)))
            .collect();
        Self {
            host: host.clone(),
            token,
            tries,
            asked: BTreeSet::new(),
            asking: None,
            read_as_off: None,
        }
    }

    /// Whether the order is still in force and unproved.
    pub(crate) fn is_wanted(&self, state: &State) -> bool {
        let order = state.hosts.get(&self.host).and_then(|record| record.fence.as_ref());
        order.is_some_and(|order| order.token == self.token && !order.is_proved())
    }

    /// Tries each rung whose turn has come, and proposes what was proved.
    pub(crate) fn climb(
        &mut self,
        desk: &mut Desk,
        state: &State,
        granting: &Granting,
        leader_room: &RoomId,
        now: Monotonic,
        log_now: LogTime,
    ) {
        self.lease_proof(desk, state, granting, now);
        if let Some((read_at, evidence)) = &self.read_as_off
            && now.since(*read_at) <= silence_takes(state)
            && !state.is_heard(&self.host)
        {
            self.prove(desk, now, evidence.clone());
        }
        // S8: what was done proves what it proves; nothing more is done while a person holds it.
        let held = state.is_paused(log_now) || state.fence_is_held(&self.host, log_now);
        if held && !seeded_bug(SeededBug::PauseIgnored) {
            return;
        }
        let ready: Vec<Rung> = self
            .tries
            .iter()
            .filter(|(_, tries)| !tries.under_way && now >= tries.next_at)
            .map(|(rung, _)| *rung)
            .collect();
        for rung in ready {
            let call = match rung {
                Rung::Power => Some(Call::PowerOff { host: self.host.clone() }),
                // What is heard executes, and what opens no array's volumes writes on: neither cut
                // would prove anything.
                Rung::Storage
                    if state.is_heard(&self.host)
                        || state.is_beyond_arrays(&self.host).is_some() =>
                {
                    None
                }
                Rung::Storage => Some(self.cut(state, leader_room)),
                Rung::Lease => self.withhold(state, granting),
                Rung::People => None,
            };
            let Some(call) = call else { continue };
            if let Some(tries) = self.tries.get_mut(&rung) {
                tries.under_way = true;
            }
            let host = self.host.clone();
            desk.call(CallFor::Rung { host, rung, token: self.token }, call, RUNG_DEADLINE);
        }
    }

    /// The seeded bug `older-proof`: whether the power was read as off, for whichever order.
    pub(crate) fn has_read_off(&self) -> bool {
        self.read_as_off.is_some()
    }

    /// The seeded bug `older-proof`: what was read for an earlier order is offered for this one.
    pub(crate) fn prove_again(&self, desk: &mut Desk, state: &State, now: Monotonic) {
        let order = state.hosts.get(&self.host).and_then(|record| record.fence.as_ref());
        let newer = order.is_some_and(|of| of.token > self.token && !of.is_proved());
        if let Some((_, evidence)) = self.read_as_off.as_ref().filter(|_| newer) {
            self.prove(desk, now, evidence.clone());
        }
    }

    fn prove(&self, desk: &mut Desk, now: Monotonic, evidence: FenceEvidence) {
        let proof = FenceProof {
            target: self.host.clone(),
            token: self.token,
            evidence,
            at: LogTime::default(),
        };
        desk.propose(now, Command::FenceProved { proof });
    }

    fn cut(&self, state: &State, leader_room: &RoomId) -> Call {
        Call::CutStorage {
            host: self.host.clone(),
            arrays: state.arrays_that_could_serve(&self.host).into_iter().collect(),
            close_at: living_rooms(state, leader_room),
        }
    }

    /// One agent of those that can withhold with effect; none where one has, or nobody can.
    fn withhold(&mut self, state: &State, granting: &Granting) -> Option<Call> {
        let record = state.hosts.get(&self.host)?;
        record.armed.as_ref()?;
        let with_effect = granting.withholders(state, &self.host);
        // One whose withholding stops nothing, because the host may not ask it, excuses no other.
        let order = record.fence.as_ref()?;
        if order.withheld.iter().any(|withheld| with_effect.contains(&withheld.by)) {
            return None;
        }
        let able: Vec<HostId> = with_effect
            .into_iter()
            .filter(|by| {
                let target = Target::Host { host: by.clone() };
                state.hosts.get(by).is_some_and(|by| by.fence.is_none())
                    && state.seen(&target).any(|(_, seen)| seen.status == Status::Up)
            })
            .collect();
        let by = match able.iter().find(|by| !self.asked.contains(*by)) {
            Some(by) => by.clone(),
            None => {
                self.asked.clear();
                able.first()?.clone()
            }
        };
        self.asked.insert(by.clone());
        self.asking = Some(by.clone());
        // Seeded bug `withhold-at-current-token`.
        let at_current = seeded_bug(SeededBug::WithholdAtCurrentToken);
        let token = if at_current { state.token() } else { self.token };
        Some(Call::Withhold { by, host: self.host.clone(), token })
    }

    /// A rung's call ended.
    pub(crate) fn call_ended(
        &mut self,
        desk: &mut Desk,
        now: Monotonic,
        rung: Rung,
        what: Result<Answer, Outcome>,
    ) {
        let Some(tries) = self.tries.get_mut(&rung) else { return };
        tries.again(now);
        // Seeded bug `older-proof`: what was read once is kept for ever.
        if rung == Rung::Power && !seeded_bug(SeededBug::OlderProof) {
            self.read_as_off = None;
        }
        match what {
            Ok(Answer::PoweredOff { reads, apart, says }) => {
                let apart_ms = apart.as_millis();
                let evidence = FenceEvidence::PowerOff { reads, apart_ms, answer: says };
                self.read_as_off = Some((now, evidence));
            }
            Ok(Answer::StorageCut { unmapped_on, closed_at }) => {
                let evidence = FenceEvidence::StorageCut {
                    unmapped_on: unmapped_on.iter().map(ToString::to_string).collect(),
                    uplink_closed: closed_at
                        .iter()
                        .map(|room| format!("room {room}"))
                        .collect::<Vec<_>>()
                        .join(", "),
                };
                self.prove(desk, now, evidence);
            }
            Ok(Answer::Withholds { promise_ends_in }) => {
                if let Some(by) = self.asking.take() {
                    desk.propose(
                        now,
                        Command::Withheld {
                            host: self.host.clone(),
                            token: self.token,
                            by,
                            promise_ends_in,
                        },
                    );
                }
            }
            Ok(Answer::Accepted | Answer::Admitted { .. }) | Err(_) => {}
        }
    }

    fn lease_proof(&self, desk: &mut Desk, state: &State, granting: &Granting, now: Monotonic) {
        if !self.tries.contains_key(&Rung::Lease) {
            return;
        }
        if let Some(evidence) = granting.lease_ran_out(state, &self.host, now) {
            self.prove(desk, now, evidence);
        }
    }
}

/// The rooms that the leader itself hears, and its own: where a switch can be told to close.
pub(crate) fn living_rooms(state: &State, leader_room: &RoomId) -> Vec<RoomId> {
    let rooms = state.estate.iter().flat_map(|estate| &estate.value.rooms);
    rooms
        .filter(|(id, room)| {
            let target = Target::Controller { controller: room.controller };
            *id == leader_room
                || state
                    .seen(&target)
                    .any(|(from, seen)| from == leader_room && seen.status == Status::Up)
        })
        .map(|(id, _)| id.clone())
        .collect()
}
