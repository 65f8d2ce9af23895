//! A log over a small clinic, told command by command.

#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used)]

mod estate;

use model::action::Action;
use model::era::{Epoch, Era, Token};
use model::fence::{FenceEvidence, FenceProof};
use model::id::{ControllerId, HostId, IncidentId, PersonId, RunId, VmId};
use model::incident::Cause;
use model::observation::{Detail, Observation, Status, Target};
use model::plan::{OnFailure, Plan, PlannedItem};
use model::policy::Policy;
use model::step::{ItemRef, Outcome, StepKey};
use model::time::{LogTime, WallTime};
use model::units::Span;
use state_machine::{Applied, Command, Entry, Member, Pinned, Rejection, State, apply};

pub use estate::clinic;

pub fn pinned<T>(value: T) -> Pinned<T> {
    Pinned { hash: "a".repeat(64), value }
}

#[derive(Clone)]
pub struct Log {
    pub state: State,
    pub index: u64,
    pub now: u64,
    pub by: u64,
}

impl Log {
    pub fn empty() -> Self {
        Self { state: State::default(), index: 0, now: 0, by: 1 }
    }

    /// Controller 1 leads, the estate is loaded, every host has told its first boot.
    pub fn new() -> Self {
        let mut log = Self::empty();
        let members = [(1, "a"), (2, "b"), (3, "c")]
            .map(|(id, room)| Member { controller: ControllerId(id), room: room.into() });
        log.ok(Command::ClusterFormed { members: members.to_vec() });
        log.ok(Command::LeaderStarted { controller: ControllerId(1) });
        log.ok(load());
        for host in ["a1", "a2", "b1", "b2"] {
            log.ok(seen(vec![host_up("b", host, "boot-1", Token::default())]));
        }
        log
    }

    pub fn entry(&self, command: Command) -> Entry {
        Entry {
            era: self.state.era,
            at: LogTime(self.now),
            wall: WallTime(0),
            by: ControllerId(self.by),
            person: None,
            command,
        }
    }

    pub fn apply(&mut self, command: Command) -> Applied {
        let entry = self.entry(command);
        self.index += 1;
        apply(&mut self.state, self.index, &entry)
    }

    /// As [`Log::apply`], on behalf of a person; why it was refused, if it was.
    pub fn said_by(&mut self, person: &str, command: Command) -> Option<Rejection> {
        let mut entry = self.entry(command);
        entry.person = Some(person.into());
        self.index += 1;
        apply(&mut self.state, self.index, &entry).rejected
    }

    #[track_caller]
    pub fn ok(&mut self, command: Command) -> Applied {
        let name = command.name();
        let applied = self.apply(command);
        assert_eq!(applied.rejected, None, "{name}");
        applied
    }

    #[track_caller]
    pub fn no(&mut self, command: Command) -> Rejection {
        let before = self.state.clone();
        let name = command.name();
        let applied = self.apply(command);
        let rejection = applied.rejected.unwrap_or_else(|| panic!("{name} was let through"));
        assert!(applied.effects.is_empty());
        let mut after = self.state.clone();
        after.applied_index = before.applied_index;
        after.log_time = before.log_time;
        after.wall = before.wall;
        assert_eq!(after, before, "a rejected entry changes nothing");
        rejection
    }

    pub fn pass(&mut self, span: Span) {
        self.now += span.as_millis();
    }

    pub fn incident(&mut self, cause: Cause) -> IncidentId {
        let hold_off = Policy::default().class(cause.class()).hold_off;
        self.ok(opened(cause, hold_off));
        IncidentId(self.index)
    }

    pub fn run(&mut self, incident: IncidentId, items: Vec<PlannedItem>) -> RunId {
        self.ok(run_started(incident, items));
        RunId(self.index)
    }

    pub fn token(&self) -> Token {
        self.state.token()
    }

    pub fn start(&self, run: RunId, item: &str, attempt: u32) -> Command {
        Command::StepStarted { key: self.key(run, item), token: self.token(), attempt }
    }

    pub fn key(&self, run: RunId, item: &str) -> StepKey {
        StepKey { era: self.state.era, run, item: item_ref(item) }
    }

    pub fn finish(&self, run: RunId, item: &str, attempt: u32, outcome: Outcome) -> Command {
        Command::StepFinished { key: self.key(run, item), attempt, outcome, last: false }
    }

    /// A room-loss run, past its hold-off: fence a1, then start db-1 on b1.
    pub fn host_loss(&mut self) -> RunId {
        let incident = self.incident(Cause::HostLost { host: "a1".into() });
        self.pass(Span::from_secs(31));
        self.run(incident, vec![fence("a1"), start_vm("db-1", "b1", &["fence/a1"])])
    }

    pub fn power_proof(&self, host: &str) -> Command {
        self.proof(
            host,
            FenceEvidence::PowerOff { reads: 2, apart_ms: 550, answer: "Off".to_owned() },
        )
    }

    pub fn proof(&self, host: &str, evidence: FenceEvidence) -> Command {
        let host = HostId::from(host);
        let order = self.state.hosts[&host].fence.as_ref();
        let token = order.map(|order| order.token).unwrap_or_default();
        Command::FenceProved { proof: FenceProof { target: host, token, evidence, at: LogTime(0) } }
    }
}

pub fn load() -> Command {
    let book =
        |name: &str| pinned(runbook::Runbook { name: name.into(), ..runbook::Runbook::default() });
    Command::EstateLoaded {
        estate: Box::new(pinned(clinic())),
        policy: Box::new(pinned(policy())),
        runbooks: vec![book("host-loss"), book("room-loss"), book("vm-loss")],
    }
}

/// The default policy, with three persons who may attest.
pub fn policy() -> Policy {
    let mut policy = Policy::default();
    policy.people.attest = ["anna", "bob", "clara"].map(PersonId::from).into();
    policy
}

pub fn opened(cause: Cause, hold_off: Span) -> Command {
    Command::IncidentOpened { cause, evidence: Vec::new(), last_seen_up: LogTime(0), hold_off }
}

pub fn run_started(incident: IncidentId, items: Vec<PlannedItem>) -> Command {
    Command::RunStarted {
        incident,
        runbook: "host-loss".into(),
        runbook_hash: "a".repeat(64),
        estate_hash: "a".repeat(64),
        plan: Box::new(Plan { items, ..Plan::default() }),
    }
}

pub fn item_ref(text: &str) -> ItemRef {
    let (step, item) = text.split_once('/').unwrap();
    ItemRef { step: step.into(), item: item.to_owned() }
}

pub fn planned(item: &str, action: Action, needs: &[&str]) -> PlannedItem {
    PlannedItem {
        item: item_ref(item),
        action,
        needs: needs.iter().map(|need| item_ref(need)).collect(),
        timeout: Span::from_secs(60),
        attempts: 3,
        backoff: Span::from_secs(5),
        verify: None,
        on_failure: OnFailure::Abort,
        at_once: None,
        host: None,
        volumes: Vec::new(),
        expect: Span::ZERO,
        always: false,
    }
}

pub fn fence(host: &str) -> PlannedItem {
    planned(&format!("fence/{host}"), Action::FenceHost { host: host.into() }, &[])
}

pub fn start_vm(vm: &str, host: &str, needs: &[&str]) -> PlannedItem {
    let action = Action::VmStart { vm: VmId::from(vm), host: host.into() };
    planned(&format!("start/{vm}"), action, needs)
}

pub fn seen(observations: Vec<Observation>) -> Command {
    Command::Observed { observations }
}

pub fn observation(vantage: &str, target: Target, status: Status, detail: Detail) -> Observation {
    Observation { target, vantage: vantage.into(), status, evidence: "probe".to_owned(), detail }
}

pub fn host_up(vantage: &str, host: &str, boot: &str, accepted: Token) -> Observation {
    armed_by(vantage, host, boot, accepted, Token::default())
}

/// As [`host_up`], of an agent whose watchdog was armed by this order.
pub fn armed_by(
    vantage: &str,
    host: &str,
    boot: &str,
    accepted: Token,
    arming: Token,
) -> Observation {
    let detail =
        Detail::Host { boot: boot.to_owned(), armed: true, arming, accepted, sealed: true };
    observation(vantage, Target::Host { host: host.into() }, Status::Up, detail)
}

pub fn vm_seen(
    vantage: &str,
    vm: &str,
    host: &str,
    status: Status,
    token: Option<Token>,
    stopped_on_purpose: bool,
) -> Observation {
    let target = Target::Vm { vm: vm.into(), host: host.into() };
    let booted = status == Status::Up;
    let detail = Detail::Vm { token, key: None, stopped_on_purpose, booted };
    observation(vantage, target, status, detail)
}

/// A VM that runs because of this order.
pub fn vm_started(vantage: &str, vm: &str, host: &str, token: Token, key: StepKey) -> Observation {
    let target = Target::Vm { vm: vm.into(), host: host.into() };
    let detail =
        Detail::Vm { token: Some(token), key: Some(key), stopped_on_purpose: false, booted: true };
    observation(vantage, target, Status::Up, detail)
}

pub fn token(epoch: u64) -> Token {
    Token { era: Era(0), epoch: Epoch(epoch) }
}

pub fn done() -> Outcome {
    Outcome::Done { evidence: "seen".to_owned() }
}
