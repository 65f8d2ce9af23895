use model::id::ArrayId;
use model::time::Monotonic;
use model::units::Span;

use contracts::copy::CopyStatus;

/// Silence after which the followed volume counts as out of contact.
const LOST_AFTER: Span = Span::from_millis(1000);

/// A copy that this room keeps of a volume.
#[derive(Debug)]
pub(super) struct CopyUnit {
    /// The arrays that it follows, whichever serves.
    pub(super) follows: Vec<ArrayId>,
    /// How far it is behind when all is well.
    behind: Span,
    /// When it last heard one of them serve.
    heard: Monotonic,
    opened: bool,
}

impl CopyUnit {
    /// A copy that is in contact now.
    pub(super) fn new(follows: Vec<ArrayId>, behind: Span, now: Monotonic) -> Self {
        Self { follows, behind, heard: now, opened: false }
    }

    /// An array that it follows serves.
    pub(super) fn heard(&mut self, array: &ArrayId, now: Monotonic) {
        if !self.opened && self.follows.contains(array) {
            self.heard = now;
        }
    }

    /// From here on it follows no more.
    pub(super) fn open(&mut self) {
        self.opened = true;
    }

    pub(super) fn is_open(&self) -> bool {
        self.opened
    }

    pub(super) fn status(&self, now: Monotonic) -> CopyStatus {
        let silent = now.since(self.heard);
        CopyStatus {
            in_contact: !self.opened && silent < LOST_AFTER,
            // What was written since the last word may not have arrived.
            age: self.behind.saturating_add(silent),
            opened: self.opened,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Monotonic {
        Monotonic(secs * 1000)
    }

    #[test]
    fn a_copy_ages_while_it_hears_nothing_and_follows_no_more_once_open() {
        let (a, other) = (ArrayId::from("a"), ArrayId::from("x"));
        let mut copy = CopyUnit::new(vec![a.clone()], Span::from_secs(2), at(0));
        copy.heard(&a, at(10));
        let status = copy.status(at(10));
        assert!(status.in_contact);
        assert_eq!(status.age, Span::from_secs(2));
        copy.heard(&other, at(20));
        let status = copy.status(at(20));
        assert!(!status.in_contact);
        assert_eq!(status.age, Span::from_secs(12));
        copy.open();
        copy.heard(&a, at(21));
        let status = copy.status(at(21));
        assert!(status.opened && !status.in_contact);
        assert_eq!(status.age, Span::from_secs(13));
    }
}
