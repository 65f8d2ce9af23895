//! The one place that feeds the controller and carries out what it wants.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use consensus::NewerEra;
use controller::{Controller, Grant, Input, Output};
use model::id::{PersonId, RenewalId, RunId};
use state_machine::{Command, Entry, State};
use tokio::sync::{mpsc, oneshot};
use tracing::{Instrument, Span};

use crate::clock;
use crate::event::{Event, Proposed};
use crate::process::Shared;
use crate::proposer::Proposer;
use crate::survivor::{self, ToFound};

/// How often the controller is told that time passes.
const TICK: Duration = Duration::from_millis(100);

/// How long a quorum round may take before the renewal is refused.
const QUORUM_ROUND: Duration = Duration::from_millis(1500);

/// How long a transfer of the leadership may take.
const HAND_OVER: Duration = Duration::from_secs(5);

/// How the event loop ended.
pub(crate) enum End {
    /// Consensus stopped.
    Stopped(String),
    /// An era is to be founded: the node stops, and starts again in it.
    ToFound(ToFound),
    /// Another era forbids this one to act.
    OtherEra(NewerEra),
}

/// The event loop's own state.
pub(crate) struct EventLoop {
    shared: Arc<Shared>,
    controller: Controller,
    events: mpsc::UnboundedSender<Event>,
    proposer: Proposer,
    renewals: BTreeMap<RenewalId, oneshot::Sender<Result<Grant, String>>>,
    next_renewal: u64,
    run_spans: BTreeMap<RunId, Span>,
}

impl EventLoop {
    pub(crate) fn new(
        shared: Arc<Shared>,
        controller: Controller,
        events: mpsc::UnboundedSender<Event>,
    ) -> Self {
        let proposer = Proposer::start(shared.clone());
        Self {
            shared,
            controller,
            events,
            proposer,
            renewals: BTreeMap::new(),
            next_renewal: 0,
            run_spans: BTreeMap::new(),
        }
    }

    /// Runs until consensus stops or another era begins; then says why.
    pub(crate) async fn run(
        mut self,
        mut applied: consensus::Events,
        mut events: mpsc::UnboundedReceiver<Event>,
    ) -> End {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let mut leads = false;
        loop {
            tokio::select! {
                biased;
                event = applied.next() => {
                    let Some(event) = event else {
                        return End::Stopped(self.shared.node.stop_reason());
                    };
                    self.applied(event);
                }
                event = events.recv() => {
                    let Some(event) = event else {
                        return End::Stopped("the process is ending".to_owned());
                    };
                    self.event(event);
                }
                _ = tick.tick() => {
                    if let Some(reason) = self.shared.node.stopped() {
                        return End::Stopped(reason.to_string());
                    }
                    if let Some(newer) = self.shared.node.other_era() {
                        return End::OtherEra(newer);
                    }
                    if let Some(what) = survivor::tick(&self.shared) {
                        return End::ToFound(what);
                    }
                    let now_leads = self.shared.node.leads();
                    if now_leads != leads {
                        leads = now_leads;
                        tracing::info!(leads, "leadership");
                        self.step(if leads {
                            Input::LeadershipGained
                        } else {
                            Input::LeadershipLost
                        });
                    } else if leads && !self.controller.is_leader() {
                        // Lost and won again between two looks: only the log has said so.
                        self.step(Input::LeadershipGained);
                    }
                    self.step(Input::Tick);
                }
            }
        }
    }

    fn applied(&mut self, event: consensus::Event) {
        let event = match event {
            consensus::Event::Applied(event) => event,
            consensus::Event::Orphan(head) => {
                if self.shared.node.leads() {
                    self.propose(Command::OrphanHeard { head }, None, None);
                }
                return;
            }
            consensus::Event::Restored { .. } => return,
        };
        self.shared.metrics.entry_applied(event.entry.command.name(), event.index);
        self.shared.note_applied();
        if let Some(rejection) = &event.applied.rejected {
            tracing::info!(
                index = event.index,
                command = event.entry.command.name(),
                "rejected: {rejection}"
            );
        }
        crate::arming::carry_out(&self.shared, &event);
        match &event.entry.command {
            Command::RunStarted { runbook, .. } if event.applied.rejected.is_none() => {
                let run = RunId(event.index);
                let span = tracing::info_span!("run", %run, %runbook);
                span.in_scope(|| tracing::info!("started"));
                self.run_spans.insert(run, span);
            }
            Command::RunEnded { run, end } => {
                if let Some(span) = self.run_spans.remove(run) {
                    span.in_scope(|| tracing::info!(?end, "ended"));
                }
            }
            _ => {}
        }
        // What an earlier life of this node had applied is in the state already; its effects
        // were for whoever led then.
        if !event.replayed {
            self.step(Input::Applied {
                index: event.index,
                entry: event.entry,
                applied: Arc::new(event.applied),
            });
        }
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Probed(observations) => {
                self.shared.survivor.probed(&observations);
                self.step(Input::Probed(observations));
            }
            Event::CallEnded { call, result } => self.step(Input::CallEnded { call, result }),
            Event::QuorumRoundEnded { renewal, confirmed } => {
                self.step(Input::QuorumRoundEnded { renewal, confirmed });
            }
            Event::Renewal { renewal, answer } => {
                self.next_renewal += 1;
                let id = RenewalId(self.next_renewal);
                // Askers that gave up leave nothing behind.
                self.renewals.retain(|_, waiting| !waiting.is_closed());
                self.renewals.insert(id, answer);
                self.step(Input::RenewalArrived {
                    renewal: id,
                    host: renewal.host,
                    boot: renewal.boot,
                    armed: renewal.armed,
                    watchdog: renewal.watchdog,
                    set_number: renewal.set_number,
                    sole_starter: renewal.sole_starter,
                });
            }
            Event::Command { command, person, answer } => {
                self.propose(command, person, Some(answer));
            }
            Event::ProposalFailed { reason } => {
                tracing::debug!(reason, "a proposal was not committed");
                self.step(Input::ProposalFailed);
            }
        }
    }

    fn step(&mut self, input: Input) {
        let now = clock::monotonic();
        let controller = &mut self.controller;
        let outputs =
            self.shared.node.with_state(|state: &State| controller.step(now, state, input));
        for output in outputs {
            self.carry_out(output);
        }
    }

    fn carry_out(&mut self, output: Output) {
        match output {
            Output::Propose(command) => self.propose(command, None, None),
            Output::Call { call, what, deadline } => {
                let span = self.call_span(&what);
                let (ports, events) = (self.shared.ports.clone(), self.events.clone());
                self.shared.metrics.call_started();
                tokio::spawn(
                    async move {
                        let dispatched = contracts::call::dispatch(&ports, &what);
                        let result = match tokio::time::timeout(deadline.to_std(), dispatched).await
                        {
                            Ok(answer) => answer.map_err(Into::into),
                            Err(_) => Err(model::step::Outcome::Unknown {
                                reason: format!("no answer within {deadline}"),
                            }),
                        };
                        match &result {
                            Ok(_) => tracing::debug!("answered"),
                            Err(outcome) => {
                                tracing::info!("{}: {}", outcome.name(), outcome.words())
                            }
                        }
                        let _ = events.send(Event::CallEnded { call, result });
                    }
                    .instrument(span),
                );
            }
            Output::QuorumRound { renewal } => {
                let (shared, events) = (self.shared.clone(), self.events.clone());
                tokio::spawn(async move {
                    let confirmed = shared.node.read_index(QUORUM_ROUND).await.is_ok();
                    let _ = events.send(Event::QuorumRoundEnded { renewal, confirmed });
                });
            }
            Output::HandOver { to } => {
                tracing::info!(%to, "hears more of the estate: handing the leadership over");
                let shared = self.shared.clone();
                tokio::spawn(async move {
                    if let Err(error) = shared.node.transfer_leader(to, HAND_OVER).await {
                        tracing::warn!(%to, %error, "the leadership was not handed over");
                    }
                });
            }
            Output::AnswerRenewal { renewal, answer } => {
                if let Some(waiting) = self.renewals.remove(&renewal) {
                    let _ = waiting.send(answer);
                }
            }
        }
    }

    /// One span per call, inside its run's.
    fn call_span(&self, call: &model::call::Call) -> Span {
        match call {
            model::call::Call::StartVm { vm, host, order, .. } => {
                let parent = self.run_spans.get(&order.key.run);
                tracing::info_span!(parent: parent.and_then(Span::id), "step", %order, %vm, %host)
            }
            other => tracing::info_span!("call", what = %call_name(other)),
        }
    }

    fn propose(
        &mut self,
        command: Command,
        person: Option<PersonId>,
        answer: Option<oneshot::Sender<Proposed>>,
    ) {
        if self.shared.node.leads() {
            let now = clock::monotonic();
            let controller = &self.controller;
            let (era, at) =
                self.shared.node.with_state(|state| (state.era, controller.log_now(state, now)));
            let entry = Entry {
                era,
                at,
                wall: clock::wall(),
                by: self.shared.config.controller,
                person,
                command,
            };
            self.proposer.propose(entry, answer, self.events.clone());
        } else if answer.is_some() || matches!(command, Command::Observed { .. }) {
            self.proposer.forward(command, person, answer, self.events.clone());
        } else {
            // What a leader decided is nobody's once it leads no more: its successor would sign
            // it as its own.
            let reason = format!("{}: this controller leads no more", command.name());
            let _ = self.events.send(Event::ProposalFailed { reason });
        }
    }
}

fn call_name(call: &model::call::Call) -> &'static str {
    use model::call::Call;
    match call {
        Call::StartVm { .. } => "start-vm",
        Call::StopVm { .. } => "stop-vm",
        Call::PowerOff { .. } => "power-off",
        Call::CutStorage { .. } => "cut-storage",
        Call::Withhold { .. } => "withhold",
        Call::StartVmFromCopy { .. } => "start-vm-from-copy",
        Call::Admit { .. } => "admit",
    }
}
