//! How far a controller's disk has come, as its peers and the hosts' agents remember it.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::era::Era;

/// What was told comes from an older image of a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the disk is an older image: it shows {shown}, and {seen} was seen of it")]
pub struct OlderImage {
    /// What it shows.
    pub shown: Standing,
    /// What was seen.
    pub seen: Standing,
}

/// How far a controller's disk has come. On an honest disk no part of it ever goes back, but that a
/// new era's log begins anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The era of its log.
    #[serde(default)]
    pub era: Era,
    /// How often the store was opened.
    pub incarnation: u64,
    /// Drawn at each start: two lives that count the same incarnation are two copies of one disk.
    pub life: u64,
    /// The term of its vote.
    pub term: u64,
    /// Term and index of the highest entry that it ever wrote.
    pub reached: Option<(u64, u64)>,
}

impl Standing {
    /// Whether a disk that opened like this is an older image of the one that was seen. `self` is
    /// the standing at the start of a life; what was seen of that same life proves nothing.
    pub fn is_behind(&self, seen: &Self) -> bool {
        let goes_back = match self.era.cmp(&seen.era) {
            Ordering::Less => true,
            // Two persons have signed for it, and nothing that the disk had promised binds there.
            Ordering::Greater => false,
            Ordering::Equal => {
                self.incarnation <= seen.incarnation
                    || self.term < seen.term
                    || self.reached < seen.reached
            }
        };
        seen.life != self.life && goes_back
    }

    /// What a witness knows after it was told `told`, or an error if that comes from an older image
    /// than the one that it has seen.
    pub fn noted(known: Option<Self>, told: Self) -> Result<Self, OlderImage> {
        match known {
            Some(mut known) if known.life == told.life => {
                known.merge(&told);
                Ok(known)
            }
            Some(seen) if told.is_behind(&seen) => Err(OlderImage { shown: told, seen }),
            _ => Ok(told),
        }
    }

    /// Takes over what is newer of the same life.
    pub fn merge(&mut self, newer: &Self) {
        self.term = self.term.max(newer.term);
        self.reached = self.reached.max(newer.reached);
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.era > Era::default() {
            write!(f, "era {}, ", self.era.0)?;
        }
        write!(f, "start {}, term {}", self.incarnation, self.term)?;
        match self.reached {
            Some((term, index)) => write!(f, ", entry {index} of term {term}"),
            None => write!(f, ", no entry"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SEEN: Standing =
        Standing { era: Era(0), incarnation: 4, life: 7, term: 9, reached: Some((9, 20)) };
    const NEXT: Standing = Standing { incarnation: 5, life: 8, ..SEEN };

    #[test]
    fn a_restart_on_the_newest_disk_is_not_behind() {
        assert!(!NEXT.is_behind(&SEEN));
        let further = Standing { term: 10, reached: Some((10, 21)), ..NEXT };
        assert!(!further.is_behind(&SEEN));
        assert!(!NEXT.is_behind(&Standing::default()), "a peer that has seen little");
    }

    #[test]
    fn what_was_seen_of_the_same_life_proves_nothing() {
        let meanwhile = Standing { term: 12, ..NEXT };
        assert!(!NEXT.is_behind(&meanwhile));
    }

    #[test]
    fn an_older_image_is_behind_in_one_thing_at_least() {
        for old in [
            Standing { incarnation: 4, ..NEXT },
            Standing { incarnation: 2, ..NEXT },
            Standing { term: 8, ..NEXT },
            Standing { reached: Some((9, 19)), ..NEXT },
            Standing { reached: Some((8, 40)), ..NEXT },
            Standing { reached: None, ..NEXT },
        ] {
            assert!(old.is_behind(&SEEN), "{old:?}");
        }
    }

    #[test]
    fn a_new_era_begins_anew_and_the_disk_of_an_older_one_is_behind() {
        let founded = Standing { era: Era(1), life: 9, term: 1, reached: Some((1, 1)), ..NEXT };
        assert!(!founded.is_behind(&SEEN));
        assert_eq!(Standing::noted(Some(SEEN), founded), Ok(founded));
        assert!(NEXT.is_behind(&founded), "however far it had come");
        let again = Standing { incarnation: 6, life: 10, ..founded };
        assert!(!again.is_behind(&founded));
        assert!(Standing { reached: None, ..again }.is_behind(&founded), "an old image of its era");
    }

    #[test]
    fn a_witness_keeps_the_newest_and_refuses_an_older_image() {
        assert_eq!(Standing::noted(None, SEEN), Ok(SEEN));
        assert_eq!(Standing::noted(Some(SEEN), NEXT), Ok(NEXT));
        let late = Standing { term: 8, reached: Some((9, 25)), ..SEEN };
        assert_eq!(
            Standing::noted(Some(SEEN), late),
            Ok(Standing { reached: Some((9, 25)), ..SEEN }),
            "of the same life nothing goes back"
        );
        let old = Standing { incarnation: 3, life: 9, ..SEEN };
        let error = Standing::noted(Some(SEEN), old).unwrap_err();
        assert!(error.to_string().contains("start 3, term 9, entry 20 of term 9"), "{error}");
    }
}
