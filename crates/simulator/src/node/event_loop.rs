//! The one place that feeds the controller and carries out what it wants.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use consensus::simulation::{self, Seeded};
use consensus::{AppliedEvent, NewerEra, Node, Role};
use contracts::call::Ports;
use controller::survivor::{Survivor, SurvivorOutput};
use controller::{Controller, Input, Output};
use model::id::{ControllerId, PersonId, RenewalId, RoomId};
use model::step::Outcome;
use model::time::{Monotonic, WallTime};
use state_machine::{Applied, Command, Entry, EraEvidence};
use tokio::sync::{mpsc, oneshot};

use super::proposer::Proposer;
use super::{Event, Granted, Proposed, content_of, relay};
use crate::clock::Clock;
use crate::fact::Fact;
use crate::world::{Reach, World};

/// How often the controller is told that time passes.
const TICK: Duration = Duration::from_millis(100);
/// How long a transfer of the leadership may take.
const HAND_OVER: Duration = Duration::from_secs(5);
/// A leader that no quorum has acknowledged for so long has none.
const QUORUM_SILENCE: Duration = Duration::from_secs(3);
/// How long a quorum round may take before the renewal is refused.
const QUORUM_ROUND: Duration = Duration::from_millis(1500);
/// 2026-01-01: wall clocks are labels, this one too.
const WALL_AT_BEGIN: u64 = 1_767_225_600_000;

/// How the event loop ended by itself.
pub(super) enum End {
    /// Consensus stopped.
    Failed(String),
    /// An era is to be founded in its store.
    ToFound { order: String, evidence: EraEvidence },
    /// Its era is over.
    OtherEra { newer: NewerEra, node: Node<Seeded> },
}

/// The event loop's own state.
pub(super) struct EventLoop {
    world: World,
    me: ControllerId,
    room: RoomId,
    clock: Clock,
    node: Node<Seeded>,
    controller: Controller,
    ports: Ports,
    events: mpsc::UnboundedSender<Event>,
    proposer: Proposer,
    renewals: BTreeMap<RenewalId, oneshot::Sender<Granted>>,
    next_renewal: u64,
    leads_in: Option<u64>,
    survivor: Survivor,
}

impl EventLoop {
    pub(super) fn new(
        world: World,
        me: ControllerId,
        room: RoomId,
        node: Node<Seeded>,
        ports: Ports,
        events: mpsc::UnboundedSender<Event>,
    ) -> Self {
        let controller = Controller::new(controller::Config { id: me, room: room.clone() });
        let survivor = Survivor::new(world.estate.name.clone(), me, room.clone());
        Self {
            clock: world.clock(me),
            world,
            me,
            room,
            node,
            controller,
            ports,
            events,
            proposer: Proposer::start(me),
            renewals: BTreeMap::new(),
            next_renewal: 0,
            leads_in: None,
            survivor,
        }
    }

    fn now(&self) -> Monotonic {
        self.clock.at(self.world.now())
    }

    /// Runs until consensus stops; then says why.
    pub(super) async fn run(
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
                        let stopped = self.node.stopped();
                        let why = stopped.map(|stopped| stopped.reason);
                        return End::Failed(why.unwrap_or_else(|| "consensus ended".to_owned()));
                    };
                    match event {
                        consensus::Event::Applied(event) => self.applied(event),
                        consensus::Event::Orphan(head) if self.leads() => {
                            self.propose(Command::OrphanHeard { head }, None, None);
                        }
                        consensus::Event::Orphan(_) | consensus::Event::Restored { .. } => {}
                    }
                }
                event = events.recv() => {
                    let Some(event) = event else {
                        return End::Failed("its events ended".to_owned());
                    };
                    self.event(event);
                }
                _ = tick.tick() => {
                    if let Some(stopped) = self.node.stopped() {
                        return End::Failed(stopped.reason);
                    }
                    if let Some(newer) = self.node.other_era() {
                        return End::OtherEra { newer, node: self.node.clone() };
                    }
                    if let Some(end) = self.survive() {
                        return end;
                    }
                    let now_leads = self.leads();
                    if now_leads {
                        self.note_leading();
                    }
                    if now_leads != leads {
                        leads = now_leads;
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

    fn leads(&self) -> bool {
        self.node.leader() == Some(self.me)
    }

    /// Whether this node leads and a quorum says so.
    fn has_majority(&self) -> bool {
        let silent = self.node.status().quorum_silent_for;
        self.leads() && silent.is_some_and(|silent| silent < QUORUM_SILENCE)
    }

    /// What is due of an era that two persons ordered.
    fn survive(&mut self) -> Option<End> {
        let (now, majority) = (self.now(), self.has_majority());
        let survivor = &mut self.survivor;
        let outputs = self.node.with_state(|state| survivor.tick(now, state, majority));
        let mut end = None;
        for output in outputs {
            match output {
                SurvivorOutput::Withhold { by, from, token } => {
                    let (ports, events) = (self.ports.clone(), self.events.clone());
                    simulation::spawn_on(self.me, async move {
                        let asked = ports.withholding.withhold(&by, &from, token).await;
                        if let Ok(ends_in) = asked {
                            let _ = events.send(Event::EraWithheld { from, by, ends_in });
                        }
                    });
                }
                // The next question shows why.
                SurvivorOutput::Abandoned { .. } => {}
                SurvivorOutput::Found { order, evidence } => {
                    end = Some(End::ToFound { order, evidence });
                }
            }
        }
        end
    }

    fn note_leading(&mut self) {
        let status = self.node.status();
        if status.role == Role::Leader && self.leads_in != Some(status.term) {
            self.leads_in = Some(status.term);
            let era = self.node.era();
            self.world.note(&Fact::Leads { node: self.me, era, term: status.term });
        }
    }

    fn applied(&mut self, event: AppliedEvent) {
        let AppliedEvent { index, term, entry, applied, replayed } = event;
        let applied = Arc::new(applied);
        let content = content_of(&entry, &applied);
        let (at, root) = self.node.with_state(|state| (state.applied_index, state.audit.root()));
        self.world.note_all(&[
            Fact::Applied {
                node: self.me,
                index,
                term,
                entry: entry.clone(),
                applied: applied.clone(),
                content,
                replayed,
            },
            Fact::Root { node: self.me, era: self.node.era(), index: at, root: *root.as_bytes() },
        ]);
        if !replayed {
            self.carry_arming(&entry, &applied);
            self.step(Input::Applied { index, entry, applied });
        }
    }

    /// A person armed or disarmed a host: its agent is told, as by the server. What is in force
    /// is carried out, never an order that a later one has overtaken.
    fn carry_arming(&self, entry: &Entry, applied: &Applied) {
        let Command::HostArmed { host, .. } = &entry.command else { return };
        if applied.rejected.is_some() || entry.by != self.me || !self.leads() {
            return;
        }
        let in_force = self.node.with_state(|state| {
            state.hosts.get(host).map(|record| (!record.disarmed, record.arming))
        });
        let Some((arm, token)) = in_force else { return };
        let reach = Reach { world: self.world.clone(), from: self.room.clone() };
        let host = host.clone();
        simulation::spawn_on(self.me, async move {
            // An order that is lost leaves nothing unsafe: it is given again.
            let _ = reach.arm(&host, arm, token).await;
        });
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Probed(observations) => {
                let now = self.now();
                self.survivor.probed(now, &observations);
                self.step(Input::Probed(observations));
            }
            Event::DraftEra { answer } => {
                let (now, survivor) = (self.now(), &self.survivor);
                let draft = self.node.with_state(|state| survivor.draft(now, state, "", ""));
                let _ = answer.send(draft);
            }
            Event::OpenEra { order, answer } => {
                let (now, majority) = (self.now(), self.has_majority());
                let survivor = &mut self.survivor;
                let accepted =
                    self.node.with_state(|state| survivor.accept(now, state, majority, &order));
                let _ = answer.send(accepted.map_err(|refused| refused.to_string()));
            }
            Event::EraWithheld { from, by, ends_in } => {
                let now = self.now();
                self.survivor.withheld(now, &from, &by, ends_in);
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
                    sole_starter: true,
                });
            }
            Event::Command { command, person, answer } => {
                self.propose(command, person, Some(answer));
            }
            Event::ProposalFailed => self.step(Input::ProposalFailed),
        }
    }

    fn step(&mut self, input: Input) {
        let now = self.now();
        let controller = &mut self.controller;
        let outputs = self.node.with_state(|state| controller.step(now, state, input));
        for output in outputs {
            self.carry_out(output);
        }
    }

    fn carry_out(&mut self, output: Output) {
        match output {
            Output::Propose(command) => self.propose(command, None, None),
            Output::Call { call, what, deadline } => {
                let committed = self.node.with_state(state_machine::State::token);
                self.world.note(&Fact::Called { node: self.me, call: what.clone(), committed });
                let (ports, events) = (self.ports.clone(), self.events.clone());
                simulation::spawn_on(self.me, async move {
                    let dispatched = contracts::call::dispatch(&ports, &what);
                    let result = match tokio::time::timeout(deadline.to_std(), dispatched).await {
                        Ok(answer) => answer.map_err(Into::into),
                        Err(_) => {
                            Err(Outcome::Unknown { reason: format!("no answer within {deadline}") })
                        }
                    };
                    let _ = events.send(Event::CallEnded { call, result });
                });
            }
            Output::QuorumRound { renewal } => {
                let (node, events) = (self.node.clone(), self.events.clone());
                let (world, me, read) = (self.world.clone(), self.me, renewal.0);
                world.note(&Fact::ReadBegan { node: me, read });
                simulation::spawn_on(self.me, async move {
                    let index = node.read_index(QUORUM_ROUND).await.ok();
                    world.note(&Fact::ReadEnded { node: me, read, index });
                    let confirmed = index.is_some();
                    let _ = events.send(Event::QuorumRoundEnded { renewal, confirmed });
                });
            }
            Output::HandOver { to } => {
                let node = self.node.clone();
                simulation::spawn_on(self.me, async move {
                    // Whether it went well is seen in who leads.
                    let _ = node.transfer_leader(to, HAND_OVER).await;
                });
            }
            Output::AnswerRenewal { renewal, answer } => {
                if let Some(waiting) = self.renewals.remove(&renewal) {
                    let _ = waiting.send(answer);
                }
            }
        }
    }

    /// Stamped and proposed here when this node leads, sent to the leader otherwise.
    fn propose(
        &mut self,
        command: Command,
        person: Option<PersonId>,
        answer: Option<oneshot::Sender<Proposed>>,
    ) {
        let events = self.events.clone();
        if self.leads() {
            let now = self.now();
            let controller = &self.controller;
            let (era, at) =
                self.node.with_state(|state| (state.era, controller.log_now(state, now)));
            let wall =
                WALL_AT_BEGIN + u64::try_from(self.world.now().as_millis()).unwrap_or_default();
            let entry = Entry { era, at, wall: WallTime(wall), by: self.me, person, command };
            let (world, node, me) = (self.world.clone(), self.node.clone(), self.me);
            let proposal = world.begin_proposal(me);
            self.proposer.then(async move {
                let command = entry.command.name();
                let stamped = entry.clone();
                let proposed = node.propose(entry).await.map_err(|error| error.to_string());
                if let Ok((index, applied)) = &proposed {
                    let content = content_of(&stamped, applied);
                    let (node, index, era) = (me, *index, stamped.era);
                    let acknowledged =
                        Fact::Acknowledged { node, proposal, era, index, command, content };
                    world.note(&acknowledged);
                }
                ended(proposed, answer, &events);
            });
        } else if answer.is_none() && !matches!(command, Command::Observed { .. }) {
            // What a leader decided is nobody's once it leads no more.
            let _ = events.send(Event::ProposalFailed);
        } else {
            let leader = self.node.leader();
            let (world, room) = (self.world.clone(), self.room.clone());
            let era = self.node.era();
            self.proposer.then(async move {
                let proposed = relay::command(&world, (&room, era), leader, command, person).await;
                ended(proposed, answer, &events);
            });
        }
    }
}

fn ended(
    proposed: Proposed,
    answer: Option<oneshot::Sender<Proposed>>,
    events: &mpsc::UnboundedSender<Event>,
) {
    match (proposed, answer) {
        (proposed, Some(answer)) => {
            let _ = answer.send(proposed);
        }
        (Err(_), None) => {
            let _ = events.send(Event::ProposalFailed);
        }
        (Ok(_), None) => {}
    }
}
