//! The played host keeps the contract of a hypervisor.

#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use conformance::hypervisor::{Bench, suite};
use contracts::hypervisor::Hypervisor;
use drivers::hypervisor::twin::{GuestEvent, Twin};
use drivers::journal::{self, Event};
use model::era::{Epoch, Era, Token};
use model::estate::{Vm, VmSource};
use model::id::{RunId, VmId};
use model::step::{ItemRef, StepKey};
use model::units::{CpuCount, MemoryMib, Span};

fn vm() -> Vm {
    Vm {
        service: "dpi".into(),
        cpus: CpuCount(1),
        memory_mib: MemoryMib(512),
        networks: [].into(),
        volumes: [].into(),
        devices: [].into(),
        home: "a1".into(),
        prefers: Vec::new(),
        anti_affinity: None,
        after: [].into(),
        boot: Span::from_secs(20),
        source: VmSource::Stub,
    }
}

struct Host {
    folder: tempfile::TempDir,
    number: AtomicU64,
    token: AtomicU64,
    twin: Mutex<Option<Twin>>,
}

impl Host {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            number: AtomicU64::new(0),
            token: AtomicU64::new(0),
            twin: Mutex::new(None),
        }
    }

    fn journal(&self) -> PathBuf {
        self.folder.path().join(format!("{}.jsonl", self.number.load(Ordering::SeqCst)))
    }

    fn twin(&self) -> Twin {
        self.twin.lock().unwrap().clone().unwrap()
    }

    fn count(&self, event: Event, vm: &VmId) -> u32 {
        let lines = journal::read(&self.journal()).unwrap();
        let count =
            lines.iter().filter(|line| line.event == event && line.vm.as_ref() == Some(vm)).count();
        u32::try_from(count).unwrap()
    }
}

#[async_trait]
impl Bench for Host {
    async fn fresh(&self) -> Arc<dyn Hypervisor> {
        self.number.fetch_add(1, Ordering::SeqCst);
        let twin = Twin::new(&self.journal(), 1000.0).unwrap();
        twin.power_on("boot-1").unwrap();
        *self.twin.lock().unwrap() = Some(twin.clone());
        Arc::new(twin)
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
        self.twin().start_by_hand(vm).is_ok()
    }
    async fn crash(&self, vm: &VmId) -> bool {
        self.twin().crash(vm).is_ok()
    }
    fn impossible(&self) -> Option<(VmId, Vm)> {
        None
    }
    fn next_token(&self) -> Token {
        Token { era: Era(1), epoch: Epoch(self.token.fetch_add(1, Ordering::SeqCst) + 1) }
    }
}

fn key() -> StepKey {
    StepKey {
        era: Era(1),
        run: RunId(7),
        item: ItemRef { step: "start".into(), item: "v1".into() },
    }
}

#[tokio::test]
async fn the_twin_keeps_the_contract_of_a_hypervisor() {
    let report = suite(&Host::new()).await.verdict().unwrap_or_else(|broken| panic!("{broken}"));
    println!("{report}");
}

#[tokio::test]
async fn a_power_cut_ends_everything_and_writes_no_line() {
    let host = Host::new();
    let hypervisor = host.fresh().await;
    let twin = host.twin();
    let mut events = twin.events();
    twin.seed(&"v1".into(), Token::default()).unwrap();
    assert_eq!(events.recv().await.unwrap(), GuestEvent::Booted("v1".into()));
    let lines = journal::read(&host.journal()).unwrap().len();
    twin.power_cut();
    assert_eq!(events.recv().await.unwrap(), GuestEvent::Ended("v1".into()));
    assert!(hypervisor.observe().await.is_err(), "a host without power says nothing");
    assert!(
        hypervisor.ensure_running(&"v1".into(), &vm(), Token::default(), &key()).await.is_err()
    );
    assert_eq!(journal::read(&host.journal()).unwrap().len(), lines);
    twin.power_on("boot-2").unwrap();
    assert!(hypervisor.observe().await.unwrap().is_empty());
    assert_eq!(journal::read(&host.journal()).unwrap().last().unwrap().key, Some("boot-2".into()));
}

#[tokio::test]
async fn a_boot_timer_of_an_earlier_life_boots_nothing() {
    let host = Host::new();
    let hypervisor = host.fresh().await;
    let twin = host.twin();
    tokio::time::pause();
    let order = |token| hypervisor.ensure_running_owned(token);
    order(1).await;
    tokio::time::sleep(Duration::from_millis(15)).await;
    twin.power_cut();
    twin.power_on("boot-2").unwrap();
    order(2).await;
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert!(twin.booted().is_empty(), "20 ms after the second start, not after the first");
    tokio::time::sleep(Duration::from_millis(11)).await;
    assert_eq!(twin.booted(), [VmId::from("v1")]);
}

/// A start order in one word.
trait Order {
    async fn ensure_running_owned(&self, epoch: u64);
}

impl Order for Arc<dyn Hypervisor> {
    async fn ensure_running_owned(&self, epoch: u64) {
        let token = Token { era: Era(1), epoch: Epoch(epoch) };
        self.ensure_running(&"v1".into(), &vm(), token, &key()).await.unwrap();
    }
}

#[tokio::test]
async fn what_its_administrator_shut_down_is_told_as_stopped_on_purpose() {
    let host = Host::new();
    let hypervisor = host.fresh().await;
    host.twin().seed(&"v1".into(), Token::default()).unwrap();
    host.twin().shut_down_from_inside(&"v1".into()).unwrap();
    let (_, status) = hypervisor.observe().await.unwrap().pop().unwrap();
    assert!(status.stopped_on_purpose && !status.running && !status.booted);
}
