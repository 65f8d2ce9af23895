//! Things die, somebody leads, rooms tell of the silence.

use std::mem;

use model::id::HostId;
use model::observation::Status;
use state_machine::Command;

use super::Play;
use crate::rehearsal::file::Struck;
use crate::rehearsal::queue::Event;
use crate::rehearsal::sights;
use crate::rehearsal::stage::BEGINS_AT;

impl Play<'_> {
    pub(super) fn strikes(&mut self, what: &Struck) {
        self.tell(|| match what {
            Struck::Room(room) => format!("room {room} dies"),
            Struck::Host(host) => format!("host {host} dies"),
        });
        if self.now == BEGINS_AT {
            // The last answer came within the last period of the probes.
            let every = self.policy.watch.probe_every.as_millis();
            self.last_up = self.now - every.min(self.draw(|of| &of.told));
        }
        let hosts: Vec<HostId> = match what {
            Struck::Host(host) => vec![host.clone()],
            Struck::Room(room) => self.estate.hosts_in(room).map(|(id, _)| id.clone()).collect(),
        };
        self.dead_hosts.extend(hosts);
        self.vms_die();
        let silence = self.draw(|of| &of.silence);
        if let Struck::Room(room) = what {
            self.dead_rooms.insert(room.clone());
            let elects = self.draw(|of| &of.storage_elects);
            self.queue.at(self.now + elects, Event::Elected);
            if *room == self.leader_room {
                let election = self.draw(|of| &of.election);
                self.queue.at(self.now + election, Event::Leads);
                // Who leads anew hears everything anew.
                let heard =
                    election + silence.max(self.policy.watch.debounce_time().as_millis() + 1);
                self.queue.at(self.now + heard, Event::Silent(what.clone()));
                return;
            }
        }
        self.queue.at(self.now + silence, Event::Silent(what.clone()));
    }

    fn vms_die(&mut self) {
        let services = &self.stage.services;
        for (vm, record) in &self.state.vms {
            let dead =
                record.placed.as_ref().is_some_and(|(host, _)| self.dead_hosts.contains(host));
            if let Some(vm) = services.vm(vm).filter(|_| dead) {
                self.standing.vm_died(services, vm);
            }
        }
        for (lost, serves) in self.lost.iter_mut().zip(&self.standing.serves) {
            *lost |= !serves;
        }
    }

    pub(super) fn leads(&mut self) {
        let room = self.living_rooms().into_iter().next();
        let Some((room, next)) = room.and_then(|room| {
            let controller = self.estate.rooms.get(&room)?.controller;
            Some((room, controller))
        }) else {
            return;
        };
        self.leader = next;
        self.leader_room = room;
        self.anew = true;
        self.must_commit(Command::LeaderStarted { controller: next });
    }

    pub(super) fn silent(&mut self, what: &Struck) {
        self.untold -= 1;
        for room in self.living_rooms() {
            let mut observations = sights::without_vms(self.estate, &room);
            let dead = self.dead_rooms.iter().cloned().map(Struck::Room);
            for dead in dead.chain([what.clone()]) {
                let silent = sights::silent(self.estate, &room, &dead);
                observations.retain(|o| !silent.iter().any(|known| known.target == o.target));
                observations.extend(silent);
            }
            self.must_commit(Command::Observed { observations });
        }
        if mem::take(&mut self.anew) {
            self.living_vms_are_told();
        }
        let down: Vec<usize> = (0..self.lost.len())
            .filter(|at| self.lost[*at] && !self.standing.serves[*at])
            .collect();
        let told: Vec<_> = down
            .into_iter()
            .map(|at| &self.stage.services.ids[at])
            .filter(|id| self.estate.services.get(*id).is_some_and(|of| of.probe.is_some()))
            .map(|id| sights::service(&self.leader_room, id, Status::Down))
            .collect();
        if !told.is_empty() {
            self.must_commit(Command::Observed { observations: told });
        }
        self.look();
        // A smaller loss waits until a larger one would have shown.
        let watch = &self.policy.watch;
        let settles = 2 * watch.probe_every.as_millis() + watch.probe_timeout.as_millis();
        self.queue.at(self.now + settles + 1, Event::Look);
    }

    /// Who leads anew hears of every VM that runs.
    fn living_vms_are_told(&mut self) {
        let services = &self.stage.services;
        let placed = self.state.vms.iter().filter_map(|(vm, record)| {
            let up = services.vm(vm).is_some_and(|number| self.standing.vm_up[number]);
            let (host, _) = record.placed.as_ref().filter(|_| up)?;
            Some(sights::runs(&self.leader_room, vm, host))
        });
        let observations: Vec<_> = placed.collect();
        if !observations.is_empty() {
            self.must_commit(Command::Observed { observations });
        }
    }

    pub(super) fn elected(&mut self) {
        for dead in mem::take(&mut self.dead_rooms) {
            for room in self.estate.rooms.keys().filter(|room| **room != dead) {
                if self.dead_rooms.contains(room) {
                    continue;
                }
                let observations = sights::elected(self.estate, room, &dead);
                if !observations.is_empty() {
                    self.must_commit(Command::Observed { observations });
                }
            }
            self.dead_rooms.insert(dead);
        }
        self.sides_are_seen();
    }
}
