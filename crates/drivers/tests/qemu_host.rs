//! Plain QEMU keeps the contract of a hypervisor, with real processes.
//!
//! Where `qemu-system-x86_64` is not installed these tests say so and pass; the project's own test
//! command installs it first, and sets `BASCULE_NEEDS_QEMU` so that a missing one fails there.

#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use conformance::hypervisor::{Bench, suite};
use conformance::wait::eventually;
use contracts::hypervisor::Hypervisor;
use drivers::hypervisor::qemu::{Qemu, QemuConfig};
use drivers::journal::{self, Event};
use model::era::{Epoch, Era, Token};
use model::estate::{Vm, VmSource};
use model::id::{RunId, VmId};
use model::step::{ItemRef, StepKey};
use model::units::{CpuCount, MemoryMib, Span};

const PROGRAM: &str = "qemu-system-x86_64";

fn installed() -> bool {
    let there = Command::new(PROGRAM).arg("--version").output().is_ok();
    assert!(there || std::env::var_os("BASCULE_NEEDS_QEMU").is_none(), "{PROGRAM} is missing");
    if !there {
        eprintln!("not run: {PROGRAM} is not installed");
    }
    there
}

fn vm(source: VmSource) -> Vm {
    Vm {
        service: "dpi".into(),
        cpus: CpuCount(1),
        memory_mib: MemoryMib(4),
        networks: [].into(),
        volumes: [].into(),
        devices: [].into(),
        home: "a1".into(),
        prefers: Vec::new(),
        anti_affinity: None,
        after: [].into(),
        boot: Span::from_millis(50),
        source,
    }
}

fn key() -> StepKey {
    StepKey {
        era: Era(1),
        run: RunId(7),
        item: ItemRef { step: "start".into(), item: "v1".into() },
    }
}

fn token(epoch: u64) -> Token {
    Token { era: Era(1), epoch: Epoch(epoch) }
}

/// A host of its own per `fresh`; whatever it left running is killed at the end.
struct Host {
    folder: tempfile::TempDir,
    number: AtomicU64,
    token: AtomicU64,
    strangers: Mutex<Vec<std::process::Child>>,
}

impl Host {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            number: AtomicU64::new(0),
            token: AtomicU64::new(0),
            strangers: Mutex::default(),
        }
    }

    fn config(&self) -> QemuConfig {
        let number = self.number.load(Ordering::SeqCst);
        let folder = self.folder.path().join(number.to_string());
        QemuConfig {
            host: format!("t{}-{number}", std::process::id()).into(),
            state: folder.join("s"),
            pids: folder.join("p"),
            journal: folder.join("journal.jsonl"),
            program: PathBuf::from(PROGRAM),
            guest: None,
        }
    }

    fn name(&self, vm: &VmId) -> String {
        format!("{}/{vm}", self.config().host)
    }

    /// The processes of a VM, counted here and not by the driver.
    fn pids(&self, vm: &VmId) -> Vec<u32> {
        named(&self.name(vm))
    }

    fn events(&self) -> Vec<Event> {
        let lines = journal::read(&self.config().journal).unwrap();
        lines.into_iter().map(|line| line.event).collect()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        for mut stranger in self.strangers.lock().unwrap().drain(..) {
            let _ = stranger.kill();
            let _ = stranger.wait();
        }
        for number in 0..=self.number.load(Ordering::SeqCst) {
            for pid in named(&format!("t{}-{number}/", std::process::id())) {
                let _ = Command::new("kill").args(["-KILL", &pid.to_string()]).status();
            }
        }
    }
}

/// The processes that were given a name that begins so.
fn named(name: &str) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").unwrap();
    let pids = processes.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    pids.filter(|pid: &u32| {
        // The arguments of a process that has ended are empty.
        let arguments = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&arguments).contains(&format!("\0-name\0{name}"))
    })
    .collect()
}

#[async_trait]
impl Bench for Host {
    async fn fresh(&self) -> Arc<dyn Hypervisor> {
        self.number.fetch_add(1, Ordering::SeqCst);
        Arc::new(Qemu::open(self.config()).await.unwrap())
    }
    fn vm(&self) -> Vm {
        vm(VmSource::Stub)
    }
    fn patience(&self) -> Duration {
        Duration::from_secs(30)
    }
    async fn starts(&self, _vm: &VmId) -> Option<u32> {
        let starts = self.events().iter().filter(|event| **event == Event::Start).count();
        u32::try_from(starts).ok()
    }
    async fn executes(&self, vm: &VmId) -> Option<bool> {
        Some(!self.pids(vm).is_empty())
    }
    async fn start_behind_its_back(&self, vm: &VmId) -> bool {
        let child = Command::new(PROGRAM)
            .args(["-name", &self.name(vm), "-M", "microvm", "-accel", "tcg", "-m", "4"])
            .args(["-nodefaults", "-display", "none", "-bios"])
            .arg(self.config().state.join("stub.rom"))
            .stdin(Stdio::null())
            .spawn();
        child.map(|child| self.strangers.lock().unwrap().push(child)).is_ok()
    }
    async fn crash(&self, vm: &VmId) -> bool {
        self.pids(vm)
            .iter()
            .all(|pid| Command::new("kill").args(["-KILL", &pid.to_string()]).status().is_ok())
    }
    fn impossible(&self) -> Option<(VmId, Vm)> {
        Some(("v1".into(), vm(VmSource::Kernel)))
    }
    fn next_token(&self) -> Token {
        token(self.token.fetch_add(1, Ordering::SeqCst) + 1)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn qemu_keeps_the_contract_of_a_hypervisor() {
    if !installed() {
        return;
    }
    let report = suite(&Host::new()).await.verdict().unwrap_or_else(|broken| panic!("{broken}"));
    println!("{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_restarts_takes_its_vms_over_and_sees_which_ended_meanwhile() {
    if !installed() {
        return;
    }
    let host = Host::new();
    let first = host.fresh().await;
    let (stays, ends) = (VmId::from("v1"), VmId::from("v2"));
    for id in [&stays, &ends] {
        first.ensure_running(id, &vm(VmSource::Stub), token(3), &key()).await.unwrap();
    }
    let booted = eventually(Duration::from_secs(30), async || {
        let all = first.observe().await.unwrap();
        (all.len() == 2 && all.iter().all(|(_, status)| status.booted)).then_some(())
    });
    booted.await.expect("both stubs print their byte");
    let pid = host.pids(&stays);
    drop(first);
    assert!(host.crash(&ends).await);
    eventually(Duration::from_secs(10), async || host.pids(&ends).is_empty().then_some(()))
        .await
        .unwrap();

    let second = Qemu::open(host.config()).await.unwrap();
    assert_eq!(second.executing().unwrap(), 1);
    let all = second.observe().await.unwrap();
    let status = |id: &VmId| all.iter().find(|(vm, _)| vm == id).map(|(_, s)| s.clone());
    let seen = status(&stays).unwrap();
    assert!(seen.running && seen.booted);
    assert_eq!((seen.token, seen.key), (Some(token(3)), Some(key())));
    assert!(status(&ends).is_none_or(|status| !status.running));
    second.ensure_running(&stays, &vm(VmSource::Stub), token(3), &key()).await.unwrap();
    assert_eq!(host.pids(&stays), pid, "the same process, not another one");
    second.ensure_stopped(&stays, "test").await.unwrap();
    assert!(host.pids(&stays).is_empty());
    let stops = host.events().iter().filter(|event| **event == Event::Stop).count();
    assert_eq!(stops, 2, "one for the crash, one for the stop");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_would_leave_its_folder_is_refused() {
    if !installed() {
        return;
    }
    let host = Host::new();
    let hypervisor = host.fresh().await;
    for id in ["../v1", "", "a,b", "a b", "a/b"].map(VmId::from) {
        let error = hypervisor
            .ensure_running(&id, &vm(VmSource::Stub), token(1), &key())
            .await
            .unwrap_err();
        assert!(error.to_string().contains("is no id for a QEMU VM"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_with_a_kernel_boots_and_shows_life() {
    let kernel = std::fs::read_dir("/boot").ok().and_then(|entries| {
        entries.filter_map(|entry| Some(entry.ok()?.path())).find(|path| {
            path.to_string_lossy().contains("vmlinuz-") && path.to_string_lossy().contains("cloud")
        })
    });
    let (Some(kernel), Ok(busybox)) = (kernel, std::fs::read("/bin/busybox")) else {
        assert!(std::env::var_os("BASCULE_NEEDS_QEMU").is_none(), "kernel or busybox is missing");
        eprintln!("not run: no kernel in /boot, or no static busybox");
        return;
    };
    if !installed() {
        return;
    }
    let host = Host::new();
    let initramfs = host.folder.path().join("initramfs");
    std::fs::write(&initramfs, drivers::hypervisor::qemu::initramfs(&busybox)).unwrap();
    let guest = Some(drivers::hypervisor::qemu::KernelGuest { kernel, initramfs });
    let hypervisor = Qemu::open(QemuConfig { guest, ..host.config() }).await.unwrap();
    let id = VmId::from("v1");
    hypervisor.ensure_running(&id, &vm(VmSource::Kernel), token(1), &key()).await.unwrap();
    assert!(!hypervisor.observe().await.unwrap()[0].1.booted, "a kernel takes its time");
    let booted = eventually(Duration::from_secs(120), async || {
        let (_, status) = hypervisor.observe().await.unwrap().pop()?;
        (status.running && status.booted).then_some(())
    });
    booted.await.expect("its init writes the byte");
    hypervisor.ensure_stopped(&id, "test").await.unwrap();
}
