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
mod tests {
    use super::*;

    const AT: fn(u64) -> Monotonic = Monotonic;

    fn grant(sent_at: u64, number: u64, of: &[&str], fenced: &[&str]) -> Input {
        let hosts = |names: &[&str]| names.iter().map(|name| HostId::from(*name)).collect();
        Input::Granted {
            sent_at: AT(sent_at),
            lease: Span::from_secs(20),
            set: PromiseSet {
                number,
                of: hosts(of),
                fenced: hosts(fenced),
                ..PromiseSet::default()
            },
            token: Token::default(),
        }
    }

    fn promised(by: &str, sent_at: u64, vms_number: u64) -> Input {
        Input::Promised {
            by: by.into(),
            sent_at: AT(sent_at),
            lasts: Span::from_secs(20),
            vms_number,
        }
    }

    fn armed() -> Holder {
        Holder::new(LeasePolicy::default(), true, AT(0))
    }

    #[test]
    fn the_lease_counts_from_the_sending_of_the_renewal() {
        let mut holder = armed();
        holder.step(grant(1_000, 1, &["b1"], &[]));
        assert!(holder.may_feed(AT(20_999)));
        assert!(!holder.may_feed(AT(21_000)));
    }

    #[test]
    fn a_late_answer_to_an_old_renewal_never_shortens_the_lease() {
        let mut holder = armed();
        holder.step(grant(8_000, 1, &["b1"], &[]));
        holder.step(grant(1_000, 1, &["b1"], &[]));
        assert!(holder.may_feed(AT(27_999)));
    }

    #[test]
    fn one_missing_promise_obeys_the_lease() {
        let mut holder = armed();
        holder.step(grant(0, 1, &["b1", "b2"], &[]));
        holder.step(promised("b1", 15_000, 0));
        assert!(!holder.may_feed(AT(20_000)));
        holder.step(promised("b2", 15_000, 0));
        assert!(holder.may_feed(AT(20_000)));
        assert!(!holder.may_feed(AT(35_000)), "promises end too");
    }

    #[test]
    fn fenced_hosts_are_not_asked_and_an_empty_set_is_a_no() {
        let mut holder = armed();
        holder.step(grant(0, 1, &["b1", "b2"], &["b2"]));
        holder.step(promised("b1", 15_000, 0));
        assert!(holder.may_feed(AT(20_000)));
        let mut alone = armed();
        alone.step(grant(0, 1, &[], &[]));
        assert!(!alone.may_feed(AT(20_000)));
        let mut all_fenced = armed();
        all_fenced.step(grant(0, 1, &["b1"], &["b1"]));
        assert!(!all_fenced.may_feed(AT(20_000)));
    }

    #[test]
    fn a_vm_more_makes_the_promises_in_hand_too_small() {
        let mut holder = armed();
        holder.step(grant(0, 1, &["b1"], &[]));
        holder.step(promised("b1", 15_000, 0));
        holder.step(Input::Vms { vms: BTreeSet::from([VmId::from("v1")]) });
        assert!(!holder.may_feed(AT(20_000)));
        holder.step(promised("b1", 15_500, 1));
        assert!(holder.may_feed(AT(20_000)));
        holder.step(Input::Vms { vms: BTreeSet::new() });
        assert!(holder.may_feed(AT(20_000)), "one VM less is still covered");
        let outputs = holder.step(Input::Tick { now: AT(20_000) });
        assert!(
            outputs
                .iter()
                .any(|output| matches!(output, Output::AskPromises { vms, .. } if vms.is_empty())),
            "and is not asked about again: {outputs:?}"
        );
    }

    #[test]
    fn promises_are_asked_for_before_the_lease_ends() {
        let mut holder = armed();
        holder.step(Input::Tick { now: AT(0) });
        holder.step(grant(0, 3, &["b1", "b2"], &["b2"]));
        let asked = (1..20_000).step_by(100).find_map(|now| {
            holder.step(Input::Tick { now: AT(now) }).into_iter().find_map(|output| match output {
                Output::AskPromises { of, .. } => Some((now, of)),
                _ => None,
            })
        });
        assert_eq!(asked, Some((8_001, BTreeSet::from([HostId::from("b1")]))));
    }

    #[test]
    fn the_watchdog_is_fed_four_times_per_timeout_and_stopping_is_said_once() {
        let mut holder = armed();
        holder.step(grant(0, 1, &["b1"], &[]));
        let (mut feeds, mut stops) = (Vec::new(), Vec::new());
        for now in (0..30_000).step_by(100) {
            for output in holder.step(Input::Tick { now: AT(now) }) {
                match output {
                    Output::Feed => feeds.push(now),
                    Output::StopFeeding => stops.push(now),
                    _ => {}
                }
            }
        }
        assert_eq!(feeds, [0, 2_500, 5_000, 7_500, 10_000, 12_500, 15_000, 17_500]);
        assert_eq!(stops, [20_000]);
    }

    #[test]
    fn an_unarmed_host_renews_but_asks_and_feeds_nothing() {
        let mut holder = Holder::new(LeasePolicy::default(), false, AT(0));
        holder.step(grant(0, 1, &["b1"], &[]));
        for now in (0..60_000).step_by(100) {
            for output in holder.step(Input::Tick { now: AT(now) }) {
                assert!(matches!(output, Output::SendRenewal { .. }), "{output:?}");
            }
        }
    }

    #[test]
    fn an_agent_that_restarts_without_any_controller_lives_on_promises() {
        let set = PromiseSet { number: 1, of: ["b1".into()].into(), ..PromiseSet::default() };
        let mut holder = armed().with_last_grant(set, Token::default());
        let outputs = holder.step(Input::Tick { now: AT(0) });
        assert!(outputs.iter().any(|output| matches!(output, Output::AskPromises { .. })));
        holder.step(promised("b1", 0, 0));
        assert_eq!(holder.step(Input::Tick { now: AT(1) }), [Output::Feed]);
    }

    fn guarded_by(controllers: &[u64]) -> PromiseSet {
        let guardians = GuardianSet::new(controllers.iter().copied().map(ControllerId));
        PromiseSet { number: 1, of: ["b1".into()].into(), guardians, ..PromiseSet::default() }
    }

    fn guardian(by: u64, sent_at: u64) -> Input {
        let lasts = Span::from_secs(20);
        Input::GuardianPromised { by: ControllerId(by), sent_at: AT(sent_at), lasts }
    }

    #[test]
    fn with_no_controller_left_a_host_lives_on_the_promises_of_all_guardians() {
        let mut holder = armed().with_last_grant(guarded_by(&[1, 2]), Token::default());
        let asked = holder.step(Input::Tick { now: AT(0) });
        let of = BTreeSet::from([ControllerId(1), ControllerId(2)]);
        assert!(asked.contains(&Output::AskGuardians { of, lasts: Span::from_secs(20) }));
        assert!(asked.iter().any(|output| matches!(output, Output::AskPromises { .. })));
        holder.step(guardian(1, 0));
        holder.step(guardian(7, 0));
        assert!(!holder.may_feed(AT(1)), "the second is silent, the seventh nobody asked");
        holder.step(guardian(2, 1_000));
        holder.step(Input::Vms { vms: BTreeSet::from([VmId::from("v1")]) });
        assert!(holder.may_feed(AT(19_979)), "whatever VMs it runs");
        assert!(!holder.may_feed(AT(19_980)), "the first promise ends, less the drift");
    }

    #[test]
    fn a_guardian_that_left_the_set_counts_no_more_and_one_that_joined_must_promise() {
        let mut holder = armed().with_last_grant(guarded_by(&[1]), Token::default());
        holder.step(guardian(1, 0));
        assert!(holder.may_feed(AT(1)));
        let set = PromiseSet { number: 2, ..guarded_by(&[1, 4]) };
        let (lease, token) = (Span::ZERO, Token::default());
        holder.step(Input::Granted { sent_at: AT(2), lease, set, token });
        assert!(!holder.may_feed(AT(3)));
        let mut none = armed().with_last_grant(guarded_by(&[]), Token::default());
        none.step(guardian(1, 0));
        assert!(!none.may_feed(AT(1)), "an empty set is a no");
    }

    #[test]
    fn a_newer_set_is_taken_whatever_its_number() {
        let mut holder = armed();
        holder.step(grant(0, 9, &["b1", "b2"], &["b2"]));
        holder.step(grant(4_000, 2, &["b1", "b2"], &[]));
        assert_eq!(holder.set().number, 2, "b2 was let in again and is asked");
        holder.step(grant(1_000, 9, &["b1", "b2"], &["b2"]));
        assert_eq!(holder.set().number, 2, "an answer that was overtaken");
        let set = PromiseSet { number: 1, of: ["b1".into()].into(), ..PromiseSet::default() };
        let raised = Token { epoch: model::era::Epoch(3), ..Token::default() };
        let lease = Span::from_secs(20);
        holder.step(Input::Granted { sent_at: AT(8_000), lease, set, token: raised });
        assert_eq!((holder.set().number, holder.token()), (1, raised));
        holder.step(grant(12_000, 9, &["b1", "b2"], &[]));
        assert_eq!(holder.set().number, 1, "an older token");
    }

    #[test]
    fn a_renewal_confirms_the_set_of_the_last_grant() {
        let mut holder = armed();
        holder.step(grant(0, 7, &["b1"], &[]));
        assert_eq!(
            holder.step(Input::Tick { now: AT(0) }).first(),
            Some(&Output::SendRenewal { set_number: 7 })
        );
    }
}
