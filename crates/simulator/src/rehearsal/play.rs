//! One rehearsal.

mod fences;
mod looking;
mod starts;
mod steps;
mod strikes;

use std::collections::{BTreeMap, BTreeSet};

use consensus::simulation::{NodeRng, mix};
use model::estate::Estate;
use model::id::{ControllerId, HostId, RoomId, RunId};
use model::plan::Plan;
use model::policy::Policy;
use rand::{RngExt, SeedableRng};
use runbook::Progress;
use state_machine::{Applied, Command, ItemState, Rejection, RunState, State, apply};

use super::critical_path::back_from;
use super::file::Chance;
use super::milestones::Milestones;
use super::outcome::{Outcome, Recovered};
use super::plan_memory::PlanMemory;
use super::quantiles::Quantiles;
use super::queue::{Event, Queue};
use super::services::Standing;
use super::stage::{BEGINS_AT, Stage, entry};

/// What is kept of a run beside the state.
#[derive(Debug)]
pub(super) struct RunLog {
    pub(super) progress: Progress,
    /// The item whose end let each start.
    pub(super) let_start_by: Vec<Option<usize>>,
    /// The items that wait for something other than their own guest: fences, sides, services.
    look: Vec<usize>,
    /// When the state machine first refused the intent of an item.
    refused_since: BTreeMap<usize, u64>,
}

/// A rehearsal under way.
pub(super) struct Play<'a> {
    stage: &'a Stage,
    memory: &'a PlanMemory,
    estate: &'a Estate,
    policy: &'a Policy,
    rng: NodeRng,
    state: State,
    index: u64,
    now: u64,
    queue: Queue,
    leader: ControllerId,
    leader_room: RoomId,
    standing: Standing,
    dead_rooms: BTreeSet<RoomId>,
    dead_hosts: BTreeSet<HostId>,
    /// Guests that never come up, whatever is tried.
    hung: BTreeSet<usize>,
    runs: BTreeMap<RunId, RunLog>,
    /// Runs that have ended.
    over: BTreeMap<RunId, RunLog>,
    last_up: u64,
    lost: Vec<bool>,
    served_at: Vec<Option<u64>>,
    /// Another leads since anybody told of its VMs.
    anew: bool,
    /// Strikes that are still to come, or that nobody has told of.
    untold: usize,
    last_boot: Option<(RunId, usize)>,
    transitions: u64,
    troubles: BTreeSet<String>,
    milestones: Milestones,
    timeline: Option<Vec<(u64, String)>>,
}

/// Plays it once.
pub(super) fn play(
    stage: &Stage,
    memory: &PlanMemory,
    seed: u64,
    telling: bool,
) -> Option<Outcome> {
    let mut play = begin(stage, memory, seed, telling)?;
    play.through();
    Some(play.outcome(seed))
}

/// The plan of the first run that a rehearsal leads to.
pub(super) fn first_plan(stage: &Stage, seed: u64) -> Option<Plan> {
    let memory = PlanMemory::default();
    let mut play = begin(stage, &memory, seed, false)?;
    play.through();
    play.state.runs.into_values().next().map(|run| run.plan)
}

fn begin<'a>(
    stage: &'a Stage,
    memory: &'a PlanMemory,
    seed: u64,
    telling: bool,
) -> Option<Play<'a>> {
    let (estate, policy) = (stage.estate()?, stage.policy()?);
    let count = stage.services.ids.len();
    Some(Play {
        stage,
        memory,
        estate,
        policy,
        rng: NodeRng::seed_from_u64(mix(seed ^ 0x7265_6865_6172)),
        state: stage.state.clone(),
        index: stage.index,
        now: BEGINS_AT,
        queue: Queue::default(),
        leader: stage.leader,
        leader_room: stage.rehearsal.leader_in.clone(),
        standing: Standing::all_up(&stage.services),
        dead_rooms: BTreeSet::new(),
        dead_hosts: BTreeSet::new(),
        hung: BTreeSet::new(),
        runs: BTreeMap::new(),
        over: BTreeMap::new(),
        last_up: BEGINS_AT,
        lost: vec![false; count],
        served_at: vec![None; count],
        anew: false,
        untold: stage.rehearsal.strikes.len(),
        last_boot: None,
        transitions: 0,
        troubles: BTreeSet::new(),
        milestones: Milestones::default(),
        timeline: telling.then(Vec::new),
    })
}

impl Play<'_> {
    fn through(&mut self) {
        let mut last_strike = BEGINS_AT;
        for strike in &self.stage.rehearsal.strikes {
            let at = BEGINS_AT + strike.at.as_millis();
            last_strike = last_strike.max(at);
            if let Some(what) = strike.what() {
                self.queue.at(at, Event::Strikes(what));
            }
        }
        let ends = last_strike + self.stage.rehearsal.given_up_after.as_millis();
        while !self.is_over()
            && let Some((at, event)) = self.queue.next()
            && at <= ends
        {
            self.now = self.now.max(at);
            self.happens(event);
        }
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Strikes(what) => self.strikes(&what),
            Event::Leads => self.leads(),
            Event::Silent(what) => self.silent(&what),
            Event::Elected => self.elected(),
            Event::Look => self.look(),
            Event::Withheld { host, token } => self.withheld(&host, token),
            Event::Proved { host, token, by_lease } => self.proved(&host, token, by_lease),
            Event::OrderFailed { run, item, attempt } => self.order_failed(run, item, attempt),
            Event::Booted { run, item, attempt } => self.booted(run, item, attempt),
            Event::TimedOut { run, item, attempt } => self.timed_out(run, item, attempt),
            Event::Patience { run, item, attempt } => self.patience_ends(run, item, attempt),
            Event::Rested { run } => self.advance(run, None),
            Event::Seen { run, item, attempt } => self.seen(run, item, attempt),
            Event::Serves { service, life } => self.serves(service, life),
        }
    }

    /// Nothing is left to wait for.
    fn is_over(&self) -> bool {
        self.untold == 0
            && self.runs.is_empty()
            && self.lost.iter().zip(&self.standing.serves).all(|(lost, serves)| !lost || *serves)
    }

    /// An entry is applied; none if it was rejected.
    fn commit(&mut self, command: Command) -> Result<Applied, Rejection> {
        self.index += 1;
        if matches!(
            command,
            Command::StepStarted { .. }
                | Command::StepFinished { .. }
                | Command::StepSkipped { .. }
        ) {
            self.transitions += 1;
        }
        let entry = entry(self.leader, self.now, command);
        let applied = apply(&mut self.state, self.index, &entry);
        if let Some(timeline) = &mut self.timeline
            && !matches!(entry.command, Command::Observed { .. })
        {
            let words = crate::command_words::words(&entry.command);
            let words = format!("{} {words}", entry.command.name());
            let refused = applied.rejected.as_ref().map(|why| format!(", refused: {why}"));
            timeline.push((self.now, words + &refused.unwrap_or_default()));
        }
        match applied.rejected {
            None => Ok(applied),
            Some(rejection) => Err(rejection),
        }
    }

    /// The same, where a rejection is trouble that the report shows.
    fn must_commit(&mut self, command: Command) -> bool {
        let name = command.name();
        match self.commit(command) {
            Ok(_) => true,
            Err(rejection) => {
                self.troubles.insert(format!("{name} was refused: {rejection}"));
                false
            }
        }
    }

    fn tell(&mut self, words: impl FnOnce() -> String) {
        if let Some(timeline) = &mut self.timeline {
            timeline.push((self.now, words()));
        }
    }

    fn draw(&mut self, of: fn(&super::file::Durations) -> &Quantiles) -> u64 {
        of(&self.stage.rehearsal.durations).draw(&mut self.rng)
    }

    fn happens_by(&mut self, chance: Chance) -> bool {
        chance.0 > 0 && self.rng.random_range(0..1_000_000) < chance.0
    }

    /// The rooms that live, the leader's among them.
    fn living_rooms(&self) -> Vec<RoomId> {
        self.estate.rooms.keys().filter(|room| !self.dead_rooms.contains(*room)).cloned().collect()
    }

    /// Where an item of a run stands, and how often it was tried.
    fn item_state(&self, run: RunId, item: usize) -> Option<(ItemState, u32)> {
        let record = self.state.runs.get(&run)?;
        let planned = record.plan.items.get(item)?;
        let record = record.items.get(&planned.item)?;
        Some((record.state, record.attempts))
    }

    fn is_under_way(&self, run: RunId, item: usize, attempt: u32) -> bool {
        self.item_state(run, item) == Some((ItemState::Started, attempt))
    }

    fn outcome(self, seed: u64) -> Outcome {
        let services = &self.stage.services;
        let recovered = services.ids.iter().enumerate().filter(|(at, _)| self.lost[*at]);
        let recovered: Vec<Recovered> = recovered
            .map(|(at, id)| Recovered {
                service: id.clone(),
                after_ms: self.served_at[at]
                    .filter(|_| self.standing.serves[at])
                    .map(|served| served - self.last_up),
            })
            .collect();
        let down = services.vm_ids.iter().zip(&self.standing.vm_up);
        let down = down.filter(|(_, up)| !**up).map(|(vm, _)| vm.clone()).collect();
        Outcome {
            seed,
            critical_path: self.critical_path(&recovered),
            services: recovered,
            down,
            transitions: self.transitions,
            milestones: self.milestones.clone().since(self.last_up),
            troubles: self.troubles.into_iter().collect(),
            timeline: self.timeline.unwrap_or_default(),
        }
    }

    fn critical_path(&self, recovered: &[Recovered]) -> Vec<String> {
        let last = recovered.iter().max_by_key(|service| service.after_ms);
        let mut path: Vec<String> =
            last.map(|service| format!("service/{}", service.service)).into_iter().collect();
        let Some((run, item)) = self.last_boot else { return path };
        let (Some(log), Some(record)) = (self.ended(run), self.state.runs.get(&run)) else {
            return path;
        };
        let names = back_from(log, item).into_iter();
        path.extend(names.filter_map(|item| Some(record.plan.items.get(item)?.item.to_string())));
        path
    }

    fn ended(&self, run: RunId) -> Option<&RunLog> {
        self.runs.get(&run).or_else(|| self.over.get(&run))
    }

    /// Whether a run is under way.
    fn runs_on(&self, run: RunId) -> bool {
        self.state.runs.get(&run).is_some_and(|run| run.state == RunState::Running)
    }
}
