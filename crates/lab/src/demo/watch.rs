//! Looking on: what the log and the journals say while it happens.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use drivers::journal::wall_now;
use model::text::Lang;

use super::play::{DemoError, TARGET, Theatre};
use super::progress::say;
use super::services::probe_all;
use crate::journal::{Count, Interval, read};
use crate::twin_room::{KILLS_FILE, power_file};

/// After so long without a start, a run or a proof nothing more is waited for.
const NOTHING_HAPPENS: Duration = Duration::from_secs(150);

impl Theatre<'_> {
    /// Looks on for a while.
    pub(super) async fn watch_for(
        &mut self,
        struck_ms: u64,
        lasts: Duration,
    ) -> Result<(), DemoError> {
        let until = Instant::now() + lasts;
        while Instant::now() < until {
            self.look(struck_ms).await?;
        }
        Ok(())
    }

    /// Looks on until every VM runs, every run has ended and every service answers. Returns when
    /// that was; none if it does not come to that.
    pub(super) async fn watch_until_well(
        &mut self,
        struck_ms: u64,
        needs_a_run: bool,
    ) -> Result<Option<u64>, DemoError> {
        let total = self.material.estate.vms.len();
        let began = Instant::now();
        let mut happened = (Instant::now(), (0, 0));
        while began.elapsed() < TARGET {
            let intervals = self.look(struck_ms).await?;
            let (runs, under_way, proofs) = {
                let log = self.log.lock();
                let runs = log.runs(struck_ms);
                let under_way = runs.iter().filter(|(_, end)| end.is_none()).count();
                (runs.len(), under_way, log.proofs(struck_ms).count())
            };
            let booted = intervals
                .iter()
                .filter(|interval| interval.ended.is_none() && interval.booted_ms.is_some())
                .map(|interval| &interval.vm)
                .collect::<BTreeSet<_>>()
                .len();
            if booted == total && under_way == 0 && (runs > 0 || !needs_a_run) {
                let (ok, of) = probe_all(&self.layout, &self.material.estate, &self.dead).await;
                if ok == of {
                    return Ok(Some(wall_now().0));
                }
            }
            let events = (intervals.len() + proofs, runs + under_way);
            if events != happened.1 {
                happened = (Instant::now(), events);
            } else if happened.0.elapsed() > NOTHING_HAPPENS {
                return Ok(None);
            }
        }
        Ok(None)
    }

    async fn look(&mut self, struck_ms: u64) -> Result<Vec<Interval>, DemoError> {
        self.children.all_run()?;
        self.log.follow(&self.stage).await;
        self.progress.tell(&self.log.lock());
        let intervals = self.show()?;
        let restarted = Count(&intervals).started_after(struck_ms).len();
        tracing::debug!(restarted, "looked");
        Ok(intervals)
    }

    /// Says how many VMs run.
    pub(super) fn show(&mut self) -> Result<Vec<Interval>, DemoError> {
        let intervals = self.intervals()?;
        let total = self.material.estate.vms.len();
        let running = Count(&intervals).running().len();
        self.progress.now(&say!(
            self.options.lang,
            "{running} of {total} VMs run",
            "{running} VM en marche sur {total}",
        ));
        Ok(intervals)
    }

    pub(super) fn intervals(&self) -> Result<Vec<Interval>, DemoError> {
        let mut stamps: Vec<String> = self.layout.controllers.keys().map(power_file).collect();
        stamps.push(KILLS_FILE.to_owned());
        Ok(read(&self.layout.journal_dir(), &self.hosts, &stamps)?)
    }

    /// Seeds the bug that must be found: a VM that runs is started on a second host.
    pub(super) async fn start_one_twice(&mut self) -> Result<(), DemoError> {
        let intervals = self.intervals()?;
        let estate = &self.material.estate;
        let count = Count(&intervals);
        let pair = count.running().into_iter().find_map(|(vm, on)| {
            let definition = estate.vms.get(vm)?;
            let second = estate.hosts.iter().find(|(id, host)| {
                !on.contains(id)
                    && !self.dead.contains(&host.room)
                    && estate.reaches(host, definition)
            })?;
            Some((vm.clone(), second.0.clone(), second.1.room.clone()))
        });
        if let Some((vm, host, room)) = pair {
            self.progress.say(&say!(
                self.options.lang,
                "bug seeded: {vm} is started on {host} too",
                "défaut injecté : {vm} est démarrée aussi sur {host}",
            ));
            self.stage.direct(&room, "start", &format!("{vm}@{host}")).await?;
        }
        Ok(())
    }
}
