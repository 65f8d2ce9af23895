//! No controller panics, stops by itself, or can't read its own disk after an honest crash.

use super::Checker;
use crate::fact::Fact;

/// The checker.
#[derive(Debug, Default)]
pub(super) struct NoControllerFails;

impl Checker for NoControllerFails {
    fn property(&self) -> &'static str {
        "no-controller-fails"
    }

    fn take(&mut self, fact: &Fact) -> Option<String> {
        match fact {
            Fact::ControllerFailed { node, why } => Some(format!("{node}: {why}")),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts::caught;
    use super::*;

    #[test]
    fn a_controller_that_stops_by_itself_is_caught() {
        let why = "its store does not open".to_owned();
        caught(
            NoControllerFails,
            &[Fact::ControllerFailed { node: model::id::ControllerId(1), why }],
        );
    }
}
