//! The leader looks whether a verdict or a run is due.

use std::sync::Arc;

use model::id::RunId;
use model::time::LogTime;
use runbook::{Progress, StepGraph};
use state_machine::Command;

use super::{Play, RunLog};
use crate::rehearsal::milestones::Milestone;
use crate::rehearsal::queue::Event;

/// A verdict may lead to the next: so many rounds at most, each of which changes the state.
const ROUNDS: usize = 4;

impl Play<'_> {
    pub(super) fn look(&mut self) {
        for _ in 0..ROUNDS {
            let now = LogTime(self.now);
            let due = controller::due(&self.state, &self.leader_room, now, |_| true, self.memory);
            if due.commands.is_empty() {
                return;
            }
            for command in due.commands {
                self.decided(command);
            }
        }
    }

    fn decided(&mut self, command: Command) {
        let (opens, runs) = match &command {
            Command::IncidentOpened { hold_off, .. } => (Some(*hold_off), false),
            Command::RunStarted { .. } => (None, true),
            _ => (None, false),
        };
        if !self.must_commit(command) {
            return;
        }
        if let Some(hold_off) = opens {
            self.milestones.first(Milestone::Verdict, self.now);
            self.queue.at(self.now + hold_off.as_millis(), Event::Look);
        }
        if runs {
            self.milestones.first(Milestone::RunBegins, self.now);
            self.begin(RunId(self.index));
        }
    }

    fn begin(&mut self, id: RunId) {
        let Some(run) = self.state.runs.get(&id) else { return };
        let known = self.memory.graph_of(&run.plan);
        // The plan was sound when it was applied.
        let Some(graph) = known.or_else(|| StepGraph::of(&run.plan).ok().map(Arc::new)) else {
            return;
        };
        let log = RunLog {
            let_start_by: vec![None; graph.len()],
            look: (0..graph.len())
                .filter(|item| run.plan.items[*item].action.starts().is_none())
                .collect(),
            progress: Progress::begin(graph),
            refused_since: Default::default(),
        };
        self.runs.insert(id, log);
        self.advance(id, None);
    }
}
