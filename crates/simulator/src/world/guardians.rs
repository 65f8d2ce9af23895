//! The guardian beside each controller, on its machine and by its clock: it promises hosts that no
//! controller runs there and none starts for a while. The rules are the `lease` crate's own.

use std::collections::BTreeMap;

use lease::guardian::{Guardian, Record};
use model::id::{ControllerId, HostId};
use model::policy::LeasePolicy;
use model::time::Monotonic;
use model::units::Span;

use super::{Asker, World};
use crate::clock::Clock;
use crate::fact::Fact;

/// A guardian, and what it promised, kept beside its own record to judge it by.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    guardian: Guardian,
    promised: Option<Monotonic>,
}

/// One for each controller.
pub(super) fn all(
    clocks: &BTreeMap<ControllerId, Clock>,
    policy: LeasePolicy,
) -> BTreeMap<ControllerId, Post> {
    let post = |clock: &Clock| {
        let now = clock.at(std::time::Duration::ZERO);
        Post { guardian: Guardian::restore(Record::default(), policy.promise, now), promised: None }
    };
    clocks.iter().map(|(controller, clock)| (*controller, post(clock))).collect()
}

impl World {
    /// A host asks a guardian; no answer while its room has no power.
    pub(crate) fn guardian_promises(
        &self,
        by: ControllerId,
        to: &HostId,
        lasts: Span,
    ) -> Option<Option<Span>> {
        let (now, own) = (self.now(), self.clock(by).at(self.now()));
        let room = self.room_of(by)?;
        let mut stage = self.stage();
        if !stage.has_power(room) {
            return None;
        }
        let post = stage.guardians.get_mut(&by)?;
        let answer = post.guardian.ask(lasts, own).ok();
        if let Some(lasts) = answer {
            post.promised = post.promised.max(Some(own.after(lasts)));
            stage.record.take(now, &Fact::GuardianPromised { by, to: to.clone() });
        }
        Some(answer)
    }

    /// A guardian's promise reaches its asker.
    pub(crate) fn guarded(&self, asker: &Asker, by: ControllerId, lasts: Span) {
        let mut stage = self.stage();
        let Some(machine) = stage.machines.get_mut(&asker.host) else { return };
        if machine.boot() != asker.boot {
            return;
        }
        if let Some(agent) = &mut machine.agent {
            let sent_at = asker.sent_at;
            agent.holder.step(lease::holder::Input::GuardianPromised { by, sent_at, lasts });
        }
    }

    /// A controller takes its place: from now on its guardian promises nothing. None if it may
    /// start at once; else how long it has to wait for what was promised before.
    pub(crate) fn take_place(&self, controller: ControllerId) -> Option<Span> {
        let own = self.clock(controller).at(self.now());
        let mut stage = self.stage();
        let post = stage.guardians.get_mut(&controller)?;
        post.guardian.a_controller_runs();
        post.guardian.controller_may_start(own).err().map(|held| held.ends_in)
    }

    /// No process of a controller exists here any more: its guardian has seen that.
    pub(crate) fn leave_place(&self, controller: ControllerId) {
        if let Some(post) = self.stage().guardians.get_mut(&controller) {
            post.guardian.no_controller_runs();
        }
    }

    /// The machine of a controller boots, and its guardian with it, on what its disk kept.
    pub(super) fn reboot_guardian(&self, controller: ControllerId) {
        let own = self.clock(controller).at(self.now());
        let longest = self.policy.lease.promise;
        if let Some(post) = self.stage().guardians.get_mut(&controller) {
            let record = post.guardian.record().clone();
            post.guardian = Guardian::restore(record, longest, own);
            post.guardian.no_controller_runs();
        }
    }

    /// Takes note of a controller that starts although its guardian's promise still lasts.
    pub(crate) fn judge_start(&self, controller: ControllerId) {
        let own = self.clock(controller).at(self.now());
        let promised = self.stage().guardians.get(&controller).and_then(|post| post.promised);
        if let Some(until) = promised.filter(|until| own < *until) {
            let left = until.since(own);
            self.note(&Fact::GuardianBroken { node: controller, left });
        }
    }
}
