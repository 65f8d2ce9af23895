//! The granter: the leading controller, in its memory alone.
//!
//! Renewals are not log entries. The leader grants one only after a quorum round that began when
//! the renewal had arrived, and remembers the end of that round. A new leader knows no renewal:
//! it counts as if every host had renewed at the moment when it applied its own first entry.

use std::collections::{BTreeMap, BTreeSet};

use model::id::{ControllerId, HostId};
use model::policy::LeasePolicy;
use model::time::Monotonic;
use model::units::Span;

use crate::holder::PromiseSet;

/// The state of a granter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Granter {
    policy: LeasePolicy,
    started_at: Monotonic,
    leader: Option<Leader>,
    /// Leases granted under an earlier policy may last as long as this wait covers.
    at_least: Span,
    hosts: BTreeMap<HostId, Holding>,
}

/// Which controller leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Leader {
    id: ControllerId,
    founding: bool,
}

/// What the granter remembers of one host.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Holding {
    last_renewal: Monotonic,
    sole_starter: bool,
    confirmed: Option<PromiseSet>,
    offered: Vec<PromiseSet>,
}

/// A renewal, once its quorum round has confirmed this leader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renewal {
    /// From which host.
    pub host: HostId,
    /// Its watchdog is armed.
    pub armed: bool,
    /// W, as read back from its device.
    pub watchdog: Span,
    /// The promise set that it confirms.
    pub set_number: u64,
    /// Nothing but Bascule starts managed VMs there.
    pub sole_starter: bool,
}

/// What the replicated state says of the host, once everything committed before the round is
/// applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is admitted and no fence is ordered.
    Admitted,
    /// A fence is ordered, proved or not.
    Fenced,
    /// It came back and is not admitted, or runs another boot than the admitted one.
    Quarantined,
    /// The estate does not have it.
    Stranger,
}

/// Why no lease is granted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A fence is ordered.
    #[error("a fence of {host} is ordered: no lease until it is admitted again")]
    Fenced {
        /// Which host.
        host: HostId,
    },
    /// It is in quarantine.
    #[error("{host} is in quarantine: no lease until it is admitted")]
    Quarantined {
        /// Which host.
        host: HostId,
    },
    /// Unknown host.
    #[error("the estate has no host {host}")]
    Stranger {
        /// Which host.
        host: HostId,
    },
    /// Its watchdog fires later than the wait counts on.
    #[error(
        "the watchdog of {host} fires after {found}, the policy counts on {counted}: set the \
         device to at most {counted}, or raise `lease.watchdog`"
    )]
    WatchdogTooLong {
        /// Which host.
        host: HostId,
        /// As read back.
        found: Span,
        /// As in the policy.
        counted: Span,
    },
}

/// An agent's withholding, as this leader knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Withheld {
    /// When this leader applied the entry, by its own clock; its own start for an entry that it
    /// applied before it led.
    pub seen_at: Monotonic,
    /// How long the agent's last promise to the host still lasted when it answered.
    pub promise_ends_in: Span,
}

/// The lease rung proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// How long was waited.
    pub waited: Span,
    /// How long had to be waited.
    pub required: Span,
}

impl Granter {
    /// A granter that begins to lead: `started_at` is when it applied its own first entry.
    pub fn new(policy: LeasePolicy, started_at: Monotonic) -> Self {
        Self { policy, started_at, leader: None, at_least: Span::ZERO, hosts: BTreeMap::new() }
    }

    /// Says which controller leads, where guardians are named. `founding` is that it was a
    /// controller before any host was granted a lease, so that every set of guardians names it.
    #[must_use]
    pub fn led_by(mut self, id: ControllerId, founding: bool) -> Self {
        self.leader = Some(Leader { id, founding });
        self
    }

    /// Another policy was in force until now: what was granted under it lasts as long as it said,
    /// so that no wait is shorter than its own. Which sets the hosts were offered and confirmed is
    /// known as before.
    #[must_use]
    pub fn after_policy(mut self, earlier: &Self) -> Self {
        self.at_least = earlier.required();
        self.leader = earlier.leader;
        self.hosts.clone_from(&earlier.hosts);
        self
    }

    /// How long has to be waited.
    fn required(&self) -> Span {
        self.policy.wait().max(self.at_least)
    }

    /// Whether `host` can't live on promises of guardians while this controller runs: whichever
    /// set it may have in force names this controller, or none at all. Where not, the lease
    /// proves nothing here (see [`crate::guardian`]).
    pub fn holds_guardians_of(&self, host: &HostId) -> bool {
        let holding = self.hosts.get(host);
        let mut sets =
            holding.into_iter().flat_map(|held| held.confirmed.iter().chain(&held.offered));
        let Some(leader) = self.leader else {
            return sets.all(|set| set.guardians.of.is_empty());
        };
        let known = holding.is_some_and(|held| held.confirmed.is_some());
        (known || leader.founding) && sets.all(|set| set.guardians.is_held_by(leader.id))
    }

    /// The policy's figures.
    pub fn policy(&self) -> &LeasePolicy {
        &self.policy
    }

    /// Answers a renewal. `now` is the end of its quorum round. `set` is the promise set to name;
    /// `Ok` is L.
    pub fn grant(
        &mut self,
        renewal: &Renewal,
        standing: Standing,
        set: &PromiseSet,
        now: Monotonic,
    ) -> Result<Span, Refusal> {
        let host = renewal.host.clone();
        match standing {
            Standing::Admitted => {}
            Standing::Fenced => return Err(Refusal::Fenced { host }),
            Standing::Quarantined => return Err(Refusal::Quarantined { host }),
            Standing::Stranger => return Err(Refusal::Stranger { host }),
        }
        if renewal.armed && renewal.watchdog > self.policy.watchdog {
            return Err(Refusal::WatchdogTooLong {
                host,
                found: renewal.watchdog,
                counted: self.policy.watchdog,
            });
        }
        let holding = self.hosts.entry(host).or_insert_with(|| Holding {
            last_renewal: now,
            sole_starter: renewal.sole_starter,
            confirmed: None,
            offered: Vec::new(),
        });
        holding.last_renewal = holding.last_renewal.max(now);
        holding.sole_starter = renewal.sole_starter;
        if let Some(at) = holding.offered.iter().position(|set| set.number == renewal.set_number) {
            // The host has this set: those offered before can no longer come into force.
            holding.confirmed = Some(holding.offered[at].clone());
            holding.offered.drain(..at);
        }
        if holding.offered.last() != Some(set) {
            holding.offered.push(set.clone());
        }
        Ok(self.policy.lease)
    }

    /// When the last renewal of a host was granted by this leader.
    pub fn last_renewal(&self, host: &HostId) -> Option<Monotonic> {
        self.hosts.get(host).map(|holding| holding.last_renewal)
    }

    /// The set that the host has confirmed to this leader.
    pub fn confirmed_set(&self, host: &HostId) -> Option<&PromiseSet> {
        self.hosts.get(host)?.confirmed.as_ref()
    }

    /// Who can withhold with effect: the hosts that `host` asks whichever of the sets it may have
    /// in force. A host named as fenced in one of them is not asked, so its withholding stops
    /// nothing. `now_set` is the set of the state.
    ///
    /// A leader that has granted this host nothing yet does not know whom earlier grants named as
    /// fenced: it must count as fenced, in `now_set`, every host that was admitted again after a
    /// fence, whenever that was.
    pub fn withholders(&self, host: &HostId, now_set: &PromiseSet) -> BTreeSet<HostId> {
        let mut asked: BTreeSet<HostId> = now_set.asked().cloned().collect();
        if let Some(holding) = self.hosts.get(host) {
            for set in holding.confirmed.iter().chain(&holding.offered) {
                asked.retain(|by| set.of.contains(by) && !set.fenced.contains(by));
            }
        }
        asked.remove(host);
        asked
    }

    /// Whether the lease rung proves `host` fenced: `Some` once the wait is over.
    ///
    /// The caller has checked in the replicated state that the fence order is committed (so that
    /// no lease is granted any more), that the host is armed, and that the withholding is
    /// committed. `armed_at` is when this leader applied that it is armed, or its own start: a
    /// device that was armed anew resets the host a whole W later, whatever was waited before.
    pub fn proof_due(
        &self,
        host: &HostId,
        withheld: Withheld,
        armed_at: Monotonic,
        now: Monotonic,
    ) -> Option<Due> {
        let holding = self.hosts.get(host);
        if holding.is_some_and(|holding| !holding.sole_starter) || !self.holds_guardians_of(host) {
            return None;
        }
        let since = self.waits_since(host, withheld, armed_at);
        let (waited, required) = (now.since(since), self.required());
        (now >= since && waited >= required).then_some(Due { waited, required })
    }

    /// When [`Granter::proof_due`] will say yes at the earliest, if nothing else happens.
    pub fn due_at(&self, host: &HostId, withheld: Withheld, armed_at: Monotonic) -> Monotonic {
        self.waits_since(host, withheld, armed_at).after(self.required())
    }

    /// From when the wait counts.
    fn waits_since(&self, host: &HostId, withheld: Withheld, armed_at: Monotonic) -> Monotonic {
        self.last_renewal(host)
            .unwrap_or(self.started_at)
            .max(self.started_at)
            .max(withheld.seen_at.after(withheld.promise_ends_in))
            .max(armed_at)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::guardian::GuardianSet;

    fn set(number: u64, of: &[&str], fenced: &[&str]) -> PromiseSet {
        let hosts = |names: &[&str]| names.iter().map(|name| HostId::from(*name)).collect();
        PromiseSet { number, of: hosts(of), fenced: hosts(fenced), ..PromiseSet::default() }
    }

    fn renewal(set_number: u64) -> Renewal {
        Renewal {
            host: "a1".into(),
            armed: true,
            watchdog: Span::from_secs(10),
            set_number,
            sole_starter: true,
        }
    }

    fn withheld(seen_at: u64, promise_ends_in: u64) -> Withheld {
        Withheld {
            seen_at: Monotonic(seen_at),
            promise_ends_in: Span::from_millis(promise_ends_in),
        }
    }

    #[test]
    fn the_wait_runs_from_the_later_of_renewal_own_start_and_promise_end() {
        let policy = LeasePolicy::default();
        let wait = policy.wait().as_millis();
        assert_eq!(wait, 32_030);
        let mut granter = Granter::new(policy, Monotonic(1_000));
        let host = HostId::from("a1");
        let armed_at = Monotonic(0);
        let due = |granter: &Granter, w, now| granter.proof_due(&host, w, armed_at, Monotonic(now));
        assert!(due(&granter, withheld(0, 0), 1_000 + wait - 1).is_none(), "own start");
        assert!(due(&granter, withheld(0, 0), 1_000 + wait).is_some());
        assert!(due(&granter, withheld(5_000, 4_000), 9_000 + wait - 1).is_none(), "promise");
        assert!(due(&granter, withheld(5_000, 4_000), 9_000 + wait).is_some());
        granter
            .grant(&renewal(0), Standing::Admitted, &set(1, &["b1"], &[]), Monotonic(20_000))
            .unwrap();
        assert!(due(&granter, withheld(5_000, 4_000), 20_000 + wait - 1).is_none(), "renewal");
        let proof = due(&granter, withheld(5_000, 4_000), 20_000 + wait + 5).unwrap();
        assert_eq!(proof.waited.as_millis(), wait + 5);
        assert_eq!(granter.due_at(&host, withheld(5_000, 4_000), armed_at).0, 20_000 + wait);
    }

    #[test]
    fn a_watchdog_that_is_armed_anew_begins_the_wait_again() {
        let policy = LeasePolicy::default();
        let wait = policy.wait().as_millis();
        let granter = Granter::new(policy, Monotonic(0));
        let (host, armed_at) = (HostId::from("a1"), Monotonic(wait + 27_000));
        let due = |now| granter.proof_due(&host, withheld(0, 0), armed_at, Monotonic(now));
        assert!(due(armed_at.0).is_none(), "the withholding is old, the arming is not");
        assert!(due(armed_at.0 + wait - 1).is_none());
        assert_eq!(due(armed_at.0 + wait).unwrap().waited.as_millis(), wait);
        assert_eq!(granter.due_at(&host, withheld(0, 0), armed_at).0, armed_at.0 + wait);
    }

    #[test]
    fn a_policy_with_a_shorter_lease_does_not_shorten_leases_that_were_granted_before() {
        let long = LeasePolicy { lease: Span::from_secs(120), ..LeasePolicy::default() };
        let before = Granter::new(long, Monotonic(0));
        let granter = Granter::new(LeasePolicy::default(), Monotonic(1_000)).after_policy(&before);
        let due = |at| {
            let host = HostId::from("a1");
            granter.proof_due(&host, withheld(0, 0), Monotonic(0), Monotonic(at))
        };
        let wait = long.wait().as_millis();
        assert!(due(1_000 + wait - 1).is_none());
        assert!(due(1_000 + wait).is_some());
        assert_eq!(granter.due_at(&"a1".into(), withheld(0, 0), Monotonic(0)).0, 1_000 + wait);
    }

    #[test]
    fn another_policy_makes_nobody_a_withholder_whom_the_set_in_force_may_not_ask() {
        let mut before = Granter::new(LeasePolicy::default(), Monotonic(0));
        let (old, new) = (set(1, &["a2"], &[]), set(2, &["a2", "c1"], &[]));
        before.grant(&renewal(0), Standing::Admitted, &old, Monotonic(1)).unwrap();
        before.grant(&renewal(1), Standing::Admitted, &old, Monotonic(2)).unwrap();
        let longer = LeasePolicy { lease: Span::from_secs(30), ..LeasePolicy::default() };
        let mut granter = Granter::new(longer, Monotonic(10)).after_policy(&before);
        let host = HostId::from("a1");
        let able = |granter: &Granter| granter.withholders(&host, &new);
        assert_eq!(able(&granter), BTreeSet::from(["a2".into()]));
        granter.grant(&renewal(1), Standing::Admitted, &new, Monotonic(20)).unwrap();
        assert_eq!(able(&granter), BTreeSet::from(["a2".into()]), "offered, not confirmed");
        granter.grant(&renewal(2), Standing::Admitted, &new, Monotonic(30)).unwrap();
        assert_eq!(able(&granter), new.of);
    }

    #[test]
    fn a_fenced_or_quarantined_host_gets_no_lease_and_leaves_no_trace() {
        let mut granter = Granter::new(LeasePolicy::default(), Monotonic(0));
        for standing in [Standing::Fenced, Standing::Quarantined, Standing::Stranger] {
            let set = set(1, &["b1"], &[]);
            assert!(granter.grant(&renewal(0), standing, &set, Monotonic(9)).is_err());
        }
        assert_eq!(granter.last_renewal(&"a1".into()), None);
    }

    #[test]
    fn a_watchdog_slower_than_the_policy_gets_no_lease_because_the_wait_would_be_too_short() {
        let mut granter = Granter::new(LeasePolicy::default(), Monotonic(0));
        let slow = Renewal { watchdog: Span::from_secs(60), ..renewal(0) };
        let set = set(1, &["b1"], &[]);
        let refusal = granter.grant(&slow, Standing::Admitted, &set, Monotonic(9)).unwrap_err();
        assert!(refusal.to_string().contains("fires after 1m, the policy counts on 10s"));
    }

    #[test]
    fn where_others_start_vms_too_the_lease_proves_nothing() {
        let mut granter = Granter::new(LeasePolicy::default(), Monotonic(0));
        let shared = Renewal { sole_starter: false, ..renewal(0) };
        granter.grant(&shared, Standing::Admitted, &set(1, &["b1"], &[]), Monotonic(0)).unwrap();
        let (host, at) = (HostId::from("a1"), Monotonic(999_999));
        assert!(granter.proof_due(&host, withheld(0, 0), Monotonic(0), at).is_none());
    }

    #[test]
    fn a_controller_that_was_added_proves_only_hosts_that_confirmed_a_set_with_it() {
        let guarded = |number, of: &[u64]| PromiseSet {
            guardians: GuardianSet::new(of.iter().copied().map(ControllerId)),
            ..set(number, &["b1"], &[])
        };
        let (host, late) = (HostId::from("a1"), Monotonic(999_999));
        let begin = |id, founding| {
            Granter::new(LeasePolicy::default(), Monotonic(0)).led_by(ControllerId(id), founding)
        };
        let proves = |granter: &Granter| {
            granter.proof_due(&host, withheld(0, 0), Monotonic(0), late).is_some()
        };
        assert!(proves(&begin(1, true)));
        let mut added = begin(4, false);
        assert!(!proves(&added), "the host may have a set that does not name it");
        let grant = |confirms, set: &PromiseSet, granter: &mut Granter| {
            granter.grant(&renewal(confirms), Standing::Admitted, set, Monotonic(1)).unwrap();
        };
        let (old, new) = (guarded(1, &[1, 2, 3]), guarded(2, &[1, 2, 4]));
        grant(1, &new, &mut added);
        assert!(!proves(&added), "offered, not confirmed");
        grant(2, &new, &mut added);
        assert!(proves(&added));
        grant(2, &old, &mut added);
        assert!(!proves(&added), "a set without it was offered again");
    }

    #[test]
    fn only_who_is_asked_under_every_possible_set_withholds_with_effect() {
        let mut granter = Granter::new(LeasePolicy::default(), Monotonic(0));
        let host = HostId::from("a1");
        let (first, second) = (set(1, &["b1", "b2"], &["b2"]), set(2, &["b1", "b2", "b3"], &[]));
        granter.grant(&renewal(0), Standing::Admitted, &first, Monotonic(0)).unwrap();
        granter.grant(&renewal(1), Standing::Admitted, &second, Monotonic(1)).unwrap();
        let only_b1 = BTreeSet::from([HostId::from("b1")]);
        assert_eq!(granter.withholders(&host, &second), only_b1);
        granter.grant(&renewal(2), Standing::Admitted, &second, Monotonic(2)).unwrap();
        assert_eq!(granter.withholders(&host, &second), second.of);
        assert_eq!(granter.confirmed_set(&host), Some(&second));
    }
}
