//! Processes, found by the network namespace in which they are, and killed only after a check that
//! they still are there.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tokio::time::Instant;

use super::error::LabError;

/// Where `ip` keeps the namespaces that have a name.
const NAMED: &str = "/run/netns";

/// How long killed processes may take to be gone: the kernel frees a guest's memory first.
const GONE_WITHIN: Duration = Duration::from_secs(15);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Where a namespace of this name is.
pub(super) fn path(namespace: &str) -> PathBuf {
    Path::new(NAMED).join(namespace)
}

/// The names of all namespaces that begin so.
pub(super) fn named(prefix: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(NAMED) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.starts_with(prefix))
        .collect();
    names.sort();
    names
}

/// What tells one namespace from another. None if the process or name is gone.
fn identity(path: &Path) -> Option<(u64, u64)> {
    fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

fn is_inside(pid: i32, namespace: (u64, u64)) -> bool {
    identity(Path::new(&format!("/proc/{pid}/ns/net"))) == Some(namespace)
}

/// The processes in a namespace, this one left out. None at all if there is no such namespace.
pub(super) fn inside(namespace: &str) -> io::Result<Vec<i32>> {
    let path = path(namespace);
    // A crash between the two steps of making a namespace leaves a plain file, which is in the
    // same place for every process of the machine: nothing is inside that.
    let Some(wanted) = identity(&path).filter(|id| Some(*id) != own()) else {
        return Ok(Vec::new());
    };
    let own_pid = i32::try_from(std::process::id()).map_err(io::Error::other)?;
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse::<i32>().ok())
        else {
            continue;
        };
        if pid != own_pid && is_inside(pid, wanted) {
            found.push(pid);
        }
    }
    Ok(found)
}

fn own() -> Option<(u64, u64)> {
    identity(Path::new("/proc/self/ns/net"))
}

/// Kills every process in a namespace, again and again until none is left: one that was just being
/// started may appear late. Says how many there were.
pub(super) async fn kill_all(namespace: &str) -> Result<usize, LabError> {
    let failed =
        |source: io::Error| LabError::Processes { namespace: namespace.to_owned(), source };
    let until = Instant::now() + GONE_WITHIN;
    let mut killed = std::collections::BTreeSet::new();
    loop {
        let pids = inside(namespace).map_err(failed)?;
        if pids.is_empty() {
            return Ok(killed.len());
        }
        if Instant::now() >= until {
            let pids: Vec<String> = pids.iter().map(ToString::to_string).collect();
            return Err(LabError::Undead {
                namespace: namespace.to_owned(),
                pids: pids.join(", "),
            });
        }
        let Some(wanted) = identity(&path(namespace)) else { return Ok(killed.len()) };
        for pid in pids {
            if kill(pid, |pid| is_inside(pid, wanted)).map_err(failed)? {
                killed.insert(pid);
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Kills processes that were started for a lab but are in none of its namespaces (any more): a
/// start was under way when the namespace was removed.
pub(super) fn kill_strays(dir: &Path) -> io::Result<usize> {
    let mut killed = 0;
    for entry in fs::read_dir("/proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse::<i32>().ok())
        else {
            continue;
        };
        if is_stray(&arguments(pid), dir) && kill(pid, |pid| is_stray(&arguments(pid), dir))? {
            killed += 1;
        }
    }
    Ok(killed)
}

/// Whether a process with these arguments was started with a file of this lab: a configuration, or
/// a VM's pid file.
fn is_stray(arguments: &[String], dir: &Path) -> bool {
    arguments.windows(2).any(|pair| {
        let file = Path::new(&pair[1]);
        matches!(pair[0].as_str(), "--config" | "-pidfile") && file != dir && file.starts_with(dir)
    })
}

/// The arguments of a process; none if it has ended.
pub(super) fn arguments(pid: i32) -> Vec<String> {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let parts = bytes.split(|byte| *byte == 0).filter(|part| !part.is_empty());
    parts.map(|part| String::from_utf8_lossy(part).into_owned()).collect()
}

/// Kills a process, provided that `is_it` says yes once the number can no longer come to mean
/// another process. Says whether it was there.
fn kill(pid: i32, is_it: impl Fn(i32) -> bool) -> io::Result<bool> {
    let Some(number) = Pid::from_raw(pid) else { return Ok(false) };
    let handle = match pidfd_open(number, PidfdFlags::empty()) {
        Ok(handle) => handle,
        Err(rustix::io::Errno::SRCH) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    if !is_it(pid) {
        return Ok(false);
    }
    match pidfd_send_signal(handle, Signal::KILL) {
        Ok(()) => Ok(true),
        Err(rustix::io::Errno::SRCH) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn only_processes_started_with_a_file_of_this_lab_are_strays() {
        let dir = Path::new("/run/bascule-lab");
        for (arguments, stray) in [
            ("bascule server --config /run/bascule-lab/config/controller-1.yaml", true),
            ("qemu-system-x86_64 -pidfile /run/bascule-lab/hosts/a1/pids/vm-x.pid", true),
            ("bascule server --config /run/bascule-lab-2/config/controller-1.yaml", false),
            ("tail -f /run/bascule-lab/logs/controller-1.log", false),
            ("bascule lab down --dir /run/bascule-lab", false),
            ("", false),
        ] {
            assert_eq!(is_stray(&words(arguments), dir), stray, "{arguments}");
        }
    }

    #[test]
    fn nothing_is_inside_a_namespace_that_is_not_there() {
        assert!(inside("bascule-lab-none-of-this-name").unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_process_is_killed_only_while_it_is_what_it_was_taken_for() {
        let mut child = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        assert!(!kill(pid, |_| false).unwrap());
        assert!(child.try_wait().unwrap().is_none());
        assert!(kill(pid, |_| true).unwrap());
        assert!(!child.wait().unwrap().success());
    }
}
