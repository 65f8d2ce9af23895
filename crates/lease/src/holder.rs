//! The holder of a host's lease.
//!
//! The watchdog is fed only while the lease lasts, or while promises of **all** the hosts that
//! could take this host's VMs last, or while promises of **all** guardians last (see
//! [`crate::guardian`]). A host that is not armed is never stopped by any of this.

use std::collections::{BTreeMap, BTreeSet};

use model::era::Token;
use model::id::{ControllerId, HostId, VmId};
use model::policy::LeasePolicy;
use model::time::Monotonic;
use model::units::Span;
use serde::{Deserialize, Serialize};

use crate::guardian::GuardianSet;

/// The hosts whose agents could take this host's VMs, as named by a grant.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PromiseSet {
    /// Its number: a renewal confirms the set by naming it. It orders nothing.
    pub number: u64,
    /// Who must promise when no lease can be had. Empty is a no.
    pub of: BTreeSet<HostId>,
    /// Those of them that are fenced: not asked.
    pub fenced: BTreeSet<HostId>,
    /// The guardians who can promise instead.
    #[serde(default)]
    pub guardians: GuardianSet,
}

impl PromiseSet {
    /// Who is asked.
    pub fn asked(&self) -> impl Iterator<Item = &HostId> {
        self.of.difference(&self.fenced)
    }
}

/// A promise in hand.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Held {
    /// By this host's own clock, counted from asking.
    pub until: Monotonic,
    /// Which list of VMs it covers.
    pub vms_number: u64,
}

/// The state of a holder.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Holder {
    policy: LeasePolicyKey,
    armed: bool,
    lease_until: Option<Monotonic>,
    granted_at: Option<Monotonic>,
    set: PromiseSet,
    token: Token,
    vms: BTreeSet<VmId>,
    vms_number: u64,
    promises: BTreeMap<HostId, Held>,
    /// Promises of guardians: until when, by this host's own clock.
    guarded: BTreeMap<ControllerId, Monotonic>,
    next_renewal: Monotonic,
    next_ask: Monotonic,
    next_feed: Monotonic,
    feeding: bool,
}

/// The policy's figures, hashable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct LeasePolicyKey {
    lease: Span,
    watchdog: Span,
    drift_ppm: u32,
    promise: Span,
    renew_every: Span,
}

/// What happens to a holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Time passes.
    Tick {
        /// This host's clock.
        now: Monotonic,
    },
    /// A renewal was granted.
    Granted {
        /// When that renewal was **sent**: the lease counts from here.
        sent_at: Monotonic,
        /// L, as granted.
        lease: Span,
        /// The set to ask when no lease can be had.
        set: PromiseSet,
        /// The current token.
        token: Token,
    },
    /// A renewal was refused, or not answered. The lease in hand lasts until its end.
    NotGranted,
    /// Another agent promised.
    Promised {
        /// Which.
        by: HostId,
        /// When it was **asked**: the promise counts from here.
        sent_at: Monotonic,
        /// For how long.
        lasts: Span,
        /// The list of VMs that was sent with the question.
        vms_number: u64,
    },
    /// A guardian promised.
    GuardianPromised {
        /// The guardian of which controller.
        by: ControllerId,
        /// When it was **asked**: the promise counts from here.
        sent_at: Monotonic,
        /// For how long.
        lasts: Span,
    },
    /// The VMs that run, start or were accepted on this host.
    Vms {
        /// All of them.
        vms: BTreeSet<VmId>,
    },
    /// The watchdog was armed.
    Armed,
    /// The watchdog was disarmed.
    Disarmed,
}

/// What a holder wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Renew at any controller.
    SendRenewal {
        /// The set that this confirms.
        set_number: u64,
    },
    /// Ask these agents not to start these VMs.
    AskPromises {
        /// Whom.
        of: BTreeSet<HostId>,
        /// For which VMs.
        vms: BTreeSet<VmId>,
        /// The number of that list, to be handed back with each promise.
        vms_number: u64,
        /// For how long.
        lasts: Span,
    },
    /// Ask the guardians of these controllers that none of them starts.
    AskGuardians {
        /// Whose guardians.
        of: BTreeSet<ControllerId>,
        /// For how long.
        lasts: Span,
    },
    /// Feed the watchdog.
    Feed,
    /// Neither lease nor promises last: the watchdog is fed no more. Said once.
    StopFeeding,
}

impl Holder {
    /// A holder with nothing in hand.
    pub fn new(policy: LeasePolicy, armed: bool, now: Monotonic) -> Self {
        Self {
            policy: LeasePolicyKey {
                lease: policy.lease,
                watchdog: policy.watchdog,
                drift_ppm: policy.drift_ppm,
                promise: policy.promise,
                renew_every: policy.renew_every,
            },
            armed,
            lease_until: None,
            granted_at: None,
            set: PromiseSet::default(),
            token: Token::default(),
            vms: BTreeSet::new(),
            vms_number: 0,
            promises: BTreeMap::new(),
            guarded: BTreeMap::new(),
            next_renewal: now,
            next_ask: now,
            next_feed: now,
            feeding: false,
        }
    }

    /// The set and token of the last grant, as known before a restart of the agent: with them the
    /// host can live on promises although it has no lease yet.
    #[must_use]
    pub fn with_last_grant(mut self, set: PromiseSet, token: Token) -> Self {
        self.set = set;
        self.token = token;
        self
    }

    /// Whether the watchdog is armed.
    pub fn is_armed(&self) -> bool {
        self.armed
    }

    /// Whether the lease lasts.
    pub fn has_lease(&self, now: Monotonic) -> bool {
        self.lease_until.is_some_and(|until| now < until)
    }

    /// Whether promises of all of the set last. An empty set is a no, and so is a set of which
    /// every member is fenced: then nobody has been asked and nobody has promised.
    pub fn has_all_promises(&self, now: Monotonic) -> bool {
        let mut asked = self.set.asked().peekable();
        asked.peek().is_some()
            && asked.all(|host| {
                self.promises
                    .get(host)
                    .is_some_and(|held| now < held.until && held.vms_number == self.vms_number)
            })
    }

    /// Whether promises of all guardians last. An empty set is a no.
    pub fn has_all_guardians(&self, now: Monotonic) -> bool {
        let all = &self.set.guardians.of;
        let promised = |by| self.guarded.get(by).is_some_and(|until| now < *until);
        !all.is_empty() && all.iter().all(promised)
    }

    /// Whether the watchdog may be fed.
    pub fn may_feed(&self, now: Monotonic) -> bool {
        self.has_lease(now) || self.has_all_promises(now) || self.has_all_guardians(now)
    }

    /// The set in force: the one of the last grant.
    pub fn set(&self) -> &PromiseSet {
        &self.set
    }

    /// The VMs that promises must cover.
    pub fn vms(&self) -> &BTreeSet<VmId> {
        &self.vms
    }

    /// The token of the last grant.
    pub fn token(&self) -> Token {
        self.token
    }

    /// What happens, and what is to be done about it.
    pub fn step(&mut self, input: Input) -> Vec<Output> {
        match input {
            Input::Tick { now } => return self.tick(now),
            Input::Granted { sent_at, lease, set, token } => {
                self.granted(sent_at, lease, set, token);
            }
            Input::NotGranted => {}
            Input::Promised { by, sent_at, lasts, vms_number } => {
                self.promised(by, sent_at, lasts, vms_number);
            }
            Input::GuardianPromised { by, sent_at, lasts } => {
                self.guardian_promised(by, sent_at, lasts);
            }
            Input::Vms { vms } => {
                // A promise covers the VMs that were named in the question. With one VM more it
                // covers too little; with one less it covers more than is needed, and the next
                // question names fewer: who meanwhile runs that VM could not promise otherwise.
                if !vms.is_subset(&self.vms) {
                    self.vms_number += 1;
                    self.next_ask = Monotonic::default();
                }
                self.vms = vms;
            }
            Input::Armed => self.armed = true,
            Input::Disarmed => {
                self.armed = false;
                self.feeding = false;
            }
        }
        Vec::new()
    }

    fn granted(&mut self, sent_at: Monotonic, lease: Span, set: PromiseSet, token: Token) {
        // Answers can overtake each other: what an older state of the controllers says of the
        // set, or of who is fenced, must not undo what a newer one said. The number of a set
        // names it and orders nothing: the token does, and among equal ones the sending.
        let latest = self.granted_at.is_none_or(|at| sent_at >= at);
        let newer = token > self.token || (token == self.token && latest);
        let until = sent_at.after(lease);
        if self.lease_until.is_none_or(|known| known < until) {
            self.lease_until = Some(until);
            self.granted_at = Some(sent_at);
        }
        if newer {
            self.set = set;
            self.token = token;
            let members = &self.set.of;
            self.promises.retain(|host, _| members.contains(host));
            let guardians = &self.set.guardians.of;
            self.guarded.retain(|by, _| guardians.contains(by));
        }
    }

    fn promised(&mut self, by: HostId, sent_at: Monotonic, lasts: Span, vms_number: u64) {
        if !self.set.of.contains(&by) || vms_number != self.vms_number {
            return;
        }
        // The giver's clock may run faster than ours: count a little less than it promised.
        let until = sent_at.after(discounted(lasts, self.policy.drift_ppm));
        let held = self.promises.entry(by).or_insert(Held { until, vms_number });
        if held.vms_number != vms_number || held.until < until {
            *held = Held { until, vms_number };
        }
    }

    fn guardian_promised(&mut self, by: ControllerId, sent_at: Monotonic, lasts: Span) {
        if !self.set.guardians.of.contains(&by) {
            return;
        }
        let until = sent_at.after(discounted(lasts, self.policy.drift_ppm));
        let held = self.guarded.entry(by).or_insert(until);
        *held = (*held).max(until);
    }

    fn tick(&mut self, now: Monotonic) -> Vec<Output> {
        let mut outputs = Vec::new();
        if now >= self.next_renewal {
            self.next_renewal = now.after(self.policy.renew_every);
            outputs.push(Output::SendRenewal { set_number: self.set.number });
        }
        if !self.armed {
            return outputs;
        }
        if self.lease_is_late(now) && now >= self.next_ask {
            self.next_ask = now.after(self.ask_every());
            outputs.extend(self.questions());
        }
        if self.may_feed(now) {
            if now >= self.next_feed || !self.feeding {
                self.next_feed = now.after(Span::from_millis(self.policy.watchdog.as_millis() / 4));
                outputs.push(Output::Feed);
            }
            self.feeding = true;
        } else if self.feeding {
            self.feeding = false;
            outputs.push(Output::StopFeeding);
        }
        outputs
    }

    /// Hosts and guardians are asked side by side: nobody knows yet which of them are left.
    fn questions(&self) -> Vec<Output> {
        let lasts = self.policy.promise;
        let hosts: BTreeSet<HostId> = self.set.asked().cloned().collect();
        let guardians = self.set.guardians.of.clone();
        let mut questions = Vec::new();
        if !hosts.is_empty() {
            questions.push(Output::AskPromises {
                of: hosts,
                vms: self.vms.clone(),
                vms_number: self.vms_number,
                lasts,
            });
        }
        if !guardians.is_empty() {
            questions.push(Output::AskGuardians { of: guardians, lasts });
        }
        questions
    }

    /// Promises are asked for well before the lease ends: once two renewals have brought nothing,
    /// or half of the lease is gone, or there is none (the agent has just restarted).
    fn lease_is_late(&self, now: Monotonic) -> bool {
        let half = Span::from_millis(self.policy.lease.as_millis() / 2);
        let patience = self.policy.renew_every.saturating_mul(2).min(half);
        self.granted_at.is_none_or(|at| now.since(at) >= patience)
    }

    fn ask_every(&self) -> Span {
        let millis =
            self.policy.renew_every.as_millis().min(self.policy.promise.as_millis() / 4).max(1);
        Span::from_millis(millis)
    }
}

fn discounted(span: Span, drift_ppm: u32) -> Span {
    let drift = (u128::from(span.as_millis()) * u128::from(drift_ppm)).div_ceil(1_000_000);
    span.saturating_sub(Span::from_millis(u64::try_from(drift).unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests;
