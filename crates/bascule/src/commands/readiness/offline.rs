//! The standing proof of files, without a cluster.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use model::date::Date;
use model::estate::Estate;
use model::id::RoomId;
use model::policy::Policy;
use model::text::Lang;
use model::time::WallTime;
use model::units::Span;
use planning::readiness::{
    Change, ChangeError, CheckFinding, MadeFrom, Now, Situation, WhatIf, prove, what_if,
};
use runbook::Runbook;
use server::pin;
use server::readiness::ReadinessView;

use crate::commands::estate::reported;
use crate::diagnostics::{FileReport, Finding, read_file, report};
use crate::failure::{Class, Failure};
use crate::output::Format;
use crate::runtime::wait_for;
use crate::words::both;

/// The files that are proved.
pub(super) struct Files<'a> {
    pub(super) estate: &'a Path,
    pub(super) policy: Option<&'a Path>,
    pub(super) runbooks: &'a Path,
}

/// What is to be proved.
pub(super) struct Proving {
    situation: Situation,
    made_from: MadeFrom,
}

/// Reads the files; none when one of them has errors, which have been shown then.
pub(super) fn read(
    files: &Files<'_>,
    format: Format,
    lang: Lang,
) -> Result<Option<Proving>, Failure> {
    let (file, text) = read_file(files.estate)?;
    let estate = match Estate::parse(&file, &text) {
        Ok((estate, _)) => estate,
        Err(found) => return bad(reported(file, &text, &found, lang), format, lang),
    };
    let policy = match files.policy {
        None => Policy::default(),
        Some(path) => {
            let (file, text) = read_file(path)?;
            match Policy::parse_for(&estate, &file, &text) {
                Ok((policy, _)) => policy,
                Err(found) => return bad(reported(file, &text, &found, lang), format, lang),
            }
        }
    };
    let mut runbooks: Vec<Runbook> = Vec::new();
    for path in runbook_files(files.runbooks)? {
        let (file, text) = read_file(&path)?;
        let reading = runbook::read(&file, &text);
        match reading.runbook {
            Some(runbook) => runbooks.push(runbook),
            None => {
                let found = reading.diagnostics.iter();
                let found = found.map(|found| Finding::of_runbook(found, lang)).collect();
                return bad(FileReport::new(file, found), format, lang);
            }
        }
    }
    runbooks.sort_by(|a, b| a.name.cmp(&b.name));
    let made_from = MadeFrom {
        estate: hash(&estate)?,
        policy: hash(&policy)?,
        runbooks: runbooks.iter().map(hash).collect::<Result<_, _>>()?,
    };
    let now = Now::at_home(&estate, Date::of(wall()));
    let runbooks = runbooks.into_iter().map(|book| (book.name.clone(), book)).collect();
    Ok(Some(Proving { situation: Situation { estate, policy, runbooks, now }, made_from }))
}

fn bad(found: FileReport, format: Format, lang: Lang) -> Result<Option<Proving>, Failure> {
    report(&[found], format, lang)?;
    Ok(None)
}

fn hash(value: &impl serde::Serialize) -> Result<String, Failure> {
    let pinned = pin(value).map_err(|error| Failure::of(Class::Internal, &error))?;
    Ok(pinned.hash)
}

fn runbook_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = std::fs::read_dir(folder).map_err(|error| {
        let folder = folder.display();
        let words = both!("{folder} cannot be read: {error}", "{folder} est illisible : {error}");
        Failure::new(Class::Input, words)
    })?;
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .collect();
    files.sort();
    Ok(files)
}

fn wall() -> WallTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    WallTime(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

impl Proving {
    /// As if it were this day.
    pub(super) fn on(mut self, day: Option<Date>) -> Self {
        self.situation.now.today = day.unwrap_or(self.situation.now.today);
        self
    }

    /// With the checks of a room made here.
    pub(super) fn looking_at(mut self, room: Option<&RoomId>) -> Result<Self, Failure> {
        let Some(room) = room else { return Ok(self) };
        let rooms = &self.situation.estate.rooms;
        if !rooms.contains_key(room) {
            let there = rooms.keys().map(RoomId::as_str).collect::<Vec<_>>().join(", ");
            return Err(Failure::new(
                Class::NoSuch,
                both!("the estate has no room `{room}`", "le parc n'a pas de salle « {room} »"),
            )
            .advising(both!("name one of: {there}", "nommez-en une : {there}")));
        }
        let checks = self.situation.policy.readiness_checks.clone();
        let own: Vec<_> = checks.into_iter().filter(|(_, check)| check.room == *room).collect();
        let found = wait_for(async {
            let mut found = Vec::with_capacity(own.len());
            for (id, check) in own {
                let finding = server::readiness::look(&check).await;
                found.push((id, finding.status, finding.says));
            }
            Ok(found)
        })?;
        for (id, status, says) in found {
            let well = status == model::observation::Status::Up;
            let last_success_ago = well.then_some(Span::ZERO);
            let finding = CheckFinding { status, says, last_success_ago };
            self.situation.now.checks.insert(id, finding);
        }
        Ok(self)
    }

    /// The proof, as a cluster would show it.
    pub(super) fn prove(&self) -> ReadinessView {
        ReadinessView {
            estate: self.situation.estate.name.clone(),
            answered_by: None,
            stale: false,
            proved_ago: Span::ZERO,
            readiness: prove(&self.situation, self.made_from.clone()),
            history: Vec::new(),
        }
    }

    /// What changes would break.
    pub(super) fn what_if(&self, changes: &str) -> Result<WhatIf, Failure> {
        let refused = |error: ChangeError| Failure::of(Class::Rejected, &error);
        let changes = Change::read_all(changes).map_err(refused)?;
        what_if(&self.situation, &self.made_from, &changes).map_err(refused)
    }
}
