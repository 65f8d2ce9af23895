//! What a change would break, told before it is made.

use serde::{Deserialize, Serialize};

use super::change::{Change, ChangeError};
use super::level::{Level, Remark};
use super::play::{Played, play};
use super::sentence;
use super::situation::Situation;
use super::{MadeFrom, Readiness, prove};

/// What a change would come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhatIf {
    /// The level as things are.
    pub before: Level,
    /// The failures that the changes themselves are, as they would go.
    pub itself: Vec<Played>,
    /// What is not well after the changes and was well before, worst first.
    pub breaks: Vec<Remark>,
    /// What was not well before and would be.
    pub mends: Vec<Remark>,
    /// The proof as it would be.
    pub after: Readiness,
}

/// Applies the changes one after the other, and proves again.
pub fn what_if(
    situation: &Situation,
    made_from: &MadeFrom,
    changes: &[Change],
) -> Result<WhatIf, ChangeError> {
    let before = prove(situation, made_from.clone());
    let mut after = situation.clone();
    let mut itself = Vec::new();
    for change in changes {
        let next = change.applied(&after)?;
        itself.extend(change.failure().map(|failure| play(&after, &failure)));
        after = next;
    }
    let after = prove(&after, made_from.clone());
    let mut breaks = sentence::of_failures(situation, &itself);
    let new = |remark: &&Remark| !before.sentences.contains(*remark);
    breaks.extend(after.sentences.iter().filter(new).cloned());
    breaks.sort_by_key(|remark| std::cmp::Reverse(remark.level));
    let gone = before.sentences.iter().filter(|remark| !after.sentences.contains(*remark));
    Ok(WhatIf { before: before.level, itself, breaks, mends: gone.cloned().collect(), after })
}

impl WhatIf {
    /// The worst of what the changes are themselves and of the proof after them.
    pub fn level(&self) -> Level {
        self.itself.iter().map(|played| played.level).fold(self.after.level, Level::max)
    }
}
