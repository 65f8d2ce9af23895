//! Fence proofs: from which evidence each rung proves, and what proves nothing.

#![allow(clippy::unwrap_used, clippy::panic)]

mod clinic;

use clinic::*;
use model::era::Token;
use model::fence::FenceEvidence;
use model::id::{ControllerId, HostId};
use model::observation::{Detail, Status, Target};
use model::units::Span;
use state_machine::{Command, Rejection, RunEnd};

fn host(id: &str) -> HostId {
    id.into()
}

#[test]
fn a_proof_must_follow_from_its_evidence() {
    let mut log = Log::new();
    let run = log.host_loss();
    assert!(matches!(log.no(log.power_proof("a1")), Rejection::NoFenceOrder { .. }));
    log.ok(log.start(run, "fence/a1", 1));
    let power =
        |reads, apart_ms| FenceEvidence::PowerOff { reads, apart_ms, answer: "Off".to_owned() };
    let storage = |arrays: &[&str], uplink: &str| FenceEvidence::StorageCut {
        unmapped_on: arrays.iter().map(|array| (*array).to_owned()).collect(),
        uplink_closed: uplink.to_owned(),
    };
    let people = |by: &[&str]| FenceEvidence::Attested {
        by: by.iter().map(|person| (*person).into()).collect(),
        statement: "the breakers are open".to_owned(),
    };
    for (evidence, says) in [
        (power(1, 600), "read as off 1 times"),
        (power(2, 499), "at least 500ms apart"),
        (storage(&["array-b"], "room b"), "array array-a could still serve"),
        (storage(&["array-a", "array-b"], " "), "no uplink"),
        (people(&["anna"]), "two distinct persons"),
        (people(&["anna", "anna"]), "two distinct persons"),
    ] {
        let rejection = log.no(log.proof("a1", evidence));
        assert!(rejection.to_string().contains(says), "{rejection}");
    }
    let rejection = log.no(log.proof("a1", people(&["anna", "bob"])));
    assert!(rejection.to_string().contains("anna has not attested"), "{rejection}");
    log.ok(log.power_proof("a1"));
    log.ok(log.proof("a1", storage(&["array-a", "array-b"], "room b")));
    assert_eq!(log.state.hosts[&host("a1")].fence.as_ref().unwrap().proofs.len(), 2);
}

#[test]
fn power_that_reads_off_is_a_lie_when_the_host_is_heard_after_the_order() {
    let mut log = Log::new();
    let run = log.host_loss();
    let silent =
        observation("b", Target::Host { host: "a1".into() }, Status::Unknown, Detail::None);
    log.ok(seen(vec![silent]));
    log.ok(log.start(run, "fence/a1", 1));
    log.pass(Span::from_secs(1));
    log.ok(seen(vec![host_up("b", "a1", "boot-1", token(1))]));
    let rejection = log.no(log.power_proof("a1"));
    assert!(rejection.to_string().contains("was heard from room b"), "{rejection}");
}

/// Room a leads and hears the controller of room b: what b says counts.
fn hears_room_b(log: &mut Log) {
    let target = Target::Controller { controller: ControllerId(2) };
    log.ok(seen(vec![observation("a", target, Status::Up, Detail::None)]));
}

#[test]
fn power_that_reads_off_is_a_lie_while_a_host_that_was_heard_all_along_has_not_fallen_silent() {
    let mut log = Log::new();
    let run = log.host_loss();
    hears_room_b(&mut log);
    log.ok(log.start(run, "fence/a1", 1));
    log.pass(Span::from_secs(1));
    let rejection = log.no(log.power_proof("a1"));
    assert!(rejection.to_string().contains("still answers"), "{rejection}");
    let target = Target::Host { host: "a1".into() };
    log.ok(seen(vec![observation("b", target, Status::Unknown, Detail::None)]));
    log.ok(log.power_proof("a1"));
}

#[test]
fn a_silence_proves_nothing_before_the_rooms_could_speak_to_a_new_leader() {
    let mut log = Log::new();
    let run = log.host_loss();
    hears_room_b(&mut log);
    log.ok(log.start(run, "fence/a1", 1));
    log.ok(Command::LeaderStarted { controller: ControllerId(1) });
    let cut = FenceEvidence::StorageCut {
        unmapped_on: vec!["array-a".to_owned(), "array-b".to_owned()],
        uplink_closed: "room b".to_owned(),
    };
    for evidence in
        [cut.clone(), FenceEvidence::PowerOff { reads: 2, apart_ms: 550, answer: "Off".to_owned() }]
    {
        let rejection = log.no(log.proof("a1", evidence));
        assert!(rejection.to_string().contains("the time to say"), "{rejection}");
    }
    log.pass(Span::from_secs(3));
    log.ok(log.proof("a1", cut));
}

/// What a room says of a side of the storage layer.
fn side(says: &str, side: &str, status: Status) -> Command {
    let target = Target::StorageSide { layer: "svc".into(), room: side.into() };
    seen(vec![observation(says, target, status, Detail::None)])
}

#[test]
fn an_array_whose_side_the_layer_stopped_needs_no_unmapping_but_silence_excuses_none() {
    let mut log = Log::new();
    let run = log.host_loss();
    log.ok(log.start(run, "fence/a1", 1));
    let evidence = FenceEvidence::StorageCut {
        unmapped_on: vec!["array-b".to_owned()],
        uplink_closed: "room b".to_owned(),
    };
    // From the leader's own room: its word counts.
    log.ok(side("a", "a", Status::Unknown));
    log.ok(side("a", "b", Status::Up));
    assert!(matches!(log.no(log.proof("a1", evidence.clone())), Rejection::NoProof { .. }));
    log.ok(side("a", "a", Status::Down));
    log.ok(log.proof("a1", evidence));
}

#[test]
fn a_side_that_stopped_may_be_the_one_that_goes_on_as_long_as_none_serves() {
    let mut log = Log::new();
    let run = log.host_loss();
    log.ok(log.start(run, "fence/a1", 1));
    log.ok(side("a", "a", Status::Down));
    log.ok(side("a", "b", Status::Down));
    let cut = |arrays: &[&str]| FenceEvidence::StorageCut {
        unmapped_on: arrays.iter().map(|array| (*array).to_owned()).collect(),
        uplink_closed: "room b".to_owned(),
    };
    for arrays in [&[][..], &["array-a"], &["array-b"]] {
        let rejection = log.no(log.proof("a1", cut(arrays)));
        assert!(rejection.to_string().contains("could still serve"), "{rejection}");
    }
    log.ok(side("a", "b", Status::Up));
    log.ok(log.proof("a1", cut(&["array-b"])));
}

#[test]
fn the_last_words_of_a_dead_room_keep_no_array_in_service() {
    let mut log = Log::new();
    let run = log.host_loss();
    log.ok(log.start(run, "fence/a1", 1));
    log.ok(side("c", "a", Status::Up));
    log.ok(side("a", "a", Status::Down));
    log.ok(side("a", "b", Status::Up));
    let evidence = FenceEvidence::StorageCut {
        unmapped_on: vec!["array-b".to_owned()],
        uplink_closed: "room b".to_owned(),
    };
    let hears = |status| {
        let target = Target::Controller { controller: ControllerId(3) };
        seen(vec![observation("a", target, status, Detail::None)])
    };
    log.ok(hears(Status::Up));
    assert!(matches!(log.no(log.proof("a1", evidence.clone())), Rejection::NoProof { .. }));
    log.ok(hears(Status::Unknown));
    log.ok(log.proof("a1", evidence));
}

#[test]
fn a_lease_proves_only_after_a_withholding_and_the_whole_wait_by_the_log() {
    let mut log = Log::new();
    let run = log.host_loss();
    let withheld = |by: &str, token| Command::Withheld {
        host: "a1".into(),
        token,
        by: by.into(),
        promise_ends_in: Span::from_secs(5),
    };
    assert!(matches!(log.no(withheld("b1", log.token())), Rejection::NoFenceOrder { .. }));
    log.ok(log.start(run, "fence/a1", 1));
    let lease = |by: &str, waited_ms, required_ms| FenceEvidence::LeaseExpired {
        withheld_by: by.into(),
        waited_ms,
        required_ms,
    };
    let wait = 32_030;
    assert!(matches!(log.no(log.proof("a1", lease("b1", wait, wait))), Rejection::NoProof { .. }));
    assert!(matches!(log.no(withheld("a1", log.token())), Rejection::NoProof { .. }));
    log.ok(withheld("b1", log.token()));
    for (evidence, passed, says) in [
        (lease("b2", wait, wait), 40, "b2 has not withheld"),
        (lease("b1", wait - 1, wait), 0, "were waited"),
        (lease("b1", 10, 10), 0, "were waited"),
    ] {
        let mut later = log.clone();
        later.pass(Span::from_secs(passed));
        let rejection = later.no(later.proof("a1", evidence));
        assert!(rejection.to_string().contains(says), "{rejection}");
    }
    log.pass(Span::from_millis(wait + 4_999));
    let early = log.no(log.proof("a1", lease("b1", wait, wait)));
    assert!(early.to_string().contains("by the log only"), "{early}");
    log.pass(Span::from_millis(1));
    let mut disarmed = log.clone();
    disarmed.ok(Command::HostArmed { host: "a1".into(), armed: false, watchdog: Span::ZERO });
    let rejection = disarmed.no(disarmed.proof("a1", lease("b1", wait, wait)));
    assert!(rejection.to_string().contains("is not armed"), "{rejection}");
    log.ok(log.proof("a1", lease("b1", wait, wait)));
}

#[test]
fn a_host_that_is_armed_anew_while_it_is_fenced_is_waited_for_from_then_on() {
    let mut log = Log::new();
    let run = log.host_loss();
    log.ok(log.start(run, "fence/a1", 1));
    let (token, promise_ends_in) = (log.token(), Span::ZERO);
    log.ok(Command::Withheld { host: "a1".into(), token, by: "b1".into(), promise_ends_in });
    let wait = 32_030;
    let told = |log: &Log| seen(vec![armed_by("b", "a1", "boot-1", token, log.token())]);
    let ran_out = |log: &Log| {
        let (withheld_by, waited_ms) = ("b1".into(), wait);
        log.proof("a1", FenceEvidence::LeaseExpired { withheld_by, waited_ms, required_ms: wait })
    };
    let armed = |armed, seconds| Command::HostArmed {
        host: "a1".into(),
        armed,
        watchdog: Span::from_secs(seconds),
    };
    log.pass(Span::from_secs(20));
    // An agent that has begun again tells of the same watchdog: the wait goes on.
    log.ok(told(&log));
    let mut untouched = log.clone();
    untouched.pass(Span::from_millis(wait - 20_000));
    untouched.ok(ran_out(&untouched));
    log.ok(armed(false, 0));
    log.pass(Span::from_secs(40));
    log.ok(armed(true, 10));
    log.ok(told(&log));
    for passed in [Span::from_secs(1), Span::from_millis(wait - 1_001)] {
        log.pass(passed);
        let early = log.no(ran_out(&log));
        assert!(early.to_string().contains("the watchdog was armed"), "S1: {early}");
    }
    log.pass(Span::from_millis(1));
    log.ok(ran_out(&log));
}

#[test]
fn a_boot_that_waits_for_its_admission_does_not_say_that_the_one_before_was_not_armed() {
    let mut log = Log::new();
    let unarmed = |boot: &str| {
        let (arming, accepted) = (Token::default(), Token::default());
        let boot = boot.to_owned();
        let detail = Detail::Host { boot, armed: false, arming, accepted, sealed: true };
        seen(vec![observation("b", Target::Host { host: "a1".into() }, Status::Up, detail)])
    };
    let armed = |log: &Log| log.state.hosts[&host("a1")].armed.is_some();
    let mut same = log.clone();
    same.ok(unarmed("boot-1"));
    assert!(!armed(&same), "its watchdog resets nothing");
    log.ok(unarmed("boot-2"));
    assert!(armed(&log), "the boot that was armed is over; this one runs nothing");
    log.ok(unarmed("boot-1"));
    assert!(!armed(&log), "late word of the boot that was armed");
    log.ok(seen(vec![host_up("c", "a1", "boot-1", Token::default())]));
    assert!(!armed(&log), "a former boot arms nothing any more");
}

#[test]
fn a_watchdog_counts_as_armed_by_its_agents_word_and_stays_disarmed_when_an_entry_says_so() {
    let mut log = Log::new();
    let armed = |armed, seconds| Command::HostArmed {
        host: "a1".into(),
        armed,
        watchdog: Span::from_secs(seconds),
    };
    assert!(matches!(log.no(armed(true, 0)), Rejection::NoProof { .. }));
    log.ok(armed(false, 0));
    log.ok(seen(vec![host_up("b", "a1", "boot-1", token(1))]));
    assert_eq!(log.state.hosts[&host("a1")].armed, None);
    let disarming = log.token();
    log.ok(armed(true, 8));
    let arming = log.token();
    assert!(disarming < arming, "each order has a token of its own");
    assert_eq!(log.state.hosts[&host("a1")].armed, None, "the device is ordered after the entry");
    // A room that is late tells of the watchdog before the disarming, or between the orders.
    for overtaken in [token(0), disarming] {
        log.ok(seen(vec![armed_by("b", "a1", "boot-1", token(1), overtaken)]));
        assert_eq!(log.state.hosts[&host("a1")].armed, None, "told of order {overtaken}");
    }
    log.ok(seen(vec![armed_by("b", "a1", "boot-1", token(1), arming)]));
    assert!(log.state.hosts[&host("a1")].armed.is_some());
}

#[test]
fn a_host_let_in_again_after_a_proved_fence_may_not_be_asked_by_all() {
    let mut log = Log::new();
    let run = log.host_loss();
    log.ok(log.start(run, "fence/a1", 1));
    log.ok(log.power_proof("a1"));
    log.ok(log.finish(run, "fence/a1", 1, done()));
    let key = log.key(run, "start/db-1");
    log.ok(Command::StepSkipped { key, reason: "not needed".to_owned() });
    log.ok(Command::RunEnded { run, end: RunEnd::Succeeded });
    assert!(!log.state.hosts[&host("a1")].perhaps_not_asked);
    let sealed_below = token(log.token().epoch.0 + 1);
    log.ok(Command::HostAdmitted { host: "a1".into(), boot: "boot-2".to_owned(), sealed_below });
    assert!(log.state.hosts[&host("a1")].perhaps_not_asked);
    assert!(!log.state.hosts[&host("b1")].perhaps_not_asked);
}
