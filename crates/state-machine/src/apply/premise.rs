//! Premises that several commands share.

use model::estate::Estate;
use model::id::{HostId, IncidentId, PersonId, RoomId, RunId, VmId};
use model::manual::ManualEvidence;
use model::policy::Policy;
use model::seeded_bug::{SeededBug, seeded_bug};

use crate::command::{Command, Entry};
use crate::rejection::Rejection;
use crate::state::{HostRecord, IncidentRecord, Run, RunState, State, VmRecord};

/// An entry of another era changes nothing here.
pub(super) fn era(state: &State, entry: &Entry) -> Result<(), Rejection> {
    if entry.era == state.era {
        Ok(())
    } else {
        Err(Rejection::WrongEra { entry: entry.era, current: state.era })
    }
}

/// Only the controller whose `LeaderStarted` is the last one may change anything: what an older
/// leader had proposed and what is committed late must not mix with its successor's acts.
pub(super) fn leading(state: &State, entry: &Entry) -> Result<(), Rejection> {
    // These three come before anybody leads, or make the leader.
    if matches!(
        entry.command,
        Command::LeaderStarted { .. } | Command::ClusterFormed { .. } | Command::EraOpened { .. }
    ) {
        return Ok(());
    }
    let leader = state.leader.as_ref().map(|leader| leader.controller);
    if leader == Some(entry.by) {
        Ok(())
    } else {
        Err(Rejection::NotLeading { by: entry.by, leader })
    }
}

/// The estate, once loaded.
pub(super) fn estate(state: &State) -> Result<&Estate, Rejection> {
    state.estate.as_ref().map(|pinned| &pinned.value).ok_or(Rejection::NoEstate)
}

/// The policy, once loaded.
pub(super) fn policy(state: &State) -> Result<&Policy, Rejection> {
    state.policy.as_ref().map(|pinned| &pinned.value).ok_or(Rejection::NoEstate)
}

/// What is named is not there.
pub(super) fn no_such(kind: &str, id: impl ToString) -> Rejection {
    Rejection::NoSuch { kind: kind.to_owned(), id: id.to_string() }
}

pub(super) fn host<'a>(state: &'a State, host: &HostId) -> Result<&'a HostRecord, Rejection> {
    state.hosts.get(host).ok_or_else(|| no_such("host", host))
}

pub(super) fn vm<'a>(state: &'a State, vm: &VmId) -> Result<&'a VmRecord, Rejection> {
    state.vms.get(vm).ok_or_else(|| no_such("VM", vm))
}

pub(super) fn room(state: &State, room: &RoomId) -> Result<(), Rejection> {
    if estate(state)?.rooms.contains_key(room) { Ok(()) } else { Err(no_such("room", room)) }
}

pub(super) fn open_incident(
    state: &State,
    incident: IncidentId,
) -> Result<&IncidentRecord, Rejection> {
    let record = state.incidents.get(&incident).ok_or_else(|| no_such("incident", incident))?;
    if record.ended_at.is_some() {
        return Err(Rejection::IncidentOver { incident });
    }
    Ok(record)
}

pub(super) fn running_run(state: &State, run: RunId) -> Result<&Run, Rejection> {
    let record = state.runs.get(&run).ok_or_else(|| no_such("run", run))?;
    match record.state {
        RunState::Running => Ok(record),
        RunState::Ended { .. } => Err(Rejection::RunOver { run }),
    }
}

/// A run under way that a person has not aborted and that is not winding up: what a person says of
/// its items still matters.
pub(super) fn open_run(state: &State, id: RunId) -> Result<&Run, Rejection> {
    let run = running_run(state, id)?;
    if let Some(aborted) = &run.aborted {
        return Err(Rejection::Braked {
            reason: format!("{id} was aborted by {}: {}", aborted.by, aborted.reason),
        });
    }
    if run.is_winding_up() {
        return Err(Rejection::Braked {
            reason: format!("{id} is ending: what runs however it ends has begun"),
        });
    }
    Ok(run)
}

/// Whoever takes a run into their own hands says why, in words that an entry can carry.
pub(super) fn says_why(reason: &str) -> Result<(), Rejection> {
    let no = |reason: String| Err(Rejection::Braked { reason });
    if reason.trim().is_empty() {
        return no("say why: the log keeps it for those who come after".to_owned());
    }
    if reason.len() > ManualEvidence::LONGEST_TEXT {
        return no(format!("a reason has at most {} bytes", ManualEvidence::LONGEST_TEXT));
    }
    Ok(())
}

/// On whose behalf the entry is: what only a person says is worth nothing from nobody.
pub(super) fn person(person: Option<&PersonId>) -> Result<&PersonId, Rejection> {
    person.ok_or_else(|| Rejection::Braked {
        reason: "only a person says this, and none is named".to_owned(),
    })
}

/// S8: while a pause lasts, nothing automatic starts.
pub(super) fn not_paused(state: &State) -> Result<(), Rejection> {
    match &state.pause {
        // Seeded bug `pause-ignored`.
        Some(_) if seeded_bug(SeededBug::PauseIgnored) => Ok(()),
        Some(pause) if pause.until > state.log_time => Err(Rejection::Braked {
            reason: format!("automatic acts are paused until {}: {}", pause.until, pause.reason),
        }),
        _ => Ok(()),
    }
}

/// A silence proves nothing before the rooms have had the time to speak: what they said to an
/// earlier leader does not count any more, and nobody has been heard yet.
pub(super) fn rooms_have_spoken(state: &State) -> Result<(), Rejection> {
    let watch = policy(state)?.watch;
    // A whole debounce, and once more the time of a slow probe for the word to be committed.
    let needed = watch.debounce_time().saturating_add(watch.probe_timeout);
    let leads_for = state.leader.as_ref().map(|leader| state.log_time.since(leader.at));
    if leads_for.is_none_or(|leads_for| leads_for < needed) {
        return Err(Rejection::NoProof {
            reason: format!(
                "the leader started less than {needed} ago: no room has had the time to say whether \
             it hears the host"
            ),
        });
    }
    Ok(())
}
