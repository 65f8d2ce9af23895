//! Where a rehearsal begins: everything runs, the leader has heard of everything.

use std::collections::BTreeSet;

use model::era::Era;
use model::estate::Estate;
use model::id::{ControllerId, HostId, RoomId, VmId};
use model::policy::Policy;
use model::time::{LogTime, WallTime};
use state_machine::{Command, Entry, Member, Rejection, State, apply};

use super::file::{Rehearsal, Struck};
use super::services::Services;
use super::sights;
use crate::load::{Files, LoadError, Site};

/// The log's time as a rehearsal begins, in milliseconds: long enough after the leader's start that
/// its word counts.
pub(super) const BEGINS_AT: u64 = 600_000;

/// A prepared stage: the same for every run.
#[derive(Debug)]
pub struct Stage {
    pub(super) rehearsal: Rehearsal,
    pub(super) state: State,
    pub(super) index: u64,
    pub(super) leader: ControllerId,
    pub(super) services: Services,
}

/// Why a rehearsal can't be staged.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// Its files can't be used.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A room or host that the estate does not have.
    #[error("the estate has no {what}, which the rehearsal names")]
    NoSuch {
        /// What.
        what: String,
    },
    /// Not every VM fits into the room in which all are to run.
    #[error("{left} VMs, {first} among them, do not fit into room {room}, in which all are to run")]
    DoesNotFit {
        /// Which room.
        room: RoomId,
        /// How many.
        left: usize,
        /// One of them.
        first: VmId,
    },
    /// The state machine refuses what a rehearsal begins with.
    #[error("the state machine refuses `{command}`, with which a rehearsal begins: {rejection}")]
    Refused {
        /// Which command.
        command: &'static str,
        /// Why.
        rejection: Box<Rejection>,
    },
}

impl Stage {
    /// Reads the files and prepares the stage.
    pub fn prepare(rehearsal: Rehearsal) -> Result<Self, StageError> {
        let files = Files {
            estate: &rehearsal.estate,
            policy: &rehearsal.policy,
            runbooks: &rehearsal.runbooks,
        };
        let mut moved = Ok(());
        let site = Site::load(files, None, |estate| match &rehearsal.all_run_in {
            None => estate,
            Some(room) => all_in(estate.clone(), room).unwrap_or_else(|error| {
                moved = Err(error);
                estate
            }),
        })?;
        moved?;
        let estate = site.estate.as_ref();
        named(estate, &rehearsal)?;
        let leader = controller_in(estate, &rehearsal.leader_in)?;
        let mut stage = Self {
            state: State::default(),
            index: 0,
            leader,
            services: Services::of(estate),
            rehearsal,
        };
        stage.begin(&site)?;
        Ok(stage)
    }

    fn begin(&mut self, site: &Site) -> Result<(), StageError> {
        let estate = site.estate.as_ref();
        let members = estate.rooms.iter().map(|(room, definition)| Member {
            controller: definition.controller,
            room: room.clone(),
        });
        self.commit(0, Command::ClusterFormed { members: members.collect() })?;
        self.commit(0, Command::LeaderStarted { controller: self.leader })?;
        self.commit(0, site.load.clone())?;
        for room in estate.rooms.keys() {
            let observations = sights::all_is_well(estate, room);
            self.commit(BEGINS_AT - 1000, Command::Observed { observations })?;
        }
        Ok(())
    }

    fn commit(&mut self, at: u64, command: Command) -> Result<(), StageError> {
        self.index += 1;
        let name = command.name();
        let entry = entry(self.leader, at, command);
        match apply(&mut self.state, self.index, &entry).rejected {
            None => Ok(()),
            Some(rejection) => {
                Err(StageError::Refused { command: name, rejection: Box::new(rejection) })
            }
        }
    }

    /// The estate.
    pub fn estate(&self) -> Option<&Estate> {
        self.state.estate.as_ref().map(|pinned| &pinned.value)
    }

    /// The policy.
    pub fn policy(&self) -> Option<&Policy> {
        self.state.policy.as_ref().map(|pinned| &pinned.value)
    }

    /// What is rehearsed.
    pub fn rehearsal(&self) -> &Rehearsal {
        &self.rehearsal
    }
}

/// An entry as this leader stamps it.
pub(super) fn entry(by: ControllerId, at: u64, command: Command) -> Entry {
    Entry { era: Era::default(), at: LogTime(at), wall: WallTime(at), by, person: None, command }
}

pub(super) fn controller_in(estate: &Estate, room: &RoomId) -> Result<ControllerId, StageError> {
    let known = estate.rooms.get(room).map(|room| room.controller);
    known.ok_or_else(|| StageError::NoSuch { what: format!("room {room}") })
}

fn named(estate: &Estate, rehearsal: &Rehearsal) -> Result<(), StageError> {
    for strike in &rehearsal.strikes {
        let what = match strike.what() {
            Some(Struck::Room(room)) if !estate.rooms.contains_key(&room) => format!("room {room}"),
            Some(Struck::Host(host)) if !estate.hosts.contains_key(&host) => format!("host {host}"),
            _ => continue,
        };
        return Err(StageError::NoSuch { what });
    }
    Ok(())
}

/// The same estate with every VM at home in this room.
fn all_in(mut estate: Estate, room: &RoomId) -> Result<Estate, StageError> {
    if !estate.rooms.contains_key(room) {
        return Err(StageError::NoSuch { what: format!("room {room}") });
    }
    let hosts: BTreeSet<HostId> = estate.hosts_in(room).map(|(host, _)| host.clone()).collect();
    let placement = planning::capacity::all_on(&estate, &hosts);
    if let Some(first) = placement.shed.first() {
        let (room, left) = (room.clone(), placement.shed.len());
        return Err(StageError::DoesNotFit { room, left, first: first.vm.clone() });
    }
    for (vm, host) in placement.placed {
        if let Some(vm) = estate.vms.get_mut(&vm) {
            vm.home = host;
        }
    }
    Ok(estate)
}
