//! Approvals: a question to people, who asked it, who may answer, and who has said yes.
//!
//! A yes counts for a while of log time and then no more. The person who asked never counts, and
//! no person counts twice. A question is answered by its own name: a yes to another one is a yes
//! to nothing here.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use model::id::{IncidentId, PersonId, RunId};
use model::manual::ManualEvidence;
use model::seeded_bug::{SeededBug, seeded_bug};
use model::step::StepKey;
use model::time::LogTime;
use model::units::Span;

use crate::rejection::Rejection;
use crate::state::{ItemState, State};

/// What people are asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "kebab-case")]
pub enum Question {
    /// May Bascule act on this incident?
    Incident {
        /// Which.
        incident: IncidentId,
    },
    /// May this step of a run be passed?
    Step {
        /// Which.
        key: StepKey,
    },
}

/// On which terms a question is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// So many distinct persons must say yes; at least one.
    pub quorum: u32,
    /// Who may; nobody named: whoever has the role.
    pub from: BTreeSet<PersonId>,
    /// How long a yes counts.
    pub valid_for: Span,
}

/// One person's yes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Yes {
    /// Whose.
    pub person: PersonId,
    /// When, by log time.
    pub at: LogTime,
    /// What this person accepts to lose, where copies must be opened that lack writes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<Span>,
    /// What this person shows, where a step asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<ManualEvidence>,
}

/// A question with its answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// What is asked.
    pub question: Question,
    /// The person who wants it done, who never approves it; none where Bascule asks by itself.
    pub asked_by: Option<PersonId>,
    /// Since when it is asked.
    pub asked_at: LogTime,
    /// Who must say yes.
    pub terms: Terms,
    /// Who has said yes, oldest first; one each, the last.
    pub yes: Vec<Yes>,
}

impl Approval {
    /// Asks; nobody has answered.
    pub fn ask(
        question: Question,
        asked_by: Option<PersonId>,
        asked_at: LogTime,
        terms: Terms,
    ) -> Self {
        Self { question, asked_by, asked_at, terms, yes: Vec::new() }
    }

    /// How many must say yes.
    pub fn quorum(&self) -> u32 {
        self.terms.quorum.max(1)
    }

    /// A person says yes. Refused to who asked, to who is not named, and to who has said so and
    /// whose word still counts.
    pub fn say_yes(&mut self, person: &PersonId, now: LogTime) -> Result<(), Rejection> {
        if self.asked_by.as_ref() == Some(person) {
            return Err(no(format!("{person} asked for it: somebody else must approve it")));
        }
        if !self.may_answer(person) {
            let names: Vec<&str> = self.terms.from.iter().map(PersonId::as_str).collect();
            return Err(no(format!(
                "{person} is not among those who may approve this: {}",
                names.join(", ")
            )));
        }
        // Seeded bug `same-person-twice`: each word counts, whoever says it.
        if seeded_bug(SeededBug::SamePersonTwice) {
            self.yes.push(Yes { person: person.clone(), at: now, loss: None, evidence: None });
            return Ok(());
        }
        if self.counted(now).any(|yes| yes.person == *person) {
            let (given, quorum) = (self.given(now), self.quorum());
            return Err(no(format!(
                "{person} has approved it already ({given} of {quorum}); nobody counts twice"
            )));
        }
        self.yes.retain(|yes| yes.person != *person);
        self.yes.push(Yes { person: person.clone(), at: now, loss: None, evidence: None });
        Ok(())
    }

    /// The last yes names what may be lost.
    pub fn name_loss(&mut self, loss: Option<Span>) {
        if let Some(last) = self.yes.last_mut() {
            last.loss = loss;
        }
    }

    /// The last yes comes with evidence.
    pub fn show(&mut self, evidence: &ManualEvidence) {
        if let Some(last) = self.yes.last_mut() {
            last.evidence = Some(evidence.clone());
        }
    }

    /// What may be lost: two distinct persons whose word counts at this log time have each named at
    /// least so much.
    pub fn loss_named(&self, at: LogTime) -> Option<Span> {
        let mut named: Vec<Span> = self.counted(at).filter_map(|yes| yes.loss).collect();
        named.sort_unstable();
        named.iter().rev().nth(1).copied()
    }

    /// Each yes that counts now.
    pub fn counted(&self, now: LogTime) -> impl Iterator<Item = &Yes> {
        self.yes.iter().filter(move |yes| {
            self.may_answer(&yes.person)
                && self.asked_by.as_ref() != Some(&yes.person)
                && yes.at.after(self.terms.valid_for) > now
        })
    }

    /// How many count now.
    pub fn given(&self, now: LogTime) -> u32 {
        u32::try_from(self.counted(now).count()).unwrap_or(u32::MAX)
    }

    /// Whether enough distinct persons have said yes and their word still counts.
    pub fn is_given(&self, now: LogTime) -> bool {
        self.given(now) >= self.quorum()
    }

    /// Until when it stays given if nobody says more; none while it is not.
    pub fn given_until(&self, now: LogTime) -> Option<LogTime> {
        let mut ends: Vec<LogTime> =
            self.counted(now).map(|yes| yes.at.after(self.terms.valid_for)).collect();
        ends.sort_unstable_by(|one, other| other.cmp(one));
        ends.get(self.quorum() as usize - 1).copied()
    }

    fn may_answer(&self, person: &PersonId) -> bool {
        self.terms.from.is_empty() || self.terms.from.contains(person)
    }
}

fn no(reason: String) -> Rejection {
    Rejection::Braked { reason }
}

impl State {
    /// What people were asked, and what they said.
    pub fn approval(&self, question: &Question) -> Option<&Approval> {
        self.approvals.get(question)
    }

    /// What may be lost in a run, by its approval steps that are done.
    pub fn loss_approved(&self, run: RunId) -> Option<Span> {
        let items = &self.runs.get(&run)?.items;
        // By what was asked: few questions, and a run may have ten thousand items.
        let named = self.approvals.keys().filter_map(|question| {
            let Question::Step { key } = question else { return None };
            let record = items.get(&key.item).filter(|_| key.run == run && key.era == self.era)?;
            // What counted when the step was done: a word that had lapsed by then is nobody's.
            let done = record.ended_at.filter(|_| record.state == ItemState::Succeeded)?;
            self.approval(question)?.loss_named(done)
        });
        named.max()
    }

    /// Whether people let Bascule act on an incident, as far as they count at this log time.
    pub fn is_approved(&self, incident: IncidentId, now: LogTime) -> bool {
        let question = Question::Incident { incident };
        self.approval(&question).is_some_and(|approval| approval.is_given(now))
    }
}
