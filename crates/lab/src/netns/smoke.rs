//! The smoke test: the lab is built, room A is killed with the leader in it, its VMs run in room B.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use model::id::{HostId, RoomId, VmId};
use model::incident::Cause;
use state_machine::Command;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::Instant;

use super::count::{booted, since};
use super::desk::{Desk, at_the_desk};
use super::error::LabError;
use super::log::Log;
use super::outcome::{Outcome, Timeline};
use super::plan::{Lab, Place};
use super::progress::Progress;
use super::{bundle, down, kill, up};
use crate::journal::{Count, Interval, Kill};

/// The room that is killed, and the one in which its VMs are to run.
const KILLED: &str = "a";
const TAKES_OVER: &str = "b";

/// How long may take what takes seconds: the machine may be busy with something else.
const LEADS_WITHIN: Duration = Duration::from_secs(60);
const STARTED_WITHIN: Duration = Duration::from_secs(180);
const READY_WITHIN: Duration = Duration::from_secs(90);
const HANDED_OVER_WITHIN: Duration = Duration::from_secs(60);
const RESTARTED_WITHIN: Duration = Duration::from_secs(240);
const OVER_WITHIN: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Builds the lab, drives it from the desk's namespace, and removes it again however that went,
/// unless it is to be kept.
pub async fn smoke(
    lab: &Lab,
    executable: &Path,
    keep: bool,
    progress: &Progress,
) -> Result<Outcome, LabError> {
    down(lab, progress).await?;
    let stopped = |source| LabError::Start { what: "waiting for signals".to_owned(), source };
    let mut terminate = signal(SignalKind::terminate()).map_err(stopped)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(stopped)?;
    let driven = async {
        up(lab, executable, progress).await?;
        let (stdout, status) = at_the_desk(lab, executable, "drive", progress.lang()).await?;
        serde_json::from_slice(&stdout).map_err(|_| LabError::Driver { reason: status.to_string() })
    };
    let outcome = tokio::select! {
        outcome = driven => outcome,
        _ = terminate.recv() => Err(LabError::Driver { reason: "asked to stop".to_owned() }),
        _ = interrupt.recv() => Err(LabError::Driver { reason: "asked to stop".to_owned() }),
    };
    if !keep {
        down(lab, progress).await?;
    }
    outcome
}

/// Drives a lab that is up. To be called in the desk's namespace.
pub async fn drive(lab: &Lab, progress: &Progress) -> Result<Outcome, LabError> {
    let mut drive = Drive { lab, progress, desk: Desk::new(lab)?, log: Log::default() };
    drive.until_it_leads().await?;
    drive.until_all_run_at_home().await?;
    drive.until_ready().await?;
    drive.move_leader(&lab.room(KILLED)?).await?;
    let stamp = kill(lab, KILLED, progress).await?;
    if let Some(room) = lab.estate.rooms.get(&lab.room(KILLED)?) {
        drive.desk.forget(room.controller);
    }
    let late = drive.until_restarted(&stamp).await.err();
    let unended = drive.until_over(&stamp).await.err();
    drive.outcome(&stamp, late.into_iter().chain(unended).collect()).await
}

struct Drive<'a> {
    lab: &'a Lab,
    progress: &'a Progress,
    desk: Desk,
    log: Log,
}

impl Drive<'_> {
    async fn until_it_leads(&mut self) -> Result<(), LabError> {
        let mut bound = Bound::of(LEADS_WITHIN, "no controller leads with the estate loaded");
        let mut last = "no controller answers".to_owned();
        loop {
            bound.look_again(self.lab, &last).await?;
            self.all_processes_run(&[])?;
            if let Some(seen) = self.desk.leader_sees().await {
                if seen.estate.is_some() {
                    let leader = seen.leader.map(|id| id.to_string()).unwrap_or_default();
                    self.progress.say(&format!("{leader} leads"), &format!("{leader} dirige"));
                    return Ok(());
                }
                last = "no estate is loaded".to_owned();
            }
        }
    }

    fn all_processes_run(&self, dead: &[Place]) -> Result<(), LabError> {
        self.lab.first_missing(dead).map_or(Ok(()), Err)
    }

    async fn until_all_run_at_home(&mut self) -> Result<(), LabError> {
        let mut bound = Bound::of(STARTED_WITHIN, "not every VM runs where it is at home");
        let mut told = usize::MAX;
        let mut last = String::new();
        loop {
            bound.look_again(self.lab, &last).await?;
            self.all_processes_run(&[])?;
            let intervals = self.lab.intervals()?;
            let running = booted(&intervals);
            let home = |(id, vm): &(&VmId, &model::estate::Vm)| {
                running.get(*id).is_some_and(|host| **host == vm.home)
            };
            let at_home = self.lab.estate.vms.iter().filter(home).count();
            let total = self.lab.estate.vms.len();
            last = format!("{at_home} of {total} run at home");
            if at_home != told {
                told = at_home;
                self.progress.say(
                    &format!("{at_home} of {total} VMs run"),
                    &format!("{at_home} VM sur {total} tournent"),
                );
            }
            if at_home == total {
                return Ok(());
            }
        }
    }

    /// The leader sees every VM run and every host admitted and armed.
    async fn until_ready(&mut self) -> Result<(), LabError> {
        let mut bound = Bound::of(READY_WITHIN, "the leader does not see everything in order");
        let mut last = String::new();
        loop {
            bound.look_again(self.lab, &last).await?;
            let Some(seen) = self.desk.leader_sees().await else {
                last = "nobody leads".to_owned();
                continue;
            };
            let waiting: Vec<_> =
                seen.hosts.iter().filter(|h| !h.armed || !h.admitted).map(|h| &*h.host).collect();
            if waiting.is_empty() && seen.vms.running == seen.vms.total {
                return Ok(());
            }
            last = format!(
                "{} of {} VMs run; hosts not armed or not admitted: {}",
                seen.vms.running,
                seen.vms.total,
                waiting.join(" ")
            );
        }
    }

    async fn move_leader(&mut self, room: &RoomId) -> Result<(), LabError> {
        let Some(to) = self.lab.estate.rooms.get(room).map(|room| room.controller) else {
            return Ok(());
        };
        let mut bound = Bound::of(HANDED_OVER_WITHIN, "the leadership did not move into the room");
        let mut last = String::new();
        loop {
            bound.look_again(self.lab, &last).await?;
            match self.desk.leader_sees().await.and_then(|seen| seen.leader) {
                Some(leader) if leader == to => {
                    self.progress.say(
                        &format!("{to} leads, in room {room}"),
                        &format!("{to} dirige, dans la salle {room}"),
                    );
                    return Ok(());
                }
                Some(leader) => last = self.desk.hand_over(leader, to).await,
                None => last = "nobody leads".to_owned(),
            }
        }
    }

    /// Every VM runs again, none in the killed room.
    async fn until_restarted(&mut self, stamp: &Kill) -> Result<(), LabError> {
        let mut bound = Bound::of(RESTARTED_WITHIN, "not every VM runs again");
        let mut told = usize::MAX;
        let mut last = String::new();
        loop {
            bound.look_again(self.lab, &last).await?;
            let intervals = self.lab.intervals()?;
            let running = booted(&intervals);
            let (now, total) = (running.len(), self.lab.estate.vms.len());
            last = format!("{now} of {total} run");
            if now != told {
                told = now;
                self.progress.say(
                    &format!("{now} of {total} VMs run"),
                    &format!("{now} VM sur {total} tournent"),
                );
            }
            if now == total && running.values().all(|host| !stamp.hosts.contains(*host)) {
                return Ok(());
            }
        }
    }

    /// The run that did it has ended, so that the log tells all of it.
    async fn until_over(&mut self, stamp: &Kill) -> Result<(), LabError> {
        let mut bound = Bound::of(OVER_WITHIN, "the run of the runbook did not end");
        loop {
            bound.look_again(self.lab, "it goes on").await?;
            self.desk.catch_up(&mut self.log).await;
            if self.log.runs_are_over(stamp.at_ms) {
                return Ok(());
            }
        }
    }

    async fn outcome(mut self, stamp: &Kill, late: Vec<LabError>) -> Result<Outcome, LabError> {
        self.desk.catch_up(&mut self.log).await;
        let intervals = self.lab.intervals()?;
        let vms = since(&intervals, stamp.at_ms, self.lab.estate.vms.len());
        let double_starts = Count(&intervals).double_starts().len();
        let audit =
            bundle::check(&self.desk, &self.log, &self.lab.estate.name, self.progress.lang()).await;
        let mut rungs = BTreeMap::new();
        for entry in self.log.since(stamp.at_ms) {
            if let Command::FenceProved { proof } = &entry.command {
                *rungs.entry(proof.evidence.rung()).or_default() += 1;
            }
        }
        let timeline_s = timeline(&self.log, &intervals, stamp);
        let mut failures: Vec<String> = late.iter().map(ToString::to_string).collect();
        let mut expect = |holds: bool, says: String| {
            if !holds {
                failures.push(says);
            }
        };
        let lost = lost(&intervals, stamp);
        let elsewhere = elsewhere(self.lab, &intervals, lost.keys().copied())?;
        expect(vms.running == vms.total, format!("{} of {} VMs run", vms.running, vms.total));
        expect(
            vms.moved == lost.len() && vms.restarted == lost.len(),
            format!(
                "{} VMs ran in room {KILLED}; {} were restarted, {} on another host",
                lost.len(),
                vms.restarted,
                vms.moved
            ),
        );
        expect(elsewhere.is_empty(), format!("not in room {TAKES_OVER}: {}", elsewhere.join(", ")));
        expect(double_starts == 0, format!("{double_starts} double starts"));
        expect(timeline_s.verdict.is_some(), format!("no verdict that room {KILLED} is lost"));
        expect(!rungs.is_empty(), "no fence was proved".to_owned());
        expect(audit.verified, format!("the audit log: {}", audit.findings.join("; ")));
        let result = if failures.is_empty() { "ok" } else { "failed" }.to_owned();
        Ok(Outcome { result, failures, vms, double_starts, rungs, timeline_s, audit })
    }
}

/// The VMs that the kill ended, with where they ran.
fn lost<'a>(intervals: &'a [Interval], stamp: &Kill) -> BTreeMap<&'a VmId, &'a HostId> {
    let mut was_on = Count(intervals).was_on(stamp.at_ms);
    was_on.retain(|_, host| stamp.hosts.contains(*host));
    was_on
}

/// Of these VMs those that do not run in the room that takes over.
fn elsewhere<'a>(
    lab: &Lab,
    intervals: &[Interval],
    vms: impl Iterator<Item = &'a VmId>,
) -> Result<Vec<String>, LabError> {
    let room = lab.room(TAKES_OVER)?;
    let running = booted(intervals);
    let is_there = |vm: &&VmId| {
        let host = running.get(vm).and_then(|host| lab.estate.hosts.get(*host));
        host.is_some_and(|host| host.room == room)
    };
    Ok(vms.filter(|vm| !is_there(vm)).map(ToString::to_string).collect())
}

fn timeline(log: &Log, intervals: &[Interval], stamp: &Kill) -> Timeline {
    let seconds = |at_ms: u64| {
        let after = Duration::from_millis(at_ms.saturating_sub(stamp.at_ms)).as_secs_f64();
        (after * 1000.0).round() / 1000.0
    };
    let verdict = log.since(stamp.at_ms).find(|entry| {
        let lost =
            |cause: &Cause| matches!(cause, Cause::RoomLost { room } if room.as_str() == KILLED);
        matches!(&entry.command, Command::IncidentOpened { cause, .. } if lost(cause))
    });
    let proofs = log.since(stamp.at_ms);
    let proofs = proofs.filter(|entry| matches!(entry.command, Command::FenceProved { .. }));
    let started = Count(intervals).started_after(stamp.at_ms);
    let first = started.values().filter_map(|interval| interval.booted_ms).min();
    let last = started.values().filter_map(|interval| interval.booted_ms).max();
    Timeline {
        verdict: verdict.map(|entry| seconds(entry.wall_ms)),
        fenced: proofs.map(|entry| entry.wall_ms).max().map(seconds),
        first_vm: first.map(seconds),
        last_vm: last.map(seconds),
    }
}

/// How long something is awaited.
struct Bound {
    what: &'static str,
    within: Duration,
    until: Instant,
    looked: bool,
}

impl Bound {
    fn of(within: Duration, what: &'static str) -> Self {
        Self { what, within, until: Instant::now() + within, looked: false }
    }

    /// Waits a little, except before the first look. An error once the time is over.
    async fn look_again(&mut self, lab: &Lab, last: &str) -> Result<(), LabError> {
        if self.looked {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        self.looked = true;
        if Instant::now() < self.until {
            return Ok(());
        }
        Err(LabError::Late {
            what: self.what.to_owned(),
            within_s: self.within.as_secs(),
            last: last.to_owned(),
            logs: lab.logs(),
        })
    }
}
