use std::collections::BTreeMap;
use std::path::Path;

use model::id::{ControllerId, HostId, VmId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::count::booted;
use super::cut::is_plugged;
use super::desk::at_the_desk;
use super::error::LabError;
use super::plan::{Lab, Place};
use super::processes;
use super::progress::Progress;

/// The lab as it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Status {
    /// Whether there is a lab, whole or in part.
    pub up: bool,
    /// Rooms and the desk.
    pub namespaces: BTreeMap<String, NamespaceStatus>,
    /// Paths of links, and whether both their ends are plugged in.
    pub paths: BTreeMap<String, bool>,
    /// Where each VM runs, by the hosts' journals.
    pub vms: BTreeMap<VmId, HostId>,
    /// What each controller says; nothing for one that does not answer.
    pub controllers: BTreeMap<ControllerId, Option<Value>>,
}

/// A namespace.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct NamespaceStatus {
    /// Whether it is there.
    pub exists: bool,
    /// How many processes of each kind are in it.
    pub processes: BTreeMap<String, usize>,
}

/// Looks at the lab. Fails on nothing that is merely missing.
pub async fn status(lab: &Lab, executable: &Path, progress: &Progress) -> Result<Status, LabError> {
    let mut namespaces = BTreeMap::new();
    for place in lab.places() {
        namespaces.insert(place.namespace(), look(&place.namespace())?);
    }
    let whole = lab.must_be_up().is_ok();
    let mut paths = BTreeMap::new();
    let mut controllers = BTreeMap::new();
    if whole {
        for cable in &lab.cables {
            let Some((link, path)) = &cable.path else { continue };
            let mut plugged = true;
            for end in &cable.ends {
                plugged &= is_plugged(end).await?;
            }
            paths.insert(format!("{link}/{path}"), plugged);
        }
        let (answers, _) = at_the_desk(lab, executable, "view", progress.lang()).await?;
        controllers = serde_json::from_slice(&answers).unwrap_or_default();
    }
    let intervals = if lab.is_marked() { lab.intervals()? } else { Vec::new() };
    let vms = booted(&intervals);
    Ok(Status {
        up: lab.is_marked() || namespaces.values().any(|one| one.exists),
        namespaces,
        paths,
        vms: vms.into_iter().map(|(vm, host)| (vm.clone(), host.clone())).collect(),
        controllers,
    })
}

fn look(namespace: &str) -> Result<NamespaceStatus, LabError> {
    let failed = |source| LabError::Processes { namespace: namespace.to_owned(), source };
    let mut counted = BTreeMap::new();
    for pid in processes::inside(namespace).map_err(failed)? {
        *counted.entry(kind(&processes::arguments(pid))).or_default() += 1;
    }
    Ok(NamespaceStatus { exists: processes::path(namespace).exists(), processes: counted })
}

/// What a process with these arguments is: `vm`, the subcommand of ours, or the program's name.
fn kind(arguments: &[String]) -> String {
    let Some(program) = arguments.first() else { return "ended".to_owned() };
    let name = Path::new(program).file_name().map(|name| name.to_string_lossy().into_owned());
    match (name.as_deref(), arguments.get(1)) {
        (Some(name), _) if name.starts_with("qemu") => "vm".to_owned(),
        (Some("bascule"), Some(subcommand)) => subcommand.clone(),
        (name, _) => name.unwrap_or(program).to_owned(),
    }
}

impl Lab {
    /// The first process that should run and does not.
    pub(super) fn first_missing(&self, dead: &[Place]) -> Option<LabError> {
        self.processes().into_iter().find_map(|process| {
            let place = Place::Room(process.room.clone());
            if dead.contains(&place) {
                return None;
            }
            let config = self.config(&process.name);
            let pids = processes::inside(&place.namespace()).unwrap_or_default();
            let runs = pids.into_iter().any(|pid| {
                processes::arguments(pid).iter().any(|argument| Path::new(argument) == config)
            });
            let log = self.log_of(&process);
            (!runs).then_some(LabError::Ended { what: process.name, log })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processes_are_told_apart_by_what_they_were_started_as() {
        for (line, expected) in [
            ("/usr/bin/qemu-system-x86_64 -name a1/dc-1", "vm"),
            ("/opt/bascule agent --config x", "agent"),
            ("sleep 10", "sleep"),
            ("", "ended"),
        ] {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            assert_eq!(kind(&words), expected);
        }
    }
}
