//! `verify`: a CEL expression over probes. It reads no clock and iterates no map, so that the
//! same probes give the same answer on every machine.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use cel::{Context, Program, Value};
use serde::{Deserialize, Serialize};

use crate::diagnostic::nearest;

/// What a probe last said, for an expression.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeValue {
    /// The target as the log writes it: `service/dpi`, `host/a1`, `vm/dpi-01@b1`.
    pub target: String,
    /// Seen well.
    pub ok: bool,
    /// Seen at all: silence is not known.
    pub known: bool,
}

impl ProbeValue {
    /// A target that nobody has seen.
    pub fn unseen(target: &str) -> Self {
        Self { target: target.to_owned(), ok: false, known: false }
    }
}

/// What an expression said, and the probes that it read: both enter the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// Whether it holds.
    pub holds: bool,
    /// The probes that were read, sorted by target.
    pub read: Vec<ProbeValue>,
}

/// Why an expression can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// It is not CEL.
    #[error("{message}")]
    Syntax {
        /// The compiler's words.
        message: String,
        /// Where, in bytes of the expression.
        offset: Option<usize>,
    },
    /// A variable or function that verify does not have.
    #[error("there is no `{name}` here; {known}")]
    UnknownName {
        /// As written.
        name: String,
        /// What there is.
        known: String,
        /// Where, in bytes of the expression.
        offset: Option<usize>,
    },
    /// A probe of something that no probe watches.
    #[error("no probe watches `{target}`; targets begin with {}", TARGETS.join(", "))]
    UnknownTarget {
        /// As written.
        target: String,
        /// Where, in bytes of the expression.
        offset: Option<usize>,
    },
    /// It fails when evaluated.
    #[error("{message}")]
    Evaluation {
        /// The evaluator's words.
        message: String,
    },
    /// It says something other than true or false.
    #[error("it says {found} instead of true or false")]
    NotTrueOrFalse {
        /// What it says.
        found: String,
    },
}

impl VerifyError {
    /// Where in the expression, in bytes, if known.
    pub fn offset(&self) -> Option<usize> {
        match self {
            Self::Syntax { offset, .. }
            | Self::UnknownName { offset, .. }
            | Self::UnknownTarget { offset, .. } => *offset,
            Self::Evaluation { .. } | Self::NotTrueOrFalse { .. } => None,
        }
    }
}

/// What a target may begin with: the kinds of `model::observation::Target`.
const TARGETS: &[&str] = &[
    "controller/",
    "host/",
    "power/",
    "vm/",
    "array/",
    "storage/",
    "storage-quorum/",
    "volume/",
    "link/",
    "service/",
];

/// The functions that an expression may call, beside operators.
const FUNCTIONS: &[&str] =
    &["probe", "contains", "startsWith", "endsWith", "size", "string", "int"];

/// The one variable: the item of the step's `for_each`.
const ITEM: &str = "item";

/// A compiled expression.
pub struct Verify {
    text: String,
    program: Program,
}

impl fmt::Debug for Verify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Verify").field(&self.text).finish()
    }
}

impl Verify {
    /// Compiles an expression; refuses names that there are not.
    pub fn compile(text: &str) -> Result<Self, VerifyError> {
        let program = Program::compile(text).map_err(|errors| {
            let first = errors.errors.first();
            VerifyError::Syntax {
                message: first.map_or_else(|| errors.to_string(), |error| error.msg.clone()),
                offset: first.and_then(|error| offset_at(text, error.pos)),
            }
        })?;
        let references = program.references();
        let mut variables = references.variables();
        variables.sort_unstable();
        if let Some(name) = variables.into_iter().find(|name| *name != ITEM) {
            let known = format!("the only variable is `{ITEM}`");
            return Err(VerifyError::UnknownName {
                name: name.to_owned(),
                known,
                offset: text.find(name),
            });
        }
        let mut functions = references.functions();
        functions.sort_unstable();
        for name in functions {
            let operator = !name.starts_with(|c: char| c.is_ascii_alphabetic());
            if operator || FUNCTIONS.contains(&name) {
                continue;
            }
            let known = match nearest(name, FUNCTIONS.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the functions are: {}", FUNCTIONS.join(", ")),
            };
            return Err(VerifyError::UnknownName {
                name: name.to_owned(),
                known,
                offset: text.find(name),
            });
        }
        Ok(Self { text: text.to_owned(), program })
    }

    /// What lint does: compiles, then tries it with every probe silent and with every probe well,
    /// so that an error of types shows at the desk and not at night.
    pub fn check(text: &str) -> Result<(), VerifyError> {
        let verify = Self::compile(text)?;
        for ok in [false, true] {
            let read = verify.evaluate("item", move |target| ProbeValue {
                target: target.to_owned(),
                ok,
                known: ok,
            })?;
            for probe in read.read {
                if !TARGETS.iter().any(|kind| probe.target.starts_with(kind)) {
                    let offset = text.find(&probe.target);
                    return Err(VerifyError::UnknownTarget { target: probe.target, offset });
                }
            }
        }
        Ok(())
    }

    /// The expression as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Evaluates it for one item over the given probes. A target that is not among them is
    /// unseen: neither ok nor known.
    pub fn holds(&self, item: &str, probes: &[ProbeValue]) -> Result<Verified, VerifyError> {
        let probes: BTreeMap<String, ProbeValue> =
            probes.iter().map(|probe| (probe.target.clone(), probe.clone())).collect();
        self.evaluate(item, move |target| {
            probes.get(target).cloned().unwrap_or_else(|| ProbeValue::unseen(target))
        })
    }

    fn evaluate(
        &self,
        item: &str,
        look: impl Fn(&str) -> ProbeValue + Send + Sync + 'static,
    ) -> Result<Verified, VerifyError> {
        let evaluation = |message: String| VerifyError::Evaluation { message };
        let read: Arc<Mutex<BTreeMap<String, ProbeValue>>> = Arc::default();
        let reading = Arc::clone(&read);
        let mut context = Context::default();
        context
            .add_function("probe", move |target: Arc<String>| -> Value {
                let value = look(&target);
                // The map has text keys and two truth values: it always converts.
                let seen = cel::to_value(&value).unwrap_or(Value::Null);
                let mut read = reading.lock().unwrap_or_else(PoisonError::into_inner);
                read.insert(value.target.clone(), value);
                seen
            })
            .map_err(|error| evaluation(error.to_string()))?;
        context.add_variable_from_value(ITEM, item);
        let value =
            self.program.execute(&context).map_err(|error| evaluation(error.to_string()))?;
        let read = read.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        match value {
            Value::Bool(holds) => Ok(Verified { holds, read }),
            other => Err(VerifyError::NotTrueOrFalse {
                found: format!("a value of type {}", other.type_of()),
            }),
        }
    }
}

fn offset_at(text: &str, (line, column): (isize, isize)) -> Option<usize> {
    let line = usize::try_from(line).ok()?.checked_sub(1)?;
    let column = usize::try_from(column).ok()?.checked_sub(1)?;
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let offset = start + column;
    (offset <= text.len()).then_some(offset)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn seen(target: &str, ok: bool) -> ProbeValue {
        ProbeValue { target: target.to_owned(), ok, known: true }
    }

    #[test]
    fn an_expression_reads_the_probe_of_its_item_and_says_which_it_read() {
        let verify = Verify::compile("probe('service/' + item).ok").unwrap();
        let probes = [seen("service/dpi", true), seen("service/ris", false)];
        let verified = verify.holds("dpi", &probes).unwrap();
        assert!(verified.holds);
        assert_eq!(verified.read, [seen("service/dpi", true)]);
        assert!(!verify.holds("ris", &probes).unwrap().holds);
    }

    #[test]
    fn a_target_that_nobody_saw_is_neither_ok_nor_known() {
        let verify =
            Verify::compile("probe('host/a1').known ? !probe('host/a1').ok : false").unwrap();
        assert!(!verify.holds("", &[]).unwrap().holds);
        assert!(verify.holds("", &[seen("host/a1", false)]).unwrap().holds);
    }

    #[test]
    fn bad_expressions_are_refused_with_their_place() {
        for (text, says, offset) in [
            ("probe('service/x').ok &&", "", None),
            ("prob('service/x').ok", "did you mean `probe`?", Some(0)),
            ("now > 3", "there is no `now` here", Some(0)),
            ("probe('servce/x').ok", "no probe watches `servce/x`", Some(7)),
            ("probe('service/x').oky", "No such key", None),
            ("probe('service/x')", "instead of true or false", None),
            ("probe('service/x').all(k, k == 'ok')", "there is no `k` here", None),
        ] {
            let error = Verify::check(text).unwrap_err();
            assert!(error.to_string().contains(says), "{text}: {error}");
            if offset.is_some() {
                assert_eq!(error.offset(), offset, "{text}");
            }
        }
    }
}
