//! Two versions of `apply` in one binary, and the committed number that says which one runs.

#![allow(clippy::unwrap_used, clippy::panic)]

mod clinic;

use clinic::*;
use model::id::ControllerId;
use model::time::LogTime;
use state_machine::{APPLY_VERSIONS, Command, Rejection};

fn reported(controller: u64, oldest: u32, newest: u32) -> Command {
    Command::VersionsReported { controller: ControllerId(controller), oldest, newest }
}

fn raised(to: u32) -> Command {
    Command::ApplyVersionRaised { to }
}

fn paused(until: u64) -> Command {
    Command::Paused { until: LogTime(until), reason: "work in room A".into() }
}

#[test]
fn the_version_is_raised_only_when_every_member_has_reported_that_it_can() {
    let mut log = Log::new();
    assert_eq!(log.state.apply_version, 1);
    let rejection = log.no(raised(2)).to_string();
    assert!(rejection.contains("controller-1, controller-2, controller-3"), "{rejection}");
    log.ok(reported(1, 1, 2));
    log.ok(reported(2, 1, 2));
    log.ok(reported(3, 1, 1));
    let rejection = log.no(raised(2)).to_string();
    assert!(rejection.contains("controller-3 has not reported"), "{rejection}");
    assert!(rejection.contains("install the newer Bascule"), "{rejection}");
    log.ok(reported(3, 1, 2));
    log.ok(raised(2));
    assert_eq!(log.state.apply_version, 2);
}

#[test]
fn it_goes_up_by_one_and_never_down() {
    let mut log = Log::new();
    for member in 1..=3 {
        log.ok(reported(member, 1, 9));
    }
    for to in [0, 1, 3] {
        let rejection = log.no(raised(to));
        assert!(matches!(rejection, Rejection::VersionStays { current: 1, .. }), "{rejection}");
    }
    log.ok(raised(2));
    log.no(raised(1));
}

#[test]
fn only_members_report() {
    let mut log = Log::new();
    assert!(matches!(log.no(reported(9, 1, 2)), Rejection::NoSuch { .. }));
}

#[test]
fn from_version_2_on_a_pause_is_not_shortened_by_a_second_one() {
    let mut log = Log::new();
    log.ok(paused(60_000));
    log.ok(paused(30_000));
    assert_eq!(log.state.pause.as_ref().unwrap().until, LogTime(30_000), "version 1 as ever");
    for member in 1..=3 {
        log.ok(reported(member, APPLY_VERSIONS.oldest, APPLY_VERSIONS.newest));
    }
    log.ok(raised(2));
    log.ok(paused(60_000));
    let rejection = log.no(paused(30_000));
    assert!(matches!(rejection, Rejection::Braked { .. }), "{rejection}");
    log.ok(paused(90_000));
    log.ok(Command::Resumed);
    log.ok(paused(30_000));
    log.now = 31_000;
    log.ok(paused(40_000));
}
