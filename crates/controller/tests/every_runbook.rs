//! Every runbook in `runbooks/` as the world may treat it: each of its steps fails for good, the
//! leader dies at each entry, every order arrives twice and every entry is committed twice, each
//! order is lost, each answer is lost. The tests are made from the plans of the runbooks
//! themselves: one that is added is tried as well.

// The folder says which runbooks there are: a file that is added is tried as well.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

mod world;

use std::collections::BTreeSet;
use std::path::Path;

use model::action::Action;
use model::id::{HostId, RoomId, RunId};
use model::incident::IncidentClass;
use model::manual::{EvidenceKind, ManualEvidence, Photo};
use model::plan::{OnFailure, Plan, PlannedItem};
use model::policy::{Autonomy, Policy};
use model::step::ItemRef;
use model::units::Span;
use state_machine::{Command, ItemState, Run, RunEnd, RunState};
use world::World;

/// A run is over, or all is well again, after so many milliseconds at most.
const PATIENCE: u64 = 2_400_000;
/// Persons look at their console so often, in milliseconds.
const LOOK_EVERY: u64 = 1000;

struct Book {
    name: String,
    text: String,
}

/// The shipped runbooks.
fn books() -> Vec<Book> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../runbooks");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .collect();
    paths.sort();
    assert!(paths.len() >= 4, "{paths:?}");
    let read = |path: &std::path::PathBuf| Book {
        name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
        text: std::fs::read_to_string(path).unwrap(),
    };
    paths.iter().map(read).collect()
}

/// A play of one runbook: what happened before it, and who answers its questions.
struct Play {
    world: World,
    book: String,
    /// At this step nobody answers, or says that it can't be done.
    refuse: Option<ItemRef>,
}

impl Play {
    /// The world before, and the incident that the runbook answers. What this knows nothing of
    /// answers the loss of a room.
    fn begin(book: &Book) -> Self {
        let mut policy = Policy::default();
        policy.lease.lease = Span::from_secs(2);
        for class in policy.incidents.values_mut() {
            class.hold_off = class.hold_off.min(Span::from_secs(2));
        }
        policy.rate_limit.runs = 100;
        let class = match book.name.as_str() {
            "host-loss" => IncidentClass::HostLost,
            "vm-loss" => IncidentClass::VmLost,
            "last-resort-restart" => IncidentClass::StorageLayerLost,
            _ => IncidentClass::RoomLost,
        };
        let of_class = policy.incidents.get_mut(&class).unwrap();
        of_class.runbook = Some(book.name.as_str().into());
        // Those that ask, ask by themselves.
        let asks = book.text.contains("approval:");
        of_class.autonomy = if asks { Autonomy::Ask } else { Autonomy::Act };
        let mut world = World::with_users("b", policy);
        world.load_runbook(&book.text);
        world.run_for(2_000);
        Self { world, book: book.name.clone(), refuse: None }
    }

    fn strike(&mut self) {
        let world = &mut self.world;
        match self.book.as_str() {
            "host-loss" => world.power_fails("a1"),
            "vm-loss" => {
                let guests = &mut world.hosts.get_mut(&HostId::from("a2")).unwrap().vms;
                guests.values_mut().for_each(|guest| guest.running = false);
            }
            "last-resort-restart" => {
                world.stopped_sides.extend([RoomId::from("a"), RoomId::from("b")]);
            }
            _ => world.kill_room("a"),
        }
    }

    /// Goes on while persons answer what they are asked, until this holds.
    fn until(&mut self, what: &str, mut holds: impl FnMut(&World) -> bool) {
        let until = self.world.now + PATIENCE;
        while !holds(&self.world) {
            assert!(self.world.now < until, "{}: {what}\n{}", self.book, self.world.story());
            self.persons_answer();
            let soon = LOOK_EVERY;
            self.world.run_until(soon, &mut holds);
        }
    }

    fn persons_answer(&mut self) {
        if self.world.leader.is_none() {
            return;
        }
        let waits: Vec<(RunId, PlannedItem)> = self
            .world
            .state
            .running_runs()
            .flat_map(|run| run.plan.items.iter().map(move |planned| (run, planned)))
            .filter(|(run, planned)| run.items[&planned.item].state == ItemState::Started)
            .map(|(run, planned)| (run.id, planned.clone()))
            .collect();
        for (run, planned) in waits {
            let refused = self.refuse.as_ref() == Some(&planned.item);
            let key = self.world.key(run, &planned.item.to_string());
            for person in ["dana", "ewa"] {
                if self.world.leader.is_none() {
                    return;
                }
                let key = key.clone();
                let command = match &planned.action {
                    Action::Approval { .. } if !refused => {
                        Command::StepApproved { key, loss: None }
                    }
                    Action::Manual(_) if refused => {
                        Command::StepCannot { key, reason: "the door is locked".to_owned() }
                    }
                    Action::Manual(task) => {
                        Command::StepDone { key, evidence: shown(task.evidence) }
                    }
                    _ => continue,
                };
                // Said twice, or said too late: refused, and no harm.
                let _ = self.world.says(person, command);
            }
        }
    }

    fn run(&self) -> Option<&Run> {
        first_run(&self.world, &self.book)
    }

    fn plan(&self) -> Plan {
        self.run().unwrap().plan.clone()
    }

    /// Every VM runs, each was started at most once, and nothing is left open.
    fn all_is_well(&mut self, case: &str) {
        let book = self.book.clone();
        let copied = book == "last-resort-restart";
        self.until(case, |world| {
            let running = world.running();
            // Past the point of no return production stays an incident until people mend it.
            let settled = if copied {
                running.values().all(|host| host.as_str() == "c1")
            } else {
                world.state.open_incidents().next().is_none()
            };
            let over = world.state.running_runs().next().is_none();
            running.len() == 8 && settled && over && first_run(world, &book).is_some()
        });
        self.world.run_for(5_000);
        let once = self.world.starts.values().all(|starts| *starts == 1);
        assert!(once, "{case}: {:?}\n{}", self.world.starts, self.world.story());
        assert_eq!(self.world.running().len(), 8, "{case}: {}", self.world.story());
    }
}

fn first_run<'a>(world: &'a World, book: &str) -> Option<&'a Run> {
    world.state.runs.values().find(|run| run.runbook.as_str() == book)
}

fn shown(kind: EvidenceKind) -> ManualEvidence {
    let photo = Photo { name: "seen.jpg".to_owned(), sha256: "0a".repeat(32) };
    ManualEvidence {
        text: "seen with my own eyes".to_owned(),
        photo: (kind == EvidenceKind::Photo).then_some(photo),
    }
}

/// What became of an undisturbed run: its plan, and the first and the last entry of it.
fn undisturbed(book: &Book) -> (Plan, std::ops::Range<usize>) {
    let mut play = Play::begin(book);
    let before = play.world.boundaries;
    play.strike();
    play.all_is_well("undisturbed");
    let run = play.run().unwrap_or_else(|| panic!("{} was not run", book.name));
    assert_eq!(run.state, RunState::Ended { end: RunEnd::Succeeded }, "{}", play.world.story());
    assert!(!run.plan.items.is_empty());
    (play.plan(), before + 1..play.world.boundaries + 1)
}

/// The items that are kept from running when this one fails for good.
fn kept_from_running(plan: &Plan, failed: &PlannedItem) -> BTreeSet<ItemRef> {
    let mut kept: BTreeSet<ItemRef> = BTreeSet::new();
    let mut bad = BTreeSet::new();
    let passes_on = |planned: &PlannedItem| {
        let approval = matches!(planned.action, Action::Approval { .. });
        approval || planned.on_failure != OnFailure::Ignore
    };
    if passes_on(failed) {
        bad.insert(&failed.item);
    }
    for planned in plan.items.iter().filter(|planned| !planned.always) {
        if planned.needs.iter().any(|need| bad.contains(need)) {
            kept.insert(planned.item.clone());
            if passes_on(planned) {
                bad.insert(&planned.item);
            }
        }
    }
    kept
}

#[test]
fn each_step_that_fails_for_good_does_to_its_run_what_it_says_and_all_is_well_once_it_can_be() {
    for book in books() {
        let (plan, _) = undisturbed(&book);
        for failed in &plan.items {
            let case = format!("{}: {} fails", book.name, failed.item);
            let mut play = Play::begin(&book);
            play.world.trouble.at(&failed.action);
            play.refuse = Some(failed.item.clone());
            play.strike();
            let name = book.name.clone();
            play.until(&case, |world| {
                first_run(world, &name).is_some_and(|run| run.state != RunState::Running)
            });
            let run = play.run().unwrap().clone();
            let story = play.world.story();
            let RunState::Ended { end: RunEnd::Failed { reason } } = &run.state else {
                panic!("{case}: {:?}\n{story}", run.state);
            };
            assert!(reason.contains(&failed.item.to_string()), "{case}: {reason}");
            let state = |item: &ItemRef| run.items[item].state;
            // A start that is refused for good by what it needs may be given up as skipped.
            let over = [ItemState::Failed, ItemState::Skipped];
            assert!(over.contains(&state(&failed.item)), "{case}: {story}");
            let kept = kept_from_running(&run.plan, failed);
            for other in run.plan.items.iter().filter(|other| other.item != failed.item) {
                let found = state(&other.item);
                let says = match failed.on_failure {
                    _ if other.always => found == ItemState::Succeeded,
                    _ if kept.contains(&other.item) => {
                        matches!(found, ItemState::Skipped | ItemState::Waiting)
                    }
                    // A service of which nothing runs any more is seen not to answer.
                    _ if matches!(other.action, Action::ServiceCheck { .. })
                        && !kept.is_empty() =>
                    {
                        found.is_over() || found == ItemState::Waiting
                    }
                    // What was under way ended; what had not begun did not begin.
                    OnFailure::Abort => true,
                    OnFailure::Continue | OnFailure::Ignore => found == ItemState::Succeeded,
                };
                assert!(says, "{case}: {} is {found:?}\n{story}", other.item);
            }
            // What kept it from being done is gone: the next run does it.
            play.world.trouble = world::Trouble::default();
            play.refuse = None;
            play.all_is_well(&case);
        }
    }
}

#[test]
fn the_leader_dies_at_each_entry_of_a_run_and_another_goes_on() {
    for book in books() {
        let (_, boundaries) = undisturbed(&book);
        for boundary in boundaries {
            let case = format!("{}: entry {boundary}", book.name);
            let mut play = Play::begin(&book);
            play.world.kill_after = Some(boundary);
            play.strike();
            let died = |world: &World| !world.dead_controllers.is_empty();
            play.until(&case, died);
            let room = play.world.dead_controllers.iter().next().unwrap().clone();
            // Where a room is lost the one that died must come back: as another process.
            play.world.run_for(1_000);
            play.world.restart_controller(&room);
            play.all_is_well(&case);
        }
    }
}

#[test]
fn each_order_arrives_twice_each_entry_is_committed_twice_and_nothing_happens_twice() {
    for book in books() {
        let mut play = Play::begin(&book);
        play.world.trouble.repeats = true;
        play.strike();
        play.all_is_well("all twice");
        let run = play.run().unwrap();
        assert_eq!(run.state, RunState::Ended { end: RunEnd::Succeeded }, "{}", play.world.story());
    }
}

#[test]
fn of_each_step_in_turn_nobody_knows_how_it_ended_and_it_is_observed_not_assumed() {
    for book in books() {
        let (plan, _) = undisturbed(&book);
        for planned in &plan.items {
            // Lost on the way there, or on the way back.
            for lost in ["order", "answer"] {
                let case = format!("{}: the {lost} of {} is lost", book.name, planned.item);
                let mut play = Play::begin(&book);
                let trouble = &mut play.world.trouble;
                match (&planned.action, lost) {
                    (Action::FenceHost { host }, "answer") => {
                        trouble.mute.insert(host.clone());
                    }
                    (Action::VmStart { vm, .. } | Action::VmStartFromCopy { vm, .. }, "order") => {
                        trouble.swallowed.insert(vm.clone());
                    }
                    (Action::VmStart { vm, .. } | Action::VmStartFromCopy { vm, .. }, _) => {
                        play.world.lost_answers.insert(vm.clone());
                    }
                    // What only waits gives no order.
                    _ => continue,
                }
                play.strike();
                play.all_is_well(&case);
                let run = play.run().unwrap();
                let succeeded = RunState::Ended { end: RunEnd::Succeeded };
                assert_eq!(run.state, succeeded, "{case}: {}", play.world.story());
            }
        }
    }
}

/// Of each item in turn: its leader is deposed while it is under way, so that the next one finds a
/// step of which nobody knows anything.
#[test]
fn of_each_step_in_turn_its_leader_is_deposed_in_mid_attempt() {
    for book in books() {
        let (plan, _) = undisturbed(&book);
        for planned in &plan.items {
            let case = format!("{}: deposed in {}", book.name, planned.item);
            let mut play = Play::begin(&book);
            play.strike();
            let (name, item) = (book.name.clone(), planned.item.clone());
            play.until(&case, |world| {
                let run = first_run(world, &name);
                run.and_then(|run| run.items.get(&item)).is_some_and(|record| record.attempts > 0)
            });
            let next = if play.world.leader == Some("c".into()) { "b" } else { "c" };
            play.world.elect(&next.into());
            play.all_is_well(&case);
        }
    }
}
