//! A view of a small clinic in which all is well, to be spoilt by each test.

#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used)]

mod estate;

use std::collections::{BTreeMap, BTreeSet};

use decision::{Decision, HostFacts, RunFacts, Sight, Sights, View, VmFacts, decide};
use model::estate::Estate;
use model::id::{HostId, IncidentId, RoomId, RunbookName, VmId, VolumeId};
use model::incident::{Cause, Incident};
use model::observation::{Detail, Status, Target};
use model::policy::Policy;
use model::time::LogTime;

/// What one room saw.
#[derive(Clone, Debug)]
struct Seen {
    status: Status,
    since: LogTime,
    heard_at: LogTime,
    detail: Detail,
}

#[derive(Default)]
struct Book(BTreeMap<Target, BTreeMap<RoomId, Seen>>);

impl Sights for Book {
    fn of(&self, target: &Target) -> Vec<Sight<'_>> {
        let rooms = self.0.get(target).into_iter().flatten();
        rooms
            .map(|(vantage, seen)| Sight {
                vantage,
                status: seen.status,
                since: seen.since,
                heard_at: seen.heard_at,
                last_up: Some(LogTime(40_000)),
                says: "probe",
                detail: &seen.detail,
            })
            .collect()
    }
}

/// A clinic at 100 s of log time; the leader in room b started long ago.
pub struct Clinic {
    pub estate: Estate,
    book: Book,
    pub placed: BTreeMap<VmId, HostId>,
    pub unwanted: BTreeSet<VmId>,
    pub hosts: BTreeMap<HostId, HostFacts>,
    pub maintenance: BTreeSet<RoomId>,
    pub open: Vec<Incident>,
    pub runs: BTreeMap<IncidentId, RunFacts>,
    pub fresh_from: LogTime,
    pub paused: bool,
    pub approved: BTreeSet<IncidentId>,
    pub shadowed: BTreeSet<IncidentId>,
    pub rooms_gone: BTreeSet<RoomId>,
    pub opened: BTreeSet<VolumeId>,
    pub ask_themselves: BTreeSet<RunbookName>,
    pub now: LogTime,
    pub policy: Policy,
}

impl Clinic {
    pub fn new() -> Self {
        let estate = estate::clinic();
        let admitted = HostFacts { admitted: true, ..HostFacts::default() };
        let mut clinic = Self {
            placed: estate.vms.iter().map(|(id, vm)| (id.clone(), vm.home.clone())).collect(),
            hosts: estate.hosts.keys().map(|id| (id.clone(), admitted)).collect(),
            estate,
            book: Book::default(),
            unwanted: BTreeSet::new(),
            maintenance: BTreeSet::new(),
            open: Vec::new(),
            runs: BTreeMap::new(),
            fresh_from: LogTime(5_000),
            paused: false,
            approved: BTreeSet::new(),
            shadowed: BTreeSet::new(),
            rooms_gone: BTreeSet::new(),
            opened: BTreeSet::new(),
            ask_themselves: BTreeSet::new(),
            now: LogTime(100_000),
            policy: Policy::default(),
        };
        let estate = clinic.estate.clone();
        for room in estate.rooms.values() {
            clinic.all_see(Target::Controller { controller: room.controller }, Status::Up);
        }
        for host in estate.hosts.keys() {
            clinic.all_see(Target::Host { host: host.clone() }, Status::Up);
            clinic.all_see(Target::Power { host: host.clone() }, Status::Up);
        }
        for (vm, host) in clinic.placed.clone() {
            clinic.all_see(Target::Vm { vm, host }, Status::Up);
        }
        for (array, definition) in &estate.arrays {
            clinic.all_see(Target::Array { array: array.clone() }, Status::Up);
            let room = definition.room.clone();
            clinic.all_see(Target::StorageSide { layer: "svc".into(), room }, Status::Up);
        }
        for (link, definition) in &estate.links {
            for end in &definition.between {
                let path = Target::Path { link: link.clone(), path: "p1".into() };
                clinic.sees(end.as_str(), path, Status::Up);
            }
        }
        clinic
    }

    pub fn sees(&mut self, room: &str, target: Target, status: Status) {
        self.sees_at(room, target, status, 50_000);
    }

    pub fn sees_at(&mut self, room: &str, target: Target, status: Status, at: u64) {
        let at = LogTime(at);
        let seen = Seen { status, since: at, heard_at: at, detail: Detail::None };
        self.book.0.entry(target).or_default().insert(room.into(), seen);
    }

    pub fn all_see(&mut self, target: Target, status: Status) {
        for room in ["a", "b", "c"] {
            self.sees(room, target.clone(), status);
        }
    }

    /// Everything in a room falls silent for the others.
    pub fn room_falls_silent(&mut self, silent: &str) {
        let others: Vec<&str> =
            ["a", "b", "c"].into_iter().filter(|room| *room != silent).collect();
        for target in self.targets_in(silent) {
            for room in &others {
                self.sees(room, target.clone(), Status::Unknown);
            }
        }
    }

    pub fn targets_in(&self, room: &str) -> Vec<Target> {
        let id = RoomId::from(room);
        let controller = self.estate.rooms[&id].controller;
        let mut targets = vec![Target::Controller { controller }];
        for (host, _) in self.estate.hosts_in(&id) {
            targets.push(Target::Host { host: host.clone() });
            targets.push(Target::Power { host: host.clone() });
        }
        for (array, definition) in &self.estate.arrays {
            if definition.room == id {
                targets.push(Target::Array { array: array.clone() });
                targets.push(Target::StorageSide { layer: "svc".into(), room: id.clone() });
            }
        }
        targets
    }

    pub fn decide(&self) -> Vec<Decision> {
        let leader_room = RoomId::from("b");
        let view = View {
            estate: &self.estate,
            sights: &self.book,
            vms: self
                .placed
                .iter()
                .map(|(id, placed)| VmFacts {
                    id,
                    placed,
                    wanted: !self.unwanted.contains(id),
                    in_a_run: false,
                })
                .collect(),
            hosts: self.hosts.iter().map(|(id, facts)| (id, *facts)).collect(),
            rooms_in_maintenance: self.maintenance.iter().collect(),
            open: self.open.iter().collect(),
            runs: self.runs.clone(),
            leader_room: &leader_room,
            fresh_from: self.fresh_from,
            voices: 2,
            paused: self.paused,
            approved: self.approved.clone(),
            shadowed: self.shadowed.clone(),
            left_to_platform: decision::left_to_the_platform(
                &self.estate,
                &self.policy,
                &self.open.iter().collect::<Vec<_>>(),
                self.now,
            ),
            rooms_gone: self.rooms_gone.iter().collect(),
            opened: self.opened.iter().collect(),
            ask_themselves: self.ask_themselves.iter().collect(),
        };
        decide(&view, &self.policy, self.now)
    }

    pub fn verdicts(&self) -> Vec<Cause> {
        self.decide()
            .into_iter()
            .filter_map(|decision| match decision {
                Decision::Open { cause, .. } => Some(cause),
                _ => None,
            })
            .collect()
    }
}
