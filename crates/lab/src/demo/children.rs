//! The processes of the demonstration: a twin and a controller for each room.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use model::id::{ControllerId, RoomId};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Child;

use super::layout::Layout;
use crate::with_parent;

/// Why a process could not be started or ended.
#[derive(Debug, thiserror::Error)]
pub enum ChildError {
    /// It does not start.
    #[error("cannot start {what}; its messages go to {}", .log.display())]
    Start {
        /// What.
        what: String,
        /// Its log.
        log: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It ended by itself.
    #[error("{what} has ended by itself ({status}); its last messages are in {}", .log.display())]
    Ended {
        /// What.
        what: String,
        /// Its log.
        log: PathBuf,
        /// How.
        status: ExitStatus,
    },
    /// It can't be killed.
    #[error("cannot kill {what}")]
    Kill {
        /// What.
        what: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// A process that leads a group of its own, so that what it started dies with it.
#[derive(Debug)]
struct Running {
    what: String,
    log: PathBuf,
    child: Child,
}

impl Running {
    fn start(
        executable: &Path,
        what: &str,
        subcommand: &[&str],
        config: &Path,
        log: PathBuf,
    ) -> Result<Self, ChildError> {
        let started = || -> io::Result<Child> {
            // A process that is started again adds to what it said before.
            let messages = OpenOptions::new().create(true).append(true).open(&log)?;
            with_parent::child(executable)
                .args(subcommand)
                .arg("--config")
                .arg(config)
                .stdout(Stdio::from(messages.try_clone()?))
                .stderr(Stdio::from(messages))
                .process_group(0)
                .spawn()
        };
        match started() {
            Ok(child) => Ok(Self { what: what.to_owned(), log, child }),
            Err(source) => Err(ChildError::Start { what: what.to_owned(), log, source }),
        }
    }

    /// Kills the whole group and waits until its leader is gone.
    async fn kill(&mut self) -> Result<(), ChildError> {
        let failed = |source| ChildError::Kill { what: self.what.clone(), source };
        // No number any more: it has ended and was waited for.
        let Some(pid) =
            self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw)
        else {
            return Ok(());
        };
        match kill_process_group(pid, Signal::KILL) {
            Ok(()) | Err(rustix::io::Errno::SRCH) => {}
            Err(error) => return Err(failed(error.into())),
        }
        self.child.wait().await.map(drop).map_err(failed)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(pid) =
            self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw)
        {
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}

/// Every process of the demonstration. All of them end when this is dropped.
#[derive(Debug)]
pub(super) struct Children {
    rooms: BTreeMap<RoomId, Running>,
    controllers: BTreeMap<RoomId, Running>,
    guardians: BTreeMap<RoomId, Running>,
}

impl Children {
    /// Starts the rooms' twins, the controllers, and a guardian beside each.
    pub(super) fn start(layout: &Layout, executable: &Path) -> Result<Self, ChildError> {
        let mut all = Self {
            rooms: BTreeMap::new(),
            controllers: BTreeMap::new(),
            guardians: BTreeMap::new(),
        };
        for (room, (id, _)) in &layout.controllers {
            let log = layout.folder.join(format!("room-{room}.log"));
            let what = format!("the twin of room {room}");
            let config = layout.room_config(room);
            let twin = Running::start(executable, &what, &["twin-room"], &config, log)?;
            all.rooms.insert(room.clone(), twin);
            all.start_controller(layout, executable, room, *id)?;
            let log = layout.folder.join(format!("guardian-{}.log", id.0));
            let what = format!("the guardian of {id}");
            let (role, config) = (["agent", "--guard-controller"], layout.guardian_config(room));
            let guardian = Running::start(executable, &what, &role, &config, log)?;
            all.guardians.insert(room.clone(), guardian);
        }
        Ok(all)
    }

    /// Starts a room's controller; it must not run.
    pub(super) fn start_controller(
        &mut self,
        layout: &Layout,
        executable: &Path,
        room: &RoomId,
        id: ControllerId,
    ) -> Result<(), ChildError> {
        let log = layout.folder.join(format!("controller-{}.log", id.0));
        let config = layout.controller_config(room);
        let controller = Running::start(executable, &id.to_string(), &["server"], &config, log)?;
        self.controllers.insert(room.clone(), controller);
        Ok(())
    }

    /// Kills a room's controller alone, and returns once it is dead.
    pub(super) async fn kill_controller(&mut self, room: &RoomId) -> Result<(), ChildError> {
        // Out of the table: what was killed on purpose is not missed.
        match self.controllers.remove(room) {
            Some(mut running) => running.kill().await,
            None => Ok(()),
        }
    }

    /// The largest resident size, in MiB, that any running controller has had so far.
    pub(super) fn controller_memory_mib(&self) -> f64 {
        let peaks = self.controllers.values().filter_map(|running| {
            let status = std::fs::read_to_string(format!("/proc/{}/status", running.child.id()?));
            peak_resident_kib(&status.ok()?)
        });
        peaks.map(|kib| kib as f64 / 1024.0).fold(0.0, f64::max)
    }

    /// An error if a process that should run has ended.
    pub(super) fn all_run(&mut self) -> Result<(), ChildError> {
        let all = self.rooms.values_mut().chain(self.controllers.values_mut());
        for running in all.chain(self.guardians.values_mut()) {
            if let Ok(Some(status)) = running.child.try_wait() {
                return Err(ChildError::Ended {
                    what: running.what.clone(),
                    log: running.log.clone(),
                    status,
                });
            }
        }
        Ok(())
    }

    /// Kills everything in a room without warning, and returns once it is dead.
    pub(super) async fn kill_room(&mut self, room: &RoomId) -> Result<(), ChildError> {
        // Out of the tables: what was killed on purpose is not missed.
        let (twin, controller) = (self.rooms.remove(room), self.controllers.remove(room));
        let guardian = self.guardians.remove(room);
        for mut running in twin.into_iter().chain(controller).chain(guardian) {
            running.kill().await?;
        }
        Ok(())
    }
}

/// The peak resident size in what the kernel tells of a process.
fn peak_resident_kib(status: &str) -> Option<u64> {
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::peak_resident_kib;

    #[test]
    fn the_peak_is_read_from_what_the_kernel_writes() {
        let status = "Name:\tbascule\nVmPeak:\t  900000 kB\nVmHWM:\t   51200 kB\n";
        assert_eq!(peak_resident_kib(status), Some(51_200));
        assert_eq!(peak_resident_kib("Name:\tx\n"), None);
    }
}
