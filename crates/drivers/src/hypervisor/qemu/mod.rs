//! Plain QEMU: one process per VM, driven over QMP.
//!
//! The processes outlive the agent. Their folders say under which token and key each was started,
//! and the process list says which of them execute, so an agent that restarts takes them over.

mod guest;
mod initramfs;
mod qmp;
mod record;
mod rom;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex as Guard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use contracts::error::DriverError;
use contracts::hypervisor::{Hypervisor, VmStatus};
use model::era::Token;
use model::estate::{Vm, VmSource};
use model::id::{HostId, VmId};
use model::step::StepKey;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

pub use initramfs::initramfs;
pub use rom::{SIGN_OF_LIFE, stub_rom};

use crate::journal::{Event, Journal};
use guest::Launch;
use record::Record;

/// How long a process may take to answer its first question.
const START_BOUND: Duration = Duration::from_secs(10);
/// How long a process may take to end once asked, and once killed.
const END_BOUND: Duration = Duration::from_secs(3);
/// How often is looked while something is awaited.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A kernel and its initial file system, for guests that are more than a stub. Their `init` writes
/// [`SIGN_OF_LIFE`] to `/dev/ttyS0`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct KernelGuest {
    /// The kernel.
    pub kernel: PathBuf,
    /// The initial file system.
    pub initramfs: PathBuf,
}

/// A host's QEMU.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct QemuConfig {
    /// Which host.
    pub host: HostId,
    /// Where VMs have their folders. A short path: sockets lie below it.
    pub state: PathBuf,
    /// Where pid files are, for the watchdog.
    pub pids: PathBuf,
    /// The host's boot journal.
    pub journal: PathBuf,
    /// The program.
    #[serde(default = "program")]
    pub program: PathBuf,
    /// For VMs that want a kernel.
    #[serde(default)]
    pub guest: Option<KernelGuest>,
}

fn program() -> PathBuf {
    PathBuf::from("qemu-system-x86_64")
}

/// Why the driver can't begin.
#[derive(Debug, thiserror::Error)]
pub enum QemuError {
    /// A folder or file.
    #[error("{path}: {source}; the agent needs to read and write there")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// QEMU takes a comma in a path for the end of it.
    #[error("{0} holds a comma or is not UTF-8: choose another folder")]
    Path(PathBuf),
}

/// Plain QEMU on one host. Clones drive the same host.
#[derive(Clone, Debug)]
pub struct Qemu {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    config: QemuConfig,
    rom: PathBuf,
    journal: Journal,
    /// One order per VM at a time.
    locks: Guard<BTreeMap<VmId, Arc<Mutex<()>>>>,
}

impl Qemu {
    /// Takes over what runs. To be called within a runtime.
    pub async fn open(config: QemuConfig) -> Result<Self, QemuError> {
        let in_folder = |path: &Path, source| QemuError::Folder { path: path.to_owned(), source };
        for folder in [&config.state, &config.pids] {
            if folder.to_str().is_none_or(|text| text.contains(',')) {
                return Err(QemuError::Path(folder.clone()));
            }
        }
        for folder in [&config.state.join("vms"), &config.pids] {
            fs::create_dir_all(folder).map_err(|e| in_folder(folder, e))?;
        }
        let rom = config.state.join("stub.rom");
        fs::write(&rom, stub_rom()).map_err(|e| in_folder(&rom, e))?;
        let journal = Journal::open(&config.journal).map_err(|e| in_folder(&config.journal, e))?;
        let qemu =
            Self { inner: Arc::new(Inner { config, rom, journal, locks: Guard::default() }) };
        let (adopted, ended) = qemu.take_over().map_err(|e| in_folder(qemu.state(), e))?;
        tracing::info!(adopted, ended, "took over the VMs of this host");
        Ok(qemu)
    }

    /// Writes that the host has booted. Nothing may execute.
    pub fn note_boot(&self, boot: &str) -> io::Result<()> {
        self.inner.journal.host(Event::Boot, Some(boot.to_owned()))
    }

    /// How many VMs execute here.
    pub fn executing(&self) -> io::Result<usize> {
        Ok(guest::processes(self.host())?.len())
    }

    fn host(&self) -> &str {
        self.inner.config.host.as_str()
    }

    fn state(&self) -> &Path {
        &self.inner.config.state
    }

    fn folder(&self, vm: &VmId) -> PathBuf {
        self.state().join("vms").join(vm.as_str())
    }

    fn pid_file(&self, vm: &VmId) -> PathBuf {
        self.inner.config.pids.join(format!("vm-{vm}.pid"))
    }

    fn lock(&self, vm: &VmId) -> Arc<Mutex<()>> {
        let mut locks = self.inner.locks.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(locks.entry(vm.clone()).or_default())
    }

    fn pids(&self, vm: &VmId) -> io::Result<Vec<i32>> {
        Ok(guest::processes(self.host())?.remove(vm).unwrap_or_default())
    }

    fn take_over(&self) -> io::Result<(usize, usize)> {
        let processes = guest::processes(self.host())?;
        let (mut adopted, mut ended) = (0, 0);
        for vm in record::known(&self.state().join("vms"))? {
            let folder = self.folder(&vm);
            let Some(record) = Record::read(&folder)? else { continue };
            if processes.contains_key(&vm) {
                adopted += 1;
                self.watch(vm);
            } else {
                ended += 1;
                self.note_end(&vm, &record)?;
            }
        }
        Ok((adopted, ended))
    }

    /// A VM that we started no longer executes.
    fn note_end(&self, vm: &VmId, record: &Record) -> io::Result<()> {
        let key = Some(record.key.to_string());
        self.inner.journal.vm(Event::Stop, vm, Some(record.token), key)?;
        Record::remove(&self.folder(vm))
    }

    /// Follows one start: notes that its guest shows life, and that its process has ended.
    fn watch(&self, vm: VmId) {
        let qemu = self.clone();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(LOOK_EVERY).await;
                let lock = qemu.lock(&vm);
                let _held = lock.lock().await;
                match qemu.look(&vm) {
                    Ok(Some(record)) if !record.booted => {}
                    Ok(_) => return,
                    Err(error) => tracing::warn!(%vm, %error, "can't look after this VM"),
                }
            }
        });
    }

    /// Brings the record of a VM up to date with its process and serial port. The VM's lock is
    /// held.
    fn look(&self, vm: &VmId) -> io::Result<Option<Record>> {
        let folder = self.folder(vm);
        let Some(mut record) = Record::read(&folder)? else { return Ok(None) };
        // Looking at one process is cheap, at all of them is not.
        let is_there = record.pid.is_some_and(|pid| guest::is(self.host(), vm, pid));
        if !is_there && self.pids(vm)?.is_empty() {
            self.note_end(vm, &record)?;
            return Ok(None);
        }
        if !record.booted && guest::has_shown_life(&record.serial) {
            record.booted = true;
            record.write(&folder)?;
            let key = Some(record.key.to_string());
            self.inner.journal.vm(Event::Running, vm, Some(record.token), key)?;
        }
        Ok(Some(record))
    }

    async fn start(
        &self,
        id: &VmId,
        source: VmSource,
        token: Token,
        key: &StepKey,
    ) -> Result<(), DriverError> {
        let folder = self.folder(id);
        let failed = |reason: String| DriverError::Failed { reason };
        let disk = |error: io::Error| failed(format!("{}: {error}", folder.display()));
        fs::create_dir_all(&folder).map_err(disk)?;
        for entry in fs::read_dir(&folder).map_err(disk)? {
            fs::remove_file(entry.map_err(disk)?.path()).map_err(disk)?;
        }
        let serial = folder.join(format!("serial-{}", crate::journal::wall_now().0));
        let mut record = Record {
            token,
            key: key.clone(),
            source,
            serial: serial.clone(),
            booted: false,
            pid: None,
        };
        record.write(&folder).map_err(disk)?;
        // The line is written before: a host that dies here has at most a start too many in its
        // journal, never one too few.
        let line = self.inner.journal.vm(Event::Start, id, Some(token), Some(key.to_string()));
        let launch = Launch {
            program: &self.inner.config.program,
            host: self.host(),
            vm: id,
            source,
            rom: &self.inner.rom,
            kernel: self.inner.config.guest.as_ref(),
            folder: &folder,
            serial: &serial,
            pid_file: &self.pid_file(id),
        };
        let mut child = match line.and_then(|()| launch.spawn()) {
            Ok(child) => {
                record.pid = child.id().and_then(|pid| i32::try_from(pid).ok());
                // Without it the process is found all the same, only less quickly.
                let _ = record.write(&folder);
                child
            }
            Err(error) => {
                let _ = self.note_end(id, &record);
                return Err(failed(format!("QEMU can't be started for {id}: {error}")));
            }
        };
        let answers = async {
            loop {
                tokio::select! {
                    // The process has ended: it is reaped here and never becomes a zombie.
                    status = child.wait() => return Err(status),
                    answer = async {
                        tokio::time::sleep(LOOK_EVERY).await;
                        guest::state(&folder).await
                    } => if answer.is_some() { return Ok(()) },
                }
            }
        };
        match tokio::time::timeout(START_BOUND, answers).await {
            Ok(Ok(())) => {
                tokio::spawn(async move { child.wait().await });
                Ok(())
            }
            Ok(Err(status)) => {
                let _ = self.note_end(id, &record);
                let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
                let status = status.map_or_else(|e| e.to_string(), |s| s.to_string());
                Err(failed(format!("QEMU ended at once ({status}): {}", log.trim())))
            }
            Err(_) => {
                tokio::spawn(async move { child.wait().await });
                let reason = format!("QEMU for {id} runs and does not answer on QMP");
                Err(DriverError::Unknown { reason })
            }
        }
    }

    async fn gone(&self, vm: &VmId) -> io::Result<bool> {
        let attempt = async {
            loop {
                if self.pids(vm)?.is_empty() {
                    return Ok(());
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        match tokio::time::timeout(END_BOUND, attempt).await {
            Ok(result) => result.map(|()| true),
            Err(_) => Ok(false),
        }
    }

    async fn stop(&self, vm: &VmId) -> io::Result<bool> {
        if self.pids(vm)?.is_empty() {
            return Ok(true);
        }
        guest::quit(&self.folder(vm)).await;
        if self.gone(vm).await? {
            return Ok(true);
        }
        for pid in self.pids(vm)? {
            guest::kill(self.host(), vm, pid)?;
        }
        self.gone(vm).await
    }
}

/// A VM's id is part of paths and of a process's arguments.
fn check_id(vm: &VmId) -> Result<(), DriverError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if vm.as_str().is_empty() || vm.as_str().starts_with('.') || !vm.as_str().chars().all(plain) {
        return Err(DriverError::Failed {
            reason: format!(
                "`{vm}` is no id for a QEMU VM: letters, digits, `-`, `_` and `.` only"
            ),
        });
    }
    Ok(())
}

fn unknown(error: io::Error) -> DriverError {
    DriverError::Unknown { reason: format!("this host's processes can't be read: {error}") }
}

#[async_trait]
impl Hypervisor for Qemu {
    async fn observe(&self) -> Result<Vec<(VmId, VmStatus)>, DriverError> {
        let processes = guest::processes(self.host()).map_err(unknown)?;
        let mut known = record::known(&self.state().join("vms")).map_err(unknown)?;
        known.extend(processes.keys().cloned());
        known.sort();
        known.dedup();
        let mut all = Vec::new();
        for vm in known {
            let lock = self.lock(&vm);
            let record = {
                let _held = lock.lock().await;
                self.look(&vm).map_err(unknown)?
            };
            let executes = processes.contains_key(&vm);
            let asks_to_stay_down = match &record {
                Some(record) if record.source == VmSource::Kernel && record.booted => {
                    guest::state(&self.folder(&vm)).await.as_deref() == Some("shutdown")
                }
                _ => false,
            };
            let running = executes && !asks_to_stay_down;
            all.push((
                vm,
                VmStatus {
                    running,
                    booted: running && record.as_ref().is_some_and(|record| record.booted),
                    token: record.as_ref().filter(|_| running).map(|record| record.token),
                    key: record.filter(|_| running).map(|record| record.key),
                    stopped_on_purpose: asks_to_stay_down,
                },
            ));
        }
        Ok(all)
    }

    async fn ensure_running(
        &self,
        id: &VmId,
        vm: &Vm,
        token: Token,
        key: &StepKey,
    ) -> Result<(), DriverError> {
        check_id(id)?;
        let lock = self.lock(id);
        let _held = lock.lock().await;
        if !self.pids(id).map_err(unknown)?.is_empty() {
            let Some(mut record) = self.look(id).map_err(unknown)? else {
                return Err(DriverError::Failed {
                    reason: format!("VM {id} runs already, started by others: stop it first"),
                });
            };
            if guest::state(&self.folder(id)).await.as_deref() != Some("shutdown") {
                // It runs: nothing is started, but it now runs under this order.
                if record.token <= token && (record.token, &record.key) != (token, key) {
                    (record.token, record.key) = (token, key.clone());
                    record.write(&self.folder(id)).map_err(unknown)?;
                }
                return Ok(());
            }
            // Its guest powered off and only the process is left.
            if !self.stop(id).await.map_err(unknown)? {
                return Err(DriverError::Unknown { reason: format!("{id} does not end") });
            }
        }
        self.look(id).map_err(unknown)?;
        self.start(id, vm.source, token, key).await?;
        self.watch(id.clone());
        Ok(())
    }

    async fn ensure_stopped(&self, id: &VmId, reason: &str) -> Result<(), DriverError> {
        check_id(id)?;
        let lock = self.lock(id);
        let _held = lock.lock().await;
        if !self.stop(id).await.map_err(unknown)? {
            return Err(DriverError::Unknown {
                reason: format!("VM {id} still executes after quit and kill"),
            });
        }
        tracing::info!(vm = %id, reason, "stopped");
        self.look(id).map_err(unknown)?;
        Ok(())
    }
}
