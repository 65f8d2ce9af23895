//! A run's faults as an explicit list: drawn up front, recorded, written by hand, replayed,
//! shrunk. One fault is one word, `kind(target,target)@at+lasts/seed`:
//!
//! ```text
//! room-loss(a)@12s+30s  cut-one-way(a,b)@14s500ms+3s  controller-crash@20s+1s/9f0c1d2e
//! ```
//!
//! `at` counts from the beginning of the safety phase. What a fault has to choose, it chooses when
//! it strikes: first the targets that are named, then from its own `seed`. So no fault's choices
//! depend on which other faults are in the list.

use std::fmt;
use std::str::FromStr;

use model::units::Span;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as WordError, StrDeserializer};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::faults::FaultKind;

/// One fault of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// What it hits, by name, in the order in which the fault chooses; what is not named here is
    /// chosen from the seed.
    pub targets: Vec<String>,
    /// When it strikes, counted from the beginning of the safety phase.
    pub at: Span,
    /// How long it lasts.
    pub lasts: Span,
    /// From what it chooses.
    pub seed: u32,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        if !self.targets.is_empty() {
            write!(f, "({})", self.targets.join(","))?;
        }
        write!(f, "@{}+{}", self.at, self.lasts)?;
        if self.seed != 0 {
            write!(f, "/{:x}", self.seed)?;
        }
        Ok(())
    }
}

/// Why a text is no list of faults.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{word}` is no fault: {reason}; write for example `room-loss(a)@12s+30s`, \
     `cut-one-way(a,b)@14s+3s` or `controller-crash@20s+1s/9f0c`"
)]
pub struct FaultError {
    /// The word.
    pub word: String,
    /// What is wrong with it.
    pub reason: String,
}

/// The kind of this name.
pub(crate) fn kind_of(name: &str) -> Result<FaultKind, String> {
    let name: StrDeserializer<'_, WordError> = name.into_deserializer();
    FaultKind::deserialize(name).map_err(|error| error.to_string())
}

/// A fault, or what is wrong with it.
fn parse(word: &str) -> Result<Fault, String> {
    let (what, when) = word.split_once('@').ok_or("it does not say when (`@at+lasts`)")?;
    let (kind, targets) = match what.split_once('(') {
        None => (what, Vec::new()),
        Some((kind, targets)) => {
            let targets = targets.strip_suffix(')').ok_or("its targets have no `)`")?;
            (kind, targets.split(',').map(|target| target.trim().to_owned()).collect())
        }
    };
    if targets.iter().any(String::is_empty) {
        return Err("one of its targets has no name".to_owned());
    }
    let (when, seed) = match when.split_once('/') {
        None => (when, 0),
        Some((when, seed)) => {
            let seed = u32::from_str_radix(seed, 16)
                .map_err(|_| format!("`{seed}` is no seed of at most 8 hexadecimal digits"))?;
            (when, seed)
        }
    };
    let (at, lasts) = when.split_once('+').ok_or("it does not say how long it lasts (`+lasts`)")?;
    let span = |text: &str| text.parse::<Span>().map_err(|error| error.to_string());
    Ok(Fault { kind: kind_of(kind)?, targets, at: span(at)?, lasts: span(lasts)?, seed })
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(word: &str) -> Result<Self, FaultError> {
        parse(word).map_err(|reason| FaultError { word: word.to_owned(), reason })
    }
}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fault {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A list as it is written in a file or on a command line: words between blanks; what follows a
/// `#` in a line is for people.
pub fn parse_list(text: &str) -> Result<Vec<Fault>, FaultError> {
    let lines = text.lines().map(|line| line.split_once('#').map_or(line, |(words, _)| words));
    let mut faults: Vec<Fault> =
        lines.flat_map(str::split_whitespace).map(str::parse).collect::<Result<_, _>>()?;
    in_order(&mut faults);
    Ok(faults)
}

/// In the order in which they strike; faults of the same moment stay as they were.
pub(crate) fn in_order(faults: &mut [Fault]) {
    faults.sort_by_key(|fault| fault.at);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_back_as_it_was_written() {
        let text = "room-loss(a)@12s+30s  cut-one-way(a,b)@14s500ms+3s # both of A\n\
                    # all of this line is for people\n\
                    controller-crash@20s+1s/9f0c1d2e";
        let list = parse_list(text).unwrap();
        assert_eq!(list.len(), 3);
        assert_eq!(list[1].targets, ["a", "b"]);
        assert_eq!(list[2].seed, 0x9f0c_1d2e);
        let words: Vec<String> = list.iter().map(ToString::to_string).collect();
        assert_eq!(parse_list(&words.join(" ")).unwrap(), list);
        let json = serde_json::to_string(&list).unwrap();
        assert_eq!(serde_json::from_str::<Vec<Fault>>(&json).unwrap(), list);
    }

    #[test]
    fn a_list_is_played_in_the_order_of_time() {
        let list = parse_list("vm-crash(late)@9s+0s vm-crash(early)@2s+0s").unwrap();
        assert_eq!(list[0].targets, ["early"]);
    }

    #[test]
    fn what_is_wrong_with_a_word_is_named() {
        for (word, said) in [
            ("room-loss", "does not say when"),
            ("room-loss@3s", "how long it lasts"),
            ("earthquake@3s+1s", "room-loss"),
            ("room-loss(a@3s+1s", "no `)`"),
            ("room-loss()@3s+1s", "has no name"),
            ("room-loss@3+1s", "not a duration"),
            ("room-loss@3s+1s/xyz", "hexadecimal"),
        ] {
            let error = parse_list(word).unwrap_err().to_string();
            assert!(error.contains(said), "{word}: {error}");
        }
    }
}
