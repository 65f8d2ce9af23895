//! `when`: a CEL expression over the policy, evaluated once, as the plan is made.

use std::collections::BTreeMap;
use std::fmt;

use cel::{Context, Program, Value};

use crate::verify::VerifyError;

/// What it may read: `policy.level` is `observe`, `ask` or `act`.
const POLICY: &str = "policy";
const LEVEL: &str = "level";
const LEVELS: [&str; 3] = ["observe", "ask", "act"];

/// A compiled condition.
pub struct Condition {
    text: String,
    program: Program,
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Condition").field(&self.text).finish()
    }
}

impl Condition {
    /// Compiles a condition; refuses names that there are not.
    pub fn compile(text: &str) -> Result<Self, VerifyError> {
        let program = Program::compile(text)
            .map_err(|errors| VerifyError::Syntax { message: errors.to_string(), offset: None })?;
        let references = program.references();
        let mut names = references.variables();
        names.sort_unstable();
        if let Some(name) = names.into_iter().find(|name| *name != POLICY) {
            return Err(VerifyError::UnknownName {
                name: name.to_owned(),
                known: format!("a condition reads `{POLICY}.{LEVEL}`"),
                offset: text.find(name),
            });
        }
        Ok(Self { text: text.to_owned(), program })
    }

    /// What lint does: compiles it and tries it at every level.
    pub fn check(text: &str) -> Result<(), VerifyError> {
        let condition = Self::compile(text)?;
        LEVELS.iter().try_for_each(|level| condition.holds(level).map(drop))
    }

    /// Whether it holds where the policy for the incident's class is at this level.
    pub fn holds(&self, level: &str) -> Result<bool, VerifyError> {
        let failed = |message: String| VerifyError::Evaluation { message };
        let mut context = Context::default();
        let policy = BTreeMap::from([(LEVEL, level)]);
        let policy = cel::to_value(policy).map_err(|error| failed(error.to_string()))?;
        context.add_variable_from_value(POLICY, policy);
        match self.program.execute(&context).map_err(|error| failed(error.to_string()))? {
            Value::Bool(holds) => Ok(holds),
            other => Err(VerifyError::NotTrueOrFalse {
                found: format!("a value of type {}", other.type_of()),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_condition_reads_the_level_of_the_policy() {
        let asks = Condition::compile("policy.level == 'ask'").unwrap();
        assert!(asks.holds("ask").unwrap());
        assert!(!asks.holds("act").unwrap());
    }

    #[test]
    fn a_condition_of_something_else_is_refused() {
        for (text, says) in [
            ("now > 3", "there is no `now` here"),
            ("policy.lvl == 'ask'", "No such key"),
            ("policy.level", "instead of true or false"),
            ("policy.level ==", ""),
        ] {
            let error = Condition::check(text).unwrap_err();
            assert!(error.to_string().contains(says), "{text}: {error}");
        }
    }
}
