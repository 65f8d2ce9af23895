//! Worlds to begin with: everything runs, somebody leads, an estate is loaded.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use controller::{Config, Controller};
use model::era::Token;
use model::estate::Estate;
use model::id::{HostId, RoomId};
use model::incident::IncidentClass;
use model::policy::{Autonomy, Policy};
use model::units::Span;
use state_machine::{Command, Member, Pinned, State};

use super::trouble::Trouble;
use super::{Guest, Machine, World, estate};

fn pinned<T>(value: T) -> Pinned<T> {
    Pinned { hash: "0".repeat(64), value }
}

pub(super) fn runbook(text: &str) -> Pinned<runbook::Runbook> {
    pinned(runbook::parse("runbook.yaml", text).expect("the shipped runbooks parse"))
}

impl World {
    /// Everything runs, room `leader` leads, the estate is loaded.
    pub fn new(leader: &str) -> Self {
        Self::with_policy(leader, Policy::default())
    }

    pub fn with_policy(leader: &str, policy: Policy) -> Self {
        Self::of(leader, policy, estate::clinic())
    }

    /// With copies in room c, which its policy for the last resort treats so.
    pub fn with_copies(leader: &str, autonomy: Autonomy, rpo: Span) -> Self {
        let mut policy = Policy::default();
        for class in [IncidentClass::StorageLayerLost, IncidentClass::ProductionLost] {
            policy.incidents.get_mut(&class).unwrap().autonomy = autonomy;
        }
        Self::of(leader, policy, estate::with_copies(rpo))
    }

    /// Rooms whose hosts could not take each other's VMs; with copies, room c's could take a's.
    pub fn each_room_alone(leader: &str, copies: bool) -> Self {
        Self::of(leader, Policy::default(), estate::each_room_alone(copies))
    }

    /// Copies of what runs in room a are sent to room c from now on.
    pub fn load_copies(&mut self) {
        let leader = self.leader.clone().unwrap();
        let estate = estate::each_room_alone(true);
        let command = Command::EstateLoaded {
            estate: Box::new(Pinned { hash: "1".repeat(64), value: estate }),
            policy: Box::new(self.state.policy.clone().unwrap()),
            runbooks: self.state.runbooks.values().cloned().collect(),
        };
        let applied = self.commit(&leader, command);
        assert_eq!(applied.rejected, None);
    }

    /// As many VMs as the whole clinic has.
    pub fn full_size(leader: &str) -> Self {
        Self::of(leader, Policy::default(), estate::full_size(450))
    }

    /// The same rooms with services that users can be seen to use, and copies in room c.
    pub fn with_users(leader: &str, policy: Policy) -> Self {
        Self::of(leader, policy, estate::with_users(Span::from_secs(30)))
    }

    fn of(leader: &str, policy: Policy, estate: Estate) -> Self {
        let mut hosts: BTreeMap<HostId, Machine> = estate
            .hosts
            .keys()
            .map(|id| {
                let machine = Machine {
                    on: true,
                    boot: 1,
                    accepted: Token::default(),
                    vms: BTreeMap::new(),
                    withholds_from: BTreeSet::new(),
                    silent_agent: false,
                    set_number: 0,
                    armed_by: Some(Token::default()),
                };
                (id.clone(), machine)
            })
            .collect();
        for (id, vm) in &estate.vms {
            let guest = Guest {
                running: true,
                booted_at: 0,
                token: None,
                key: None,
                stopped_on_purpose: false,
            };
            hosts.get_mut(&vm.home).unwrap().vms.insert(id.clone(), guest);
        }
        let controllers = estate.rooms.iter().map(|(room, definition)| {
            let config = Config { id: definition.controller, room: room.clone() };
            (room.clone(), Controller::new(config))
        });
        let mut world = Self {
            now: 1000,
            state: State::default(),
            index: 0,
            controllers: controllers.collect(),
            leader: None,
            hand_over: None,
            dead_rooms: BTreeSet::new(),
            dead_controllers: BTreeSet::new(),
            cut: BTreeSet::new(),
            hosts,
            stopped_sides: BTreeSet::new(),
            copies_heard: 0,
            open_copies: BTreeSet::new(),
            broken_power: false,
            lying_power: false,
            power_hangs: false,
            refuse_cuts: false,
            lost_answers: BTreeSet::new(),
            trouble: Trouble::default(),
            calls: VecDeque::new(),
            log: Vec::new(),
            starts: BTreeMap::new(),
            calls_made: Vec::new(),
            kill_after: None,
            boundaries: 0,
            renews_though_silent: false,
            refusals: BTreeMap::new(),
            renewals: BTreeMap::new(),
            next_renewal: 0,
        };
        let members = estate
            .rooms
            .iter()
            .map(|(room, r)| Member { controller: r.controller, room: room.clone() })
            .collect();
        let leader = RoomId::from(leader);
        world.commit(&leader, Command::ClusterFormed { members });
        world.elect(&leader);
        world.commit(
            &leader,
            Command::EstateLoaded {
                estate: Box::new(pinned(estate)),
                policy: Box::new(pinned(policy)),
                runbooks: vec![
                    runbook(include_str!("../../../../runbooks/room-loss.yaml")),
                    runbook(include_str!("../../../../runbooks/host-loss.yaml")),
                    runbook(include_str!("../../../../runbooks/vm-loss.yaml")),
                    runbook(include_str!("../../../../runbooks/last-resort-restart.yaml")),
                ],
            },
        );
        world.run_for(5000);
        world
    }
}
