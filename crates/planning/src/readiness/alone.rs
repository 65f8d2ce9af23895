//! Whether the last-resort room could act alone: what it needs, as it was last seen from there.

use model::estate::RoomRole;
use model::id::{CheckId, RoomId};
use model::observation::Status;
use model::policy::PersonRole;
use model::text::Text;
use model::units::Span;
use serde::{Deserialize, Serialize};

use super::level::{Level, Remark};
use super::play::words_of;
use super::situation::Situation;

/// An order of an era needs two signatures.
const SIGNATURES: usize = 2;

/// Whether a room could act alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomAlone {
    /// Which.
    pub room: RoomId,
    /// The worst of its checks and remarks.
    pub level: Level,
    /// Each check that the policy declares for it.
    pub checks: Vec<CheckResult>,
    /// What is not well, in words.
    pub remarks: Vec<Remark>,
}

/// One check, as it was last made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckResult {
    /// Which.
    pub check: CheckId,
    /// For people.
    pub title: Text,
    /// Well, not well, or not known.
    pub status: Status,
    /// How long ago it was last well; none if it never was.
    pub last_success_ago: Option<Span>,
    /// In the check's own words.
    pub says: String,
}

/// Each last-resort room, and each room in which something is checked.
pub(super) fn rooms(situation: &Situation) -> Vec<RoomAlone> {
    let checked =
        |room: &RoomId| situation.policy.readiness_checks.values().any(|check| check.room == *room);
    let last_resort = |role: RoomRole| role == RoomRole::LastResort;
    let rooms = situation.estate.rooms.iter();
    let rooms = rooms.filter(|(id, room)| last_resort(room.role) || checked(id));
    rooms.map(|(id, room)| alone(situation, id, last_resort(room.role))).collect()
}

fn alone(situation: &Situation, room: &RoomId, last_resort: bool) -> RoomAlone {
    let declared = situation.policy.readiness_checks.iter();
    let declared = declared.filter(|(_, check)| check.room == *room);
    let checks: Vec<CheckResult> = declared
        .map(|(id, check)| {
            let found = situation.now.checks.get(id);
            CheckResult {
                check: id.clone(),
                title: check.title.clone(),
                status: found.map_or(Status::Unknown, |found| found.status),
                last_success_ago: found.and_then(|found| found.last_success_ago),
                says: found.map(|found| found.says.clone()).unwrap_or_default(),
            }
        })
        .collect();
    let mut remarks: Vec<Remark> = checks.iter().filter_map(|check| remark(room, check)).collect();
    if last_resort {
        remarks.extend(signers(situation, room));
        if checks.is_empty() {
            remarks.push(Remark::amber(say!(
                "room {room}: nothing is checked of what it needs to act alone; declare `readiness-checks` in the policy",
                "salle {room} : rien n'est contrôlé de ce qu'il lui faut pour agir seule ; déclarer `readiness-checks` dans la politique"
            )));
        }
    }
    let level = remarks.iter().map(|remark| remark.level).max().unwrap_or_default();
    RoomAlone { room: room.clone(), level, checks, remarks }
}

fn remark(room: &RoomId, check: &CheckResult) -> Option<Remark> {
    let (en, fr) = words_of(&check.title);
    let says = if check.says.is_empty() { String::new() } else { format!(": {}", check.says) };
    match check.status {
        Status::Up => None,
        Status::Down => Some(Remark::red(say!(
            "room {room} could not act alone: {en}{says}",
            "la salle {room} ne pourrait pas agir seule : {fr}{says}"
        ))),
        Status::Unknown => Some(Remark::amber(say!(
            "room {room}: nobody knows of \"{en}\"{says}",
            "salle {room} : on ne sait rien de « {fr} »{says}"
        ))),
    }
}

/// Without two who may sign, the room can never open an era.
fn signers(situation: &Situation, room: &RoomId) -> Option<Remark> {
    let persons = situation.policy.persons.values();
    let able = persons.filter(|person| person.may(PersonRole::OpensEras)).count();
    (able < SIGNATURES).then(|| {
        Remark::red(say!(
            "room {room} could not act alone: of the two persons who sign the order that opens an era the policy names {able}",
            "la salle {room} ne pourrait pas agir seule : des deux personnes qui signent l'ordre ouvrant une ère, la politique en nomme {able}"
        ))
    })
}
