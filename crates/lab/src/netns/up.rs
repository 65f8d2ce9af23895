use std::fs::{self, File};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::Instant;

use super::configuration::Process;
use super::error::LabError;
use super::plan::{Lab, PREFIX, Place};
use super::progress::Progress;
use super::{prerequisites, processes};
use crate::with_parent;

const ENTERS_WITHIN: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Builds the lab and starts its processes; they go on when this returns. `executable` is this
/// program.
pub async fn up(lab: &Lab, executable: &Path, progress: &Progress) -> Result<(), LabError> {
    prerequisites::root()?;
    let machine = prerequisites::find()?;
    let found = processes::named(PREFIX);
    if !found.is_empty() {
        return Err(LabError::Exists { what: format!("namespaces {}", found.join(", ")) });
    }
    lab.mark()?;
    progress.say(
        &format!("building the lab in {}", lab.dir.display()),
        &format!("construction du laboratoire dans {}", lab.dir.display()),
    );
    lab.write_material()?;
    lab.make_certificates()?;
    let guest = lab.make_guest(&machine)?;
    let qemu = machine.qemu.clone();
    lab.write_configurations(&qemu, &guest)?;
    lab.define_vms()?;
    lab.wire().await?;
    let all = lab.processes();
    for process in &all {
        let child = start(lab, executable, process)?;
        is_in_its_room(lab, process, child).await?;
    }
    progress.say(
        &format!("{} namespaces, {} processes", lab.places().len(), all.len()),
        &format!("{} espaces de noms, {} processus", lab.places().len(), all.len()),
    );
    Ok(())
}

/// Starts a process in its room. It leads a group of its own and outlives this program.
fn start(lab: &Lab, executable: &Path, process: &Process) -> Result<Child, LabError> {
    let log = lab.log_of(process);
    let failed = |source| LabError::Start { what: process.name.clone(), source };
    fs::create_dir_all(lab.logs()).map_err(LabError::file(lab.logs()))?;
    let messages = File::create(&log).map_err(LabError::file(&log))?;
    let errors = messages.try_clone().map_err(LabError::file(&log))?;
    let namespace = Place::Room(process.room.clone()).namespace();
    Command::new("ip")
        .args(["netns", "exec", &namespace])
        .arg(executable)
        .arg(process.subcommand)
        .arg("--config")
        .arg(lab.config(&process.name))
        .env_remove(with_parent::VARIABLE)
        .stdin(Stdio::null())
        .stdout(messages)
        .stderr(errors)
        .process_group(0)
        .spawn()
        .map_err(failed)
}

/// Returns once a process that was started has entered its room: before, whoever looks for it
/// there would take it for dead.
async fn is_in_its_room(lab: &Lab, process: &Process, mut child: Child) -> Result<(), LabError> {
    let namespace = Place::Room(process.room.clone()).namespace();
    let failed = |source| LabError::Start { what: process.name.clone(), source };
    let until = Instant::now() + ENTERS_WITHIN;
    loop {
        let pid = child.id().and_then(|id| i32::try_from(id).ok());
        let inside = processes::inside(&namespace).map_err(failed)?;
        if pid.is_some_and(|pid| inside.contains(&pid)) {
            return Ok(());
        }
        let ended = child.try_wait().map_err(failed)?.is_some();
        if ended || Instant::now() >= until {
            return Err(LabError::Ended { what: process.name.clone(), log: lab.log_of(process) });
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
