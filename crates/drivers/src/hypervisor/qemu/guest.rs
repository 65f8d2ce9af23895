//! One VM as a QEMU process: how it is started, found again, asked and ended.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use model::estate::VmSource;
use model::id::VmId;
use tokio::process::{Child, Command};

use super::KernelGuest;
use super::qmp::Qmp;
use super::rom::SIGN_OF_LIFE;
use crate::process;

/// How long QMP may take to answer a question: whoever observes has other VMs to look at.
const ASK_BOUND: Duration = Duration::from_millis(300);
/// How long QMP may take to take an order.
const ORDER_BOUND: Duration = Duration::from_secs(2);

/// The processes of this host, per VM. A process is known by the name that it was given, so one
/// that others started under that name is found too.
pub(super) fn processes(host: &str) -> io::Result<BTreeMap<VmId, Vec<i32>>> {
    let mut found: BTreeMap<VmId, Vec<i32>> = BTreeMap::new();
    for pid in process::all()? {
        if let Some(vm) = vm_of(host, &process::arguments(pid)) {
            found.entry(vm).or_default().push(pid);
        }
    }
    Ok(found)
}

/// The VM of this host that a process with these arguments is.
fn vm_of(host: &str, arguments: &[String]) -> Option<VmId> {
    if !arguments.first()?.contains("qemu") {
        return None;
    }
    let at = arguments.iter().position(|argument| argument == "-name")?;
    let (of, vm) = arguments.get(at + 1)?.split_once('/')?;
    (of == host).then(|| VmId::from(vm))
}

/// Whether this process is that VM.
pub(super) fn is(host: &str, vm: &VmId, pid: i32) -> bool {
    vm_of(host, &process::arguments(pid)).as_ref() == Some(vm)
}

/// Kills one process of a VM, if it still is that.
pub(super) fn kill(host: &str, vm: &VmId, pid: i32) -> io::Result<bool> {
    process::kill(pid, |pid| is(host, vm, pid))
}

/// What a start needs.
pub(super) struct Launch<'a> {
    pub(super) program: &'a Path,
    pub(super) host: &'a str,
    pub(super) vm: &'a VmId,
    pub(super) source: VmSource,
    pub(super) rom: &'a Path,
    pub(super) kernel: Option<&'a KernelGuest>,
    pub(super) folder: &'a Path,
    pub(super) serial: &'a Path,
    pub(super) pid_file: &'a Path,
}

impl Launch<'_> {
    /// Starts the process. It is in a group of its own and outlives the agent.
    pub(super) fn spawn(&self) -> io::Result<Child> {
        let mut command = Command::new(self.program);
        command
            .args(["-name", &format!("{}/{}", self.host, self.vm)])
            .args(["-accel", "tcg", "-nodefaults", "-no-user-config"])
            .args(["-display", "none"])
            .arg("-serial")
            .arg(format!("file:{}", self.serial.display()))
            .arg("-qmp")
            .arg(format!("unix:{},server=on,wait=off", socket(self.folder).display()))
            .arg("-pidfile")
            .arg(self.pid_file);
        match (self.source, self.kernel) {
            (VmSource::Stub, _) => {
                command.args(["-M", "microvm", "-m", "4", "-bios"]).arg(self.rom);
            }
            (VmSource::Kernel, Some(guest)) => {
                // A full machine: on a microvm without KVM one kernel in four hangs while it
                // measures its clock. The kernel's own messages go nowhere: the serial port is
                // for the guest's byte.
                command
                    .args([
                        "-M",
                        "pc",
                        "-m",
                        "96",
                        "-append",
                        "quiet console=ttyS1 panic=-1",
                        "-kernel",
                    ])
                    .arg(&guest.kernel)
                    .arg("-initrd")
                    .arg(&guest.initramfs)
                    // A guest that powers itself off leaves a process that tells so.
                    .args(["-action", "shutdown=pause"]);
            }
            (VmSource::Kernel, None) => {
                return Err(io::Error::other(
                    "the VM wants a kernel, and this host's agent has none in its configuration",
                ));
            }
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(self.folder.join("log"))?)
            .process_group(0)
            .spawn()
    }
}

/// The QMP socket. Short, because a socket's path may have 107 bytes at most.
pub(super) fn socket(folder: &Path) -> PathBuf {
    folder.join("q")
}

/// Whether the guest's byte has arrived.
pub(super) fn has_shown_life(serial: &Path) -> bool {
    fs::read(serial).is_ok_and(|bytes| bytes.contains(&SIGN_OF_LIFE))
}

/// What QEMU says of the guest: `running`, `shutdown`, … None if it does not answer.
pub(super) async fn state(folder: &Path) -> Option<String> {
    let mut qmp = Qmp::connect(&socket(folder), ASK_BOUND).await.ok()?;
    let answer = qmp.execute("query-status", ASK_BOUND).await.ok()?;
    Some(answer.get("status")?.as_str()?.to_owned())
}

/// Asks QEMU to end.
pub(super) async fn quit(folder: &Path) {
    if let Ok(mut qmp) = Qmp::connect(&socket(folder), ORDER_BOUND).await {
        // The answer may be lost with the process: what counts is that it is gone.
        let _ = qmp.execute("quit", ORDER_BOUND).await;
    }
}
