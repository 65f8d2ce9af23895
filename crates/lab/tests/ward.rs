//! The demonstration on the ward: three rooms and three controllers as processes, every fault.
//!
//! The processes of a demonstration are processes of the running executable, which is this test:
//! it plays every role itself, so it has a `main` of its own and speaks the test runner's
//! protocol (`--list`, `--exact NAME`).

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use lab::demo::{Fault, Inject, Options, Outcome, play};
use lab::fabric::Cut;
use model::fence::Rung;

/// A fault, and what must be true of its outcome.
struct Case {
    name: &'static str,
    options: fn() -> Options,
    holds: fn(&Outcome),
}

fn on_the_ward(fault: Fault) -> Options {
    let simulations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../simulations");
    Options {
        fault,
        estate: Some(patient(
            &simulations.join("estates/ward.yaml"),
            &[("timeout: 1s", "timeout: 3s")],
        )),
        policy: Some(patient(
            &simulations.join("policies/fast-lease.yaml"),
            &[
                ("lease: 2s", "lease: 4s"),
                ("promise: 2s", "promise: 4s"),
                ("watchdog: 1s", "watchdog: 3s"),
            ],
        )),
        ..Options::default()
    }
}

/// A copy of a file with longer figures than the labs': a test machine that stalls for a second
/// must not look like a host that is cut off.
fn patient(path: &Path, changes: &[(&str, &str)]) -> PathBuf {
    let mut text = std::fs::read_to_string(path).expect("the file is in the repository");
    for (short, long) in changes {
        assert!(text.contains(short), "{} says `{short}` in another way", path.display());
        text = text.replace(short, long);
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let copy = std::env::temp_dir().join(format!("bascule-demo-tests-{name}"));
    std::fs::write(&copy, text).expect("the folder for temporary files can be written");
    copy
}

/// Several times longer than lease and watchdog together.
fn controllers(apart: bool) -> Fault {
    Fault::Controllers { lasts: Duration::from_secs(25), apart }
}

fn silence(armed: bool) -> Options {
    on_the_ward(Fault::Silence { lasts: Duration::from_secs(12), armed })
}

fn all_well(outcome: &Outcome) {
    assert_eq!(outcome.failures, Vec::<String>::new());
    assert_eq!(outcome.result, "ok");
    assert_eq!((outcome.vms.running, outcome.double_starts), (8, 0));
    assert!(outcome.services_ok && outcome.audit.verified);
}

fn four_moved(outcome: &Outcome) {
    all_well(outcome);
    assert_eq!((outcome.vms.restarted, outcome.vms.moved), (4, 4));
    assert!(outcome.rto.wall_s > 0.0 && outcome.rto.modelled_s >= outcome.rto.wall_s);
}

fn nothing_moved(outcome: &Outcome) {
    all_well(outcome);
    assert_eq!((outcome.vms.restarted, outcome.fences), (0, 0));
}

const CASES: &[Case] = &[
    Case {
        name: "a_room_with_the_leader_dies_and_its_vms_run_in_the_other",
        options: || on_the_ward(Fault::Room(None)),
        holds: |outcome| {
            four_moved(outcome);
            assert_eq!(outcome.leader_room, "a".into());
            assert_eq!(outcome.rungs.get(&Rung::Power), None, "its controllers of power died too");
        },
    },
    Case {
        name: "the_other_room_dies_too",
        options: || on_the_ward(Fault::Room(Some("b".into()))),
        holds: |outcome| {
            four_moved(outcome);
            assert_eq!(outcome.leader_room, "b".into());
        },
    },
    Case {
        name: "a_host_without_power_is_fenced_and_its_vms_run_elsewhere",
        options: || on_the_ward(Fault::Host(None)),
        holds: |outcome| {
            all_well(outcome);
            assert_eq!((outcome.vms.moved, outcome.fences), (2, 1));
        },
    },
    Case {
        name: "an_array_that_fails_moves_nothing",
        options: || on_the_ward(Fault::Array(None)),
        holds: nothing_moved,
    },
    Case {
        name: "one_path_of_two_that_is_cut_moves_nothing",
        options: || on_the_ward(Fault::Cut(Cut::Path)),
        holds: nothing_moved,
    },
    Case {
        name: "a_network_that_is_cut_while_storage_goes_on_moves_nothing",
        options: || on_the_ward(Fault::Cut(Cut::Lan)),
        holds: nothing_moved,
    },
    Case {
        name: "a_third_room_that_is_cut_off_moves_nothing",
        options: || on_the_ward(Fault::Cut(Cut::LastResort)),
        holds: nothing_moved,
    },
    Case {
        name: "network_and_storage_cut_move_exactly_what_storage_stopped",
        options: || on_the_ward(Fault::Cut(Cut::All)),
        holds: four_moved,
    },
    Case {
        name: "a_long_silence_stops_armed_hosts_and_everything_runs_again_where_it_ran",
        options: || silence(true),
        holds: |outcome| {
            all_well(outcome);
            assert_eq!(
                (outcome.stopped_by_lease, outcome.stopped_by_lease_predicted),
                (8, Some(8))
            );
            assert_eq!((outcome.vms.restarted, outcome.vms.moved, outcome.fences), (8, 0, 0));
        },
    },
    Case {
        name: "a_long_silence_stops_nothing_on_hosts_that_are_not_armed",
        options: || silence(false),
        holds: |outcome| {
            nothing_moved(outcome);
            assert_eq!(outcome.stopped_by_lease, 0);
        },
    },
    Case {
        name: "every_controller_killed_stops_nothing_and_nothing_starts_twice_when_they_return",
        options: || on_the_ward(controllers(false)),
        holds: |outcome| {
            nothing_moved(outcome);
            assert_eq!(outcome.stopped_by_lease, 0);
        },
    },
    Case {
        name: "with_every_controller_killed_and_agents_cut_from_each_other_guardians_suffice",
        options: || on_the_ward(controllers(true)),
        holds: |outcome| {
            nothing_moved(outcome);
            assert_eq!(outcome.stopped_by_lease, 0);
        },
    },
    Case {
        name: "a_seeded_double_start_is_counted_and_fails_the_demonstration",
        options: || Options { inject: Some(Inject::DoubleStart), ..on_the_ward(Fault::Room(None)) },
        holds: |outcome| {
            assert_eq!((outcome.double_starts, outcome.result.as_str()), (1, "failed"));
            assert_eq!(outcome.failures.len(), 1, "{:?}", outcome.failures);
            assert_eq!(outcome.vms.running, 8);
        },
    },
];

fn main() -> ExitCode {
    lab::end_with_parent_if_asked();
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words[..] {
        ["agent", "--guard-controller", "--config", config] => {
            play_role("guardian", Path::new(config))
        }
        [role @ ("twin-room" | "server" | "watchdog"), "--config", config] => {
            play_role(role, Path::new(config))
        }
        _ if words.contains(&"--list") => {
            // Asked once more for ignored tests only: there are none.
            let cases = CASES.iter().filter(|_| !words.contains(&"--ignored"));
            cases.for_each(|case| println!("{}: test", case.name));
            ExitCode::SUCCESS
        }
        _ => run_cases(&words),
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime starts")
}

fn run_cases(words: &[&str]) -> ExitCode {
    let exact = words.contains(&"--exact");
    let wanted: Vec<&str> = words.iter().filter(|word| !word.starts_with("--")).copied().collect();
    let fits = |case: &&Case| {
        wanted.is_empty()
            || wanted.iter().any(|w| if exact { case.name == *w } else { case.name.contains(w) })
    };
    for case in CASES.iter().filter(fits) {
        println!("{}", case.name);
        // One at a time on this machine: the figures of the lease are seconds.
        // Taken before the options are made: they write a file that all tests share.
        let _alone = alone();
        let outcome = runtime().block_on(play(&(case.options)())).expect("it is played to its end");
        println!("{outcome:#?}");
        (case.holds)(&outcome);
        // Kept only where something is to be looked at.
        let _ = std::fs::remove_dir_all(&outcome.kept);
    }
    ExitCode::SUCCESS
}

/// Held until dropped; the kernel lets go of it when this process ends, however it ends.
fn alone() -> File {
    let path = std::env::temp_dir().join("bascule-demo-tests.lock");
    let file = File::create(path).expect("the folder for temporary files can be written");
    rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive).expect("a local file");
    file
}

fn play_role(role: &str, config: &Path) -> ExitCode {
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::INFO)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    let ended: Result<(), String> = runtime().block_on(async {
        let config = PathBuf::from(config);
        match role {
            "twin-room" => lab::twin_room::run(&config).await.map_err(|e| format!("{e:?}")),
            "watchdog" => drivers::watchdog::fake_process::run_from_config(&config)
                .await
                .map_err(|e| format!("{e:?}")),
            "guardian" => {
                let config = agent::guardian::read_config(&config).map_err(|e| format!("{e:?}"))?;
                agent::guardian::run(config, std::future::pending())
                    .await
                    .map_err(|e| format!("{e:?}"))
            }
            _ => {
                let config = server::Config::read(&config).map_err(|e| format!("{e:?}"))?;
                server::run(config, std::future::pending()).await.map_err(|e| format!("{e:?}"))
            }
        }
    });
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
