//! The wait of a survivor before it opens a new era.
//!
//! With no majority left nobody can commit a fence. Two persons sign an order instead, and the
//! survivor waits as a leader would: in full, on its own clock, from the later of the second
//! signature and the end of the last promise that its own agents gave to a host of the other
//! rooms, after all of them have durably withheld. Nothing that happened before the second
//! signature shortens it: when a host renewed last with the lost majority, nobody here knows.
//!
//! A restart of the survivor forgets all of this, and the wait begins again.

use std::collections::BTreeMap;

use model::id::HostId;
use model::policy::LeasePolicy;
use model::time::Monotonic;
use model::units::Span;

use crate::granter::Due;

/// The wait that is under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Wait {
    signed_at: Monotonic,
    /// By pair (from which host, by whose agent): when the promise that was open then is over.
    over: BTreeMap<(HostId, HostId), Monotonic>,
}

impl Wait {
    /// Begins with the second signature.
    pub fn new(signed_at: Monotonic) -> Self {
        Self { signed_at, over: BTreeMap::new() }
    }

    /// When the second signature came.
    pub fn signed_at(&self) -> Monotonic {
        self.signed_at
    }

    /// An agent of this room withholds durably from a host; its last promise still lasts so long.
    pub fn withheld(&mut self, now: Monotonic, from: &HostId, by: &HostId, ends_in: Span) {
        let over = self.over.entry((from.clone(), by.clone())).or_insert(now.after(ends_in));
        *over = (*over).max(now.after(ends_in));
    }

    /// Whether this agent withholds from this host.
    pub fn has_withheld(&self, from: &HostId, by: &HostId) -> bool {
        self.over.contains_key(&(from.clone(), by.clone()))
    }

    /// Since when is waited.
    pub fn began(&self) -> Monotonic {
        self.over.values().copied().fold(self.signed_at, Monotonic::max)
    }

    /// Whether the wait is over, if every one of these agents withholds from every one of these
    /// hosts.
    pub fn due<'a>(
        &self,
        from: impl IntoIterator<Item = &'a HostId>,
        by: &[&HostId],
        policy: &LeasePolicy,
        now: Monotonic,
    ) -> Option<Due> {
        let mut from = from.into_iter();
        if !from.all(|host| !by.is_empty() && by.iter().all(|by| self.has_withheld(host, by))) {
            return None;
        }
        let (began, required) = (self.began(), policy.wait());
        let waited = now.since(began);
        (now >= began && waited >= required).then_some(Due { waited, required })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: fn(&str) -> HostId = |name| HostId::from(name);

    #[test]
    fn the_wait_runs_from_the_later_of_the_second_signature_and_the_last_promise() {
        let policy = LeasePolicy::default();
        let wait = policy.wait().as_millis();
        let (a1, c1, c2) = (HOST("a1"), HOST("c1"), HOST("c2"));
        let mut opening = Wait::new(Monotonic(10_000));
        let due = |opening: &Wait, now| opening.due([&a1], &[&c1, &c2], &policy, Monotonic(now));
        opening.withheld(Monotonic(11_000), &a1, &c1, Span::ZERO);
        assert_eq!(due(&opening, 999_999), None, "one of the two agents has not withheld");
        opening.withheld(Monotonic(12_000), &a1, &c2, Span::from_secs(15));
        assert_eq!(opening.began(), Monotonic(27_000));
        assert_eq!(due(&opening, 27_000 + wait - 1), None);
        assert!(due(&opening, 27_000 + wait).is_some());
    }

    #[test]
    fn with_no_agent_of_its_own_nobody_has_withheld() {
        let opening = Wait::new(Monotonic(0));
        assert_eq!(
            opening.due([&HOST("a1")], &[], &LeasePolicy::default(), Monotonic(999_999)),
            None
        );
    }
}
