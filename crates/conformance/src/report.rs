//! What a suite found.

use std::fmt;

/// How one rule fared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// It holds.
    Holds,
    /// It is broken.
    Broken {
        /// What was seen.
        seen: String,
    },
    /// The bench can't set up what the rule needs.
    NotTried {
        /// What is missing.
        missing: String,
    },
}

/// What a suite found, rule by rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Each rule's name and finding, in the order of the suite.
    pub rules: Vec<(&'static str, Finding)>,
}

/// Some rule is broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the contract is broken:\n{0}")]
pub struct Broken(pub Report);

impl Report {
    /// Notes how a rule fared.
    pub fn note(&mut self, rule: &'static str, result: Result<(), Finding>) {
        self.rules.push((rule, result.err().unwrap_or(Finding::Holds)));
    }

    /// The rules that are broken.
    pub fn broken(&self) -> impl Iterator<Item = &'static str> {
        self.rules
            .iter()
            .filter(|(_, finding)| matches!(finding, Finding::Broken { .. }))
            .map(|(rule, _)| *rule)
    }

    /// An error if some rule is broken.
    pub fn verdict(self) -> Result<Self, Broken> {
        if self.broken().next().is_some() { Err(Broken(self)) } else { Ok(self) }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (rule, finding) in &self.rules {
            match finding {
                Finding::Holds => writeln!(f, "holds      {rule}")?,
                Finding::Broken { seen } => writeln!(f, "BROKEN     {rule}: {seen}")?,
                Finding::NotTried { missing } => writeln!(f, "not tried  {rule}: {missing}")?,
            }
        }
        Ok(())
    }
}

/// The rule is broken, and this was seen.
pub(crate) fn broken(seen: impl Into<String>) -> Finding {
    Finding::Broken { seen: seen.into() }
}

/// The bench can't set this up.
pub(crate) fn not_tried(missing: &str) -> Finding {
    Finding::NotTried { missing: missing.to_owned() }
}
