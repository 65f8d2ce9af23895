//! Certificates, and a configuration for each process.

use std::fs;
use std::path::{Path, PathBuf};

use agent::process::FileConfig;
use drivers::hypervisor::qemu::KernelGuest;
use drivers::watchdog::fake_process::{Config as WatchdogConfig, OnFire};
use model::id::{HostId, RoomId};
use serde::Serialize;
use serde_json::json;
use wire::ca::{ClusterPlan, cluster_init};

use super::error::LabError;
use super::plan::{Lab, Place};
use crate::journal;

/// The operator, on whose behalf the lab asks the controllers.
const OPERATOR: &str = "operator";

/// A process of the lab: a subcommand of the running executable with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Process {
    /// Its name, and that of its configuration and log.
    pub(super) name: String,
    pub(super) room: RoomId,
    pub(super) subcommand: &'static str,
}

impl Lab {
    /// Every process that `up` starts, in the order in which it does: an agent needs its watchdog.
    pub(super) fn processes(&self) -> Vec<Process> {
        let of_hosts = |subcommand: &'static str| {
            self.estate.hosts.iter().map(move |(id, host)| Process {
                name: format!("{subcommand}-{id}"),
                room: host.room.clone(),
                subcommand,
            })
        };
        let controllers = self.estate.rooms.iter().map(|(id, room)| Process {
            name: format!("controller-{}", room.controller.0),
            room: id.clone(),
            subcommand: "server",
        });
        of_hosts("watchdog").chain(of_hosts("agent")).chain(controllers).collect()
    }

    /// Where a process writes what happens.
    pub(super) fn log_of(&self, process: &Process) -> PathBuf {
        self.logs().join(format!("{}.log", process.name))
    }

    /// The operator's certificate and key.
    pub(super) fn operator_tls(&self) -> PathBuf {
        self.tls().join(format!("person-{OPERATOR}"))
    }

    /// Makes the certificates of everyone.
    pub(super) fn make_certificates(&self) -> Result<(), LabError> {
        let rooms = self.estate.rooms.iter();
        let plan = ClusterPlan {
            cluster: self.estate.name.clone(),
            members: rooms.map(|(id, room)| (room.controller, id.clone())).collect(),
            hosts: self.estate.hosts.keys().cloned().collect(),
            devices: Vec::new(),
            persons: [(OPERATOR.into(), ["administrator".to_owned()].into())].into(),
        };
        cluster_init(&self.tls(), &plan)
            .map(drop)
            .map_err(|error| LabError::Certificates(Box::new(error)))
    }

    /// Writes the configuration of every process.
    pub(super) fn write_configurations(
        &self,
        qemu: &Path,
        guest: &KernelGuest,
    ) -> Result<(), LabError> {
        for room in self.estate.rooms.keys() {
            self.write_controller(room)?;
        }
        for host in self.estate.hosts.keys() {
            let agent = self.agent_config(host, qemu, guest);
            self.write_config(&format!("watchdog-{host}"), &self.watchdog_config(host, &agent))?;
            self.write_config(&format!("agent-{host}"), &agent)?;
        }
        Ok(())
    }

    fn write_controller(&self, room: &RoomId) -> Result<(), LabError> {
        let Some(id) = self.estate.rooms.get(room).map(|room| room.controller) else {
            return Ok(());
        };
        let members = self.estate.rooms.iter();
        let members =
            members.map(|(id, room)| json!({ "controller": room.controller, "room": id }));
        let name = format!("controller-{}", id.0);
        let config = json!({
            "cluster": self.estate.name,
            "controller": id,
            "room": room,
            "listen": self.controller_listen(),
            "metrics_listen": self.metrics_listen(),
            "data_dir": self.dir.join("data").join(&name),
            "tls_dir": self.tls().join(&name),
            "endpoints": self.endpoints(&Place::Room(room.clone())),
            "members": members.collect::<Vec<_>>(),
            // Not the room that the smoke test kills: it has to move the leadership there.
            "bootstrap": self.estate.rooms.keys().next_back() == Some(room),
            "estate": self.estate_path(),
            "policy": self.policy_path(),
            "runbooks": self.runbooks_dir(),
        });
        self.write_config(&name, &config)
    }

    fn agent_config(&self, host: &HostId, qemu: &Path, guest: &KernelGuest) -> FileConfig {
        let definition = self.estate.hosts.get(host);
        let room = definition.map(|host| host.room.clone()).unwrap_or_default();
        let own = self.estate.rooms.get(&room).map(|room| room.controller);
        let others = self.estate.rooms.values().map(|room| room.controller);
        let others = others.filter(|id| Some(*id) != own);
        let watchdog = definition.and_then(|host| host.watchdog);
        FileConfig {
            host: host.clone(),
            listen: self.agent_listen(host),
            credentials: self.tls().join(format!("agent-{host}")),
            endpoints: self.endpoints(&Place::Room(room)),
            controllers: own.into_iter().chain(others).collect(),
            state: self.host_dir(host),
            run: self.host_dir(host).join("run"),
            journal: journal::host_file(&self.journal(), host),
            lease: self.policy.lease,
            watchdog: watchdog.map(|_| self.host_dir(host).join("watchdog")),
            arm: watchdog.is_some_and(|watchdog| watchdog.armed),
            sole_starter: true,
            program: qemu.to_owned(),
            guest: Some(guest.clone()),
        }
    }

    fn watchdog_config(&self, host: &HostId, agent: &FileConfig) -> WatchdogConfig {
        let watchdog = self.estate.hosts.get(host).and_then(|host| host.watchdog);
        WatchdogConfig {
            host: host.clone(),
            socket: self.host_dir(host).join("watchdog"),
            timeout: watchdog.map_or(self.policy.lease.watchdog, |watchdog| watchdog.timeout),
            on_fire: OnFire::Kill { pids: agent.pids(), boot_file: Some(agent.boot_file()) },
            journal: agent.journal.clone(),
        }
    }

    /// JSON is YAML too, and is written without surprises.
    fn write_config(&self, process: &str, config: &impl Serialize) -> Result<(), LabError> {
        let path = self.config(process);
        let write = || {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(&path, serde_json::to_vec_pretty(config)?)
        };
        write().map_err(LabError::file(&path))
    }

    /// Makes the folders of the hosts, and in them one for each VM that is at home there: the agent
    /// tells of these VMs as stopped, and the controllers, for whom they ought to run, start them.
    pub(super) fn define_vms(&self) -> Result<(), LabError> {
        let make = |path: PathBuf| fs::create_dir_all(&path).map_err(LabError::file(&path));
        make(self.logs())?;
        make(self.journal())?;
        for host in self.estate.hosts.keys() {
            make(self.host_dir(host))?;
        }
        for (id, vm) in &self.estate.vms {
            make(self.host_dir(&vm.home).join("qemu").join("vms").join(id.as_str()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_processes_read_back_what_was_written_for_them() {
        let folder = tempfile::tempdir().unwrap();
        let lab = Lab::new(folder.path()).unwrap();
        let guest = KernelGuest { kernel: "/boot/k".into(), initramfs: "/i".into() };
        lab.make_certificates().unwrap();
        lab.write_configurations(Path::new("/q"), &guest).unwrap();
        for host in lab.estate.hosts.keys() {
            let agent = agent::process::read_config(&lab.config(&format!("agent-{host}"))).unwrap();
            assert!(agent.arm && agent.watchdog.is_some());
            assert_eq!(agent.controllers.len(), 3);
            assert!(agent.credentials.is_dir(), "{}", agent.credentials.display());
            let bytes = fs::read(lab.config(&format!("watchdog-{host}"))).unwrap();
            let watchdog: WatchdogConfig = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(Some(&watchdog.socket), agent.watchdog.as_ref());
            assert!(watchdog.timeout <= lab.policy.lease.watchdog);
        }
        let mut bootstraps = 0;
        for room in lab.estate.rooms.values() {
            let path = lab.config(&format!("controller-{}", room.controller.0));
            let config = server::Config::read(&path).unwrap();
            bootstraps += usize::from(config.bootstrap);
            assert!(config.tls_dir.is_dir());
        }
        assert_eq!(bootstraps, 1, "one controller forms the cluster");
    }

    #[test]
    fn every_process_has_a_name_of_its_own_and_watchdogs_come_before_agents() {
        let lab = Lab::new(Path::new("/run/x")).unwrap();
        let names: Vec<String> = lab.processes().into_iter().map(|p| p.name).collect();
        let at = |name: &str| names.iter().position(|n| n == name).unwrap();
        assert_eq!(names.len(), 2 * lab.estate.hosts.len() + lab.estate.rooms.len());
        assert!(at("watchdog-a1") < at("agent-a1"));
    }
}
