//! The guardian beside a controller: "no controller runs here and none starts for so long".
//!
//! Losing all controllers must not stop a hospital. A host that gets no lease may therefore also
//! live on promises of the guardians of **all** controllers that its last grant named. Such a
//! promise says nothing about VMs, and needs not: while it lasts everywhere there is no leader,
//! and without a leader nobody counts the wait of the lease rung, proves a fence or orders a start.
//! Agents may still carry out orders that were on their way; those were preceded by a proof for
//! the host that ran the VM before, so that host was down before the last controller was.
//!
//! **Why the wait of a later leader is long enough.** Take a host that was fed for the last time
//! at the moment f, on guardians' promises alone, and a leader that proves it fenced. The leader's
//! controller is in the host's set ([`crate::granter::Granter::led_by`] sees to that), so its
//! guardian had promised for f, and keeps that promise: the controller's process started at some
//! s after f. (The holder counts a promise from asking and discounts the drift, the guardian
//! counts from answering: it ends later here than there.) The leader's wait begins at its own
//! start as a leader, after s, and is longer than a watchdog needs to fire after f. From s on this
//! guardian promises nothing, so the host lives on guardians no more, whatever the other ones do.
//! Promises of guardians need no withholding for the same reason: the running leader is one.
//!
//! **A controller added, or replaced under a new id**, is in no set until the host has confirmed
//! a grant that names it. Were it allowed to prove before, the argument above would not hold: the
//! old controllers stop, their guardians promise, the new one goes on leading without a majority,
//! gets one back when an old controller returns, and counts from a renewal before all that. So it
//! may lead, and proves by lease only hosts whose every possible set names it.

use std::collections::BTreeSet;

use model::id::ControllerId;
use model::time::Monotonic;
use model::units::Span;
use serde::{Deserialize, Serialize};

/// The guardians to ask, as named by a grant: one beside each controller. Changes with the
/// promise set that it is a part of: a renewal that names the set's number confirms both.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GuardianSet {
    /// All of them must promise. Empty is a no.
    pub of: BTreeSet<ControllerId>,
}

impl GuardianSet {
    /// The guardians of these controllers.
    pub fn new(of: impl IntoIterator<Item = ControllerId>) -> Self {
        Self { of: of.into_iter().collect() }
    }

    /// Whether a host with this set can't live on guardians while `controller` runs.
    pub fn is_held_by(&self, controller: ControllerId) -> bool {
        self.of.is_empty() || self.of.contains(&controller)
    }
}

/// What must survive a restart. The caller writes it before it answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Record {
    /// A promise was given that is perhaps not over: how long it lasts at most from any moment
    /// at which this is on disk.
    #[serde(default)]
    pub promised: Option<Span>,
    /// A controller was let start, and nobody has seen since that none runs.
    #[serde(default)]
    pub controller: bool,
}

/// The state of a guardian.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Guardian {
    record: Record,
    until: Option<Monotonic>,
    longest: Span,
}

/// Why no promise is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a controller runs or is starting here: no promise can be given")]
pub struct ControllerHere;

/// Why no controller starts here yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a host was promised that no controller starts here for another {ends_in}: it starts after that"
)]
pub struct PromiseHeld {
    /// How long it lasts.
    pub ends_in: Span,
}

impl Guardian {
    /// A guardian as it is after a start of its process, or a reboot of its machine. If a promise
    /// may be open, it counts as given just now, for the longest time that any is given for.
    ///
    /// A controller that had been let start counts as running until the caller has looked
    /// ([`Guardian::no_controller_runs`]).
    pub fn restore(mut record: Record, longest: Span, now: Monotonic) -> Self {
        let longest = record.promised.unwrap_or_default().max(longest);
        if let Some(lasts) = &mut record.promised {
            *lasts = longest;
        }
        let until = record.promised.map(|lasts| now.after(lasts));
        Self { record, until, longest }
    }

    /// What must be on disk before the answer to the last call is sent.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// A host asks for a promise. Returns how long it lasts, counted here from the answer.
    pub fn ask(&mut self, lasts: Span, now: Monotonic) -> Result<Span, ControllerHere> {
        if self.record.controller {
            return Err(ControllerHere);
        }
        self.forget_ended(now);
        let lasts = lasts.min(self.longest);
        let until = now.after(lasts);
        self.until = self.until.max(Some(until));
        self.record.promised = self.record.promised.max(Some(lasts));
        Ok(lasts)
    }

    /// Whether a controller may start here now; if not, when it may if nobody asks again.
    pub fn controller_may_start(&self, now: Monotonic) -> Result<(), PromiseHeld> {
        match self.until.filter(|until| now < *until) {
            Some(until) => Err(PromiseHeld { ends_in: until.since(now) }),
            None => Ok(()),
        }
    }

    /// Lets a controller start: no promise is given from now on. Written before it starts.
    pub fn let_start(&mut self, now: Monotonic) -> Result<(), PromiseHeld> {
        self.controller_may_start(now)?;
        self.forget_ended(now);
        self.record.controller = true;
        Ok(())
    }

    /// The caller has seen that no process of a controller exists here. That one does not answer
    /// is not enough: it may be stopped and go on later.
    pub fn no_controller_runs(&mut self) {
        self.record.controller = false;
    }

    /// The caller has seen a controller's process that this guardian did not let start. It is
    /// counted like one that it did.
    pub fn a_controller_runs(&mut self) {
        self.record.controller = true;
    }

    /// Whether a controller runs or is starting here, as far as is known.
    pub fn has_controller(&self) -> bool {
        self.record.controller
    }

    fn forget_ended(&mut self, now: Monotonic) {
        if self.until.is_some_and(|until| until <= now) {
            self.until = None;
            self.record.promised = None;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const T: Span = Span::from_secs(20);

    fn guardian() -> Guardian {
        Guardian::restore(Record::default(), T, Monotonic(0))
    }

    #[test]
    fn no_controller_starts_before_the_promise_ends() {
        let mut guardian = guardian();
        assert_eq!(guardian.controller_may_start(Monotonic(0)), Ok(()), "nothing was promised");
        assert_eq!(guardian.ask(T, Monotonic(1_000)), Ok(T));
        assert_eq!(
            guardian.let_start(Monotonic(5_000)),
            Err(PromiseHeld { ends_in: Span::from_secs(16) })
        );
        assert!(!guardian.has_controller());
        assert_eq!(guardian.let_start(Monotonic(21_000)), Ok(()));
        assert_eq!(guardian.record(), &Record { promised: None, controller: true });
    }

    #[test]
    fn nothing_is_promised_while_a_controller_runs_or_starts() {
        let mut guardian = guardian();
        guardian.let_start(Monotonic(0)).unwrap();
        assert_eq!(guardian.ask(T, Monotonic(1)), Err(ControllerHere));
        guardian.no_controller_runs();
        assert_eq!(guardian.ask(T, Monotonic(2)), Ok(T));
        guardian.a_controller_runs();
        assert_eq!(guardian.ask(T, Monotonic(3)), Err(ControllerHere));
    }

    #[test]
    fn after_a_reboot_the_last_promise_counts_as_given_just_now() {
        let mut guardian = guardian();
        guardian.ask(Span::from_secs(5), Monotonic(900_000)).unwrap();
        let disk = serde_json::to_string(guardian.record()).unwrap();
        let again = Guardian::restore(serde_json::from_str(&disk).unwrap(), T, Monotonic(7));
        assert!(again.controller_may_start(Monotonic(20_006)).is_err());
        assert!(again.controller_may_start(Monotonic(20_007)).is_ok());
    }

    #[test]
    fn after_a_reboot_a_controller_counts_as_running_until_somebody_has_looked() {
        let mut guardian = guardian();
        guardian.let_start(Monotonic(0)).unwrap();
        let mut again = Guardian::restore(guardian.record().clone(), T, Monotonic(0));
        assert_eq!(again.ask(T, Monotonic(1)), Err(ControllerHere));
        again.no_controller_runs();
        assert_eq!(again.ask(T, Monotonic(1)), Ok(T));
    }

    #[test]
    fn a_shorter_promise_does_not_take_a_longer_one_back() {
        let mut guardian = guardian();
        guardian.ask(T, Monotonic(0)).unwrap();
        assert_eq!(guardian.ask(Span::from_secs(1), Monotonic(10)), Ok(Span::from_secs(1)));
        assert!(guardian.controller_may_start(Monotonic(19_999)).is_err());
        assert_eq!(guardian.record().promised, Some(T));
        assert_eq!(guardian.ask(Span::from_secs(999), Monotonic(20)), Ok(T), "nobody gets more");
    }

    #[test]
    fn a_set_that_does_not_name_a_controller_is_not_held_by_it() {
        let set = GuardianSet::new([ControllerId(1), ControllerId(2)]);
        assert!(set.is_held_by(ControllerId(1)) && !set.is_held_by(ControllerId(4)));
        assert!(GuardianSet::default().is_held_by(ControllerId(4)), "nobody lives on none");
    }
}
