//! A twin held by a test: everything that the demonstration has on stage, and no play of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use model::estate::Estate;
use model::id::{ControllerId, HostId, RoomId};
use model::text::Lang;
use state_machine::Command;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::bundle;
use super::children::Children;
use super::layout::Layout;
use super::log::SharedLog;
use super::material::Material;
use super::outcome::Audit;
use super::play::DemoError;
use super::services::probe_all;
use super::stage::{Stage, Status};
use crate::fabric::Fabric;
use crate::journal::{Interval, read};
use crate::twin_room::{KILLS_FILE, power_file};

/// How long three processes, three rooms and every agent may take until all is well.
const READY_WITHIN: Duration = Duration::from_secs(180);
/// How often things are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What a session is made of.
#[derive(Clone, Debug)]
pub struct SessionOptions {
    /// The `bascule` executable, of which every process is one.
    pub executable: PathBuf,
    /// The estate.
    pub estate: PathBuf,
    /// The policy.
    pub policy: PathBuf,
    /// Boot times of the estate are divided by this.
    pub time_scale: u32,
}

/// An entry that was applied and not rejected, as the session read it.
#[derive(Clone, Debug)]
pub struct SeenEntry {
    /// Its index: a run's id is that of its first entry.
    pub index: u64,
    /// What it changed.
    pub command: Command,
}

/// A twin of an estate with its three controllers. Every process ends when this is dropped.
#[derive(Debug)]
pub struct Session {
    executable: PathBuf,
    layout: Layout,
    material: Material,
    // Held for their drop: the relays and the readers end with the session.
    _fabric: Fabric,
    _readers: JoinSet<()>,
    children: Children,
    stage: Arc<Stage>,
    log: SharedLog,
    news: watch::Receiver<usize>,
}

impl Session {
    /// Builds the twin and starts every process. Nothing is waited for.
    pub fn start(options: SessionOptions) -> Result<Self, DemoError> {
        let SessionOptions { executable, estate, policy, time_scale } = options;
        let folder = tempfile::Builder::new()
            .prefix("bascule-session-")
            .tempdir()
            .map_err(DemoError::Folder)?
            .keep();
        let material = Material::gather(&folder, Some(&estate), Some(&policy), true, Lang::En)?;
        let layout = Layout::reserve(folder, &material.estate)?;
        let routes = layout.write(&material.estate, &material, time_scale)?;
        let fabric = Fabric::start(routes);
        let children = Children::start(&layout, &executable)?;
        let endpoints = layout.backstage();
        let stage = Arc::new(Stage::new(&layout.person_tls(), endpoints, &material.estate)?);
        let log = SharedLog::default();
        let (tell, news) = watch::channel(0);
        let mut readers = JoinSet::new();
        for id in stage.controllers() {
            let (log, stage, tell) = (log.clone(), Arc::clone(&stage), tell.clone());
            readers.spawn(async move { log.read_along(&stage, id, &tell).await });
        }
        Ok(Self {
            executable,
            layout,
            material,
            _fabric: fabric,
            _readers: readers,
            children,
            stage,
            log,
            news,
        })
    }

    /// The estate.
    pub fn estate(&self) -> &Estate {
        &self.material.estate
    }

    /// Where every process writes; kept unless [`Session::clear_up`] is called.
    pub fn folder(&self) -> &Path {
        &self.layout.folder
    }

    /// Waits until every VM runs, every service answers and every watchdog is armed.
    pub async fn until_all_is_well(&mut self) -> Result<(), DemoError> {
        let began = Instant::now();
        let mut state = "no controller answers".to_owned();
        while began.elapsed() < READY_WITHIN {
            self.children.all_run()?;
            if let Some(status) = self.stage.leaders_status().await {
                let (ok, of) = self.services().await;
                let to_arm = self.hosts_to_arm();
                let armed = self.armed(&status);
                let (running, total) = (status.vms.running, self.material.estate.vms.len());
                state = format!(
                    "{running} of {total} VMs seen running, {ok} of {of} services answer, {armed} \
                     of {to_arm} watchdogs armed"
                );
                if running == total && ok == of && armed == to_arm {
                    return Ok(());
                }
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        let within = READY_WITHIN.as_secs();
        Err(DemoError::NotReady { within, state, folder: self.layout.folder.clone() })
    }

    fn hosts_to_arm(&self) -> usize {
        self.material.estate.hosts.keys().filter(|host| self.is_to_arm(host)).count()
    }

    fn armed(&self, status: &Status) -> usize {
        status.hosts.iter().filter(|host| host.armed && self.is_to_arm(&host.host)).count()
    }

    fn is_to_arm(&self, host: &HostId) -> bool {
        let watchdog = self.material.estate.hosts.get(host).and_then(|host| host.watchdog);
        watchdog.is_some_and(|watchdog| watchdog.armed)
    }

    /// Cuts a host's power; its management controller lives.
    pub async fn cut_power(&self, host: &HostId) -> Result<(), DemoError> {
        let room = &self.material.estate.hosts[host].room;
        Ok(self.stage.direct(room, "cut-power", host.as_str()).await?)
    }

    /// Kills a controller without warning, and returns once it is dead.
    pub async fn kill_controller(&mut self, id: ControllerId) -> Result<(), DemoError> {
        let Some(room) = self.room_of(id) else { return Ok(()) };
        Ok(self.children.kill_controller(&room).await?)
    }

    /// Starts a controller that was killed, with the disk that it left.
    pub fn start_controller(&mut self, id: ControllerId) -> Result<(), DemoError> {
        let Some(room) = self.room_of(id) else { return Ok(()) };
        Ok(self.children.start_controller(&self.layout, &self.executable, &room, id)?)
    }

    fn room_of(&self, id: ControllerId) -> Option<RoomId> {
        let mut controllers = self.layout.controllers.iter();
        controllers.find(|(_, (controller, _))| *controller == id).map(|(room, _)| room.clone())
    }

    /// An error if a process that should run has ended.
    pub fn all_run(&mut self) -> Result<(), DemoError> {
        Ok(self.children.all_run()?)
    }

    /// Whether a controller answers and has applied everything that was read so far.
    pub async fn has_caught_up(&self, id: ControllerId) -> bool {
        let size = self.log.lock().leaves.len() as u64;
        let status = self.stage.status_of(id).await;
        status.is_some_and(|status| status.applied_index + 1 >= size)
    }

    /// How many leaves were read so far, at whichever controller had each of them first.
    pub fn leaves_read(&self) -> usize {
        self.log.lock().leaves.len()
    }

    /// Waits until a leaf was read that was not read before the last such wait, or for this long.
    pub async fn news_within(&mut self, at_most: Duration) {
        // Neither outcome is of interest: the caller looks at the whole again.
        let _ = tokio::time::timeout(at_most, self.news.changed()).await;
    }

    /// Entries from this leaf on.
    pub fn entries_from(&self, leaf: usize) -> Vec<SeenEntry> {
        let log = self.log.lock();
        let new = log.entries.iter().filter(|entry| entry.index >= leaf as u64);
        new.map(|entry| SeenEntry { index: entry.index, command: entry.command.clone() }).collect()
    }

    /// Who leads by the last entry in which a leader announced itself.
    pub fn leader(&self) -> Option<ControllerId> {
        let log = self.log.lock();
        log.entries.iter().rev().find_map(|entry| match entry.command {
            Command::LeaderStarted { controller } => Some(controller),
            _ => None,
        })
    }

    /// What really ran where, from the hosts' journals.
    pub fn intervals(&self) -> Result<Vec<Interval>, DemoError> {
        let mut stamps: Vec<String> = self.layout.controllers.keys().map(power_file).collect();
        stamps.push(KILLS_FILE.to_owned());
        let hosts = self.material.estate.hosts.keys().cloned().collect();
        Ok(read(&self.layout.journal_dir(), &hosts, &stamps)?)
    }

    /// Services whose probe passes, and services with a probe.
    pub async fn services(&self) -> (usize, usize) {
        probe_all(&self.layout, &self.material.estate, &Default::default()).await
    }

    /// Exports the audit log and verifies what was exported.
    pub async fn audit(&self) -> Audit {
        let folder = self.layout.folder.join("audit");
        bundle::export(&self.stage, &self.log, &self.layout.cluster, &folder, Lang::En).await
    }

    /// Ends every process and removes what they wrote.
    pub fn clear_up(self) {
        let folder = self.layout.folder.clone();
        drop(self);
        // What cannot be removed lies in a temporary folder.
        let _ = std::fs::remove_dir_all(folder);
    }
}
