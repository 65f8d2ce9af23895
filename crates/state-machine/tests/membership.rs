//! A dead controller is replaced under a new id.

#![allow(clippy::unwrap_used, clippy::panic)]

mod clinic;

use clinic::*;
use model::id::ControllerId;
use model::incident::Cause;
use model::observation::Target;
use model::time::LogTime;
use state_machine::{Command, Rejection};

const HOUR: u64 = 3_600_000;

fn token(hash: &str, controller: u64, room: &str) -> Command {
    Command::JoinTokenMade {
        hash: hash.to_owned(),
        controller: ControllerId(controller),
        room: room.into(),
        until: LogTime(HOUR),
    }
}

fn join(hash: &str, controller: u64, room: &str) -> Command {
    Command::ControllerJoining {
        hash: hash.to_owned(),
        controller: ControllerId(controller),
        room: room.into(),
        address: "10.0.0.4:7000".to_owned(),
    }
}

fn joined(controller: u64) -> Command {
    Command::ControllerJoined { controller: ControllerId(controller) }
}

#[track_caller]
fn refused(log: &mut Log, command: Command, words: &str) {
    let rejection = log.no(command);
    assert!(matches!(rejection, Rejection::MayNotJoin { .. }), "{rejection}");
    assert!(rejection.to_string().contains(words), "{rejection}");
}

#[test]
fn a_controller_is_replaced_and_its_id_is_never_used_again() {
    let mut log = Log::new();
    log.ok(token("h4", 4, "c"));
    log.ok(join("h4", 4, "c"));
    assert!(log.state.members.contains_key(&ControllerId(3)), "until the new one votes");
    log.ok(joined(4));
    let members: Vec<u64> = log.state.members.keys().map(|id| id.0).collect();
    assert_eq!(members, [1, 2, 4]);
    assert_eq!(log.state.room_of(ControllerId(4)), Some(&"c".into()));
    assert!(log.state.retired.contains(&ControllerId(3)));
    refused(&mut log, token("h5", 3, "c"), "never used again");
    refused(&mut log, joined(4), "votes already");
    let rejection = log.no(Command::LeaderStarted { controller: ControllerId(3) });
    assert!(matches!(rejection, Rejection::NotLeading { .. } | Rejection::NoSuch { .. }));
}

#[test]
fn the_estate_names_the_new_controller_and_goes_on_so_when_the_old_file_is_loaded() {
    let mut log = Log::new();
    log.ok(token("h4", 4, "c"));
    log.ok(join("h4", 4, "c"));
    log.ok(joined(4));
    let controller =
        |log: &Log| log.state.estate.as_ref().unwrap().value.rooms[&"c".into()].controller;
    assert_eq!(controller(&log), ControllerId(4));
    log.ok(load());
    assert_eq!(controller(&log), ControllerId(4));
}

#[test]
fn what_was_open_about_the_old_controller_ends() {
    let mut log = Log::new();
    let lost = Cause::ControllerLost { controller: ControllerId(3) };
    let opened = log.incident(lost);
    log.ok(token("h4", 4, "c"));
    log.ok(join("h4", 4, "c"));
    log.ok(joined(4));
    let incident = &log.state.incidents[&opened];
    assert_eq!(incident.end_reason.as_deref(), Some("controller-3 was replaced"));
    assert!(incident.ended_at.is_some());
    let target = Target::Controller { controller: ControllerId(3) };
    assert!(!log.state.observations.contains_key(&target));
}

#[test]
fn a_token_is_good_for_one_controller_of_one_room_once_and_for_a_while() {
    let mut log = Log::new();
    refused(&mut log, join("h4", 4, "c"), "is not known");
    log.ok(token("h4", 4, "c"));
    refused(&mut log, join("h4", 5, "c"), "the token is for controller-4 in room c");
    refused(&mut log, join("h4", 4, "b"), "the certificate says controller-4 in room b");
    log.ok(join("h4", 4, "c"));
    refused(&mut log, join("h4", 4, "c"), "was used already");

    log.ok(token("h5", 5, "b"));
    log.now = HOUR;
    refused(&mut log, join("h5", 5, "b"), "the token ended");
}

#[test]
fn a_room_never_gets_a_second_controller_beside_a_joining_one() {
    let mut log = Log::new();
    log.ok(token("h4", 4, "c"));
    log.ok(token("h5", 5, "c"));
    log.ok(join("h4", 4, "c"));
    refused(&mut log, join("h5", 5, "c"), "at most one voter a room");
    refused(&mut log, token("h6", 4, "b"), "never used again");
    refused(&mut log, token("h7", 7, "z"), "no controller that could be replaced");
}

#[test]
fn a_token_without_an_end_is_refused() {
    let mut log = Log::new();
    for until in [0, 25 * HOUR] {
        let mut command = token("h4", 4, "c");
        if let Command::JoinTokenMade { until: end, .. } = &mut command {
            *end = LogTime(until);
        }
        assert!(matches!(log.no(command), Rejection::NoEnd { .. }));
    }
}

/// It votes before the entry that makes it a member; if the leader dies between the two, the new
/// one may be elected, and somebody must be able to finish.
#[test]
fn a_joining_controller_may_lead_and_finish_its_own_joining() {
    let mut log = Log::new();
    log.ok(token("h4", 4, "c"));
    log.ok(join("h4", 4, "c"));
    log.by = 4;
    log.ok(Command::LeaderStarted { controller: ControllerId(4) });
    log.ok(joined(4));
    assert!(log.state.members.contains_key(&ControllerId(4)));
}
