//! From the faults of a failing run to the few that matter: halves are left out, then ever smaller
//! parts down to single faults, then what is left is made shorter; whatever still violates the
//! same property is kept. Bounded by a number of runs, so that the outcome depends on nothing else.

use model::units::Span;

use crate::fault_list::Fault;

/// Nothing is made shorter than this, save to no time at all.
const SHORTEST: Span = Span::from_millis(100);

/// What the shrinking came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shrunk {
    pub(crate) faults: Vec<Fault>,
    /// How many runs it took.
    pub(crate) runs: u32,
    /// Whether it ended by itself: no fault can be left out any more.
    pub(crate) minimal: bool,
}

struct Shrinking<'a> {
    faults: Vec<Fault>,
    runs: u32,
    most: u32,
    violates: &'a mut dyn FnMut(&[Fault]) -> bool,
}

impl Shrinking<'_> {
    fn is_spent(&self) -> bool {
        self.runs >= self.most
    }

    /// Plays a smaller list, and keeps it if it still violates.
    fn try_instead(&mut self, candidate: Vec<Fault>) -> bool {
        if self.is_spent() {
            return false;
        }
        self.runs += 1;
        let violates = (self.violates)(&candidate);
        if violates {
            self.faults = candidate;
        }
        violates
    }

    /// Leaves out one part after the other, of ever more and smaller parts.
    fn leave_out(&mut self) {
        let mut parts = 2;
        while !self.faults.is_empty() && !self.is_spent() {
            let length = self.faults.len().div_ceil(parts);
            let mut left_out = false;
            let mut from = 0;
            while from < self.faults.len() {
                let to = (from + length).min(self.faults.len());
                let mut candidate = self.faults.clone();
                candidate.drain(from..to);
                if self.try_instead(candidate) {
                    // The next part has moved up to where this one was.
                    left_out = true;
                } else {
                    from = to;
                }
            }
            if length == 1 && !left_out {
                return;
            }
            if !left_out {
                parts = (parts * 2).min(self.faults.len().max(2));
            }
        }
    }

    /// Halves how long each fault lasts, as often as it goes.
    fn shorten(&mut self) {
        for place in 0..self.faults.len() {
            while let Some(lasts) = self.faults.get(place).map(|fault| fault.lasts) {
                let half = Span::from_millis(lasts.as_millis() / 2);
                if half < SHORTEST {
                    break;
                }
                let mut candidate = self.faults.clone();
                if let Some(fault) = candidate.get_mut(place) {
                    fault.lasts = half;
                }
                if !self.try_instead(candidate) {
                    break;
                }
            }
        }
    }
}

/// Shrinks a list in at most so many runs.
pub(crate) fn shrink(
    faults: Vec<Fault>,
    most: u32,
    violates: &mut dyn FnMut(&[Fault]) -> bool,
) -> Shrunk {
    let mut shrinking = Shrinking { faults, runs: 0, most, violates };
    shrinking.leave_out();
    let minimal = !shrinking.is_spent();
    shrinking.shorten();
    Shrunk { faults: shrinking.faults, runs: shrinking.runs, minimal }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::fault_list::parse_list;

    fn many() -> Vec<Fault> {
        let words: Vec<String> =
            (1..=23).map(|number| format!("vm-crash(v{number})@{number}s+40s")).collect();
        parse_list(&words.join(" ")).unwrap()
    }

    fn has(faults: &[Fault], target: &str) -> bool {
        faults.iter().any(|fault| fault.targets == [target])
    }

    #[test]
    fn the_two_faults_that_matter_are_left_and_only_as_long_as_they_must() {
        let shrunk = shrink(many(), 1000, &mut |faults| {
            let long = |fault: &&Fault| fault.targets == ["v17"] && fault.lasts.as_millis() >= 9000;
            has(faults, "v4") && faults.iter().find(long).is_some()
        });
        let words: Vec<String> = shrunk.faults.iter().map(ToString::to_string).collect();
        assert_eq!(words, ["vm-crash(v4)@4s+156ms", "vm-crash(v17)@17s+10s"]);
        assert!(shrunk.minimal && shrunk.runs < 60, "{shrunk:?}");
    }

    #[test]
    fn a_run_that_fails_without_any_fault_has_an_empty_list() {
        assert_eq!(shrink(many(), 1000, &mut |_| true).faults, []);
    }

    #[test]
    fn faults_that_all_matter_are_all_kept() {
        let shrunk = shrink(many(), 1000, &mut |faults| faults.len() == 23);
        assert_eq!(shrunk.faults.len(), 23);
    }

    #[test]
    fn the_number_of_runs_is_bounded_and_what_was_reached_still_violates() {
        let mut runs = 0;
        let shrunk = shrink(many(), 6, &mut |faults| {
            runs += 1;
            has(faults, "v4")
        });
        assert_eq!((runs, shrunk.runs, shrunk.minimal), (6, 6, false));
        assert!(has(&shrunk.faults, "v4") && shrunk.faults.len() < 23);
    }
}
