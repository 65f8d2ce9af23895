//! What a room's probes see.

use model::id::{HostId, RoomId};
use model::observation::{CopyPoint, Detail, Observation, Status, Target};

use model::units::Span;

use super::World;

impl World {
    /// One batch per thing probed, as the probes of a controller report.
    pub fn probe(&self, from: &RoomId) -> Vec<Vec<Observation>> {
        let mut batches = Vec::new();
        let estate = &self.state.estate.as_ref().unwrap().value;
        let see = |target, status, detail| Observation {
            target,
            vantage: from.clone(),
            status,
            evidence: "probe".to_owned(),
            detail,
        };
        for room in self.controllers.keys().filter(|room| *room != from) {
            let up = self.is_up(room) && self.reaches(from, room);
            let target = Target::Controller { controller: Self::controller_id(room) };
            let status = if up { Status::Up } else { Status::Unknown };
            batches.push(vec![see(target, status, Detail::None)]);
        }
        for host in self.hosts.keys() {
            batches.push(self.probe_host(from, host));
            let room = Self::room_of(host);
            let reached = !self.dead_rooms.contains(&room) && self.reaches(from, &room);
            let status = match (reached && !self.broken_power, self.hosts[host].on) {
                (false, _) => Status::Unknown,
                (true, true) => Status::Up,
                (true, false) => Status::Down,
            };
            batches.push(vec![see(Target::Power { host: host.clone() }, status, Detail::None)]);
        }
        for (array, definition) in &estate.arrays {
            let room = &definition.room;
            let side = Target::StorageSide { layer: "svc".into(), room: room.clone() };
            let target = Target::Array { array: array.clone() };
            if self.dead_rooms.contains(room) || !self.reaches(from, room) {
                batches.push(vec![
                    see(target, Status::Unknown, Detail::None),
                    see(side, Status::Unknown, Detail::None),
                ]);
            } else {
                let serving = !self.stopped_sides.contains(room);
                let seen = !self.trouble.sides_unseen;
                let detail =
                    Detail::Storage { serving, in_sync: serving, elected: None, generation: 0 };
                let status = match (seen, serving) {
                    (false, _) => Status::Unknown,
                    (true, true) => Status::Up,
                    (true, false) => Status::Down,
                };
                batches
                    .push(vec![see(target, Status::Up, detail.clone()), see(side, status, detail)]);
            }
        }
        for (id, _) in estate.services.iter().filter(|(_, of)| of.probe.is_some()) {
            let serves = estate.vms.iter().filter(|(_, vm)| vm.service == *id).any(|(vm, _)| {
                self.hosts.values().any(|machine| {
                    let guest = machine.vms.get(vm).filter(|guest| guest.running && machine.on);
                    guest.is_some_and(|guest| self.now >= guest.booted_at)
                })
            });
            let well = serves && !self.trouble.sick.contains(id);
            let status = if well { Status::Up } else { Status::Down };
            let target = Target::Service { service: id.clone() };
            batches.push(vec![see(target, status, Detail::None)]);
        }
        for (volume, definition) in &estate.volumes {
            let Some(replica) = &definition.replica else { continue };
            let target = Target::Copy { volume: volume.clone() };
            if self.dead_rooms.contains(&replica.room) || !self.reaches(from, &replica.room) {
                batches.push(vec![see(target, Status::Unknown, Detail::None)]);
                continue;
            }
            let silent = Span::from_millis(self.now - self.copies_heard);
            let detail = Detail::Copy {
                in_contact: silent < Span::from_secs(1) && !self.open_copies.contains(volume),
                holds_until: CopyPoint::Ago(silent.saturating_add(replica.behind)),
            };
            batches.push(vec![see(target, Status::Up, detail)]);
        }
        for (link, definition) in &estate.links {
            if !definition.between.contains(from) {
                continue;
            }
            let other = definition.between.iter().find(|end| *end != from).unwrap();
            let light = self.reaches(from, other) && !self.dead_rooms.contains(other);
            let status = if light { Status::Up } else { Status::Down };
            let target = Target::Path { link: link.clone(), path: "p1".into() };
            batches.push(vec![see(target, status, Detail::None)]);
        }
        batches
    }

    fn probe_host(&self, from: &RoomId, host: &HostId) -> Vec<Observation> {
        let machine = &self.hosts[host];
        let target = Target::Host { host: host.clone() };
        let see = |target, status, detail| Observation {
            target,
            vantage: from.clone(),
            status,
            evidence: "agent".to_owned(),
            detail,
        };
        if !self.answers(from, host) {
            return vec![see(target, Status::Unknown, Detail::None)];
        }
        let detail = Detail::Host {
            boot: format!("{host}-{}", machine.boot),
            armed: machine.armed_by.is_some(),
            arming: machine.armed_by.unwrap_or_default(),
            accepted: machine.accepted,
            sealed: true,
        };
        let mut batch = vec![see(target, Status::Up, detail)];
        for (vm, guest) in &machine.vms {
            let target = Target::Vm { vm: vm.clone(), host: host.clone() };
            let status = if guest.running { Status::Up } else { Status::Down };
            let detail = Detail::Vm {
                token: guest.token,
                key: guest.key.clone(),
                stopped_on_purpose: guest.stopped_on_purpose,
                booted: guest.running && self.now >= guest.booted_at,
            };
            batch.push(see(target, status, detail));
        }
        // Who asks knows where the log places each VM: one that the agent never held is not there.
        let here =
            |of: &state_machine::VmRecord| of.placed.as_ref().is_some_and(|at| at.0 == *host);
        for (vm, _) in self.state.vms.iter().filter(|(_, of)| here(of)) {
            if !machine.vms.contains_key(vm) {
                let target = Target::Vm { vm: vm.clone(), host: host.clone() };
                let detail =
                    Detail::Vm { token: None, key: None, stopped_on_purpose: false, booted: false };
                batch.push(see(target, Status::Down, detail));
            }
        }
        batch
    }
}
