//! The controller: inputs to outputs.

use std::collections::BTreeMap;
use std::sync::Arc;

use lease::granter::Renewal;
use model::action::Action;
use model::call::Answer;
use model::id::{CallId, HostId, RenewalId, RunId};
use model::observation::Target;
use model::seeded_bug::{SeededBug, seeded_bug};
use model::step::Outcome;
use model::time::{LogTime, Monotonic};
use model::units::Span;
use state_machine::{Applied, Command, Effect, Entry, State};

use crate::admission::Admissions;
use crate::attesting;
use crate::config::Config;
use crate::era_proofs;
use crate::granting::Granting;
use crate::handover::Handover;
use crate::input::Input;
use crate::ladder::Ladder;
use crate::leadership::{CallFor, Desk};
use crate::log_clock::LogClock;
use crate::output::Output;
use crate::scheduling::RunDriver;
use crate::verdicts;
use crate::watching::Watching;

/// One node's brain.
#[derive(Debug)]
pub struct Controller {
    config: Config,
    clock: LogClock,
    watching: Watching,
    desk: Desk,
    role: Role,
}

/// What this node is.
#[derive(Debug)]
enum Role {
    /// Another node leads, or none.
    Follower,
    /// Consensus says that it leads; its own first entry is not applied yet.
    Claiming,
    /// Its `LeaderStarted` is applied and is the last one.
    Leader(Box<Leader>),
}

/// What a leader has in hand.
#[derive(Debug)]
struct Leader {
    granting: Granting,
    ladders: BTreeMap<HostId, Ladder>,
    runs: BTreeMap<RunId, RunDriver>,
    admissions: Admissions,
    handover: Handover,
    /// Something was applied that a decision may depend on.
    decide: bool,
    /// Since when something proposed waits to be applied, if nothing was applied since.
    waits_since: Option<Monotonic>,
    /// The majority was gone for a while: what the rooms said before that is old, so that a new
    /// `LeaderStarted` must be applied before anything is decided.
    in_doubt: bool,
}

/// A commit takes milliseconds; a leader that waits for one this long has lost its majority.
const IN_DOUBT_AFTER: Span = Span::from_secs(2);

impl Controller {
    /// A controller that has just started.
    pub fn new(config: Config) -> Self {
        let watching = Watching::new(config.room.clone());
        Self {
            config,
            clock: LogClock::default(),
            watching,
            desk: Desk::default(),
            role: Role::Follower,
        }
    }

    /// Log time now: the last entry's time plus our own monotonic time since. Entries are stamped
    /// with it.
    pub fn log_now(&self, state: &State, now: Monotonic) -> LogTime {
        self.clock.now(now).max(state.log_time)
    }

    /// Whether this node acts as the leader: its own first entry is committed and applied.
    pub fn is_leader(&self) -> bool {
        matches!(self.role, Role::Leader(_))
    }

    /// Takes one input; returns what is to be done, in this order.
    pub fn step(&mut self, now: Monotonic, state: &State, input: Input) -> Vec<Output> {
        self.clock.note(state.log_time, now);
        let tick = matches!(input, Input::Tick);
        match input {
            Input::Tick => {}
            Input::Probed(observations) => {
                let log_now = self.log_now(state, now);
                self.watching.probed(state, log_now, observations);
            }
            Input::Applied { entry, applied, .. } => self.applied(now, state, &entry, &applied),
            Input::LeadershipGained => {
                if matches!(self.role, Role::Follower) {
                    self.desk.clear();
                    self.role = Role::Claiming;
                }
            }
            Input::LeadershipLost => self.follow(),
            Input::ProposalFailed => {
                self.desk.pending.failed(now);
                self.watching.failed(now);
                if let Role::Leader(leader) = &mut self.role {
                    leader.in_doubt = true;
                }
            }
            Input::CallEnded { call, result } => self.call_ended(now, state, call, result),
            Input::RenewalArrived {
                renewal,
                host,
                boot,
                armed,
                watchdog,
                set_number,
                sole_starter,
            } => {
                let asked = Renewal { host, armed, watchdog, set_number, sole_starter };
                self.renewal_arrived(renewal, asked, boot);
            }
            Input::QuorumRoundEnded { renewal, confirmed } => {
                self.round_ended(now, state, renewal, confirmed);
            }
        }
        self.work(now, state, tick);
        std::mem::take(&mut self.desk.outputs)
    }

    fn follow(&mut self) {
        self.role = Role::Follower;
        self.desk.clear();
    }

    fn applied(&mut self, now: Monotonic, state: &State, entry: &Entry, applied: &Arc<Applied>) {
        if entry.by != self.config.id {
            // The log's clock is its leader's: ours follows it, so that the difference of our
            // rates never adds up. A leader's own clock is the log's.
            self.clock.follow(state.log_time, now);
        }
        let rejected = applied.rejected.as_ref();
        self.desk.pending.applied(&entry.command, rejected.is_some(), now);
        match &entry.command {
            Command::LeaderStarted { controller } if rejected.is_none() => {
                self.watching.leader_started();
                if *controller != self.config.id {
                    self.follow();
                } else if let Role::Leader(leader) = &mut self.role {
                    leader.in_doubt = false;
                    leader.waits_since = None;
                    leader.decide = true;
                } else if matches!(self.role, Role::Claiming) {
                    self.role = Role::Leader(Box::new(Leader::begin(state, now)));
                }
                return;
            }
            Command::Observed { observations } => self.watching.told(observations),
            Command::EstateLoaded { .. } if rejected.is_none() => {
                self.watching.estate_loaded(state);
            }
            _ => {}
        }
        let Role::Leader(leader) = &mut self.role else { return };
        leader.waits_since = None;
        // Seeded bug `rejected-entry-obeyed`: the order leaves although nothing was committed.
        if let (Some(_), Command::StepStarted { key, attempt, .. }) = (rejected, &entry.command)
            && seeded_bug(SeededBug::RejectedEntryObeyed)
            && let Some(run) = leader.runs.get_mut(&key.run)
        {
            run.perform(&mut self.desk, state, key, *attempt);
        }
        if let Some(rejection) = rejected {
            if let Command::StepStarted { key, .. } = &entry.command
                && entry.by == self.config.id
                && let Some(run) = leader.runs.get_mut(&key.run)
            {
                let log_now = self.clock.now(now);
                run.refused(&mut self.desk, state, now, log_now, key, rejection);
            }
            return;
        }
        leader.note(state, &entry.command, now);
        // Effects are the leader's, and only of what it has stamped itself.
        if entry.by != self.config.id {
            return;
        }
        for effect in &applied.effects {
            match effect {
                Effect::Perform { key, attempt, .. } => {
                    if let Some(run) = leader.runs.get_mut(&key.run) {
                        run.perform(&mut self.desk, state, key, *attempt);
                    }
                }
                Effect::Fence { host, token } => {
                    if let Command::StepStarted { key, attempt, .. } = &entry.command
                        && let Some(run) = leader.runs.get_mut(&key.run)
                    {
                        run.perform(&mut self.desk, state, key, *attempt);
                    }
                    // Seeded bug `older-proof`: what an earlier ladder had read is kept.
                    if seeded_bug(SeededBug::OlderProof) {
                        leader.ladders.retain(|of, ladder| of != host || ladder.has_read_off());
                    }
                    leader
                        .ladders
                        .entry(host.clone())
                        .or_insert_with(|| Ladder::begin(state, host, *token, now));
                }
            }
        }
    }

    fn call_ended(
        &mut self,
        now: Monotonic,
        state: &State,
        call: CallId,
        result: Result<Answer, Outcome>,
    ) {
        let Role::Leader(leader) = &mut self.role else { return };
        // A call of an earlier leadership is nobody's any more: what it did will be observed.
        let Some(for_what) = self.desk.ended(call) else { return };
        match for_what {
            CallFor::Step { key, attempt } => {
                if let Some(run) = leader.runs.get_mut(&key.run) {
                    run.call_ended(state, &key, attempt, result);
                }
            }
            CallFor::Rung { host, rung, .. } => {
                if let Some(ladder) = leader.ladders.get_mut(&host) {
                    ladder.call_ended(&mut self.desk, now, rung, result);
                }
            }
            CallFor::Admission { host, token } => {
                leader.admissions.call_ended(&mut self.desk, host, token, result, now);
            }
        }
    }

    fn renewal_arrived(&mut self, id: RenewalId, asked: Renewal, boot: String) {
        let output = match &mut self.role {
            Role::Leader(leader) => leader.granting.arrived(id, asked, boot),
            Role::Follower | Role::Claiming => Output::AnswerRenewal {
                renewal: id,
                answer: Err("this controller does not lead".to_owned()),
            },
        };
        self.desk.outputs.push(output);
    }

    fn round_ended(&mut self, now: Monotonic, state: &State, id: RenewalId, confirmed: bool) {
        let answer = match &mut self.role {
            Role::Leader(leader) => leader.granting.round_ended(state, id, confirmed, now),
            Role::Follower | Role::Claiming => None,
        };
        let answer = answer.unwrap_or_else(|| Output::AnswerRenewal {
            renewal: id,
            answer: Err("the leader changed while the renewal waited".to_owned()),
        });
        self.desk.outputs.push(answer);
    }

    /// What is due after any input.
    fn work(&mut self, now: Monotonic, state: &State, tick: bool) {
        let log_now = self.log_now(state, now);
        if let Some(batch) = self.watching.batch(state, now, log_now) {
            self.desk.outputs.push(Output::Propose(batch));
        }
        self.lead(now, state, log_now, tick);
        if let Role::Leader(leader) = &mut self.role
            && self.desk.outputs.iter().any(|output| matches!(output, Output::Propose(_)))
        {
            leader.waits_since.get_or_insert(now);
        }
    }

    fn lead(&mut self, now: Monotonic, state: &State, log_now: LogTime, tick: bool) {
        let room = &self.config.room;
        match &mut self.role {
            Role::Follower => {}
            Role::Claiming => {
                let controller = self.config.id;
                self.desk.propose(now, Command::LeaderStarted { controller });
            }
            Role::Leader(leader) => {
                let waited = leader.waits_since.map(|since| now.since(since));
                leader.in_doubt |= waited.is_some_and(|waited| waited >= IN_DOUBT_AFTER);
                if leader.in_doubt {
                    let controller = self.config.id;
                    self.desk.propose(now, Command::LeaderStarted { controller });
                } else if leader.decide || tick {
                    leader.decide = false;
                    let hosts = verdicts::propose(&mut self.desk, state, room, now, log_now);
                    for host in hosts {
                        leader.admissions.admit(&mut self.desk, state, room, &host, now);
                    }
                }
                for run in leader.runs.values_mut() {
                    run.drive(&mut self.desk, state, now, log_now, tick);
                }
                if tick && let Some(to) = leader.handover.due(state, room, now) {
                    self.desk.outputs.push(Output::HandOver { to });
                }
                if tick {
                    era_proofs::propose(&mut self.desk, state, now, log_now);
                }
                attesting::propose(&mut self.desk, state, now);
                // Seeded bug `older-proof`: a ladder outlives its order, with what it had read.
                if seeded_bug(SeededBug::OlderProof) {
                    for ladder in leader.ladders.values().filter(|of| !of.is_wanted(state)) {
                        ladder.prove_again(&mut self.desk, state, now);
                    }
                } else {
                    leader.ladders.retain(|_, ladder| ladder.is_wanted(state));
                }
                // Seeded bug `fence-before-commit`: a fence begins with its proposal.
                if seeded_bug(SeededBug::FenceBeforeCommit) {
                    begin_early(&mut leader.ladders, &self.desk, state, now);
                }
                for ladder in leader.ladders.values_mut() {
                    if seeded_bug(SeededBug::OlderProof) && !ladder.is_wanted(state) {
                        continue;
                    }
                    ladder.climb(&mut self.desk, state, &leader.granting, room, now, log_now);
                }
            }
        }
    }
}

impl Leader {
    fn begin(state: &State, now: Monotonic) -> Self {
        Self {
            granting: Granting::begin(state, now),
            ladders: BTreeMap::new(),
            runs: state
                .running_runs()
                .filter_map(|run| Some((run.id, RunDriver::take_up(run)?)))
                .collect(),
            admissions: Admissions::default(),
            handover: Handover::default(),
            decide: true,
            waits_since: None,
            in_doubt: false,
        }
    }

    /// An entry was applied: what is kept beside the state follows it.
    fn note(&mut self, state: &State, command: &Command, now: Monotonic) {
        match command {
            Command::RunStarted { incident, .. } => {
                let new = state.running_runs().find(|run| run.incident == *incident);
                if let Some(run) = new
                    && !self.runs.contains_key(&run.id)
                    && let Some(driver) = RunDriver::take_up(run)
                {
                    self.runs.insert(run.id, driver);
                }
            }
            Command::StepStarted { key, .. }
            | Command::StepFinished { key, .. }
            | Command::StepCannot { key, .. }
            | Command::StepSkipped { key, .. } => {
                if let Some(run) = self.runs.get_mut(&key.run) {
                    run.applied(state, &key.item);
                }
            }
            Command::StepRetried { key, .. } | Command::StepPassedOver { key, .. } => {
                if let Some(run) = self.runs.get_mut(&key.run) {
                    run.taken_in_hand(state);
                }
            }
            Command::RunPaused { run, .. }
            | Command::RunResumed { run }
            | Command::RunAborted { run, .. } => {
                if let Some(run) = self.runs.get_mut(run) {
                    run.taken_in_hand(state);
                }
            }
            Command::RunEnded { run, .. } => {
                self.runs.remove(run);
                self.decide = true;
            }
            Command::Withheld { host, by, .. } => self.granting.withheld(host, by, now),
            Command::HostAdmitted { host, .. } => {
                self.granting.admitted(host);
                self.decide = true;
            }
            Command::EstateLoaded { .. } => {
                self.granting.policy_loaded(state, now);
                self.decide = true;
            }
            // What VMs tell comes by the hundred and waits for the tick; the rest is decided on
            // at once.
            Command::Observed { observations } => {
                self.decide |=
                    observations.iter().any(|seen| !matches!(seen.target, Target::Vm { .. }));
                if observations.iter().any(|seen| matches!(seen.target, Target::Host { .. })) {
                    self.granting.note_armings(state, now);
                }
            }
            Command::IncidentOpened { .. }
            | Command::IncidentEnded { .. }
            | Command::IncidentApproved { .. }
            | Command::Resumed => self.decide = true,
            _ => {}
        }
    }
}

/// The seeded bug `fence-before-commit`: ladders for fences whose intent is only on its way.
fn begin_early(ladders: &mut BTreeMap<HostId, Ladder>, desk: &Desk, state: &State, now: Monotonic) {
    for output in &desk.outputs {
        let Output::Propose(Command::StepStarted { key, token, .. }) = output else { continue };
        let planned = state.runs.get(&key.run).and_then(|run| run.item(&key.item));
        if let Some(Action::FenceHost { host }) = planned.map(|(planned, _)| &planned.action) {
            let begin = || Ladder::begin(state, host, *token, now);
            ladders.entry(host.clone()).or_insert_with(begin);
        }
    }
}
