//! What this room tells the others: changes of what it believes, in batches, until they are
//! committed; and everything again once a new leader has started, because a verdict needs word
//! from after that.

use std::collections::{BTreeMap, BTreeSet};

use model::id::{HostId, RoomId, VmId};
use model::observation::{Detail, Observation, Status, Target};
use model::policy::WatchPolicy;
use model::time::{LogTime, Monotonic};
use model::units::Span;
use state_machine::{Command, State};

use crate::copy_points::CopyPoints;
use crate::debounce::Debounce;

/// A batch that nobody answers is sent again after so long.
const UNHEARD: Span = Span::from_secs(3);
const AFTER_FAILURE: Span = Span::from_millis(300);
/// A proposal must stay well below what one message between controllers may carry.
const BATCH: usize = 500;

/// What this room has to tell.
#[derive(Debug)]
pub(crate) struct Watching {
    room: RoomId,
    debounce: Debounce,
    /// The boot that each host's agent told last.
    boots: BTreeMap<HostId, String>,
    /// Targets whose belief may differ from what is committed.
    to_tell: BTreeSet<Target>,
    /// VMs to be told again together with their host, because its seal has risen.
    to_seal: BTreeSet<(HostId, VmId)>,
    not_before: Monotonic,
    copies: CopyPoints,
}

/// When what a room says counts under this leader: its start, plus a whole debounce.
pub(crate) fn fresh_from(state: &State) -> LogTime {
    let window = watch_policy(state).debounce_time();
    state.leader.as_ref().map(|leader| leader.at.after(window)).unwrap_or_default()
}

/// After how long a host that has just stopped is believed to be silent.
pub(crate) fn silence_takes(state: &State) -> Span {
    let watch = watch_policy(state);
    watch.debounce_time().saturating_add(watch.probe_timeout)
}

fn watch_policy(state: &State) -> WatchPolicy {
    state.policy.as_ref().map(|policy| policy.value.watch).unwrap_or_default()
}

impl Watching {
    pub(crate) fn new(room: RoomId) -> Self {
        Self {
            room,
            debounce: Debounce::default(),
            boots: BTreeMap::new(),
            to_tell: BTreeSet::new(),
            to_seal: BTreeSet::new(),
            not_before: Monotonic::default(),
            copies: CopyPoints::default(),
        }
    }

    /// Raw results of this room's probes.
    pub(crate) fn probed(
        &mut self,
        state: &State,
        log_now: LogTime,
        mut observations: Vec<Observation>,
    ) {
        for observation in &mut observations {
            self.copies.stamp(observation, log_now);
        }
        let needed = watch_policy(state).debounce.max(1);
        let answered: Vec<(HostId, bool)> = observations
            .iter()
            .filter_map(|o| match (&o.target, &o.detail, o.status) {
                (Target::Host { host }, Detail::Host { boot, .. }, Status::Up) => {
                    Some((host.clone(), self.is_new_boot(host, boot)))
                }
                _ => None,
            })
            .collect();
        let mut named = BTreeSet::new();
        for observation in observations {
            if let Target::Vm { vm, host } = &observation.target {
                named.insert((host.clone(), vm.clone()));
            }
            self.take(state, observation, needed);
        }
        for (host, new_boot) in answered {
            if new_boot {
                self.forget_what_an_older_boot_ran(state, &host, &named, needed);
            }
            for target in self.debounce.reaffirm(&host) {
                self.to_tell.insert(target);
            }
        }
    }

    /// Whether this is the first answer of a boot that this process hears. What the log knows of
    /// the boot does not count: whoever told it may have died before telling what no longer runs.
    fn is_new_boot(&mut self, host: &HostId, boot: &str) -> bool {
        let known = self.boots.insert(host.clone(), boot.to_owned());
        known.is_none_or(|known| known != boot)
    }

    fn take(&mut self, state: &State, observation: Observation, needed: u32) {
        let target = observation.target.clone();
        if self.debounce.take(observation, needed) {
            if let Target::Host { host } = &target {
                self.seal_again(state, host);
            }
            self.to_tell.insert(target);
        }
    }

    /// The first answer of a boot, and the first that this process hears, names every VM that the
    /// agent knows: the others do not run there.
    fn forget_what_an_older_boot_ran(
        &mut self,
        state: &State,
        host: &HostId,
        named: &BTreeSet<(HostId, VmId)>,
        needed: u32,
    ) {
        let expected = state
            .vms
            .iter()
            // A proof that it does not run there any more leaves it placed there: somebody has to
            // say that it is down before it can be missed.
            .filter(|(_, vm)| {
                vm.might_run_on.contains_key(host)
                    || vm.placed.as_ref().is_some_and(|(placed, _)| placed == host)
            })
            .map(|(id, _)| id.clone());
        let told = self.debounce.vms_of(host).cloned();
        let gone: BTreeSet<VmId> = expected
            .chain(told)
            .filter(|vm| !named.contains(&(host.clone(), vm.clone())))
            .collect();
        for vm in gone {
            let absent = Observation {
                target: Target::Vm { vm, host: host.clone() },
                vantage: self.room.clone(),
                status: Status::Down,
                evidence: "the agent does not know it since its host's boot".to_owned(),
                detail: Detail::Vm {
                    token: None,
                    key: None,
                    stopped_on_purpose: false,
                    booted: false,
                },
            };
            self.take(state, absent, needed);
        }
    }

    /// The agent refuses more than before: what it says of its stopped VMs now seals more.
    fn seal_again(&mut self, state: &State, host: &HostId) {
        for vm in self.debounce.vms_of(host) {
            let target = Target::Vm { vm: vm.clone(), host: host.clone() };
            let stopped = self.debounce.believed(&target).is_some_and(|o| o.status == Status::Down);
            let matters = state.vms.get(vm).is_some_and(|vm| vm.might_run_on.contains_key(host));
            if stopped && matters {
                self.to_seal.insert((host.clone(), vm.clone()));
            }
        }
    }

    /// A leader has started: everything is believed anew, and told to it.
    pub(crate) fn leader_started(&mut self) {
        self.debounce.begin_again();
        self.to_tell.clear();
        self.to_seal.clear();
        self.not_before = Monotonic::default();
    }

    /// An estate was loaded. What it does not have is doubted until it is seen again, the rest is
    /// told again: the log may have forgotten it with a former estate.
    pub(crate) fn estate_loaded(&mut self, state: &State) {
        let Some(estate) = state.estate.as_ref().map(|pinned| &pinned.value) else { return };
        self.debounce.doubt(|target| !target.is_of(estate));
        self.to_tell.extend(self.debounce.believes().cloned());
        self.not_before = Monotonic::default();
        let answered: Vec<HostId> = self.boots.keys().cloned().collect();
        for host in &answered {
            self.seal_again(state, host);
        }
    }

    /// An entry with observations was applied. Batches can overtake each other on their way to the
    /// leader: where an older one of this room comes last, what it says is corrected.
    pub(crate) fn told(&mut self, observations: &[Observation]) {
        let ours = observations.iter().filter(|seen| seen.vantage == self.room);
        for seen in ours {
            self.not_before = Monotonic::default();
            let outdated = self.debounce.believed(&seen.target).is_some_and(|believed| {
                believed.status != seen.status || believed.detail != seen.detail
            });
            if outdated {
                self.to_tell.insert(seen.target.clone());
            }
        }
    }

    /// Some proposal was not committed.
    pub(crate) fn failed(&mut self, now: Monotonic) {
        self.not_before = self.not_before.min(now.after(AFTER_FAILURE));
    }

    /// The next batch, if there is something to tell.
    pub(crate) fn batch(
        &mut self,
        state: &State,
        now: Monotonic,
        log_now: LogTime,
    ) -> Option<Command> {
        if now < self.not_before || state.estate.is_none() || state.leader.is_none() {
            return None;
        }
        let fresh_from = fresh_from(state);
        if log_now < fresh_from || (self.to_tell.is_empty() && self.to_seal.is_empty()) {
            return None;
        }
        self.drop_what_is_known(state, fresh_from);
        let mut targets: BTreeSet<Target> = self.to_tell.iter().take(BATCH).cloned().collect();
        for (host, vm) in self.to_seal.iter().take(BATCH) {
            targets.insert(Target::Vm { vm: vm.clone(), host: host.clone() });
        }
        // What a host says of a stopped VM seals only in the same answer as the host's own word.
        let hosts: Vec<Target> = targets
            .iter()
            .filter_map(|target| match target {
                Target::Vm { host, .. } => Some(Target::Host { host: host.clone() }),
                _ => None,
            })
            .collect();
        targets.extend(hosts);
        let observations: Vec<Observation> =
            targets.iter().filter_map(|target| self.debounce.believed(target)).cloned().collect();
        if observations.is_empty() {
            return None;
        }
        self.not_before = now.after(UNHEARD);
        Some(Command::Observed { observations })
    }

    fn drop_what_is_known(&mut self, state: &State, fresh_from: LogTime) {
        let (debounce, room) = (&self.debounce, &self.room);
        self.to_tell.retain(|target| {
            let Some(believed) = debounce.believed(target) else { return false };
            let known = state.observations.get(target).and_then(|rooms| rooms.get(room));
            !known.is_some_and(|known| {
                known.heard_at >= fresh_from
                    && known.status == believed.status
                    && known.detail == believed.detail
            }) && state.estate.as_ref().is_some_and(|estate| target.is_of(&estate.value))
        });
        self.to_seal.retain(|(host, vm)| {
            let target = Target::Host { host: host.clone() };
            let Some(Detail::Host { accepted, sealed: true, .. }) =
                debounce.believed(&target).map(|o| &o.detail)
            else {
                return false;
            };
            // One seal above the placement is all that a start elsewhere asks for.
            let Some(vm) = state.vms.get(vm) else { return false };
            vm.might_run_on.get(host).is_some_and(|placed| {
                accepted > placed && vm.sealed.get(host).is_none_or(|sealed| sealed <= placed)
            })
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(status: Status) -> Observation {
        Observation {
            target: Target::Array { array: "array-a".into() },
            vantage: "a".into(),
            status,
            evidence: String::new(),
            detail: Detail::None,
        }
    }

    #[test]
    fn an_older_batch_that_is_committed_last_is_corrected() {
        let mut watching = Watching::new("a".into());
        for _ in 0..WatchPolicy::default().debounce {
            watching.probed(&State::default(), LogTime::default(), vec![seen(Status::Up)]);
        }
        watching.to_tell.clear();
        watching.told(&[seen(Status::Up)]);
        assert!(watching.to_tell.is_empty(), "it is as it is believed");
        watching.told(&[seen(Status::Down)]);
        assert_eq!(watching.to_tell.first(), Some(&seen(Status::Up).target));
    }
}
