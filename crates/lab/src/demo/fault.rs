//! Doing the fault, and what is expected of it.

use std::collections::BTreeSet;

use model::estate::{Estate, RoomRole};
use model::id::{ArrayId, HostId, RoomId};

use super::material::MaterialError;
use super::options::Fault;
use crate::fabric::Cut;

/// The rooms by their part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rooms {
    pub(super) first: RoomId,
    pub(super) second: RoomId,
    pub(super) third: RoomId,
}

/// A fault with its target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Strike {
    Room(RoomId),
    Host(RoomId, HostId),
    Array(RoomId, ArrayId),
    Cut(Cut),
    Controllers { apart: bool },
}

/// A fault that the estate does not have the target of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the estate has no {kind} `{id}` in a production room; it has {}", .known.join(", "))]
pub struct UnknownTarget {
    kind: &'static str,
    id: String,
    known: Vec<String>,
}

impl Rooms {
    pub(super) fn of(estate: &Estate) -> Result<Self, MaterialError> {
        let production: Vec<&RoomId> = estate
            .rooms
            .iter()
            .filter(|(id, room)| {
                room.role == RoomRole::Production && estate.hosts_in(id).next().is_some()
            })
            .map(|(id, _)| id)
            .collect();
        let wrong =
            || MaterialError::Rooms { production: production.len(), rooms: estate.rooms.len() };
        let [first, second] = production[..] else { return Err(wrong()) };
        let third =
            estate.rooms.keys().find(|id| *id != first && *id != second).ok_or_else(wrong)?;
        Ok(Self { first: first.clone(), second: second.clone(), third: third.clone() })
    }
}

/// Finds the target of a fault.
pub(super) fn aim(fault: &Fault, estate: &Estate, rooms: &Rooms) -> Result<Strike, UnknownTarget> {
    let production = |room: &RoomId| *room == rooms.first || *room == rooms.second;
    match fault {
        Fault::Room(None) => Ok(Strike::Room(rooms.first.clone())),
        Fault::Room(Some(room)) if production(room) => Ok(Strike::Room(room.clone())),
        Fault::Room(Some(room)) => Err(UnknownTarget {
            kind: "room",
            id: room.to_string(),
            known: vec![rooms.first.to_string(), rooms.second.to_string()],
        }),
        Fault::Host(wanted) => {
            let hosts: Vec<(&HostId, &RoomId)> = estate
                .hosts
                .iter()
                .map(|(id, host)| (id, &host.room))
                .filter(|(_, room)| production(room))
                .collect();
            pick("host", wanted.as_ref(), &hosts, &rooms.first)
                .map(|(host, room)| Strike::Host(room, host))
        }
        Fault::Array(wanted) => {
            let arrays: Vec<(&ArrayId, &RoomId)> = estate
                .arrays
                .iter()
                .map(|(id, array)| (id, &array.room))
                .filter(|(_, room)| production(room))
                .collect();
            pick("array", wanted.as_ref(), &arrays, &rooms.first)
                .map(|(array, room)| Strike::Array(room, array))
        }
        Fault::Cut(cut) => Ok(Strike::Cut(*cut)),
        Fault::Silence { .. } => Ok(Strike::Cut(Cut::Everything)),
        Fault::Controllers { apart, .. } => Ok(Strike::Controllers { apart: *apart }),
    }
}

fn pick<T: Clone + PartialEq + ToString>(
    kind: &'static str,
    wanted: Option<&T>,
    all: &[(&T, &RoomId)],
    first: &RoomId,
) -> Result<(T, RoomId), UnknownTarget> {
    let found = match wanted {
        Some(wanted) => all.iter().find(|(id, _)| *id == wanted),
        None => all.iter().find(|(_, room)| *room == first),
    };
    found.map(|(id, room)| ((*id).clone(), (*room).clone())).ok_or_else(|| UnknownTarget {
        kind,
        id: wanted.map(ToString::to_string).unwrap_or_default(),
        known: all.iter().map(|(id, _)| id.to_string()).collect(),
    })
}

impl Strike {
    /// What it strikes, in a word.
    pub(super) fn target(&self) -> String {
        match self {
            Self::Room(room) => room.to_string(),
            Self::Host(_, host) => host.to_string(),
            Self::Array(_, array) => array.to_string(),
            Self::Cut(_) | Self::Controllers { .. } => String::new(),
        }
    }

    /// The hosts that die with it.
    pub(super) fn hosts(&self, estate: &Estate) -> BTreeSet<HostId> {
        match self {
            Self::Room(room) => estate.hosts_in(room).map(|(host, _)| host.clone()).collect(),
            Self::Host(_, host) => [host.clone()].into(),
            Self::Array(..) | Self::Cut(_) | Self::Controllers { .. } => BTreeSet::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use model::text::Lang;

    use super::*;
    use crate::demo::material::Material;

    #[test]
    fn a_fault_without_a_target_strikes_the_first_production_room() {
        let folder = tempfile::tempdir().unwrap();
        let material = Material::gather(folder.path(), None, None, true, Lang::En).unwrap();
        let rooms = Rooms::of(&material.estate).unwrap();
        let aim = |fault| aim(&fault, &material.estate, &rooms);
        assert_eq!(aim(Fault::Room(None)), Ok(Strike::Room("a".into())));
        assert_eq!(aim(Fault::Host(None)), Ok(Strike::Host("a".into(), "a1".into())));
        assert_eq!(
            aim(Fault::Array(Some("array-b".into()))),
            Ok(Strike::Array("b".into(), "array-b".into()))
        );
        let error = aim(Fault::Host(Some("z9".into()))).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the estate has no host `z9` in a production room; it has a1, a2, b1, b2"
        );
        assert!(aim(Fault::Room(Some("c".into()))).is_err());
    }
}
