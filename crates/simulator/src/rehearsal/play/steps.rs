//! Steps: which start, how attempts end, when the run does.

use model::action::Action;
use model::id::RunId;
use model::observation::{Status, Target};
use model::step::{Outcome, StepKey};
use runbook::End;
use state_machine::{Command, Effect, ItemState, RunEnd};

use super::Play;
use crate::rehearsal::queue::Event;

/// An intent that was refused for a reason that may pass is made again after so long.
const ASK_AGAIN_AFTER: u64 = 1000;
/// A run that failed is tried again after so long, as decided by `decision`.
const RUN_AGAIN_AFTER: u64 = 30_000;

impl Play<'_> {
    /// What the graph lets start. `let_by`: the item whose end made the difference.
    pub(super) fn advance(&mut self, run: RunId, let_by: Option<usize>) {
        loop {
            let Some(log) = self.runs.get(&run) else { return };
            let next = log.progress.next();
            if let Some(end) = next.end {
                self.end(run, &end);
                return;
            }
            for skip in &next.skip {
                let reason = "what it needs failed or was skipped".to_owned();
                self.skip(run, skip.item, reason);
            }
            for item in next.start {
                self.begin_item(run, item, let_by);
            }
            for item in next.again {
                if self.has_rested(run, item) {
                    self.begin_item(run, item, let_by);
                }
            }
            if next.skip.is_empty() {
                return;
            }
        }
    }

    fn end(&mut self, run: RunId, end: &End) {
        let end = match end {
            End::Succeeded => RunEnd::Succeeded,
            End::Failed { failed, left } => {
                let (failed, left) = (self.names(run, failed), self.names(run, left));
                RunEnd::Failed { reason: format!("failed: {failed}; left undone: {left}") }
            }
        };
        if let RunEnd::Failed { reason } = &end {
            self.troubles.insert(format!("a run {reason}"));
        }
        if self.must_commit(Command::RunEnded { run, end })
            && let Some(log) = self.runs.remove(&run)
        {
            self.over.insert(run, log);
        }
        self.look();
        self.queue.at(self.now + RUN_AGAIN_AFTER, Event::Look);
    }

    fn names(&self, run: RunId, items: &[usize]) -> String {
        let plan = self.state.runs.get(&run).map(|run| &run.plan.items);
        let names = items.iter().filter_map(|item| Some(plan?.get(*item)?.item.to_string()));
        let names: Vec<String> = names.take(5).collect();
        match items.len().saturating_sub(names.len()) {
            0 if names.is_empty() => "nothing".to_owned(),
            0 => names.join(", "),
            more => format!("{} and {more} more", names.join(", ")),
        }
    }

    fn key(&self, run: RunId, item: usize) -> Option<StepKey> {
        let planned = self.state.runs.get(&run)?.plan.items.get(item)?;
        Some(StepKey { era: self.state.era, run, item: planned.item.clone() })
    }

    fn skip(&mut self, run: RunId, item: usize, reason: String) {
        let Some(key) = self.key(run, item) else { return };
        if self.must_commit(Command::StepSkipped { key, reason }) {
            self.follow(run, item);
        }
    }

    /// The item stands where the state machine says.
    fn follow(&mut self, run: RunId, item: usize) {
        let Some((state, _)) = self.item_state(run, item) else { return };
        if let Some(log) = self.runs.get_mut(&run) {
            log.progress.set(item, state);
        }
    }

    fn has_rested(&self, run: RunId, item: usize) -> bool {
        let Some(record) = self.state.runs.get(&run) else { return false };
        let Some(planned) = record.plan.items.get(item) else { return false };
        let ended = record.items.get(&planned.item).and_then(|item| item.ended_at);
        self.now >= ended.unwrap_or_default().after(planned.backoff).0
    }

    /// The intent of one attempt.
    fn begin_item(&mut self, run: RunId, item: usize, let_by: Option<usize>) {
        let Some(key) = self.key(run, item) else { return };
        let Some((state, attempts)) = self.item_state(run, item) else { return };
        let planned = self.state.runs.get(&run).and_then(|run| run.plan.items.get(item));
        let Some(planned) = planned else { return };
        let timeout = planned.timeout.as_millis();
        let fenced = planned.action.starts().is_some_and(|(_, host)| {
            self.state.hosts.get(host).is_some_and(|record| record.fence.is_some())
        });
        if fenced {
            self.give_up(run, item, state, attempts, "its host is itself being fenced");
            return;
        }
        let attempt = attempts + 1;
        let token = self.state.token();
        match self.commit(Command::StepStarted { key, token, attempt }) {
            Ok(applied) => {
                self.follow(run, item);
                if let Some(log) = self.runs.get_mut(&run)
                    && attempt == 1
                {
                    log.let_start_by[item] = let_by;
                }
                self.queue.at(self.now + timeout, Event::TimedOut { run, item, attempt });
                for effect in applied.effects {
                    self.effect(run, item, attempt, effect);
                }
            }
            Err(rejection) => {
                let now = self.now;
                let Some(log) = self.runs.get_mut(&run) else { return };
                let since = *log.refused_since.entry(item).or_insert(now);
                if now >= since + timeout {
                    self.troubles.insert(format!("an intent was refused: {rejection}"));
                    self.give_up(run, item, state, attempts, &rejection.to_string());
                } else {
                    self.queue.at(now + ASK_AGAIN_AFTER, Event::Rested { run });
                }
            }
        }
    }

    fn give_up(&mut self, run: RunId, item: usize, state: ItemState, attempts: u32, why: &str) {
        match state {
            ItemState::Waiting => {
                self.skip(run, item, why.to_owned());
                self.queue.at(self.now, Event::Rested { run });
            }
            _ => {
                let reason = why.to_owned();
                self.finish(run, item, attempts, Outcome::Failed { reason }, true);
            }
        }
    }

    fn effect(&mut self, run: RunId, item: usize, attempt: u32, effect: Effect) {
        match effect {
            Effect::Fence { host, token } => self.fence(&host, token),
            Effect::Perform { action, .. } => match action {
                Action::VmStart { vm, host } | Action::VmStartFromCopy { vm, host } => {
                    self.start_vm((run, item, attempt), &vm, &host);
                }
                Action::StorageConfirmSide { layer, room } => {
                    if self.is_seen_up(&Target::StorageSide { layer, room }) {
                        let told = self.draw(|of| &of.told);
                        self.queue.at(self.now + told, Event::Seen { run, item, attempt });
                    }
                }
                Action::ServiceCheck { service } => {
                    let number = self.stage.services.number(&service);
                    if number.is_some_and(|number| self.standing.serves[number]) {
                        let told = self.draw(|of| &of.told);
                        self.queue.at(self.now + told, Event::Seen { run, item, attempt });
                    }
                }
                Action::FenceHost { .. }
                | Action::VmStop { .. }
                | Action::Approval { .. }
                | Action::Manual(_) => {
                    self.troubles
                        .insert(format!("nobody plays `{}` in a rehearsal", action.row().name));
                }
            },
        }
    }

    fn is_seen_up(&self, target: &Target) -> bool {
        self.state
            .seen(target)
            .any(|(room, seen)| seen.status == Status::Up && !self.dead_rooms.contains(room))
    }

    /// Sides of storage layers that are looked at, and serve.
    pub(super) fn sides_are_seen(&mut self) {
        let looking = self.under_way(|action| match action {
            Action::StorageConfirmSide { layer, room } => {
                let side = Target::StorageSide { layer: layer.clone(), room: room.clone() };
                self.is_seen_up(&side)
            }
            _ => false,
        });
        for (run, item, attempt) in looking {
            self.seen(run, item, attempt);
        }
    }

    pub(super) fn seen(&mut self, run: RunId, item: usize, attempt: u32) {
        if self.is_under_way(run, item, attempt) {
            let evidence = "rehearsed: it is seen".to_owned();
            self.finish(run, item, attempt, Outcome::Done { evidence }, true);
        }
    }

    pub(super) fn is_last(&self, run: RunId, item: usize, attempt: u32) -> bool {
        let planned = self.state.runs.get(&run).and_then(|run| run.plan.items.get(item));
        planned.is_none_or(|planned| attempt >= planned.attempts)
    }

    pub(super) fn timed_out(&mut self, run: RunId, item: usize, attempt: u32) {
        if !self.is_under_way(run, item, attempt) {
            return;
        }
        let last = self.is_last(run, item, attempt);
        let planned = self.state.runs.get(&run).and_then(|run| run.plan.items.get(item));
        let Some(planned) = planned else { return };
        let reason = format!("not seen done within {}", planned.timeout);
        let starts = planned.action.starts().is_some();
        let patience = self.now + planned.timeout.as_millis();
        let outcome = if starts { Outcome::Unknown { reason } } else { Outcome::Failed { reason } };
        self.finish(run, item, attempt, outcome, last);
        if starts {
            self.queue.at(patience, Event::Patience { run, item, attempt });
        }
    }

    /// Nobody has seen what became of it for as long again: it is tried again, or given up.
    pub(super) fn patience_ends(&mut self, run: RunId, item: usize, attempt: u32) {
        if self.item_state(run, item) != Some((ItemState::Unknown, attempt)) {
            return;
        }
        if self.is_last(run, item, attempt) {
            let reason = format!("given up after {attempt} attempts");
            self.finish(run, item, attempt, Outcome::Failed { reason }, true);
        } else {
            self.begin_item(run, item, None);
        }
    }

    /// An attempt ended.
    pub(super) fn finish(
        &mut self,
        run: RunId,
        item: usize,
        attempt: u32,
        outcome: Outcome,
        last: bool,
    ) {
        let Some(key) = self.key(run, item) else { return };
        if !self.runs_on(run)
            || !self.must_commit(Command::StepFinished { key, attempt, outcome, last })
        {
            return;
        }
        self.follow(run, item);
        match self.item_state(run, item) {
            Some((ItemState::Retrying, _)) => {
                let planned = self.state.runs.get(&run).and_then(|run| run.plan.items.get(item));
                let backoff = planned.map_or(0, |planned| planned.backoff.as_millis());
                self.queue.at(self.now + backoff, Event::Rested { run });
            }
            Some((state, _)) if state.is_over() => self.advance(run, Some(item)),
            _ => {}
        }
    }
}
