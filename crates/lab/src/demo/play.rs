//! The play itself: build the twin, wait until all is well, strike, watch, measure.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use drivers::journal::wall_now;
use model::id::{HostId, RoomId};
use model::text::Lang;

use super::children::{ChildError, Children};
use super::expect::{Expected, broken, stopped_by_silence};
use super::fault::{Rooms, Strike, UnknownTarget, aim};
use super::layout::{Layout, LayoutError, longest_hold_off};
use super::log::SharedLog;
use super::material::{Material, MaterialError};
use super::measure::{Measured, measure};
use super::options::{Fault, Inject, Options};
use super::outcome::{Outcome, Rto, VmOutcome};
use super::progress::{Progress, say};
use super::services::probe_all;
use super::stage::{DirectionError, Stage, Status};
use super::{bundle, table};
use crate::fabric::{Cut, Fabric, paths_of_cut};
use crate::journal::JournalError;
use crate::twin_room::{KILLS_FILE, PowerJournal};

/// The hard limit of a site failover.
pub(super) const TARGET: Duration = Duration::from_secs(1800);
/// How long three processes, three rooms and every agent may take until all is well.
const READY_WITHIN: Duration = Duration::from_secs(180);
/// How often things are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(300);
/// Added to the longest hold-off before "nothing moved" is believed: the verdict, and a margin.
const VERDICT_AND_MARGIN: Duration = Duration::from_secs(15);
/// Why there is no outcome.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// No folder.
    #[error("cannot make a folder for the demonstration")]
    Folder(#[source] io::Error),
    /// Nothing to play with.
    #[error(transparent)]
    Material(#[from] MaterialError),
    /// The fault has no target.
    #[error(transparent)]
    Target(#[from] UnknownTarget),
    /// The folder could not be filled.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// A process.
    #[error(transparent)]
    Child(#[from] ChildError),
    /// The person's certificate.
    #[error("cannot use the demonstration's own certificate")]
    Credentials(#[from] wire::tls::CredentialsError),
    /// The journals.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A stamp could not be written.
    #[error("cannot stamp the kill: nothing could be counted afterwards")]
    Stamp(#[source] io::Error),
    /// A twin does not follow.
    #[error(transparent)]
    Direction(#[from] DirectionError),
    /// The estate did not come up.
    #[error(
        "after {within} s the estate is not all well ({state}); the messages of every process are \
         in {}", .folder.display()
    )]
    NotReady {
        /// How long it was waited.
        within: u64,
        /// What was seen last.
        state: String,
        /// Where the messages are.
        folder: PathBuf,
    },
    /// Ctrl-C.
    #[error("interrupted; every process of the demonstration was ended")]
    Interrupted,
    /// The running executable is not known.
    #[error("cannot find the running executable, of which every process of the twin is one")]
    Executable(#[source] io::Error),
}

/// Runs a demonstration to its end and prints what it found: a table, or one JSON object, on
/// stdout; progress and errors on stderr. The exit code is 0 if every expectation holds, 1 if one
/// does not, 2 if it did not come to that.
pub async fn run(options: &Options) -> u8 {
    let played = tokio::select! {
        played = play(options) => played,
        _ = tokio::signal::ctrl_c() => Err(DemoError::Interrupted),
    };
    match played {
        Ok(outcome) => {
            if options.json {
                match serde_json::to_string_pretty(&outcome) {
                    Ok(text) => println!("{text}"),
                    Err(error) => {
                        eprintln!("the outcome cannot be written as JSON: {error}");
                        return 2;
                    }
                }
                for failure in &outcome.failures {
                    eprintln!("{}", say!(options.lang, "FAILED: {failure}", "ÉCHEC : {failure}"));
                }
            } else {
                print!("{}", table::table(&outcome, options.lang));
            }
            u8::from(!outcome.failures.is_empty())
        }
        Err(error) => {
            let mut text = error.to_string();
            let mut source = std::error::Error::source(&error);
            while let Some(cause) = source {
                text.push_str(&format!(": {cause}"));
                source = cause.source();
            }
            eprintln!("{}", say!(options.lang, "demo: {text}", "démonstration : {text}"));
            2
        }
    }
}

/// Everything on stage.
pub(super) struct Theatre<'o> {
    pub(super) options: &'o Options,
    pub(super) layout: Layout,
    pub(super) material: Material,
    pub(super) rooms: Rooms,
    pub(super) fabric: Fabric,
    pub(super) children: Children,
    pub(super) stage: Stage,
    pub(super) log: SharedLog,
    pub(super) progress: Progress,
    pub(super) hosts: BTreeSet<HostId>,
    pub(super) dead: BTreeSet<RoomId>,
}

/// Runs a demonstration to its end.
pub async fn play(options: &Options) -> Result<Outcome, DemoError> {
    let folder = tempfile::Builder::new()
        .prefix("bascule-demo-")
        .tempdir()
        .map_err(DemoError::Folder)?
        .keep();
    let lang = options.lang;
    let mut progress = Progress::new(lang, TARGET);
    let path = folder.display();
    progress.say(&say!(lang, "working in {path}", "dossier de travail : {path}"));
    let armed = !matches!(options.fault, Fault::Silence { armed: false, .. });
    let (estate, policy) = (options.estate.as_deref(), options.policy.as_deref());
    let material = Material::gather(&folder, estate, policy, armed, lang)?;
    let rooms = Rooms::of(&material.estate)?;
    let strike = aim(&options.fault, &material.estate, &rooms)?;
    let layout = Layout::reserve(folder, &material.estate)?;
    let routes = layout.write(&material.estate, &material, options.time_scale)?;
    let fabric = Fabric::start(routes);
    let executable = std::env::current_exe().map_err(DemoError::Executable)?;
    let children = Children::start(&layout, &executable)?;
    let stage = Stage::new(&layout.person_tls(), layout.backstage(), &material.estate)?;
    let hosts = material.estate.hosts.keys().cloned().collect();
    let mut theatre = Theatre {
        options,
        layout,
        material,
        rooms,
        fabric,
        children,
        stage,
        log: SharedLog::default(),
        progress,
        hosts,
        dead: BTreeSet::new(),
    };
    theatre.until_all_is_well().await?;
    let leader_room = theatre.place_leader(&strike).await?;
    let outcome = theatre.strike_and_watch(&strike, leader_room).await?;
    theatre.clear_up();
    Ok(outcome)
}

impl Theatre<'_> {
    async fn until_all_is_well(&mut self) -> Result<(), DemoError> {
        let total = self.material.estate.vms.len();
        let began = Instant::now();
        let lang = self.options.lang;
        let mut state = String::new();
        while began.elapsed() < READY_WITHIN {
            self.children.all_run()?;
            let services = probe_all(&self.layout, &self.material.estate, &self.dead).await;
            if let Some(status) = self.stage.leaders_status().await {
                let (running, (ok, of)) = (status.vms.running, services);
                let (armed, to_arm) = self.armed(&status);
                state = say!(
                    lang,
                    "{running} of {total} VMs seen running, {ok} of {of} services answer, \
                     {armed} of {to_arm} watchdogs armed",
                    "{running} VM vues en marche sur {total}, {ok} services sur {of} répondent, \
                     {armed} chiens de garde armés sur {to_arm}",
                );
                self.progress.now(&state);
                let well = running == total && ok == of && armed == to_arm;
                if status.estate.is_some() && well {
                    self.log.catch_up(&self.stage).await;
                    self.progress.say(&state);
                    return Ok(());
                }
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        let within = READY_WITHIN.as_secs();
        Err(DemoError::NotReady { within, state, folder: self.layout.folder.clone() })
    }

    /// Watchdogs that the cluster knows to be armed, of those that the estate wants armed: without
    /// the first grants behind it a host could be fenced by no lease.
    fn armed(&self, status: &Status) -> (usize, usize) {
        let wanted: BTreeSet<&HostId> = self
            .material
            .estate
            .hosts
            .iter()
            .filter(|(_, host)| host.watchdog.is_some_and(|watchdog| watchdog.armed))
            .map(|(id, _)| id)
            .collect();
        let armed = status.hosts.iter().filter(|host| host.armed && wanted.contains(&host.host));
        (armed.count(), wanted.len())
    }

    /// Before a room fault the leadership goes into the room that is going to die: the hardest
    /// case. Returns the leader's room.
    async fn place_leader(&mut self, strike: &Strike) -> Result<RoomId, DemoError> {
        let began = Instant::now();
        let mut said = String::new();
        while began.elapsed() < READY_WITHIN {
            self.children.all_run()?;
            if let Some(status) = self.stage.leaders_status().await
                && let (Some(leader), Some(room)) = (status.leader, status.leader_room)
            {
                let Strike::Room(doomed) = strike else { return Ok(room) };
                if room == *doomed && status.vms.running == status.vms.total {
                    let id = leader.0;
                    self.progress.say(&say!(
                        self.options.lang,
                        "controller {id} in room {room} leads, and will die",
                        "le contrôleur {id}, salle {room}, dirige, et va mourir",
                    ));
                    return Ok(room);
                }
                if room != *doomed
                    && let Some((to, _)) = self.layout.controllers.get(doomed)
                {
                    said = self.stage.hand_over(leader, *to).await.unwrap_or_default();
                }
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        let within = READY_WITHIN.as_secs();
        Err(DemoError::NotReady { within, state: said, folder: self.layout.folder.clone() })
    }

    async fn strike_and_watch(
        &mut self,
        strike: &Strike,
        leader_room: RoomId,
    ) -> Result<Outcome, DemoError> {
        self.log.catch_up(&self.stage).await;
        let struck = Instant::now();
        let struck_ms = wall_now().0;
        self.progress.struck(&self.log.lock());
        self.strike(strike).await?;
        let expected = self.expectation(strike).await;
        let well_ms = match &expected {
            Expected::Nothing => {
                self.watch_for(struck_ms, self.window()).await?;
                None
            }
            Expected::BackHome { .. } => {
                let well = self.watch_until_well(struck_ms, false).await?;
                // A verdict that comes late would act only now.
                self.watch_for(struck_ms, self.window()).await?;
                self.watch_until_well(struck_ms, false).await?.and(well)
            }
            Expected::MovedFrom(_) => self.watch_until_well(struck_ms, true).await?,
        };
        if self.options.inject == Some(Inject::DoubleStart) {
            self.start_one_twice().await?;
        }
        self.log.catch_up(&self.stage).await;
        let services = probe_all(&self.layout, &self.material.estate, &self.dead).await;
        let intervals = self.intervals()?;
        let measured = {
            let log = self.log.lock();
            measure(&self.options.fault, struck_ms, &self.material.estate, &log, &intervals)
        };
        let total = self.material.estate.vms.len();
        let mut failures = broken(&expected, total, services, &measured);
        if well_ms.is_none() && expected != Expected::Nothing {
            let waited = struck.elapsed().as_secs();
            failures.push(format!("it was not all well after {waited} s"));
        }
        let folder = self.layout.folder.join("audit");
        let cluster = self.layout.cluster.clone();
        let audit =
            bundle::export(&self.stage, &self.log, &cluster, &folder, self.options.lang).await;
        if !audit.verified {
            failures.push(format!("the audit log does not verify: {}", audit.findings.join("; ")));
        }
        // What comes after the last guest (its commit, the last probe) is not compressed.
        let after_last_ms = well_ms
            .map_or(0, |at: u64| at.saturating_sub(struck_ms).saturating_sub(measured.last_vm_ms));
        let stopped_by_lease_predicted = match &expected {
            Expected::BackHome { stopped } => *stopped,
            _ => None,
        };
        Ok(Outcome {
            result: if failures.is_empty() { "ok" } else { "failed" }.to_owned(),
            fault: self.options.fault.name().to_owned(),
            target: strike.target(),
            leader_room,
            rungs: measured.rungs.clone(),
            fences: measured.fenced.union(&measured.proved).count(),
            vms: VmOutcome {
                total,
                running: measured.running.len(),
                restarted: measured.restarted.len(),
                moved: measured.moved(),
            },
            double_starts: measured.double_starts.len(),
            stopped_by_lease: measured.stopped_by_lease,
            stopped_by_lease_predicted,
            services_ok: services.0 == services.1,
            services,
            rto: rto(&measured, after_last_ms),
            time_scale: self.options.time_scale,
            timeline_s: measured.timeline,
            audit,
            controller_memory_mib: self.children.controller_memory_mib(),
            kept: self.layout.folder.clone(),
            failures,
        })
    }

    /// How long nothing may move before it is believed.
    fn window(&self) -> Duration {
        longest_hold_off(&self.material.policy).to_std() + VERDICT_AND_MARGIN
    }

    async fn strike(&mut self, strike: &Strike) -> Result<(), DemoError> {
        let lang = self.options.lang;
        match strike {
            Strike::Room(room) => {
                self.progress.say(&say!(
                    lang,
                    "room {room} is killed, without warning",
                    "la salle {room} est tuée, sans préavis",
                ));
                self.stage.room_is_dead(room);
                self.dead.insert(room.clone());
                self.fabric.room_dies(room);
                self.children.kill_room(room).await?;
                // Stamped once nothing executes there any more, and long before anything starts
                // elsewhere.
                PowerJournal::new(&self.layout.journal_dir(), KILLS_FILE)
                    .stamp(strike.hosts(&self.material.estate))
                    .map_err(DemoError::Stamp)?;
            }
            Strike::Host(room, host) => {
                self.progress.say(&say!(
                    lang,
                    "host {host} loses its power",
                    "l'hôte {host} perd son alimentation",
                ));
                self.stage.direct(room, "cut-power", host.as_str()).await?;
            }
            Strike::Array(room, array) => {
                self.progress.say(&say!(lang, "array {array} fails", "la baie {array} s'arrête"));
                self.stage.direct(room, "array-off", array.as_str()).await?;
            }
            Strike::Controllers { apart } => self.all_controllers_die(*apart).await?,
            Strike::Cut(cut) => {
                let name = self.options.fault.name();
                self.progress.say(&say!(lang, "links are cut: {name}", "liens coupés : {name}"));
                let Rooms { first, second, third } = &self.rooms;
                let paths = paths_of_cut(&self.material.estate, *cut, [first, second, third]);
                self.fabric.cut(paths);
                if let Fault::Silence { lasts, .. } = self.options.fault {
                    let until = Instant::now() + lasts;
                    while Instant::now() < until {
                        self.children.all_run()?;
                        self.show()?;
                        tokio::time::sleep(LOOK_EVERY).await;
                    }
                    self.fabric.heal();
                    self.progress.say(&say!(lang, "links are back", "liens rétablis"));
                }
            }
        }
        Ok(())
    }

    /// Every controller is killed and comes back after a while; the guardians live on.
    async fn all_controllers_die(&mut self, apart: bool) -> Result<(), DemoError> {
        let Fault::Controllers { lasts, .. } = self.options.fault else { return Ok(()) };
        let lang = self.options.lang;
        let all: Vec<_> =
            self.layout.controllers.iter().map(|(room, (id, _))| (room.clone(), *id)).collect();
        for (room, _) in &all {
            self.children.kill_controller(room).await?;
        }
        if apart {
            self.fabric.silence(self.layout.agent_addresses());
        }
        self.progress.say(&say!(
            lang,
            "every controller is killed, without warning",
            "tous les contrôleurs sont tués, sans préavis",
        ));
        let until = Instant::now() + lasts;
        while Instant::now() < until {
            self.children.all_run()?;
            self.show()?;
            tokio::time::sleep(LOOK_EVERY).await;
        }
        let executable = std::env::current_exe().map_err(DemoError::Executable)?;
        for (room, id) in &all {
            self.children.start_controller(&self.layout, &executable, room, *id)?;
        }
        self.progress.say(&say!(lang, "the controllers are started", "contrôleurs relancés"));
        if apart {
            self.fabric.heal();
        }
        Ok(())
    }

    async fn expectation(&self, strike: &Strike) -> Expected {
        let estate = &self.material.estate;
        match strike {
            Strike::Room(_) | Strike::Host(..) => Expected::MovedFrom(strike.hosts(estate)),
            Strike::Cut(Cut::Everything) => {
                let lasts = match self.options.fault {
                    Fault::Silence { lasts, .. } => lasts,
                    _ => Duration::ZERO,
                };
                let lease = &self.material.policy.lease;
                Expected::BackHome { stopped: stopped_by_silence(estate, lease, lasts) }
            }
            Strike::Cut(Cut::All) => Expected::MovedFrom(self.stopped_side().await),
            Strike::Array(..)
            | Strike::Controllers { .. }
            | Strike::Cut(Cut::Path | Cut::Lan | Cut::LastResort) => Expected::Nothing,
        }
    }

    /// The hosts of the rooms whose storage side was stopped, once the storage layer has decided.
    async fn stopped_side(&self) -> BTreeSet<HostId> {
        let until = Instant::now() + VERDICT_AND_MARGIN;
        let estate = &self.material.estate;
        while Instant::now() < until {
            for (id, array) in &estate.arrays {
                let told = self.stage.array(&array.room, id).await;
                if let Some(told) = told.filter(|told| !told.serving)
                    && told.elected.is_some_and(|winner| winner != array.room)
                {
                    return estate.hosts_in(&array.room).map(|(host, _)| host.clone()).collect();
                }
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        BTreeSet::new()
    }

    /// Removes what nobody looks at afterwards: the rooms' and controllers' own data and keys.
    fn clear_up(self) {
        let Self { options, layout, children, .. } = self;
        drop(children);
        if options.keep {
            return;
        }
        let mut gone = vec![layout.folder.join("tls")];
        for (room, (id, _)) in &layout.controllers {
            gone.push(layout.folder.join(format!("controller-{}", id.0)));
            gone.push(layout.folder.join(format!("room-{room}")));
        }
        for folder in gone {
            // What cannot be removed is only in the way of nobody: it lies in a temporary folder.
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

fn rto(measured: &Measured, after_last_ms: u64) -> Rto {
    let seconds = |ms: u64| ms as f64 / 1000.0;
    Rto {
        target_s: TARGET.as_secs_f64(),
        wall_s: seconds(measured.last_vm_ms + after_last_ms),
        modelled_s: seconds(measured.modelled_ms + after_last_ms),
    }
}
