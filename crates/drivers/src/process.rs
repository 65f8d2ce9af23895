//! Other processes: found by what they are, and killed only after a check that they still are it.

use std::fs;
use std::io;
use std::path::Path;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// The arguments of a process; empty for one that has ended.
pub(crate) fn arguments(pid: i32) -> Vec<String> {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    bytes
        .split(|byte| *byte == 0)
        .filter(|part| !part.is_empty())
        .map(|part| String::from_utf8_lossy(part).into_owned())
        .collect()
}

/// Every process that there is.
pub(crate) fn all() -> io::Result<Vec<i32>> {
    Ok(fs::read_dir("/proc")?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect())
}

/// Kills a process, provided that `is_it` still says yes once the process can no longer be
/// mistaken for another one that got its number. Says whether it was there.
pub(crate) fn kill(pid: i32, is_it: impl Fn(i32) -> bool) -> io::Result<bool> {
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

/// When a process started, in the kernel's ticks since boot: with its number, it is unique.
fn started(pid: i32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in brackets may hold anything; what follows the last bracket is fixed.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    if fields.next()? == "Z" {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

/// Writes this process into a pid file, so that a watchdog finds it.
pub fn write_own_pid_file(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let pid = i32::try_from(std::process::id()).map_err(io::Error::other)?;
    let started = started(pid).unwrap_or_default();
    fs::write(path, format!("{pid} {started}\n"))
}

/// Kills the process that a pid file names: the one that started when the file says, or, where
/// the file holds a number alone, one that was given this very file's path as an argument. Says
/// whether it was there.
pub(crate) fn kill_by_pid_file(path: &Path) -> io::Result<bool> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let mut words = text.split_whitespace();
    let Some(pid) = words.next().and_then(|word| word.parse::<i32>().ok()) else {
        return Ok(false);
    };
    let named: Option<u64> = words.next().and_then(|word| word.parse().ok());
    kill(pid, |pid| match named {
        Some(named) => started(pid) == Some(named),
        None => arguments(pid).iter().any(|argument| Path::new(argument) == path),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_file_of_a_process_that_is_gone_kills_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("own.pid");
        write_own_pid_file(&file).unwrap();
        let text = fs::read_to_string(&file).unwrap();
        let (pid, _) = text.trim().split_once(' ').unwrap();
        // Our own number, but another process's start: it must not be us who dies.
        fs::write(&file, format!("{pid} 1\n")).unwrap();
        assert!(!kill_by_pid_file(&file).unwrap());
        fs::write(&file, format!("{pid}\n")).unwrap();
        assert!(!kill_by_pid_file(&file).unwrap());
        assert!(!kill_by_pid_file(&folder.path().join("none.pid")).unwrap());
    }

    #[test]
    fn a_child_is_killed_by_its_pid_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("child.pid");
        let mut child = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        fs::write(&file, format!("{pid} {}\n", started(pid).unwrap())).unwrap();
        assert!(kill_by_pid_file(&file).unwrap());
        assert!(!child.wait().unwrap().success());
        assert!(!kill_by_pid_file(&file).unwrap());
    }
}
