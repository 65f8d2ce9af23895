//! The step log's transition table. A state and an event give the next state, or the reason why
//! that can't have happened; `apply` refuses an entry whose event is illegal here.

use model::step::Outcome;
use serde::{Deserialize, Serialize};

/// Where a step item stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemState {
    /// Not started.
    #[default]
    Waiting,
    /// Its intent is committed; an attempt is under way.
    Started,
    /// An attempt ended without effect; another may follow.
    Retrying,
    /// Nobody knows how the last attempt ended; it is being observed.
    Unknown,
    /// Done and verified.
    Succeeded,
    /// Failed for good.
    Failed,
    /// Will never run.
    Skipped,
}

impl ItemState {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Waiting,
        Self::Started,
        Self::Retrying,
        Self::Unknown,
        Self::Succeeded,
        Self::Failed,
        Self::Skipped,
    ];

    /// Whether nothing follows, unless a person has it tried once more.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Skipped)
    }

    /// Whether an effect may be on its way to the target.
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Started | Self::Unknown)
    }

    /// As written in output and the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Started => "started",
            Self::Retrying => "retrying",
            Self::Unknown => "unknown",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// What happens to a step item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The intent of an attempt is committed.
    Started,
    /// The post-condition was seen.
    Succeeded,
    /// The attempt failed, definitely, with no effect left behind.
    Failed {
        /// No further attempt follows.
        last: bool,
    },
    /// The target refused: definite, no effect.
    Refused {
        /// No further attempt follows.
        last: bool,
    },
    /// Nobody knows how the attempt ended.
    Unknown,
    /// It will never run.
    Skipped,
    /// A person lets the run go on without it.
    PassedOver {
        /// It sends nothing to any target: nothing of it can be on its way.
        only_waits: bool,
    },
    /// A person has it tried once more.
    Retried,
}

impl Event {
    /// The event that an outcome is.
    pub fn of(outcome: &Outcome, last: bool) -> Self {
        match outcome {
            Outcome::Done { .. } => Self::Succeeded,
            Outcome::Refused { .. } => Self::Refused { last },
            Outcome::Failed { .. } => Self::Failed { last },
            Outcome::Unknown { .. } => Self::Unknown,
        }
    }

    /// As written in output and the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Succeeded => "succeeded",
            Self::Failed { .. } => "failed",
            Self::Refused { .. } => "refused",
            Self::Unknown => "unknown",
            Self::Skipped => "skipped",
            Self::PassedOver { .. } => "passed over",
            Self::Retried => "tried again",
        }
    }
}

/// An event that can't happen to an item in this state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an item that is {} can't become {}: {}", .state.as_str(), .event.as_str(), why(*.state, *.event))]
pub struct IllegalTransition {
    /// Where the item stands.
    pub state: ItemState,
    /// What would have happened.
    pub event: Event,
}

/// The transition table.
///
/// An item whose leader died in mid-attempt stays `Started`; the next leader commits `Unknown`
/// first, observes, and only then starts it again: so no two attempts are ever under way.
pub fn next(state: ItemState, event: Event) -> Result<ItemState, IllegalTransition> {
    use ItemState as S;
    let to = match (state, event) {
        (S::Waiting | S::Retrying | S::Unknown, Event::Started) => S::Started,
        (S::Started | S::Unknown, Event::Succeeded) => S::Succeeded,
        (S::Started | S::Unknown, Event::Failed { last } | Event::Refused { last }) => {
            if last {
                S::Failed
            } else {
                S::Retrying
            }
        }
        // Between two attempts nothing is under way: giving up is a failure, not a skip, because
        // the log must show that it was tried.
        (S::Retrying, Event::Failed { last: true } | Event::Refused { last: true }) => S::Failed,
        (S::Started | S::Unknown, Event::Unknown) => S::Unknown,
        (S::Waiting, Event::Skipped) => S::Skipped,
        (S::Waiting | S::Retrying | S::Failed, Event::PassedOver { .. })
        | (S::Started | S::Unknown, Event::PassedOver { only_waits: true }) => S::Skipped,
        // Only a person's word leads on from what is over. It was tried, or it never was.
        (S::Failed, Event::Retried) => S::Retrying,
        (S::Skipped, Event::Retried) => S::Waiting,
        _ => return Err(IllegalTransition { state, event }),
    };
    Ok(to)
}

fn why(state: ItemState, event: Event) -> &'static str {
    match (state, event) {
        (ItemState::Succeeded | ItemState::Failed | ItemState::Skipped, _) => "it is over",
        (_, Event::Retried) => "only what failed for good or was skipped is tried again",
        (_, Event::PassedOver { .. }) => {
            "an effect may be on its way; wait until it is known, or abort the run"
        }
        (ItemState::Started, Event::Started) => {
            "an attempt is under way; commit how it ended, or that nobody knows"
        }
        (ItemState::Unknown, Event::Skipped) | (ItemState::Started, Event::Skipped) => {
            "an effect may be on its way; observe it first"
        }
        (ItemState::Retrying, Event::Skipped) => "it was tried; give it up as failed",
        (ItemState::Retrying, Event::Failed { .. } | Event::Refused { .. }) => {
            "no attempt is under way; only giving up for good is left"
        }
        _ => "no attempt was started",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENTS: [Event; 11] = [
        Event::Started,
        Event::Succeeded,
        Event::Failed { last: false },
        Event::Failed { last: true },
        Event::Refused { last: false },
        Event::Refused { last: true },
        Event::Unknown,
        Event::Skipped,
        Event::PassedOver { only_waits: false },
        Event::PassedOver { only_waits: true },
        Event::Retried,
    ];

    #[test]
    fn the_table_is_what_the_documents_say() {
        let mut table = String::new();
        for state in ItemState::ALL {
            for event in EVENTS {
                let to = next(state, event).map_or("-", ItemState::as_str);
                table += &format!("{:<10}{:<34}{to}\n", state.as_str(), format!("{event:?}"));
            }
        }
        expect_test::expect![[r#"
            waiting   Started                           started
            waiting   Succeeded                         -
            waiting   Failed { last: false }            -
            waiting   Failed { last: true }             -
            waiting   Refused { last: false }           -
            waiting   Refused { last: true }            -
            waiting   Unknown                           -
            waiting   Skipped                           skipped
            waiting   PassedOver { only_waits: false }  skipped
            waiting   PassedOver { only_waits: true }   skipped
            waiting   Retried                           -
            started   Started                           -
            started   Succeeded                         succeeded
            started   Failed { last: false }            retrying
            started   Failed { last: true }             failed
            started   Refused { last: false }           retrying
            started   Refused { last: true }            failed
            started   Unknown                           unknown
            started   Skipped                           -
            started   PassedOver { only_waits: false }  -
            started   PassedOver { only_waits: true }   skipped
            started   Retried                           -
            retrying  Started                           started
            retrying  Succeeded                         -
            retrying  Failed { last: false }            -
            retrying  Failed { last: true }             failed
            retrying  Refused { last: false }           -
            retrying  Refused { last: true }            failed
            retrying  Unknown                           -
            retrying  Skipped                           -
            retrying  PassedOver { only_waits: false }  skipped
            retrying  PassedOver { only_waits: true }   skipped
            retrying  Retried                           -
            unknown   Started                           started
            unknown   Succeeded                         succeeded
            unknown   Failed { last: false }            retrying
            unknown   Failed { last: true }             failed
            unknown   Refused { last: false }           retrying
            unknown   Refused { last: true }            failed
            unknown   Unknown                           unknown
            unknown   Skipped                           -
            unknown   PassedOver { only_waits: false }  -
            unknown   PassedOver { only_waits: true }   skipped
            unknown   Retried                           -
            succeeded Started                           -
            succeeded Succeeded                         -
            succeeded Failed { last: false }            -
            succeeded Failed { last: true }             -
            succeeded Refused { last: false }           -
            succeeded Refused { last: true }            -
            succeeded Unknown                           -
            succeeded Skipped                           -
            succeeded PassedOver { only_waits: false }  -
            succeeded PassedOver { only_waits: true }   -
            succeeded Retried                           -
            failed    Started                           -
            failed    Succeeded                         -
            failed    Failed { last: false }            -
            failed    Failed { last: true }             -
            failed    Refused { last: false }           -
            failed    Refused { last: true }            -
            failed    Unknown                           -
            failed    Skipped                           -
            failed    PassedOver { only_waits: false }  skipped
            failed    PassedOver { only_waits: true }   skipped
            failed    Retried                           retrying
            skipped   Started                           -
            skipped   Succeeded                         -
            skipped   Failed { last: false }            -
            skipped   Failed { last: true }             -
            skipped   Refused { last: false }           -
            skipped   Refused { last: true }            -
            skipped   Unknown                           -
            skipped   Skipped                           -
            skipped   PassedOver { only_waits: false }  -
            skipped   PassedOver { only_waits: true }   -
            skipped   Retried                           waiting
        "#]]
        .assert_eq(&table);
    }

    #[test]
    fn what_is_over_stays_over_but_for_a_persons_word() {
        let persons = |event: &Event| matches!(event, Event::PassedOver { .. } | Event::Retried);
        for state in ItemState::ALL.into_iter().filter(|state| state.is_over()) {
            for event in EVENTS.into_iter().filter(|event| !persons(event)) {
                let illegal = next(state, event).expect_err("over");
                assert!(illegal.to_string().ends_with("it is over"), "{illegal}");
            }
        }
    }

    #[test]
    fn an_attempt_never_starts_while_another_is_under_way() {
        let illegal = next(ItemState::Started, Event::Started).expect_err("two at once");
        assert!(illegal.to_string().contains("an attempt is under way"), "{illegal}");
        assert_eq!(next(ItemState::Started, Event::Unknown), Ok(ItemState::Unknown));
        assert_eq!(next(ItemState::Unknown, Event::Started), Ok(ItemState::Started));
    }
}
