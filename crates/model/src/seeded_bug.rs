//! Seeded bugs: faults put into the code on purpose, to prove that the simulator's checkers find
//! them. They exist only in a build with the feature `seeded-bugs`, which nothing ships; without
//! it [`seeded_bug`] is a constant `false`, and the compiler leaves nothing of them.
//!
//! One bug at most is chosen, once for the whole process. Each site is one condition in the code,
//! with a comment that names the bug.

use std::fmt;

macro_rules! seeded_bugs {
    ($($variant:ident = $name:literal, $rule:literal, $scenario:literal, $says:literal;)+) => {
        /// A bug that can be seeded.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum SeededBug {
            $(#[doc = $says] $variant,)+
        }

        impl SeededBug {
            /// All of them, by the rule that each breaks.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its name, as chosen on the command line.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The rule that it breaks: `S1` to `S9`, or `log`.
            pub const fn rule(self) -> &'static str {
                match self { $(Self::$variant => $rule,)+ }
            }

            /// The scenario in `simulations/` that reaches it.
            pub const fn scenario(self) -> &'static str {
                match self { $(Self::$variant => $scenario,)+ }
            }

            /// What is wrong with it, in a line.
            pub const fn says(self) -> &'static str {
                match self { $(Self::$variant => $says,)+ }
            }
        }
    };
}

seeded_bugs! {
    OldCopyOpened = "old-copy-opened", "S9", "last-resort.yaml",
        "A copy is opened however much it lacks.";
    AnsweringIsCurrent = "answering-is-current", "S9", "last-resort.yaml",
        "The keeper of a copy that answers is taken for one that follows its volume.";

    OlderProof = "older-proof", "S1", "mutants/fences.yaml",
        "A fence proof of an older token is accepted for the order in force.";
    UnsealedStop = "unsealed-stop", "S1", "mutants/fences.yaml",
        "A plain \"stopped\" counts as proof, although a delayed start could overtake it.";
    UnknownIsFailed = "unknown-is-failed", "S1", "mutants/fences.yaml",
        "A start whose outcome is unknown is taken for one that failed and left nothing behind.";
    LeaseFromReceipt = "lease-from-receipt", "S1", "mutants/slow-lease.yaml",
        "The holder counts its lease from the receipt of the answer, not from the sending.";
    WaitNotRestarted = "wait-not-restarted", "S1", "mutants/fences.yaml",
        "A new leader does not wait in full: it grants from a memory that it does not have.";
    WithholdingNotRequired = "withholding-not-required", "S1", "mutants/fences.yaml",
        "A lease that ran out counts as proof although nobody withholds promises.";
    PowerReadOnce = "power-read-once", "S1", "mutants/fences.yaml",
        "One reading of \"off\" counts, right after the order.";
    PlacementForgotten = "placement-forgotten", "S1", "mutants/fences.yaml",
        "A fence proof that a rung gave is taken for one of every host of the room.";

    FenceBeforeCommit = "fence-before-commit", "S2", "mutants/fences.yaml",
        "The leader begins to fence when it proposes the order, not when the order is committed.";
    RejectedEntryObeyed = "rejected-entry-obeyed", "S2", "mutants/fences.yaml",
        "The leader acts on a step that `apply` has rejected.";
    WithholdAtCurrentToken = "withhold-at-current-token", "S2", "mutants/fences.yaml",
        "Promises are withheld at the token of the moment, not at that of the committed order.";

    RetryWithoutIntent = "retry-without-intent", "S3", "mutants/starts.yaml",
        "A start is tried again without a new intent in the log.";
    RetryElsewhere = "retry-elsewhere", "S3", "mutants/starts.yaml",
        "A second attempt goes to another host than the one that its intent names.";
    RepeatNotAbsorbed = "repeat-not-absorbed", "S3", "mutants/starts.yaml",
        "A new leader sends the order of an attempt again, and the agent starts the VM once more.";

    SideNotConfirmed = "side-not-confirmed", "S4", "mutants/storage.yaml",
        "The storage layer's side is taken as confirmed without a look at it.";
    AnySideConfirms = "any-side-confirms", "S4", "mutants/storage.yaml",
        "Any side of the storage layer that serves confirms the one that the step names.";
    StaleSideOpened = "stale-side-opened", "S4", "stale-copies.yaml",
        "The old copy of a side that storage went on without is confirmed and started from.";

    DoneFromExitCode = "done-from-exit-code", "S5", "mutants/starts.yaml",
        "A start is done when its order was accepted; nobody looks at the guest.";
    BootingIsBooted = "booting-is-booted", "S5", "mutants/starts.yaml",
        "A guest that has only begun to boot counts as started.";
    FenceDoneWhenOrdered = "fence-done-when-ordered", "S5", "mutants/fences.yaml",
        "A fence step is done as soon as the fence is ordered.";

    LeafDropped = "leaf-dropped", "S6", "mutants/controllers.yaml",
        "The leaf of a rejected entry is not kept.";
    LeavesSwapped = "leaves-swapped", "S6", "mutants/controllers.yaml",
        "Two leaves that are written together change places.";

    BootNotCompared = "boot-not-compared", "S7", "mutants/starts.yaml",
        "A host that has booted again is taken for the one that was admitted.";
    QuarantineSkipped = "quarantine-skipped", "S7", "mutants/starts.yaml",
        "Neither the log nor the agent waits for the admission of a host that came back.";

    PauseIgnored = "pause-ignored", "S8", "mutants/people.yaml",
        "Runs and steps begin although a person has paused automatic acts.";
    RateLimitIgnored = "rate-limit-ignored", "S8", "mutants/people.yaml",
        "More runs begin by themselves than the policy allows in its window.";
    ApprovalNotAwaited = "approval-not-awaited", "S8", "mutants/people.yaml",
        "A run begins although the policy asks a person first and nobody has approved.";
    SamePersonTwice = "same-person-twice", "S8", "mutants/people.yaml",
        "One person who approves twice counts as two.";

    VoteNotPersisted = "vote-not-persisted", "log", "mutants/controllers.yaml",
        "A vote is answered before it is on the disk.";
    AckBeforeFlush = "ack-before-flush", "log", "mutants/controllers.yaml",
        "Entries are acknowledged to the leader before they are on the disk.";
    LeaderRestored = "leader-restored", "log", "mutants/controllers.yaml",
        "A restarted leader goes on in its old term, with what was committed forgotten.";
    ReadWithoutRound = "read-without-round", "log", "mutants/isolation.yaml",
        "A leader confirms its leadership from memory, without asking a majority.";
    ClockInApply = "clock-in-apply", "log", "mutants/controllers.yaml",
        "`apply` reads a clock: each room counts the hold-off of an incident from another moment.";
    UnorderedMap = "unordered-map", "log", "mutants/controllers.yaml",
        "A leaf is written in the order of a map that differs between replicas.";
    SnapshotLosesRuns = "snapshot-loses-runs", "log", "mutants/controllers.yaml",
        "A snapshot leaves out the runs under way.";
}

impl fmt::Display for SeededBug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether this bug is in force.
#[cfg(not(feature = "seeded-bugs"))]
#[inline(always)]
pub const fn seeded_bug(_bug: SeededBug) -> bool {
    false
}

#[cfg(feature = "seeded-bugs")]
pub use chosen::{choose, other_replica, seeded_bug};

#[cfg(feature = "seeded-bugs")]
mod chosen {
    use std::cell::Cell;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::SeededBug;

    /// 0 for none, else the bug's number and one.
    static CHOSEN: AtomicUsize = AtomicUsize::new(0);

    thread_local! {
        static TURN: Cell<u64> = const { Cell::new(0) };
    }

    /// Chooses the bug of this process; none takes the choice back.
    pub fn choose(bug: Option<SeededBug>) {
        CHOSEN.store(bug.map_or(0, |bug| bug as usize + 1), Ordering::Relaxed);
    }

    /// Whether this bug is in force.
    #[inline]
    pub fn seeded_bug(bug: SeededBug) -> bool {
        CHOSEN.load(Ordering::Relaxed) == bug as usize + 1
    }

    /// What differs from one replica to the next, as a clock or the order of a map does: counts
    /// its own calls, on this thread.
    pub fn other_replica() -> u64 {
        TURN.with(|turn| {
            turn.set(turn.get().wrapping_add(1));
            turn.get()
        })
    }
}

/// What differs from one replica to the next; always 0 in a build without seeded bugs.
#[cfg(not(feature = "seeded-bugs"))]
#[inline(always)]
pub const fn other_replica() -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_rule_has_two_bugs_and_each_bug_a_name_of_its_own() {
        let names: BTreeSet<_> = SeededBug::ALL.iter().map(|bug| bug.name()).collect();
        assert_eq!(names.len(), SeededBug::ALL.len());
        for rule in ["S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "S9", "log"] {
            let of_rule = SeededBug::ALL.iter().filter(|bug| bug.rule() == rule).count();
            assert!(of_rule >= 2, "{rule} has {of_rule}");
        }
    }

    #[cfg(not(feature = "seeded-bugs"))]
    #[test]
    fn no_bug_is_in_force_in_an_ordinary_build() {
        assert!(SeededBug::ALL.iter().all(|bug| !seeded_bug(*bug)));
    }
}
