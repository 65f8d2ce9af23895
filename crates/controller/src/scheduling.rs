//! The items of a run under way: which start, what their calls brought, when they are done, tried
//! again or given up.

use std::collections::{BTreeMap, BTreeSet};

use model::action::Action;
use model::call::Answer;
use model::id::{CallId, RunId};
use model::seeded_bug::{SeededBug, seeded_bug};
use model::step::{ItemRef, Order, Outcome, StepKey};
use model::time::{LogTime, Monotonic};
use model::units::Span;
use runbook::{End, Held, ItemState, StepGraph, Verify};
use state_machine::{Command, ItemRecord, Rejection, Run, RunEnd, RunState, State};

use crate::leadership::{CallFor, Desk};
use crate::orders::call_of;
use crate::pending::About;
use crate::verification::{Check, check};
use crate::watching::fresh_from;

/// An order to an agent is answered at once or not at all: verification is what takes its time.
const ORDER_DEADLINE: Span = Span::from_secs(10);
/// A leader change costs an attempt that was nobody's fault: so many more are granted.
const MORE_FOR_LEADER_CHANGES: u32 = 5;
/// Beyond this many items a finished item waits for the next tick before its followers start:
/// walking the whole graph for each of ten thousand entries would be quadratic.
const AT_ONCE_UP_TO: usize = 1000;

/// One attempt that this leader has started.
#[derive(Clone, Debug)]
struct Attempt {
    number: u32,
    /// An order that ended without effect, for sure.
    definite: Option<Outcome>,
    /// The order's answer is in.
    answered: bool,
    words: String,
}

/// Drives one run.
#[derive(Debug)]
pub(crate) struct RunDriver {
    id: RunId,
    graph: StepGraph,
    states: Vec<ItemState>,
    under_way: BTreeSet<usize>,
    attempts: BTreeMap<usize, Attempt>,
    refused_since: BTreeMap<usize, LogTime>,
    verify: BTreeMap<usize, Verify>,
    look_ahead: bool,
}

impl RunDriver {
    /// Takes a run up where the log says that it stands.
    pub(crate) fn take_up(run: &Run) -> Option<Self> {
        let graph = StepGraph::of(&run.plan).ok()?;
        let states = graph.states(run.items.iter().map(|(item, record)| (item, record.state)));
        let under_way = states
            .iter()
            .enumerate()
            .filter(|(_, state)| state.is_under_way())
            .map(|(index, _)| index)
            .collect();
        let verify = run
            .plan
            .items
            .iter()
            .enumerate()
            .filter_map(|(index, planned)| {
                // Lint has compiled it; one that does not compile is never true and times out.
                Some((index, Verify::compile(planned.verify.as_deref()?).ok()?))
            })
            .collect();
        Some(Self {
            id: run.id,
            graph,
            states,
            under_way,
            attempts: BTreeMap::new(),
            refused_since: BTreeMap::new(),
            verify,
            look_ahead: true,
        })
    }

    /// An entry about one of its items was applied.
    pub(crate) fn applied(&mut self, state: &State, item: &ItemRef) {
        let record = state.runs.get(&self.id).and_then(|run| run.items.get(item));
        let Some(record) = record else { return };
        let index = record.index;
        let before = self.states.get(index).copied().unwrap_or_default();
        if let Some(known) = self.states.get_mut(index) {
            *known = record.state;
        }
        if record.state.is_under_way() {
            self.under_way.insert(index);
        } else {
            self.under_way.remove(&index);
            self.attempts.remove(&index);
        }
        if record.state != ItemState::Waiting {
            self.refused_since.remove(&index);
        }
        if record.state.is_over() && before != record.state && self.states.len() <= AT_ONCE_UP_TO {
            self.look_ahead = true;
        }
    }

    /// A person took it in hand: anything may stand elsewhere now.
    pub(crate) fn taken_in_hand(&mut self, state: &State) {
        let Some(run) = state.runs.get(&self.id) else { return };
        self.states =
            self.graph.states(run.items.iter().map(|(item, record)| (item, record.state)));
        let under_way = |index: &usize| {
            self.states.get(*index).is_some_and(|item: &ItemState| item.is_under_way())
        };
        self.under_way = (0..self.states.len()).filter(under_way).collect();
        self.attempts.retain(|index, _| self.under_way.contains(index));
        self.refused_since.clear();
        self.look_ahead = true;
    }

    /// Our own intent was committed: the step leaves.
    pub(crate) fn perform(&mut self, desk: &mut Desk, state: &State, key: &StepKey, number: u32) {
        let Some((planned, record)) = item(state, key) else { return };
        let mut attempt = Attempt { number, definite: None, answered: true, words: String::new() };
        let token = record.token.unwrap_or_default();
        let order = Order { key: key.clone(), attempt: number };
        if let Some(call) = call_of(state, &planned.action, token, order) {
            let for_what = CallFor::Step { key: key.clone(), attempt: number };
            let _: CallId = desk.call(for_what, call, ORDER_DEADLINE.min(planned.timeout));
            attempt.answered = false;
        }
        self.attempts.insert(record.index, attempt);
    }

    /// An order was answered.
    pub(crate) fn call_ended(
        &mut self,
        state: &State,
        key: &StepKey,
        number: u32,
        result: Result<Answer, Outcome>,
    ) {
        let Some((_, record)) = item(state, key) else { return };
        let Some(attempt) = self.attempts.get_mut(&record.index) else { return };
        if attempt.number != number {
            return;
        }
        attempt.answered = true;
        match result {
            // Accepted is not done: the second channel says when it is.
            // Seeded bug `done-from-exit-code`: accepted is taken for done.
            Ok(_) if seeded_bug(SeededBug::DoneFromExitCode) => {
                let evidence = "the order was accepted".to_owned();
                attempt.definite = Some(Outcome::Done { evidence });
            }
            Ok(_) => {}
            Err(Outcome::Unknown { reason }) => attempt.words = reason,
            Err(Outcome::Done { evidence }) => attempt.words = evidence,
            Err(definite) => attempt.definite = Some(definite),
        }
    }

    /// Our own intent was refused by `apply`.
    pub(crate) fn refused(
        &mut self,
        desk: &mut Desk,
        state: &State,
        now: Monotonic,
        log_now: LogTime,
        key: &StepKey,
        rejection: &Rejection,
    ) {
        let Some((planned, record)) = item(state, key) else { return };
        let never = matches!(
            rejection,
            Rejection::StoppedOnPurpose { .. }
                | Rejection::OpenedElsewhere { .. }
                | Rejection::NoCopyThere { .. }
        );
        let may_pass = matches!(
            rejection,
            Rejection::NotFenced { .. }
                | Rejection::Quarantined { .. }
                | Rejection::WrongToken { .. }
                | Rejection::NoSuch { .. }
                // A side is resynchronised, word of a copy arrives.
                | Rejection::StaleSide { .. }
                | Rejection::StaleLayer { .. }
                | Rejection::OldCopy { .. }
        );
        if !never && !may_pass {
            return;
        }
        let since = *self.refused_since.entry(record.index).or_insert(log_now);
        if never || log_now.since(since) >= planned.timeout {
            desk.pending.forget(&About::Step(key.clone()));
            give_up(desk, now, key, record, &rejection.to_string());
        }
    }

    /// Looks at everything that may have moved. `tick`: time has passed, backoffs may be over.
    pub(crate) fn drive(
        &mut self,
        desk: &mut Desk,
        state: &State,
        now: Monotonic,
        log_now: LogTime,
        tick: bool,
    ) {
        let Some(run) = state.runs.get(&self.id).filter(|run| run.state == RunState::Running)
        else {
            return;
        };
        let under_way: Vec<usize> = self.under_way.iter().copied().collect();
        for index in under_way {
            self.watch(desk, state, run, now, log_now, index);
        }
        if tick || self.look_ahead {
            self.look_ahead = false;
            self.advance(desk, state, run, now, log_now);
        }
    }

    fn key(&self, state: &State, run: &Run, index: usize) -> Option<StepKey> {
        let planned = run.plan.items.get(index)?;
        Some(StepKey { era: state.era, run: self.id, item: planned.item.clone() })
    }

    /// One item under way.
    fn watch(
        &mut self,
        desk: &mut Desk,
        state: &State,
        run: &Run,
        now: Monotonic,
        log_now: LogTime,
        index: usize,
    ) {
        let Some(key) = self.key(state, run, index) else { return };
        if !desk.is_free(now, &About::Step(key.clone())) {
            return;
        }
        let Some((planned, record)) = run.item(&key.item) else { return };
        if !record.state.is_under_way() {
            return;
        }
        let fresh = fresh_from(state);
        let attempt = record.attempts;
        let finish = |outcome: Outcome, last: bool| Command::StepFinished {
            key: key.clone(),
            attempt,
            outcome,
            last,
        };
        let seen = check(state, self.id, planned, record, self.verify.get(&index), fresh);
        if let Check::Done(evidence) = seen {
            desk.propose(now, finish(Outcome::Done { evidence }, true));
            return;
        }
        if let Some(reason) = target_is_gone(state, &planned.action, true) {
            // A proof says that nothing executes there: this is definite.
            desk.propose(now, finish(Outcome::Failed { reason }, true));
            return;
        }
        let aborted = run.aborted.as_ref().filter(|_| !planned.always);
        if let Some(aborted) = aborted.filter(|_| ends_when_aborted(&planned.action)) {
            let reason = format!("{} aborted the run: {}", aborted.by, aborted.reason);
            desk.propose(now, finish(Outcome::Failed { reason }, true));
            return;
        }
        let deadline = record.attempt_started_at.unwrap_or_default().after(planned.timeout);
        let last = attempt >= planned.attempts;
        let ours = self.attempts.get(&index).filter(|ours| ours.number == attempt);
        match (record.state, ours) {
            (ItemState::Started, Some(ours)) => {
                if let Some(definite) = &ours.definite {
                    // An order that was overtaken by a higher token is nobody's failure.
                    let overtaken = matches!(definite, Outcome::Refused { .. })
                        && record.token.is_some_and(|token| token < state.token())
                        && attempt < planned.attempts.saturating_add(MORE_FOR_LEADER_CHANGES);
                    desk.propose(now, finish(definite.clone(), last && !overtaken));
                } else if ours.answered
                    && !ours.words.is_empty()
                    && seen == Check::Absent
                    && log_now
                        >= record.attempt_started_at.unwrap_or_default().after(ORDER_DEADLINE)
                {
                    // Nobody knows what became of the order, and long after it could have arrived
                    // the target says that nothing did: waiting for the deadline would cost
                    // minutes. It is given again under the same key, which absorbs the first one
                    // should it still arrive.
                    let reason = ours.words.clone();
                    desk.propose(now, finish(Outcome::Unknown { reason }, false));
                } else if log_now >= deadline {
                    let words = match (&planned.action, ours.answered) {
                        (Action::Manual(_), _) => "not enough persons have said that it is done",
                        (_, true) => ours.words.as_str(),
                        (_, false) => "the order is unanswered",
                    };
                    let reason = format!("not seen done within {}: {words}", planned.timeout);
                    // What only waits can leave nothing behind.
                    let outcome = if planned.action.only_waits() {
                        Outcome::Failed { reason }
                    } else {
                        Outcome::Unknown { reason }
                    };
                    desk.propose(now, finish(outcome, last));
                }
            }
            // Seeded bug `repeat-not-absorbed`: the attempt of another leader is made again.
            (ItemState::Started, None) if seeded_bug(SeededBug::RepeatNotAbsorbed) => {
                self.perform(desk, state, &key, attempt);
            }
            // The leader that started it is gone: nobody knows what became of the order.
            (ItemState::Started, None) => {
                let reason = "the leader changed in mid-attempt".to_owned();
                desk.propose(now, finish(Outcome::Unknown { reason }, false));
            }
            (_, ours) => {
                let exhausted = ours.is_some() && last;
                let patience = record.ended_at.unwrap_or_default().after(planned.timeout);
                let at_most = planned.attempts.saturating_add(MORE_FOR_LEADER_CHANGES);
                let spent = exhausted || attempt >= at_most || aborted.is_some();
                let again = !spent && !state.is_paused(log_now) && !run.is_paused(log_now);
                let observed = match &planned.action {
                    // Idempotent: the order in force is joined, the looking begins again.
                    Action::FenceHost { .. }
                    | Action::StorageConfirmSide { .. }
                    | Action::ServiceCheck { .. }
                    | Action::Approval { .. }
                    | Action::Manual(_) => true,
                    Action::VmStart { .. }
                    | Action::VmStartFromCopy { .. }
                    | Action::VmStop { .. } => {
                        // Word from this leader's rooms needs a moment to arrive.
                        seen == Check::Absent && log_now >= fresh.after(Span::from_millis(500))
                    }
                };
                if again && observed && seeded_bug(SeededBug::RetryWithoutIntent) {
                    // Seeded bug `retry-without-intent`: the order leaves again by itself.
                    if self.attempts.get(&index).is_none_or(|ours| ours.answered) {
                        self.perform(desk, state, &key, attempt);
                    }
                } else if again && (observed || log_now >= patience) {
                    desk.propose(now, started(state, &key, attempt));
                } else if spent && log_now >= patience {
                    let words = record.outcome.as_ref().map_or("", Outcome::words);
                    let reason = format!("given up after {attempt} attempts: {words}");
                    desk.propose(now, finish(Outcome::Failed { reason }, true));
                }
            }
        }
    }

    /// What the graph lets start, what it skips, and whether the run is over.
    fn advance(
        &mut self,
        desk: &mut Desk,
        state: &State,
        run: &Run,
        now: Monotonic,
        log_now: LogTime,
    ) {
        let held = if run.aborted.is_some() { Held::Aborted } else { Held::No };
        let next = self.graph.next_held(&self.states, held);
        if let Some(end) = next.end {
            let end = match (end, &run.aborted) {
                (_, Some(aborted)) => RunEnd::Failed {
                    reason: format!("aborted by {}: {}", aborted.by, aborted.reason),
                },
                (End::Succeeded, None) => RunEnd::Succeeded,
                (End::Failed { failed, left }, None) => RunEnd::Failed {
                    reason: format!(
                        "failed: {}; left undone: {}",
                        names(run, &failed),
                        names(run, &left)
                    ),
                },
            };
            desk.propose(now, Command::RunEnded { run: self.id, end });
            return;
        }
        for skip in next.skip {
            if let Some(key) = self.key(state, run, skip.item) {
                let because = names(run, &[skip.because]);
                let reason = format!("it needs {because}, which failed or was skipped");
                desk.propose(now, Command::StepSkipped { key, reason });
            }
        }
        if state.is_paused(log_now) || run.is_paused(log_now) {
            return;
        }
        let again = next.again.into_iter().filter(|index| {
            let planned = run.plan.items.get(*index);
            planned.and_then(|planned| run.item(&planned.item)).is_some_and(|(planned, record)| {
                log_now >= record.ended_at.unwrap_or_default().after(planned.backoff)
            })
        });
        for index in next.start.into_iter().chain(again) {
            let Some(key) = self.key(state, run, index) else { continue };
            let Some((planned, record)) = run.item(&key.item) else { continue };
            // The state may be ahead of what this driver was told.
            if !matches!(record.state, ItemState::Waiting | ItemState::Retrying) {
                continue;
            }
            match target_is_gone(state, &planned.action, false) {
                Some(why) => give_up(desk, now, &key, record, &why),
                None => desk.propose(now, started(state, &key, record.attempts)),
            }
        }
    }
}

/// What need not be waited for in a run that was aborted: what only waits, and a fence, whose order
/// stands in the state whatever becomes of the run.
fn ends_when_aborted(action: &Action) -> bool {
    action.only_waits() || matches!(action, Action::FenceHost { .. })
}

/// Why a start can't happen on its target any more, if so: a fence is ordered there, or proved. A
/// host that is merely in quarantine may be admitted any moment.
fn target_is_gone(state: &State, action: &Action, proved: bool) -> Option<String> {
    let (_, host) = action.starts()?;
    let order = state.hosts.get(host)?.fence.as_ref()?;
    (order.is_proved() || !proved)
        .then(|| format!("host {host} is itself being fenced, at token {}", order.token))
}

fn started(state: &State, key: &StepKey, attempts: u32) -> Command {
    Command::StepStarted {
        key: key.clone(),
        token: state.token(),
        attempt: attempts.saturating_add(1),
    }
}

fn give_up(desk: &mut Desk, now: Monotonic, key: &StepKey, record: &ItemRecord, why: &str) {
    let command = match record.state {
        ItemState::Waiting => Command::StepSkipped { key: key.clone(), reason: why.to_owned() },
        ItemState::Retrying | ItemState::Unknown => Command::StepFinished {
            key: key.clone(),
            attempt: record.attempts,
            outcome: Outcome::Failed { reason: why.to_owned() },
            last: true,
        },
        ItemState::Started | ItemState::Succeeded | ItemState::Failed | ItemState::Skipped => {
            return;
        }
    };
    desk.propose(now, command);
}

fn item<'a>(
    state: &'a State,
    key: &StepKey,
) -> Option<(&'a model::plan::PlannedItem, &'a ItemRecord)> {
    state.runs.get(&key.run)?.item(&key.item)
}

/// A few names, and how many more.
fn names(run: &Run, indices: &[usize]) -> String {
    const SHOWN: usize = 10;
    let mut names: Vec<String> = indices
        .iter()
        .take(SHOWN)
        .filter_map(|index| run.plan.items.get(*index))
        .map(|planned| planned.item.to_string())
        .collect();
    if names.is_empty() {
        return "nothing".to_owned();
    }
    if indices.len() > SHOWN {
        names.push(format!("and {} more", indices.len() - SHOWN));
    }
    names.join(", ")
}
