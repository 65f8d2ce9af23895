//! Rehearsals: what happens in which order, that it is the same on any number of threads, and that
//! each shipped one leads where the page beside it says.

#![allow(clippy::unwrap_used, missing_docs)]

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use simulator::{Rehearsal, RehearsalCampaign, RehearsalOutcome, RehearsalReport, Stage};

fn simulations() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../simulations")
}

/// A rehearsal on the ward, with these lines in its `spec`.
fn ward(lines: &str) -> Stage {
    let folder = tempfile::tempdir().unwrap();
    let at = simulations().canonicalize().unwrap();
    let at = at.display();
    let text = format!(
        "apiVersion: bascule/v1\nkind: Rehearsal\n\
         metadata: {{ name: ward, title: {{ fr: Service, en: Ward }} }}\n\
         spec:\n  estate: {at}/estates/ward.yaml\n  policy: {at}/policies/fast-lease.yaml\n  \
         runbooks: {at}/../runbooks\n{lines}"
    );
    let path = folder.path().join("ward.yaml");
    std::fs::write(&path, text).unwrap();
    Stage::prepare(Rehearsal::read(&path).unwrap()).unwrap()
}

fn campaign(runs: u64, jobs: usize) -> RehearsalCampaign {
    let jobs = NonZeroUsize::new(jobs).unwrap();
    RehearsalCampaign { file: "ward.yaml".into(), seed: 1, runs, jobs }
}

fn played(stage: &Stage, runs: u64) -> RehearsalReport {
    campaign(runs, 1).run(stage, &|_| {})
}

fn told(stage: &Stage) -> RehearsalOutcome {
    campaign(1, 1).told(stage).unwrap()
}

/// When something is said for the first time.
fn when(outcome: &RehearsalOutcome, words: &str) -> u64 {
    let said = outcome.timeline.iter().find(|(_, said)| said.contains(words));
    said.unwrap_or_else(|| panic!("nothing says `{words}`: {:#?}", outcome.timeline)).0
}

const ROOM_A: &str = "  leader-in: a\n  strikes: [ { at: 0s, room: a } ]\n";

#[test]
fn a_room_dies_and_its_leases_run_out_before_anything_starts_elsewhere() {
    let outcome = told(&ward(ROOM_A));
    assert_eq!(outcome.troubles, Vec::<String>::new());
    assert_eq!(outcome.down, []);
    assert!(outcome.rto_ms().is_some());
    let order = [
        "room a dies",
        "leader-started controller-2",
        "incident-opened room a lost",
        "run-started room-loss",
        "fence/a1 at",
        "withheld",
        "fence-proved a1 at",
        "start/db-1 at",
        "service database serves",
        "service record serves",
        "run-ended",
        "closed: everything that was lost runs again",
    ];
    let times: Vec<u64> = order.iter().map(|words| when(&outcome, words)).collect();
    assert!(times.is_sorted(), "{order:?} at {times:?}");
    // (2 s + 1 s)(1 + 0.001) + 0.5 s is what the policy of the ward makes of the wait.
    assert!(times[6] - times[5] >= 3503, "{times:?}");
    // The last service to serve, and what it waited for back to the fence.
    let path = &outcome.critical_path;
    assert!(path.first().is_some_and(|last| last.starts_with("service/")), "{path:?}");
    assert!(path.last().is_some_and(|first| first.starts_with("fence/")), "{path:?}");
}

#[test]
fn a_host_whose_management_controller_lives_is_proved_off_before_its_lease_runs_out() {
    let host = ward("  leader-in: c\n  strikes: [ { at: 0s, host: a1 } ]\n");
    let outcome = told(&host);
    let proved = outcome.timeline.iter().find(|(_, said)| said.contains("fence-proved a1"));
    assert!(proved.unwrap().1.contains("rung power"), "{proved:?}");
    assert_eq!(outcome.down, []);
}

#[test]
fn a_second_failure_in_mid_recovery_is_answered_and_what_runs_is_left_alone() {
    let stage = ward("  leader-in: c\n  strikes: [ { at: 0s, host: a1 }, { at: 7s, host: a2 } ]\n");
    let outcome = told(&stage);
    assert_eq!(outcome.down, [], "{:#?}", outcome.timeline);
    assert!(outcome.rto_ms().is_some());
    // What ran on a living host all along is never started again.
    let started = |vm: &str| {
        let intent = format!("start/{vm} at");
        outcome.timeline.iter().filter(|(_, said)| said.contains(&intent)).count()
    };
    assert_eq!([started("dc-2"), started("db-2"), started("record-2")], [0, 0, 0]);
    assert!(started("record-1") >= 1);
}

#[test]
fn a_start_that_fails_is_tried_again_and_a_recovery_that_fails_says_so() {
    let some = format!("{ROOM_A}  mishaps: {{ order-fails: 30% }}\n");
    let report = played(&ward(&some), 20);
    assert!(report.transitions.max > report.transitions.min, "{report:?}");

    let all = format!("{ROOM_A}  given-up-after: 1h\n  mishaps: {{ order-fails: 100% }}\n");
    let report = played(&ward(&all), 3);
    assert_eq!(report.not_recovered, 3);
    assert_eq!(report.rto_s.overall.max, None);
    assert!(report.down.contains_key("db-1"), "{:?}", report.down);
    assert!(
        report.troubles.keys().any(|why| why.contains("failed: start/")),
        "{:?}",
        report.troubles
    );
}

#[test]
fn the_report_is_the_same_on_any_number_of_threads() {
    let stage = ward(&format!("{ROOM_A}  mishaps: {{ order-fails: 5% }}\n"));
    let digests = [1, 2, 5].map(|jobs| campaign(12, jobs).run(&stage, &|_| {}).digest);
    assert!(digests.iter().all(|digest| *digest == digests[0]), "{digests:?}");
    let other = RehearsalCampaign { seed: 2, ..campaign(12, 1) }.run(&stage, &|_| {});
    assert_ne!(other.digest, digests[0]);
}

#[test]
fn what_a_file_gets_wrong_is_said_in_words() {
    for (lines, says) in [
        ("  leader-in: a\n  strikes: []\n", "first strike is at 0s"),
        ("  leader-in: a\n  strikes: [ { at: 1s, room: a } ]\n", "first strike is at 0s"),
        ("  leader-in: a\n  strikes: [ { at: 0s } ]\n", "exactly one of `room` and `host`"),
        ("  leader-in: a\n  strikes: [ { at: 0s, room: a, host: a1 } ]\n", "exactly one"),
        ("  leader-in: a\n  strikes: [ { at: 0s, rom: a } ]\n", "rom"),
        (&format!("{ROOM_A}  mishaps: {{ order-fails: 300% }}\n"), "`order-fails` is a chance"),
        (&format!("{ROOM_A}  durations: {{ boot: 90 }}\n"), "`90` is no share"),
        (&format!("{ROOM_A}  durations: {{ told: {{ p0: 1s }} }}\n"), "`p100`"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.yaml");
        let head = "apiVersion: bascule/v1\nkind: Rehearsal\nmetadata: { name: x, title: { fr: x, \
                    en: x } }\nspec:\n  estate: e\n  policy: p\n  runbooks: r\n";
        std::fs::write(&path, format!("{head}{lines}")).unwrap();
        let error = Rehearsal::read(&path).unwrap_err().to_string();
        assert!(error.contains(says), "{lines}: {error}");
    }
}

/// The page beside a shipped rehearsal: when half and when all of 20 runs have come how far.
fn page(report: &RehearsalReport) -> String {
    let minutes = |seconds: Option<f64>| match seconds {
        None => "-".to_owned(),
        Some(seconds) => format!("{}:{:02}", seconds as u64 / 60, seconds as u64 % 60),
    };
    let mut page = format!("{:<26}{:>8}{:>8}\n", "minutes since last alive", "half", "all");
    let services = report.rto_s.services.iter().map(|(name, of)| (name, &of.rto));
    for (name, rto) in report.milestones_s.iter().chain(services) {
        page.push_str(&format!("{name:<26}{:>8}{:>8}\n", minutes(rto.p50), minutes(rto.max)));
    }
    page.push_str(&format!("not recovered: {}\n", report.not_recovered));
    for (trouble, runs) in &report.troubles {
        page.push_str(&format!("{runs} of {}: {trouble}\n", report.runs));
    }
    page
}

/// Each shipped rehearsal leads where `simulations/expected/` says. After a change that is meant,
/// write the pages anew with `BASCULE_BLESS=1`.
#[test]
fn each_shipped_rehearsal_has_its_expected_timeline_beside_it() {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(simulations()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut rehearsed = 0;
    for path in files.iter().filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
    {
        if !Rehearsal::is_one(&std::fs::read_to_string(path).unwrap()) {
            continue;
        }
        rehearsed += 1;
        let stage = Stage::prepare(Rehearsal::read(path).unwrap()).unwrap();
        let report = campaign(20, 2).run(&stage, &|_| {});
        let name = path.file_stem().unwrap().to_str().unwrap();
        let beside = simulations().join("expected").join(format!("{name}.txt"));
        if std::env::var_os("BASCULE_BLESS").is_some() {
            std::fs::create_dir_all(beside.parent().unwrap()).unwrap();
            std::fs::write(&beside, page(&report)).unwrap();
        }
        let expected = std::fs::read_to_string(&beside).unwrap();
        assert_eq!(page(&report), expected, "{name}");
    }
    assert!(rehearsed >= 1);
}
