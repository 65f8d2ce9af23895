//! A tiny world in memory: three controllers on one ordered log that applies at once, hosts,
//! arrays, links. Milliseconds of virtual time; every call takes 50 ms.

#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used)]

mod begin;
mod calls;
mod estate;
mod people;
mod probing;
mod trouble;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use controller::{Config, Controller, Input, Output};
use model::call::{Answer, Call};
use model::era::Token;
use model::id::{CallId, ControllerId, HostId, PersonId, RenewalId, RoomId, VmId, VolumeId};
use model::step::{Outcome, StepKey};
use model::time::{LogTime, Monotonic, WallTime};
use model::units::Span;
use state_machine::{Applied, Command, Entry, State, apply};
pub use trouble::Trouble;

/// A VM as its host has it.
#[derive(Clone, Debug)]
pub struct Guest {
    pub running: bool,
    pub booted_at: u64,
    pub token: Option<Token>,
    pub key: Option<StepKey>,
    pub stopped_on_purpose: bool,
}

/// A host as it is.
#[derive(Clone, Debug)]
pub struct Machine {
    pub on: bool,
    pub boot: u32,
    pub accepted: Token,
    pub vms: BTreeMap<VmId, Guest>,
    pub withholds_from: BTreeSet<HostId>,
    pub silent_agent: bool,
    pub set_number: u64,
    /// Which order armed its watchdog; none while it is not armed.
    pub armed_by: Option<Token>,
}

pub struct World {
    pub now: u64,
    pub state: State,
    pub index: u64,
    pub controllers: BTreeMap<RoomId, Controller>,
    pub leader: Option<RoomId>,
    /// To whom the leader wants to hand over; done at the next tick.
    pub hand_over: Option<RoomId>,
    pub dead_rooms: BTreeSet<RoomId>,
    pub dead_controllers: BTreeSet<RoomId>,
    pub cut: BTreeSet<(RoomId, RoomId)>,
    pub hosts: BTreeMap<HostId, Machine>,
    /// Rooms whose side of the storage layer is stopped.
    pub stopped_sides: BTreeSet<RoomId>,
    /// When the copies in room c last heard their volumes.
    pub copies_heard: u64,
    pub open_copies: BTreeSet<VolumeId>,
    pub broken_power: bool,
    /// Management controllers say "off" of hosts that go on.
    pub lying_power: bool,
    /// Management controllers answer once this is over.
    pub power_hangs: bool,
    pub refuse_cuts: bool,
    pub lost_answers: BTreeSet<VmId>,
    /// What goes wrong with single steps.
    pub trouble: Trouble,
    calls: VecDeque<(u64, RoomId, CallId, Call)>,
    pub log: Vec<(u64, Command, Applied)>,
    pub starts: BTreeMap<VmId, u32>,
    pub calls_made: Vec<Call>,
    /// Called on each applied command: kills the leader when it says so.
    pub kill_after: Option<usize>,
    pub boundaries: usize,
    pub renews_though_silent: bool,
    pub refusals: BTreeMap<HostId, String>,
    renewals: BTreeMap<RenewalId, HostId>,
    next_renewal: u64,
}

impl World {
    pub fn controller_id(room: &RoomId) -> ControllerId {
        ControllerId(match room.as_str() {
            "a" => 1,
            "b" => 2,
            _ => 3,
        })
    }

    pub fn elect(&mut self, room: &RoomId) {
        if let Some(old) = self.leader.replace(room.clone())
            && old != *room
            && self.is_up(&old)
        {
            self.step(&old, Input::LeadershipLost);
        }
        self.step(&room.clone(), Input::LeadershipGained);
    }

    pub fn is_up(&self, room: &RoomId) -> bool {
        !self.dead_rooms.contains(room) && !self.dead_controllers.contains(room)
    }

    pub fn reaches(&self, from: &RoomId, to: &RoomId) -> bool {
        from == to
            || !(self.cut.contains(&(from.clone(), to.clone()))
                || self.cut.contains(&(to.clone(), from.clone())))
    }

    /// A restarted controller in that room, with an empty memory.
    pub fn restart_controller(&mut self, room: &RoomId) {
        let config = Config { id: Self::controller_id(room), room: room.clone() };
        self.controllers.insert(room.clone(), Controller::new(config));
        self.dead_controllers.remove(room);
    }

    pub fn kill_room(&mut self, room: &str) {
        let room = RoomId::from(room);
        for (id, machine) in &mut self.hosts {
            if id.as_str().starts_with(room.as_str()) {
                machine.on = false;
                for guest in machine.vms.values_mut() {
                    guest.running = false;
                }
            }
        }
        self.dead_rooms.insert(room.clone());
        self.leader_is_gone_if(&room);
    }

    /// Nothing runs on it any more.
    pub fn power_fails(&mut self, host: &str) {
        let machine = self.hosts.get_mut(&HostId::from(host)).unwrap();
        machine.on = false;
        machine.vms.values_mut().for_each(|guest| guest.running = false);
    }

    pub fn kill_controller(&mut self, room: &RoomId) {
        self.dead_controllers.insert(room.clone());
        self.leader_is_gone_if(room);
    }

    fn leader_is_gone_if(&mut self, room: &RoomId) {
        if self.leader.as_ref() == Some(room) {
            self.leader = None;
        }
    }

    pub fn commit(&mut self, by: &RoomId, command: Command) -> Applied {
        self.commit_for(by, None, command)
    }

    /// On behalf of a person.
    pub fn commit_for(
        &mut self,
        by: &RoomId,
        person: Option<PersonId>,
        command: Command,
    ) -> Applied {
        let at = self.controllers[by].log_now(&self.state, Monotonic(self.now));
        let entry = Entry {
            era: self.state.era,
            at,
            wall: WallTime(0),
            by: Self::controller_id(by),
            person,
            command,
        };
        // The wire and the log are JSON: every command must survive it.
        let entry: Entry = serde_json::from_slice(&serde_json::to_vec(&entry).unwrap()).unwrap();
        self.index += 1;
        let applied = apply(&mut self.state, self.index, &entry);
        self.log.push((self.now, entry.command.clone(), applied.clone()));
        let input = Input::Applied {
            index: self.index,
            entry: Arc::new(entry),
            applied: Arc::new(applied.clone()),
        };
        if applied.rejected.is_none() {
            self.boundaries += 1;
        }
        let rooms: Vec<RoomId> = self.controllers.keys().cloned().collect();
        for room in rooms {
            // Killed in the instant between commit and effect.
            if self.kill_after == Some(self.boundaries) && self.leader.as_ref() == Some(&room) {
                self.kill_after = None;
                self.kill_controller(&room);
            }
            if self.is_up(&room) {
                self.step(&room, input.clone());
            }
        }
        applied
    }

    pub fn step(&mut self, room: &RoomId, input: Input) {
        let outputs =
            self.controllers.get_mut(room).unwrap().step(Monotonic(self.now), &self.state, input);
        for output in outputs {
            if !self.is_up(room) {
                return;
            }
            match output {
                Output::Propose(command) => self.propose(room, command),
                Output::Call { call, what, .. } => {
                    self.calls_made.push(what.clone());
                    self.calls.push_back((self.now + 50, room.clone(), call, what));
                }
                Output::QuorumRound { renewal } => {
                    let confirmed = self.leader.as_ref() == Some(room);
                    self.step(room, Input::QuorumRoundEnded { renewal, confirmed });
                }
                Output::HandOver { to } => {
                    self.hand_over = self.state.room_of(to).cloned();
                }
                Output::AnswerRenewal { renewal, answer } => {
                    let host = self.renewals.remove(&renewal).unwrap();
                    match answer {
                        Ok(grant) => {
                            let machine = self.hosts.get_mut(&host).unwrap();
                            machine.accepted = machine.accepted.max(grant.token);
                            machine.set_number = grant.set_number;
                            assert!(!grant.promise_set.contains(&host));
                        }
                        Err(why) => {
                            self.refusals.insert(host, why);
                        }
                    }
                }
            }
        }
    }

    fn propose(&mut self, room: &RoomId, command: Command) {
        let leader = self.leader.clone().filter(|l| self.is_up(l) && self.reaches(room, l));
        let majority = leader.as_ref().is_some_and(|leader| {
            let rooms = self.controllers.keys();
            rooms.filter(|r| self.is_up(r) && self.reaches(leader, r)).count() >= 2
        });
        match leader {
            Some(leader) if majority => {
                let again = self.trouble.repeats.then(|| command.clone());
                self.commit(&leader, command);
                // The leader may have died of it, or have handed over.
                if let Some(again) = again.filter(|_| self.leader.as_ref() == Some(&leader)) {
                    self.commit_again(&leader, again);
                }
            }
            _ => self.step(room, Input::ProposalFailed),
        }
    }

    pub fn run_for(&mut self, millis: u64) {
        let until = self.now + millis;
        while self.now < until {
            self.tick();
        }
    }

    /// Until this holds, at most so long; says whether it does.
    pub fn run_until(&mut self, at_most: u64, mut holds: impl FnMut(&Self) -> bool) -> bool {
        let until = self.now + at_most;
        while self.now < until {
            if holds(self) {
                return true;
            }
            self.tick();
        }
        holds(self)
    }

    fn tick(&mut self) {
        self.now += 50;
        if ["a", "b"].iter().any(|room| {
            let room = RoomId::from(*room);
            !self.stopped_sides.contains(&room) && !self.dead_rooms.contains(&room)
        }) {
            self.copies_heard = self.now;
        }
        if let Some(room) = self.hand_over.take().filter(|room| self.is_up(room)) {
            self.elect(&room);
        }
        if self.leader.is_none() {
            let next = self
                .controllers
                .keys()
                .find(|room| {
                    self.is_up(room)
                        && self
                            .controllers
                            .keys()
                            .filter(|other| self.is_up(other) && self.reaches(room, other))
                            .count()
                            >= 2
                })
                .cloned();
            if let Some(next) = next
                && self.now.is_multiple_of(1000)
            {
                self.elect(&next);
            }
        }
        while self.calls.front().is_some_and(|(at, ..)| *at <= self.now) {
            let (_, room, call, what) = self.calls.pop_front().unwrap();
            if self.power_hangs && matches!(what, Call::PowerOff { .. }) {
                self.calls.push_back((self.now + 50, room, call, what));
                continue;
            }
            let result = self.arrives(&room, &what);
            if self.is_up(&room) {
                self.step(&room, Input::CallEnded { call, result });
            }
        }
        self.late_copies_arrive();
        let rooms: Vec<RoomId> = self.controllers.keys().cloned().collect();
        for room in rooms {
            if !self.is_up(&room) {
                continue;
            }
            if self.now.is_multiple_of(500) {
                for observations in self.probe(&room) {
                    self.step(&room, Input::Probed(observations));
                }
            }
            if self.now.is_multiple_of(100) {
                self.step(&room, Input::Tick);
            }
        }
        if self.now.is_multiple_of(4000) {
            self.renew();
        }
        self.nothing_runs_twice();
    }

    /// Agents renew their leases at the leader, and accept the token of the grant.
    fn renew(&mut self) {
        let Some(leader) = self.leader.clone() else { return };
        let hosts: Vec<HostId> = self
            .hosts
            .iter()
            .filter(|(id, machine)| {
                self.answers(&leader, id) || (self.renews_though_silent && machine.on)
            })
            .map(|(id, _)| id.clone())
            .collect();
        for host in hosts {
            self.next_renewal += 1;
            let renewal = RenewalId(self.next_renewal);
            self.renewals.insert(renewal, host.clone());
            let machine = &self.hosts[&host];
            let input = Input::RenewalArrived {
                renewal,
                boot: format!("{host}-{}", machine.boot),
                armed: machine.armed_by.is_some(),
                watchdog: Span::from_secs(10),
                set_number: machine.set_number,
                sole_starter: true,
                host,
            };
            self.step(&leader, input);
        }
    }

    fn nothing_runs_twice(&self) {
        for vm in self.state.vms.keys() {
            let hosts: Vec<&HostId> = self
                .hosts
                .iter()
                .filter(|(_, machine)| {
                    machine.on && machine.vms.get(vm).is_some_and(|guest| guest.running)
                })
                .map(|(id, _)| id)
                .collect();
            assert!(hosts.len() < 2, "S1: {vm} runs on {hosts:?} at {}", self.now);
        }
    }

    pub fn running(&self) -> BTreeMap<VmId, HostId> {
        let mut running = BTreeMap::new();
        for (id, machine) in self.hosts.iter().filter(|(_, machine)| machine.on) {
            for (vm, guest) in &machine.vms {
                if guest.running {
                    running.insert(vm.clone(), id.clone());
                }
            }
        }
        running
    }

    pub fn commands(&self, name: &str) -> Vec<&Command> {
        self.log
            .iter()
            .filter(|(_, command, applied)| command.name() == name && applied.rejected.is_none())
            .map(|(_, command, _)| command)
            .collect()
    }

    pub fn log_time(&self) -> LogTime {
        self.state.log_time
    }

    /// What happened, for a failing test's message.
    pub fn story(&self) -> String {
        let mut story = String::new();
        for (at, command, applied) in &self.log {
            if !matches!(command, Command::Observed { .. } | Command::EstateLoaded { .. }) {
                let mut words = format!("{command:?}");
                words.truncate(300);
                story += &format!("{at:>7} {words} {:?}\n", applied.rejected);
            }
        }
        story
    }
}

pub type CallResult = Result<Answer, Outcome>;
