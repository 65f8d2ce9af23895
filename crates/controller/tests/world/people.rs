//! Runbooks with tasks for persons, and what persons say of a run.

use model::id::{RoomId, RunId};
use model::step::{ItemRef, StepKey};
use state_machine::{Applied, Command, ItemState, Pinned, Run};

use super::World;
use super::begin::runbook;

impl World {
    /// Replaces one of the runbooks.
    pub fn load_runbook(&mut self, text: &str) {
        let leader = self.leader.clone().unwrap();
        let new = runbook(text);
        let mut runbooks = self.state.runbooks.clone();
        let hash = "2".repeat(64);
        runbooks.insert(new.value.name.clone(), Pinned { hash, ..new });
        let command = Command::EstateLoaded {
            estate: Box::new(self.state.estate.clone().unwrap()),
            policy: Box::new(self.state.policy.clone().unwrap()),
            runbooks: runbooks.into_values().collect(),
        };
        let applied = self.commit(&leader, command);
        assert_eq!(applied.rejected, None);
    }

    /// A person's word, through whoever leads.
    pub fn says(&mut self, person: &str, command: Command) -> Applied {
        let leader: RoomId = self.leader.clone().unwrap();
        self.commit_for(&leader, Some(person.into()), command)
    }

    pub fn last_run(&self) -> &Run {
        self.state.runs.values().next_back().unwrap()
    }

    pub fn key(&self, run: RunId, item: &str) -> StepKey {
        let (step, item) = item.split_once('/').unwrap_or((item, ""));
        let item = ItemRef { step: step.into(), item: item.to_owned() };
        StepKey { era: self.state.era, run, item }
    }

    /// Where an item of the last run stands; waiting while there is no run.
    pub fn item(&self, item: &str) -> ItemState {
        let Some(run) = self.state.runs.values().next_back() else { return ItemState::Waiting };
        let key = self.key(run.id, item);
        run.items.get(&key.item).map_or(ItemState::Waiting, |record| record.state)
    }
}
