//! The giver of promises: "I start none of the VMs that you may be running, for so long".
//!
//! A promise is a length of time, counted here from the answer. It is on disk before it is sent
//! (the caller writes [`Record`] first), outlives every restart, and is kept whatever a
//! controller orders.

use std::collections::{BTreeMap, BTreeSet};

use model::era::Token;
use model::id::{HostId, VmId};
use model::time::Monotonic;
use model::units::Span;
use serde::{Deserialize, Serialize};

/// What must survive a restart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Record {
    /// Promises given and perhaps not over.
    #[serde(default)]
    pub promises: BTreeMap<HostId, PromiseRecord>,
    /// From whom promises are withheld, and since which token.
    #[serde(default)]
    pub withheld: BTreeMap<HostId, Token>,
}

/// A promise, as kept on disk: without a time, because the clock that it counted on may be gone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PromiseRecord {
    /// The VMs that are not started.
    pub vms: BTreeSet<VmId>,
    /// How long it lasts at most from any moment at which it is on disk.
    pub lasts: Span,
}

/// The state of a giver.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Giver {
    record: Record,
    until: BTreeMap<HostId, Monotonic>,
    /// VMs that run here, were accepted here, or are starting here.
    busy: BTreeSet<VmId>,
    longest: Span,
}

/// Why no promise is given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// This agent withholds: the host is being fenced by its lease.
    #[error("promises are withheld from {host} since token {since}, until it is admitted again")]
    Withheld {
        /// From whom.
        host: HostId,
        /// Since which token.
        since: Token,
    },
    /// One of the VMs runs, was accepted or is starting here.
    #[error("VM {vm} runs, was accepted or is starting here: no promise about it can be given")]
    Busy {
        /// Which.
        vm: VmId,
    },
}

/// Why a start is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "VM {vm} is covered by a promise to {to} for another {ends_in}: it starts after that, \
     whoever orders"
)]
pub struct PromiseHeld {
    /// Which VM.
    pub vm: VmId,
    /// To whom.
    pub to: HostId,
    /// How long it lasts.
    pub ends_in: Span,
}

impl Giver {
    /// A giver as it is after a start of its process. A promise on disk lasts in full again:
    /// nobody knows how much of it was over.
    pub fn restore(record: Record, longest: Span, now: Monotonic) -> Self {
        let until = record
            .promises
            .iter()
            .map(|(host, promise)| (host.clone(), now.after(promise.lasts)))
            .collect();
        Self { record, until, busy: BTreeSet::new(), longest }
    }

    /// What must be on disk before the answer to the last call is sent.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// The VMs that run here, were accepted here, or are starting here.
    pub fn set_busy(&mut self, vms: BTreeSet<VmId>) {
        self.busy = vms;
    }

    /// Asks for a promise. Returns how long it lasts, counted here from the answer.
    ///
    /// `token` is that of the asker's last grant. No lease is granted to a host between its fence
    /// order and its admission, and both raise the token: a token above that of the withholding
    /// shows that the asker was admitted since, and ends the withholding.
    pub fn ask(
        &mut self,
        host: &HostId,
        token: Token,
        vms: &BTreeSet<VmId>,
        lasts: Span,
        now: Monotonic,
    ) -> Result<Span, Refusal> {
        self.forget_ended(now);
        self.admitted(host, token);
        if let Some(since) = self.record.withheld.get(host) {
            return Err(Refusal::Withheld { host: host.clone(), since: *since });
        }
        if let Some(vm) = vms.intersection(&self.busy).next() {
            return Err(Refusal::Busy { vm: vm.clone() });
        }
        let lasts = lasts.min(self.longest);
        let until = now.after(lasts);
        // A promise that lasts is not taken back by a later one about fewer VMs.
        let promise = self
            .record
            .promises
            .entry(host.clone())
            .or_insert_with(|| PromiseRecord { vms: BTreeSet::new(), lasts });
        promise.vms.extend(vms.iter().cloned());
        promise.lasts = promise.lasts.max(lasts);
        let ends = self.until.entry(host.clone()).or_insert(until);
        *ends = (*ends).max(until);
        Ok(lasts)
    }

    /// Withholds promises from a host from now on. Returns how long the last one still lasts.
    pub fn withhold(&mut self, host: &HostId, token: Token, now: Monotonic) -> Span {
        self.forget_ended(now);
        let since = self.record.withheld.entry(host.clone()).or_insert(token);
        *since = (*since).max(token);
        self.until.get(host).map_or(Span::ZERO, |until| until.since(now))
    }

    /// The host was admitted at this token; says whether that ends a withholding.
    pub fn admitted(&mut self, host: &HostId, token: Token) -> bool {
        let ends = self.record.withheld.get(host).is_some_and(|since| token > *since);
        if ends {
            self.record.withheld.remove(host);
        }
        ends
    }

    /// Whether a VM may start here, as far as promises go.
    pub fn may_start(&self, vm: &VmId, now: Monotonic) -> Result<(), PromiseHeld> {
        let held = self.record.promises.iter().find_map(|(host, promise)| {
            let until = self.until.get(host)?;
            (now < *until && promise.vms.contains(vm)).then(|| PromiseHeld {
                vm: vm.clone(),
                to: host.clone(),
                ends_in: until.since(now),
            })
        });
        held.map_or(Ok(()), Err)
    }

    /// From whom promises are withheld.
    pub fn withheld(&self) -> &BTreeMap<HostId, Token> {
        &self.record.withheld
    }

    fn forget_ended(&mut self, now: Monotonic) {
        self.until.retain(|_, until| now < *until);
        let lasting = &self.until;
        self.record.promises.retain(|host, _| lasting.contains_key(host));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use model::era::{Epoch, Era};

    const T: Span = Span::from_secs(20);

    fn token(epoch: u64) -> Token {
        Token { era: Era(1), epoch: Epoch(epoch) }
    }

    fn vms(names: &[&str]) -> BTreeSet<VmId> {
        names.iter().map(|name| VmId::from(*name)).collect()
    }

    fn giver() -> Giver {
        Giver::restore(Record::default(), T, Monotonic(0))
    }

    #[test]
    fn a_promise_is_kept_against_an_order_until_it_ends() {
        let mut giver = giver();
        assert_eq!(giver.ask(&"a1".into(), token(1), &vms(&["v1"]), T, Monotonic(1_000)), Ok(T));
        assert!(giver.may_start(&"v1".into(), Monotonic(20_999)).is_err());
        assert!(giver.may_start(&"v2".into(), Monotonic(2_000)).is_ok());
        assert!(giver.may_start(&"v1".into(), Monotonic(21_000)).is_ok());
    }

    #[test]
    fn who_runs_or_starts_one_of_the_vms_gives_no_promise() {
        let mut giver = giver();
        giver.set_busy(vms(&["v2"]));
        let refusal = giver.ask(&"a1".into(), token(1), &vms(&["v1", "v2"]), T, Monotonic(0));
        assert_eq!(refusal, Err(Refusal::Busy { vm: "v2".into() }));
        assert!(giver.may_start(&"v1".into(), Monotonic(0)).is_ok(), "nothing was promised");
    }

    #[test]
    fn withholding_says_how_long_the_last_promise_lasts_and_ends_only_by_admission() {
        let mut giver = giver();
        giver.ask(&"a1".into(), token(1), &vms(&["v1"]), T, Monotonic(0)).unwrap();
        let left = giver.withhold(&"a1".into(), token(5), Monotonic(5_000));
        assert_eq!(left, Span::from_secs(15));
        assert!(giver.ask(&"a1".into(), token(1), &vms(&["v1"]), T, Monotonic(6_000)).is_err());
        assert!(!giver.admitted(&"a1".into(), token(5)), "an older admission ends nothing");
        assert!(giver.admitted(&"a1".into(), token(6)));
        assert!(giver.ask(&"a1".into(), token(1), &vms(&["v1"]), T, Monotonic(6_000)).is_ok());
    }

    #[test]
    fn who_was_granted_a_lease_since_was_admitted_since() {
        let mut giver = giver();
        giver.withhold(&"a1".into(), token(5), Monotonic(0));
        assert!(giver.ask(&"a1".into(), token(5), &vms(&["v1"]), T, Monotonic(1)).is_err());
        assert!(giver.ask(&"a1".into(), token(6), &vms(&["v1"]), T, Monotonic(2)).is_ok());
        assert!(giver.withheld().is_empty());
    }

    #[test]
    fn a_restart_forgets_neither_promise_nor_withholding() {
        let mut giver = giver();
        giver.ask(&"a1".into(), token(1), &vms(&["v1"]), T, Monotonic(0)).unwrap();
        giver.withhold(&"a2".into(), token(5), Monotonic(0));
        let disk = serde_json::to_string(giver.record()).unwrap();
        let mut again = Giver::restore(serde_json::from_str(&disk).unwrap(), T, Monotonic(7));
        assert!(again.may_start(&"v1".into(), Monotonic(20_006)).is_err());
        assert!(again.may_start(&"v1".into(), Monotonic(20_007)).is_ok());
        assert!(again.ask(&"a2".into(), token(1), &vms(&[]), T, Monotonic(7)).is_err());
    }

    #[test]
    fn a_later_promise_about_fewer_vms_does_not_take_the_first_one_back() {
        let mut giver = giver();
        giver.ask(&"a1".into(), token(1), &vms(&["v1", "v2"]), T, Monotonic(0)).unwrap();
        giver.ask(&"a1".into(), token(1), &vms(&["v1"]), T, Monotonic(1_000)).unwrap();
        assert!(giver.may_start(&"v2".into(), Monotonic(19_000)).is_err());
    }

    #[test]
    fn nobody_gets_a_longer_promise_than_the_policy_allows() {
        assert_eq!(
            giver().ask(
                &"a1".into(),
                token(1),
                &vms(&["v1"]),
                Span::from_secs(9_999),
                Monotonic(0)
            ),
            Ok(T)
        );
    }
}
