//! The fake watchdog keeps the contract of a watchdog: it goes on when the agent dies.

#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use conformance::wait::eventually;
use conformance::watchdog::{Bench, suite};
use contracts::error::DriverError;
use contracts::watchdog::Watchdog;
use drivers::journal::{self, Event};
use drivers::watchdog::fake::FakeWatchdog;
use drivers::watchdog::fake_process::{Config, OnFire, run};
use drivers::watchdog::reset::Resets;
use model::units::Span;

struct Device {
    folder: tempfile::TempDir,
    number: AtomicU32,
    resets: Mutex<Arc<AtomicU32>>,
}

impl Device {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            number: AtomicU32::new(0),
            resets: Mutex::default(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}{}", self.number.load(Ordering::SeqCst)))
    }

    async fn play(&self, on_fire: OnFire) -> Arc<FakeWatchdog> {
        let config = Config {
            host: "a1".into(),
            socket: self.path("dog"),
            timeout: Span::from_millis(400),
            on_fire,
            journal: self.path("journal"),
        };
        let socket = config.socket.clone();
        tokio::spawn(async move { run(config).await });
        let client = FakeWatchdog::new(socket, "armed-by-a1");
        while client.fired().await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Arc::new(client)
    }
}

#[async_trait]
impl Bench for Device {
    async fn fresh(&self) -> Arc<dyn Watchdog> {
        self.number.fetch_add(1, Ordering::SeqCst);
        let resets = Arc::new(AtomicU32::new(0));
        *self.resets.lock().unwrap() = Arc::clone(&resets);
        let socket = self.path("room");
        let room = Resets::bind(&socket).unwrap();
        tokio::spawn(async move {
            loop {
                let reset = room.next().await.unwrap();
                assert_eq!(reset.host.as_str(), "a1");
                resets.fetch_add(1, Ordering::SeqCst);
                reset.done().await.unwrap();
            }
        });
        self.play(OnFire::Tell { socket }).await
    }

    async fn resets(&self) -> u32 {
        self.resets.lock().unwrap().load(Ordering::SeqCst)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fake_watchdog_keeps_the_contract() {
    let report = suite(&Device::new()).await.verdict().unwrap_or_else(|broken| panic!("{broken}"));
    println!("{report}");
}

#[tokio::test]
async fn only_who_armed_it_disarms_it() {
    let device = Device::new();
    let watchdog = device.fresh().await;
    watchdog.arm().await.unwrap();
    let stranger = FakeWatchdog::new(device.path("dog"), "somebody-else");
    assert!(matches!(stranger.disarm().await, Err(DriverError::Refused { .. })));
    watchdog.disarm().await.unwrap();
    assert!(matches!(watchdog.feed().await, Err(DriverError::Refused { .. })));
}

#[tokio::test]
async fn a_device_that_fires_kills_what_has_a_pid_file_and_says_so_in_the_journal() {
    let device = Device::new();
    let (pids, boot) = (device.path("pids"), device.path("boot"));
    std::fs::create_dir(&pids).unwrap();
    std::fs::write(&boot, "boot-1").unwrap();
    let file = pids.join("vm-v1.pid");
    // A process that is named by the pid file alone is known by having that path as an argument.
    let mut vm = Command::new("tail")
        .args(["-f", "--retry"])
        .arg(&file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::fs::write(&file, format!("{}\n", vm.id())).unwrap();
    let watchdog = device.play(OnFire::Kill { pids, boot_file: Some(boot.clone()) }).await;
    watchdog.arm().await.unwrap();
    let status = tokio::task::spawn_blocking(move || vm.wait().unwrap()).await.unwrap();
    assert!(!status.success());
    let line = eventually(Duration::from_secs(10), async || {
        journal::read(&device.path("journal")).ok()?.pop()
    });
    assert_eq!(line.await.unwrap().event, Event::Watchdog);
    assert!(!boot.exists(), "what comes next is another boot");
}
