//! Power: of rooms, and of hosts through their management controllers, which die with the room.

use std::collections::BTreeSet;
use std::time::Duration;

use consensus::simulation;
use contracts::error::DriverError;
use model::era::{Epoch, Era, Token};
use model::id::{HostId, RoomId, VmId};
use model::units::Span;

use super::World;
use crate::fact::Fact;

/// The token under which VMs run that ran before the controllers first looked.
const BEFORE_ALL: Token = Token { era: Era(0), epoch: Epoch(1) };

/// What is wrong with a host's management controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BmcMood {
    /// It answers nothing.
    Dead,
    /// It refuses to switch off.
    Refuses,
    /// It accepts, and switches off so much later.
    Late(Duration),
    /// It says "off" at once and switches off so much later: less than the time between the two
    /// readings that a proof needs.
    ClaimsOff(Duration),
    /// It says "off" and switches nothing off, however often it is asked.
    Lies,
}

impl World {
    /// An order to switch a host off, at its management controller; none is silence.
    pub(crate) fn bmc_power_off(&self, host: &HostId) -> Option<Result<(), DriverError>> {
        let mood = self.stage().bmc_moods.get(host).copied();
        let delay = match mood {
            None => {
                self.power_off_host(host, "ordered");
                return Some(Ok(()));
            }
            Some(BmcMood::Dead) => return None,
            Some(BmcMood::Refuses) => {
                let reason = "the management controller refuses to switch off".to_owned();
                return Some(Err(DriverError::Refused { reason }));
            }
            Some(BmcMood::Late(delay)) => delay,
            Some(BmcMood::Lies) => {
                self.stage().claimed_off.insert(host.clone());
                return Some(Ok(()));
            }
            Some(BmcMood::ClaimsOff(delay)) => {
                self.stage().claimed_off.insert(host.clone());
                delay
            }
        };
        let (world, host) = (self.clone(), host.clone());
        simulation::spawn(async move {
            tokio::time::sleep(delay).await;
            world.power_off_host(&host, "ordered");
            world.stage().claimed_off.remove(&host);
        });
        Some(Ok(()))
    }

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
                let at_home: BTreeSet<VmId> = at_home.map(|(vm, _)| vm.clone()).collect();
                for vm in &at_home {
                    facts.push(machine.start(vm, Some(BEFORE_ALL), None, now));
                }
                facts.extend(machine.boot_guests(now, &at_home));
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

    /// A host reboots by itself, and is up again after so long.
    pub(crate) fn reboot_host(&self, host: &HostId, within: Duration) {
        let now = self.now();
        let within = Span::from_millis(u64::try_from(within.as_millis()).unwrap_or(u64::MAX));
        let rebooted = {
            let mut stage = self.stage();
            let machine = stage.machines.get_mut(host).filter(|machine| machine.is_up());
            machine.map(|machine| machine.reboot(machine.clock.at(now), within)).is_some()
        };
        if rebooted {
            self.note(&Fact::HostDown { host: host.clone(), why: "reboots" });
        }
    }

    /// A host's clock goes on at another rate.
    pub(crate) fn set_clock_rate(&self, host: &HostId, rate_ppm: i64) {
        let now = self.now();
        if let Some(machine) = self.stage().machines.get_mut(host) {
            machine.clock = machine.clock.at_rate(rate_ppm, now);
        }
    }

    /// A host's agent is stopped; the boot in which it was.
    pub(crate) fn pause_agent(&self, host: &HostId) -> Option<String> {
        let mut stage = self.stage();
        let machine = stage.machines.get_mut(host).filter(|machine| machine.is_up())?;
        machine.pauses += 1;
        Some(machine.boot())
    }

    /// One reason less for that, if it is still the same boot.
    pub(crate) fn resume_agent(&self, host: &HostId, boot: &str) {
        if let Some(machine) = self.stage().machines.get_mut(host)
            && machine.boot() == boot
        {
            machine.pauses = machine.pauses.saturating_sub(1);
        }
    }

    /// A person pulls a host's plug: nothing switches it on while it is out.
    pub(crate) fn pull_plug(&self, host: &HostId) {
        self.stage().unplugged.insert(host.clone());
        self.power_off_host(host, "unplugged");
    }

    /// The plug is back, and the host on.
    pub(crate) fn put_plug_back(&self, host: &HostId) {
        self.stage().unplugged.remove(host);
        self.power_on_host(host);
    }

    /// A host gets its power back, unless its room has none or its plug is out.
    pub(crate) fn power_on_host(&self, host: &HostId) {
        let mut stage = self.stage();
        let room = self.estate.hosts.get(host).map(|host| host.room.clone());
        let plugged = !stage.unplugged.contains(host);
        if !(plugged && room.is_some_and(|room| stage.has_power(&room))) {
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
            if let Some(of) = self.estate.rooms.get(room) {
                self.reboot_guardian(of.controller);
            }
            for (host, _) in self.estate.hosts_in(room) {
                self.power_on_host(host);
            }
        }
        lit
    }
}
