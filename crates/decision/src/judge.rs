//! Is it lost? Silence is judged by two vantages that are themselves alive; a positive proof by
//! one. Anybody's fresh word that it is up says no.

use std::collections::BTreeMap;

use model::id::{HostId, RoomId};
use model::incident::Evidence;
use model::observation::{Status, Target};
use model::time::LogTime;

use crate::view::{Sight, View};

/// What the vantages together say of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// Somebody alive sees it up.
    Alive,
    /// Somebody alive says that it is down: a positive proof.
    ProvedDown(Grounds),
    /// Two or more hear nothing, and nobody sees it up.
    Silent(Grounds),
    /// Too few have spoken.
    Open,
}

/// On what a judgement stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Grounds {
    /// Who said what.
    pub(crate) evidence: Vec<Evidence>,
    /// The last time that it was seen up.
    pub(crate) last_up: LogTime,
    /// When the last of them began to say so.
    pub(crate) since: LogTime,
}

impl Grounds {
    fn of(target: &Target, sights: &[Sight<'_>], all: &[Sight<'_>]) -> Self {
        Self {
            evidence: sights
                .iter()
                .map(|sight| Evidence {
                    target: target.clone(),
                    vantage: sight.vantage.clone(),
                    says: sight.says.to_owned(),
                })
                .collect(),
            last_up: all.iter().filter_map(|sight| sight.last_up).max().unwrap_or_default(),
            since: sights.iter().map(|sight| sight.since).max().unwrap_or_default(),
        }
    }

    /// Both together.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.evidence.extend(other.evidence);
        self.last_up = self.last_up.max(other.last_up);
        self.since = self.since.max(other.since);
        self
    }
}

/// Judges targets of one view.
pub(crate) struct Judge<'a> {
    pub(crate) view: &'a View<'a>,
    /// Rooms whose word counts.
    vantages: BTreeMap<&'a RoomId, bool>,
}

impl<'a> Judge<'a> {
    pub(crate) fn new(view: &'a View<'a>) -> Self {
        let vantages = view.estate.rooms.iter().map(|(id, room)| {
            // The word of a room whose controller the leader itself does not hear is old news:
            // it can't be withdrawn any more.
            let heard = id == view.leader_room || {
                let target = Target::Controller { controller: room.controller };
                view.sights.of(&target).iter().any(|sight| {
                    sight.vantage == view.leader_room
                        && sight.status == Status::Up
                        && sight.heard_at >= view.fresh_from
                })
            };
            (id, heard)
        });
        Self { view, vantages: vantages.collect() }
    }

    /// The fresh sights of a target from vantages whose word counts.
    pub(crate) fn sights(&self, target: &Target) -> Vec<Sight<'a>> {
        let mut sights = self.view.sights.of(target);
        sights.retain(|sight| {
            sight.heard_at >= self.view.fresh_from
                && self.vantages.get(sight.vantage).copied().unwrap_or(false)
        });
        sights
    }

    pub(crate) fn of(&self, target: &Target) -> Judgement {
        let all = self.view.sights.of(target);
        let sights = self.sights(target);
        let up = sights.iter().any(|sight| sight.status == Status::Up);
        let (down, silent): (Vec<_>, Vec<_>) = sights
            .into_iter()
            .filter(|sight| sight.status != Status::Up)
            .partition(|sight| sight.status == Status::Down);
        if up {
            Judgement::Alive
        } else if !down.is_empty() {
            Judgement::ProvedDown(Grounds::of(target, &down, &all))
        } else if silent.len() >= self.view.voices {
            Judgement::Silent(Grounds::of(target, &silent, &all))
        } else {
            Judgement::Open
        }
    }

    /// Whether somebody alive sees it up.
    pub(crate) fn is_alive(&self, target: &Target) -> bool {
        self.sights(target).iter().any(|sight| sight.status == Status::Up)
    }

    pub(crate) fn host(&self, host: &HostId) -> Judgement {
        self.of(&Target::Host { host: host.clone() })
    }

    /// Lost, silent or proved.
    pub(crate) fn lost(&self, target: &Target) -> Option<Grounds> {
        match self.of(target) {
            Judgement::ProvedDown(grounds) | Judgement::Silent(grounds) => Some(grounds),
            Judgement::Alive | Judgement::Open => None,
        }
    }
}
