//! An agent with a twin host behind it, called over real mutual TLS on the loopback.

#![allow(clippy::unwrap_used)]

mod lab;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use conformance::hypervisor::{Bench, suite};
use contracts::call::Agents;
use contracts::error::DriverError;
use contracts::hypervisor::Hypervisor;
use contracts::withhold::Withholding;
use drivers::hypervisor::agent::BehindAgent;
use drivers::journal::{self, Event};
use model::era::Token;
use model::estate::Vm;
use model::id::VmId;
use model::units::Span;
use tokio::sync::Mutex;
use wire::agent::AskPromiseRequest;
use wire::convert::token_to;
use wire::endpoint::EndpointName;

use lab::{Lab, Machine, order, token, vm};

fn v1() -> VmId {
    "v1".into()
}

/// The conformance suite drives a twin host through its agent.
struct ThroughAgent {
    lab: Lab,
    machine: Mutex<Option<Machine>>,
    number: AtomicU64,
    token: AtomicU64,
}

impl ThroughAgent {
    fn journal(&self) -> PathBuf {
        self.lab.path(&format!("{}-journal.jsonl", self.host()))
    }
    fn host(&self) -> String {
        format!("h{}", self.number.load(Ordering::SeqCst))
    }
    fn count(&self, event: Event, vm: &VmId) -> u32 {
        let lines = journal::read(&self.journal()).unwrap();
        let of_it = |line: &&journal::Line| line.event == event && line.vm.as_ref() == Some(vm);
        u32::try_from(lines.iter().filter(of_it).count()).unwrap()
    }
}

#[async_trait]
impl Bench for ThroughAgent {
    async fn fresh(&self) -> Arc<dyn Hypervisor> {
        self.number.fetch_add(1, Ordering::SeqCst);
        let machine = self.lab.machine(&self.host()).await;
        let agents = self.lab.controller(&[&machine]);
        let hypervisor = BehindAgent {
            agents,
            host: machine.host.clone(),
            token: token(1_000_000),
            attempts: Arc::default(),
        };
        *self.machine.lock().await = Some(machine);
        Arc::new(StopsAtTheLastToken { inner: hypervisor, last: std::sync::Mutex::default() })
    }
    fn vm(&self) -> Vm {
        vm()
    }
    fn patience(&self) -> Duration {
        Duration::from_secs(30)
    }
    async fn starts(&self, vm: &VmId) -> Option<u32> {
        Some(self.count(Event::Start, vm))
    }
    async fn executes(&self, vm: &VmId) -> Option<bool> {
        Some(self.count(Event::Start, vm) > self.count(Event::Stop, vm))
    }
    async fn start_behind_its_back(&self, vm: &VmId) -> bool {
        self.machine.lock().await.as_ref().unwrap().twin.start_by_hand(vm).is_ok()
    }
    async fn crash(&self, vm: &VmId) -> bool {
        self.machine.lock().await.as_ref().unwrap().twin.crash(vm).is_ok()
    }
    fn impossible(&self) -> Option<(VmId, Vm)> {
        None
    }
    fn next_token(&self) -> Token {
        token(self.token.fetch_add(1, Ordering::SeqCst) + 1)
    }
}

/// A stop raises what the agent refuses: it must not be above the next start's token.
struct StopsAtTheLastToken {
    inner: BehindAgent,
    last: std::sync::Mutex<Token>,
}

#[async_trait]
impl Hypervisor for StopsAtTheLastToken {
    async fn observe(&self) -> Result<Vec<(VmId, contracts::hypervisor::VmStatus)>, DriverError> {
        self.inner.observe().await
    }
    async fn ensure_running(
        &self,
        id: &VmId,
        vm: &Vm,
        token: Token,
        key: &model::step::StepKey,
    ) -> Result<(), DriverError> {
        *self.last.lock().unwrap() = token;
        self.inner.ensure_running(id, vm, token, key).await
    }
    async fn ensure_stopped(&self, id: &VmId, reason: &str) -> Result<(), DriverError> {
        let at = BehindAgent { token: *self.last.lock().unwrap(), ..self.inner.clone() };
        at.ensure_stopped(id, reason).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_behind_its_agent_keeps_the_contract_of_a_hypervisor() {
    let bench = ThroughAgent {
        lab: Lab::new(),
        machine: Mutex::new(None),
        number: AtomicU64::new(0),
        token: AtomicU64::new(0),
    };
    let report = suite(&bench).await.verdict().unwrap_or_else(|broken| panic!("{broken}"));
    println!("{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_token_is_refused_also_after_the_agent_restarts() {
    let lab = Lab::new();
    let machine = lab.machine("a1").await;
    let agents = lab.controller(&[&machine]);
    let host = machine.host.clone();
    agents.start(&host, &v1(), &vm(), token(7), &order()).await.unwrap();
    agents.stop(&host, &v1(), token(8)).await.unwrap();
    let older = DriverError::OlderToken { given: token(7), seen: token(8) };
    let start = agents.start(&host, &v1(), &vm(), token(7), &order()).await;
    assert_eq!(start.unwrap_err(), older);
    let machine = machine.restart_agent(&lab).await;
    let agents = lab.controller(&[&machine]);
    let start = agents.start(&host, &v1(), &vm(), token(7), &order()).await;
    assert_eq!(start.unwrap_err(), older, "what was seen is on disk");
    agents.start(&host, &v1(), &vm(), token(9), &order()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_boots_again_starts_nothing_before_its_admission() {
    let lab = Lab::new();
    let machine = lab.machine("a1").await;
    let host = machine.host.clone();
    let agents = lab.controller(&[&machine]);
    agents.start(&host, &v1(), &vm(), token(3), &order()).await.unwrap();
    let machine = machine.reboot(&lab, "boot-2").await;
    let agents = lab.controller(&[&machine]);
    let report = agents.observe(&host, 0).await.unwrap();
    assert!(report.vms.is_empty() && report.sealed && report.boot == "boot-2");
    let refusal = agents.start(&host, &v1(), &vm(), token(4), &order()).await.unwrap_err();
    assert!(refusal.to_string().contains("S7"), "{refusal}");
    assert_eq!(agents.admit(&host, token(5)).await.unwrap(), "boot-2");
    assert!(agents.start(&host, &v1(), &vm(), token(4), &order()).await.is_err(), "sealed below");
    agents.start(&host, &v1(), &vm(), token(5), &order()).await.unwrap();
    assert_eq!(agents.observe(&host, 0).await.unwrap().accepted, Some(token(5)));
    let machine = machine.restart_agent(&lab).await;
    let agents = lab.controller(&[&machine]);
    agents.start(&host, &"v2".into(), &vm(), token(6), &order()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admission_stops_what_is_left_over_from_before() {
    let lab = Lab::new();
    let machine = lab.machine("a1").await;
    let agents = lab.controller(&[&machine]);
    agents.start(&machine.host, &v1(), &vm(), token(3), &order()).await.unwrap();
    agents.admit(&machine.host, token(5)).await.unwrap();
    assert!(machine.twin.booted().is_empty());
    let vms = agents.observe(&machine.host, 0).await.unwrap().vms;
    assert!(vms.iter().all(|(_, status)| !status.running));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_copy_of_an_order_does_not_start_a_vm_that_has_died_since() {
    let lab = Lab::new();
    let machine = lab.machine("a1").await;
    let agents = lab.controller(&[&machine]);
    let first = order();
    agents.start(&machine.host, &v1(), &vm(), token(3), &first).await.unwrap();
    agents.start(&machine.host, &v1(), &vm(), token(3), &first).await.unwrap();
    machine.twin.crash(&v1()).unwrap();
    let late = agents.start(&machine.host, &v1(), &vm(), token(3), &first).await.unwrap_err();
    assert!(late.to_string().contains("comes late"), "{late}");
    assert!(machine.twin.booted().is_empty());
    agents.start(&machine.host, &v1(), &vm(), token(3), &order()).await.unwrap();
    let observed = agents.observe(&machine.host, 0).await.unwrap();
    assert!(observed.vms.iter().all(|(_, status)| status.running));
}

async fn ask(lab: &Lab, asker: &Machine, giver: &Machine, vms: &[&str]) -> (bool, String) {
    let dialer = lab.dialer(&asker.credentials, &[giver], &[]);
    let connection = dialer.dial(&EndpointName::Agent(giver.host.clone())).unwrap();
    let request = AskPromiseRequest {
        host: asker.host.to_string(),
        token: Some(token_to(token(1))),
        vms: vms.iter().map(ToString::to_string).collect(),
        lasts_ms: Span::from_secs(60).as_millis(),
    };
    let reply = connection.agent().ask_promise(request).await.unwrap().into_inner();
    (reply.promised, reply.refusal)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_is_kept_against_an_order_and_across_a_restart() {
    let lab = Lab::new();
    let (asker, giver) = (lab.machine("a1").await, lab.machine("b1").await);
    let host = giver.host.clone();
    assert!(ask(&lab, &asker, &giver, &["v1"]).await.0);
    let agents = lab.controller(&[&giver]);
    let refusal = agents.start(&host, &v1(), &vm(), token(9), &order()).await.unwrap_err();
    assert!(refusal.to_string().contains("covered by a promise to a1"), "{refusal}");
    agents.start(&host, &"v2".into(), &vm(), token(9), &order()).await.unwrap();
    let giver = giver.restart_agent(&lab).await;
    let agents = lab.controller(&[&giver]);
    assert!(agents.start(&host, &v1(), &vm(), token(10), &order()).await.is_err());
    let (promised, refusal) = ask(&lab, &asker, &giver, &["v2"]).await;
    assert!(!promised && refusal.contains("v2 runs"), "{refusal}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_withholds_tells_how_long_its_last_promise_lasts_and_gives_no_other() {
    let lab = Lab::new();
    let (asker, giver) = (lab.machine("a1").await, lab.machine("b1").await);
    assert!(ask(&lab, &asker, &giver, &["v1"]).await.0);
    let agents = lab.controller(&[&giver]);
    let left = agents.withhold(&giver.host, &asker.host, token(4)).await.unwrap();
    assert!(left > Span::ZERO && left <= lab::lease().promise, "{left}");
    let (promised, refusal) = ask(&lab, &asker, &giver, &["v1"]).await;
    assert!(!promised && refusal.contains("withheld from a1"), "{refusal}");
    let giver = giver.restart_agent(&lab).await;
    assert!(!ask(&lab, &asker, &giver, &["v1"]).await.0, "withholding is on disk");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_controllers_order_and_only_agents_ask_for_themselves() {
    let lab = Lab::new();
    let (a1, b1) = (lab.machine("a1").await, lab.machine("b1").await);
    let as_agent = lab.agents_as(&b1.credentials, &[&a1]);
    for error in [
        as_agent.start(&a1.host, &v1(), &vm(), token(1), &order()).await.unwrap_err(),
        as_agent.stop(&a1.host, &v1(), token(1)).await.unwrap_err(),
        as_agent.admit(&a1.host, token(1)).await.unwrap_err(),
        as_agent.withhold(&a1.host, &b1.host, token(1)).await.unwrap_err(),
        as_agent.arm(&a1.host, true, token(1)).await.unwrap_err(),
        as_agent.observe(&a1.host, 0).await.unwrap_err(),
    ] {
        assert!(matches!(error, DriverError::Refused { .. }), "{error}");
    }
    let dialer = lab.dialer(&b1.credentials, &[&a1], &[]);
    let connection = dialer.dial(&EndpointName::Agent(a1.host.clone())).unwrap();
    let for_another = AskPromiseRequest {
        host: "c1".into(),
        token: Some(token_to(token(1))),
        vms: Vec::new(),
        lasts_ms: 1,
    };
    let status = connection.agent().ask_promise(for_another).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::PermissionDenied);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_aborted_agent_answers_nothing_and_acts_no_more() {
    let lab = Lab::new();
    let machine = lab.machine("a1").await;
    let agents = lab.controller(&[&machine]);
    agents.observe(&machine.host, 0).await.unwrap();
    let (host, twin) = (machine.host.clone(), machine.twin.clone());
    machine.agent.abort().await;
    assert!(agents.observe(&host, 0).await.is_err());
    assert!(agents.start(&host, &v1(), &vm(), token(1), &order()).await.is_err());
    assert!(twin.observe().await.unwrap().is_empty());
}
