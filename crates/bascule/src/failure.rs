//! How a command fails: what happened, what it means, what to do, and the code that the process
//! ends with.
//!
//! | code | class | when |
//! | --- | --- | --- |
//! | 0 | | done; a check found nothing worse than warnings |
//! | 1 | [`Class::NotInOrder`] | what was checked is not in order: errors in a file, a bundle that does not hold, a demonstration whose expectations fail |
//! | 2 | (usage) | the command line is not understood |
//! | 3 | [`Class::Input`] | a file or a configuration can't be read or used |
//! | 4 | [`Class::NobodyAnswers`] | no controller can be reached |
//! | 5 | [`Class::NotAllowed`] | a wrong certificate or key, or a role that may not do this |
//! | 6 | [`Class::NoSuch`] | the thing that is named does not exist |
//! | 7 | [`Class::Rejected`] | understood and refused: nothing changed |
//! | 8 | [`Class::NoMajority`] | a controller answers, but no majority of them agrees |
//! | 9 | [`Class::OutcomeUnknown`] | the order was sent and nobody knows whether it counts |
//! | 10 | [`Class::NodeStopped`] | a controller, agent, room or device stopped by itself |
//! | 11 | [`Class::SafetyViolated`] | in a simulation something happened that never may |
//! | 12 | [`Class::LivenessViolated`] | in a simulation something did not happen that should have |
//! | 13 | [`Class::Panicked`] | in a simulation the program panicked |
//! | 70 | [`Class::Internal`] | a fault of this program or of the machine; a demonstration that could not be played to its end |
//!
//! `bascule readiness` alone ends as a Nagios plugin does: 0 green, 1 amber, 2 red, and 3 for
//! everything that leaves it unknown.

use std::error::Error;
use std::process::ExitCode;

use model::text::{Lang, Text};

use crate::words::failures;

/// What kind of failure: each has its own exit code, which never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// What was checked is not in order.
    NotInOrder,
    /// A file or a configuration can't be read or used.
    Input,
    /// No controller can be reached.
    NobodyAnswers,
    /// A wrong certificate or key, or a role that may not do this.
    NotAllowed,
    /// What is named does not exist.
    NoSuch,
    /// Understood and refused.
    Rejected,
    /// No majority of the controllers agrees.
    NoMajority,
    /// Sent, and nobody knows whether it counts.
    OutcomeUnknown,
    /// A node stopped by itself.
    NodeStopped,
    /// In a simulation something happened that never may.
    SafetyViolated,
    /// In a simulation something did not happen that should have.
    LivenessViolated,
    /// In a simulation the program panicked.
    Panicked,
    /// A fault of this program or of the machine.
    Internal,
}

impl Class {
    /// Every class.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 13] = [
        Self::NotInOrder,
        Self::Input,
        Self::NobodyAnswers,
        Self::NotAllowed,
        Self::NoSuch,
        Self::Rejected,
        Self::NoMajority,
        Self::OutcomeUnknown,
        Self::NodeStopped,
        Self::SafetyViolated,
        Self::LivenessViolated,
        Self::Panicked,
        Self::Internal,
    ];

    /// What the process ends with.
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::NotInOrder => 1,
            Self::Input => 3,
            Self::NobodyAnswers => 4,
            Self::NotAllowed => 5,
            Self::NoSuch => 6,
            Self::Rejected => 7,
            Self::NoMajority => 8,
            Self::OutcomeUnknown => 9,
            Self::NodeStopped => 10,
            Self::SafetyViolated => 11,
            Self::LivenessViolated => 12,
            Self::Panicked => 13,
            Self::Internal => 70,
        }
    }
}

/// A failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    class: Class,
    happened: Text,
    to_do: Option<Text>,
}

impl Failure {
    /// A failure in these words.
    pub(crate) fn new(class: Class, happened: Text) -> Self {
        Self { class, happened, to_do: None }
    }

    /// A failure in the words of an error and of what caused it.
    pub(crate) fn of(class: Class, error: &(dyn Error + 'static)) -> Self {
        Self::new(class, Text::Same(chain(error)))
    }

    /// With other advice than that of its class.
    #[must_use]
    pub(crate) fn advising(mut self, to_do: Text) -> Self {
        self.to_do = Some(to_do);
        self
    }

    /// Its class.
    #[cfg(test)]
    pub(crate) fn class(&self) -> Class {
        self.class
    }

    /// As it is written for a person.
    pub(crate) fn in_words(&self, lang: Lang) -> String {
        let means = failures::means(self.class).in_lang(lang);
        let to_do = self
            .to_do
            .as_ref()
            .map_or(failures::to_do(self.class).in_lang(lang), |text| text.in_lang(lang));
        let happened = self.happened.in_lang(lang);
        let mut words = format!("bascule: {}: {happened}\n", failures::ERROR.in_lang(lang));
        for (title, text) in
            [(failures::MEANS.in_lang(lang), means), (failures::TO_DO.in_lang(lang), to_do)]
        {
            if !text.is_empty() {
                words.push_str(&format!("  {title}{text}\n"));
            }
        }
        words
    }

    /// Writes it to standard error.
    pub(crate) fn show(&self, lang: Lang) -> ExitCode {
        eprint!("{}", self.in_words(lang));
        ExitCode::from(self.class.exit_code())
    }
}

/// An error and everything that caused it, without what a wrapper says again.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(link) = cause {
        let said = link.to_string();
        if !words.contains(&said) {
            words.push_str(": ");
            words.push_str(&said);
        }
        cause = link.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_class_has_a_code_of_its_own_and_none_is_that_of_usage() {
        let codes: BTreeSet<u8> = Class::ALL.into_iter().map(Class::exit_code).collect();
        assert_eq!(codes.len(), Class::ALL.len());
        assert!(!codes.contains(&0) && !codes.contains(&2));
    }

    #[test]
    fn each_class_says_what_it_means_and_what_to_do_in_both_languages() {
        for class in Class::ALL {
            let failure = Failure::new(class, "x".into());
            let (en, fr) = (failure.in_words(Lang::En), failure.in_words(Lang::Fr));
            assert_eq!(en.lines().count(), 3, "{en}");
            assert_eq!(fr.lines().count(), 3, "{fr}");
            assert_ne!(en.lines().nth(1), fr.lines().nth(1));
        }
    }
}
