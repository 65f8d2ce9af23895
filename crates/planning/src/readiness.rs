//! The standing proof: at every moment it is known of each single failure, and of the loss of all
//! production rooms, whether every service is back within its objective, and if not, which VM is
//! not, what it lacks and what would make it fit.
//!
//! ```text
//! Situation --Failure::all--> each failure --play--> Played: verdict, hold-off, fences, the plan of
//!     the policy's own runbook, forecast per service, VMs left down and what each lacks
//! Situation --alone--> what the last-resort room needs to act alone, as it was last seen
//! Situation --Change::applied--> the situation as it would be: what a change would break
//! ```
//!
//! The plan is the one that an incident would get (`expand`), its times those of the runner
//! (`forecast`). What is not known counts as not well: a check without a result is amber, a failure
//! that the policy only observes is red for every VM that it takes down.

/// Builds a [`model::text::Text`] from an English and a French format string.
macro_rules! say {
    ($en:literal, $fr:literal $(,)?) => {
        model::text::Text::Each { en: format!($en), fr: format!($fr) }
    };
}

mod alone;
mod change;
mod crowded;
mod failure;
mod forecasts;
mod lack;
mod left_down;
mod level;
mod play;
mod sentence;
mod situation;
mod timing;
mod waived;
mod what_if;

#[cfg(test)]
mod tests;

use model::date::Date;
use model::text::Text;
use serde::{Deserialize, Serialize};

pub use alone::{CheckResult, RoomAlone};
pub use change::{Change, ChangeError, GRAMMAR};
pub use failure::Failure;
pub use forecasts::ServiceForecast;
pub use lack::Lack;
pub use left_down::LeftDown;
pub use level::{Level, Remark};
pub use play::{Answer, Played};
pub use situation::{CheckFinding, Now, Situation};
pub use waived::Waived;
pub use what_if::{WhatIf, what_if};

/// What the proof was made from, as hashes; another estate or policy makes it stale.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeFrom {
    /// Of the estate.
    pub estate: String,
    /// Of the policy.
    pub policy: String,
    /// Of the runbooks, in order of their names.
    pub runbooks: Vec<String>,
}

/// The standing proof at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readiness {
    /// The worst of everything below.
    pub level: Level,
    /// What it was made from.
    pub made_from: MadeFrom,
    /// The day on which waivers were counted, in UTC.
    pub today: Date,
    /// Each failure, as it would go now.
    pub failures: Vec<Played>,
    /// Whether each last-resort room could act alone.
    pub rooms_alone: Vec<RoomAlone>,
    /// What is not green, worst first, in a sentence each.
    pub sentences: Vec<Remark>,
}

impl Readiness {
    /// Whether it says nothing of how things stand now, because it was made from something else.
    pub fn is_stale(&self, current: &MadeFrom) -> bool {
        self.made_from != *current
    }
}

/// Proves, or says what it can't prove.
pub fn prove(situation: &Situation, made_from: MadeFrom) -> Readiness {
    let failures: Vec<Played> =
        Failure::all(&situation.estate).iter().map(|f| play::play(situation, f)).collect();
    let rooms_alone = alone::rooms(situation);
    let mut sentences = sentence::of_failures(situation, &failures);
    sentences.extend(rooms_alone.iter().flat_map(sentence::of_room));
    sentences.extend(crowded::remarks(situation));
    sentences.extend(waived::remarks(situation));
    sentences.sort_by_key(|remark| std::cmp::Reverse(remark.level));
    let parts = failures.iter().map(|played| played.level);
    let parts = parts.chain(rooms_alone.iter().map(|room| room.level));
    let level = parts.chain(sentences.iter().map(|remark| remark.level)).max().unwrap_or_default();
    Readiness { level, made_from, today: situation.now.today, failures, rooms_alone, sentences }
}

/// A few names in one text, and how many more there are.
fn few<T: std::fmt::Display>(names: impl ExactSizeIterator<Item = T>) -> Text {
    const SHOWN: usize = 5;
    let more = names.len().saturating_sub(SHOWN);
    let shown: Vec<String> = names.take(SHOWN).map(|name| name.to_string()).collect();
    let shown = shown.join(", ");
    match more {
        0 => Text::Same(shown),
        _ => say!("{shown} and {more} more", "{shown} et {more} autres"),
    }
}
