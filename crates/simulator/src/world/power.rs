//! Power: of rooms, and of hosts through their management controllers, which die with the room.

use model::era::{Epoch, Era, Token};
use model::id::{HostId, RoomId};

use super::World;
use crate::fact::Fact;

/// The token under which VMs run that ran before the controllers first looked.
const BEFORE_ALL: Token = Token { era: Era(0), epoch: Epoch(1) };

impl World {
    /// The day before the disaster: all hosts up, all VMs at home.
    pub(super) fn power_on_everything(&self) {
        let mut facts = Vec::new();
        {
            let mut stage = self.stage();
            for (id, machine) in &mut stage.machines {
                let now = machine.clock.at(self.now());
                machine.switched_on = true;
                facts.push(machine.come_up(now));
                let at_home = self.estate.vms.iter().filter(|(_, vm)| vm.home == *id);
                for (vm, _) in at_home {
                    facts.push(machine.start(vm, Some(BEFORE_ALL), None, now));
                }
                facts.extend(machine.boot_guests(now, true));
            }
        }
        self.note_all(&facts);
    }

    /// A host loses its power.
    pub(crate) fn power_off_host(&self, host: &HostId, why: &'static str) {
        let off = self.stage().machines.get_mut(host).is_some_and(|machine| machine.power_off());
        if off {
            self.note(&Fact::HostDown { host: host.clone(), why });
        }
    }

    /// A host gets its power back, unless its room has none.
    pub(crate) fn power_on_host(&self, host: &HostId) {
        let mut stage = self.stage();
        let room = self.estate.hosts.get(host).map(|host| host.room.clone());
        if !room.is_some_and(|room| stage.has_power(&room)) {
            return;
        }
        let now = self.now();
        if let Some(machine) = stage.machines.get_mut(host) {
            machine.power_on(machine.clock.at(now));
        }
    }

    /// A room loses its power: hosts, arrays, switch and management controllers. Its controller
    /// is the caller's business.
    pub(crate) fn room_dark(&self, room: &RoomId) {
        *self.stage().outages.entry(room.clone()).or_default() += 1;
        for (host, _) in self.estate.hosts_in(room) {
            self.power_off_host(host, "room without power");
        }
    }

    /// One reason for the darkness less; says whether the room has power now.
    pub(crate) fn room_lit(&self, room: &RoomId) -> bool {
        let lit = {
            let mut stage = self.stage();
            let outages = stage.outages.entry(room.clone()).or_default();
            *outages = outages.saturating_sub(1);
            *outages == 0
        };
        if lit {
            for (host, _) in self.estate.hosts_in(room) {
                self.power_on_host(host);
            }
        }
        lit
    }
}
