//! Who should lead: the controller that hears most of the estate. A leader that a cut keeps from
//! hosts which another controller hears can neither start VMs on them nor fence them; it hands
//! the leadership over instead of failing.

use model::id::{ControllerId, RoomId};
use model::observation::{Status, Target};
use model::time::Monotonic;
use model::units::Span;
use state_machine::State;

/// A better-placed controller must be seen for so long before the leadership moves: a host that
/// reboots is heard again by one room before the other.
const BETTER_FOR: Span = Span::from_secs(2);

/// Between two hand-overs, so that leadership never wanders back and forth.
const NOT_AGAIN_WITHIN: Span = Span::from_secs(30);

/// Watches whether another controller is better placed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Handover {
    better: Option<(ControllerId, Monotonic)>,
    last: Option<Monotonic>,
}

impl Handover {
    /// To whom the leadership should go now, if to anybody.
    pub(crate) fn due(
        &mut self,
        state: &State,
        leader_room: &RoomId,
        now: Monotonic,
    ) -> Option<ControllerId> {
        // A new leader would begin the wait of the lease rung anew.
        let fencing = state
            .hosts
            .values()
            .any(|host| host.fence.as_ref().is_some_and(|order| !order.is_proved()));
        if fencing {
            return None;
        }
        let Some(better) = better_placed(state, leader_room) else {
            self.better = None;
            return None;
        };
        let since = match self.better {
            Some((who, since)) if who == better => since,
            _ => now,
        };
        self.better = Some((better, since));
        let rested = self.last.is_none_or(|last| now.since(last) >= NOT_AGAIN_WITHIN);
        if now.since(since) < BETTER_FOR || !rested {
            return None;
        }
        self.last = Some(now);
        self.better = None;
        Some(better)
    }
}

/// The controller that the leader hears and that hears more hosts than the leader does. Nobody
/// before the leader has looked at every host itself.
fn better_placed(state: &State, leader_room: &RoomId) -> Option<ControllerId> {
    let leader = state.leader.as_ref()?;
    let mut hosts = state.estate.iter().flat_map(|estate| estate.value.hosts.keys());
    let looked = hosts.all(|host| {
        let target = Target::Host { host: host.clone() };
        state.seen(&target).any(|(from, seen)| from == leader_room && seen.heard_at >= leader.at)
    });
    if !looked {
        return None;
    }
    let ours = hosts_heard(state, leader_room);
    state
        .members
        .values()
        .filter(|member| member.room != *leader_room)
        .filter(|member| {
            let target = Target::Controller { controller: member.controller };
            state.seen(&target).any(|(from, seen)| from == leader_room && seen.status == Status::Up)
        })
        .map(|member| (hosts_heard(state, &member.room), member.controller))
        .filter(|(heard, _)| *heard > ours)
        // Most first; among equals the one with the lowest number, so that all choose alike.
        .max_by_key(|(heard, controller)| (*heard, std::cmp::Reverse(controller.0)))
        .map(|(_, controller)| controller)
}

fn hosts_heard(state: &State, room: &RoomId) -> usize {
    let hosts = state.estate.iter().flat_map(|estate| estate.value.hosts.keys());
    hosts
        .filter(|host| {
            let target = Target::Host { host: (*host).clone() };
            state.seen(&target).any(|(from, seen)| {
                from == room && seen.status == Status::Up && state.word_counts(from, seen)
            })
        })
        .count()
}
