//! What the world does about a call.

use model::call::{Answer, Call};
use model::era::Token;
use model::id::{HostId, RoomId, VmId};
use model::step::{Outcome, StepKey};
use model::units::Span;

use super::{CallResult, Guest, World};

fn unknown(reason: &str) -> Outcome {
    Outcome::Unknown { reason: reason.to_owned() }
}

impl World {
    pub fn room_of(host: &HostId) -> RoomId {
        RoomId::from(&host.as_str()[..1])
    }

    pub fn answers(&self, from: &RoomId, host: &HostId) -> bool {
        let machine = &self.hosts[host];
        machine.on && !machine.silent_agent && self.reaches(from, &Self::room_of(host))
    }

    pub fn carry_out(&mut self, from: &RoomId, call: &Call) -> CallResult {
        match call {
            Call::StartVmFromCopy { host, vm, definition, token, order, .. } => {
                self.open_copies.extend(definition.volumes.clone());
                self.start_vm(from, host, vm, *token, &order.key)
            }
            Call::StartVm { host, vm, token, order, .. } => {
                self.start_vm(from, host, vm, *token, &order.key)
            }
            Call::StopVm { host, vm, token } => {
                if !self.answers(from, host) {
                    return Err(unknown("no answer"));
                }
                let machine = self.hosts.get_mut(host).unwrap();
                machine.accepted = machine.accepted.max(*token);
                if let Some(guest) = machine.vms.get_mut(vm) {
                    guest.running = false;
                }
                Ok(Answer::Accepted)
            }
            Call::PowerOff { host } => {
                let room = Self::room_of(host);
                if self.broken_power
                    || self.dead_rooms.contains(&room)
                    || !self.reaches(from, &room)
                {
                    return Err(unknown("the management controller does not answer"));
                }
                let machine = self.hosts.get_mut(host).unwrap();
                if !self.lying_power {
                    machine.on = false;
                    machine.vms.values_mut().for_each(|guest| guest.running = false);
                }
                Ok(Answer::PoweredOff {
                    reads: 2,
                    apart: Span::from_millis(500),
                    says: "Off".to_owned(),
                })
            }
            Call::CutStorage { arrays, close_at, .. } => {
                let dead = |array: &str| {
                    let room = RoomId::from(array.trim_start_matches("array-"));
                    self.dead_rooms.contains(&room) || !self.reaches(from, &room)
                };
                if self.refuse_cuts || arrays.iter().any(|array| dead(array.as_str())) {
                    return Err(unknown("an array does not answer"));
                }
                Ok(Answer::StorageCut { unmapped_on: arrays.clone(), closed_at: close_at.clone() })
            }
            Call::Withhold { by, host, .. } => {
                if !self.answers(from, by) {
                    return Err(unknown("no answer"));
                }
                self.hosts.get_mut(by).unwrap().withholds_from.insert(host.clone());
                Ok(Answer::Withholds { promise_ends_in: Span::ZERO })
            }
            Call::Admit { host, token, .. } => {
                if !self.answers(from, host) {
                    return Err(unknown("no answer"));
                }
                let machine = self.hosts.get_mut(host).unwrap();
                machine.accepted = *token;
                // An agent that seals stops what it holds of older tokens.
                machine.vms.values_mut().for_each(|guest| guest.running = false);
                Ok(Answer::Admitted { boot: format!("{host}-{}", machine.boot) })
            }
        }
    }

    fn start_vm(
        &mut self,
        from: &RoomId,
        host: &HostId,
        vm: &VmId,
        token: Token,
        key: &StepKey,
    ) -> CallResult {
        if !self.answers(from, host) {
            return Err(unknown("no answer"));
        }
        let now = self.now;
        let machine = self.hosts.get_mut(host).unwrap();
        if token < machine.accepted {
            return Err(Outcome::Refused { reason: "an older token".to_owned() });
        }
        machine.accepted = token;
        let guest = machine.vms.entry(vm.clone()).or_insert(Guest {
            running: false,
            booted_at: 0,
            token: None,
            key: None,
            stopped_on_purpose: false,
        });
        if !guest.running {
            *guest = Guest {
                running: true,
                booted_at: now + 2000,
                token: Some(token),
                key: None,
                stopped_on_purpose: false,
            };
            *self.starts.entry(vm.clone()).or_default() += 1;
        }
        guest.key = Some(key.clone());
        if self.lost_answers.remove(vm) {
            return Err(unknown("the answer was lost"));
        }
        Ok(Answer::Accepted)
    }
}
