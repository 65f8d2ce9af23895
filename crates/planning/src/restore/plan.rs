//! All sets of data, one after another, the more important first.

use model::estate::{Backup, Estate};
use model::id::{BackupId, LocationId, RoomId};
use model::text::Text;
use model::units::{DataSize, Span};
use serde::Serialize;

use super::crossover::{self, Crossover};
use super::dominance::{Standing, standings};
use super::lost::Lost;
use super::queue::Queue;
use super::way::{Ages, Found, Missing, NoWay, Wanted, Way};
use super::{courier, in_place, local, over_link, repair, spare};

/// How everything is had again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RestorePlan {
    /// The estate's name.
    pub estate: String,
    /// How many sets of data the estate backs up, lost or not.
    pub backed_up: usize,
    /// Each set, in the order of the plan: by the tier of its services, then its turn.
    pub sets: Vec<SetPlan>,
    /// What is left to a person.
    pub questions: Vec<Question>,
    /// The whole, as planned.
    pub whole: Total,
    /// The whole without couriers; none where the plan uses none.
    pub without_couriers: Option<WithoutCouriers>,
}

/// One set of data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SetPlan {
    /// Which.
    pub backup: BackupId,
    /// For people.
    pub title: Text,
    /// The tier of the most important service that needs it.
    pub tier: u8,
    /// Its turn among the sets of that tier.
    pub turn: u8,
    /// How much it is.
    pub size: DataSize,
    /// Where it is restored to; none when every room that could take it is gone.
    pub to: Option<RoomId>,
    /// The shortest recovery time objective of its services.
    pub rto: Option<Span>,
    /// Their smallest recovery point objective.
    pub rpo: Option<Span>,
    /// Every way, offered ones first, the soonest first.
    pub ways: Vec<Choice>,
    /// Ways that are not there.
    pub missing: Vec<NoWay>,
    /// The courier beside the links.
    pub crossover: Option<Crossover>,
}

/// A way and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// Its stable name.
    pub name: String,
    /// The way.
    #[serde(flatten)]
    pub way: Way,
    /// Where it stands.
    #[serde(flatten)]
    pub standing: Standing,
    /// What comes after it in the plan is reckoned with this way.
    pub reckoned: bool,
}

/// A choice that time and loss do not make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Question {
    /// For which set.
    pub backup: BackupId,
    /// The answers, the soonest first: each later one loses less.
    pub answers: Vec<Answer>,
}

/// One answer to a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The way.
    pub way: String,
    /// The whole plan, if this is the answer and every other question stays open.
    pub whole: Total,
}

/// A whole plan in two figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Total {
    /// How much is restored.
    pub size: DataSize,
    /// When the last set is there again.
    pub ready: Span,
    /// The most that any set loses.
    pub lost: Span,
    /// Sets for which there is no way.
    pub without_a_way: usize,
}

/// What the couriers are good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct WithoutCouriers {
    /// The whole without them.
    pub whole: Total,
    /// When the first of them arrives with media.
    pub arrives: Span,
    /// How much sooner the last set is there with them.
    pub gains: Span,
}

/// Plans the restore of all that is lost. `ages` are those that somebody has found, where they did;
/// elsewhere the newest point is taken to be as old as it may be.
pub fn plan(estate: &Estate, lost: &Lost, ages: &Ages) -> RestorePlan {
    let given = Given { estate, lost, ages };
    let sets = all(&given, Terms::default());
    let whole = total(&sets);
    let reckoned = |set: &SetPlan| set.ways.iter().find(|choice| choice.reckoned).cloned();
    let carried = sets.iter().filter_map(reckoned).filter(|choice| choice.way.is_carried());
    let without_couriers = carried.map(|choice| choice.way.begins).min().map(|arrives| {
        let without = total(&all(&given, Terms { without_couriers: true, ..Terms::default() }));
        let gains = without.ready.saturating_sub(whole.ready);
        WithoutCouriers { whole: without, arrives, gains }
    });
    let questions = sets.iter().filter_map(|set| question(&given, set)).collect();
    let (estate, backed_up) = (estate.name.clone(), estate.backups.len());
    RestorePlan { estate, backed_up, sets, questions, whole, without_couriers }
}

/// What a plan is made from.
struct Given<'a> {
    estate: &'a Estate,
    lost: &'a Lost,
    ages: &'a Ages,
}

/// On what terms.
#[derive(Clone, Copy, Default)]
struct Terms<'a> {
    without_couriers: bool,
    /// The way by which a set is had, in place of the soonest.
    answer: Option<(&'a BackupId, &'a str)>,
}

/// Every lost set, on these terms.
fn all(given: &Given<'_>, terms: Terms<'_>) -> Vec<SetPlan> {
    let Given { estate, lost, .. } = *given;
    let mut order: Vec<(&BackupId, &Backup)> =
        estate.backups.iter().filter(|(_, backup)| lost.takes_data(estate, backup)).collect();
    order.sort_by_key(|(id, backup)| (backup.tier(estate), backup.turn, *id));
    let mut queue = Queue::default();
    let mut sets = Vec::new();
    for (id, backup) in order {
        let here = |room: &&RoomId| !lost.takes(estate, &LocationId::from(*room));
        let to = backup.restore_to.iter().find(here);
        let found = every_way(&Wanted { estate, lost, backup, to, queue: &queue });
        let set = set_plan(given, terms, (id, backup), to, found);
        if let Some(choice) = set.ways.iter().find(|choice| choice.reckoned) {
            queue.take(&choice.way);
        }
        sets.push(set);
    }
    sets
}

fn every_way(wanted: &Wanted<'_>) -> Found {
    let mut found = Found::default();
    for id in wanted.backup.kept_in.keys() {
        let Some(repository) = wanted.estate.repositories.get(id) else { continue };
        let left = |at: &&LocationId| !wanted.lost.takes(wanted.estate, at);
        let Some(at) = repository.at.iter().find(left) else {
            found.none(Some(id), Missing::RepositoryGone);
            continue;
        };
        in_place::find(wanted, (id, repository), &mut found);
        let Some(to) = wanted.to else { continue };
        local::find(wanted, (id, repository), (at, to), &mut found);
        over_link::find(wanted, (id, repository), (at, to), &mut found);
        courier::find(wanted, (id, repository), (at, to), &mut found);
    }
    if wanted.to.is_none() {
        found.none(None, Missing::NowhereToRestore);
    }
    if let Some(machine) = &wanted.backup.machine {
        if spare::disks_are_whole(wanted.estate, wanted.lost, machine) {
            spare::find(wanted, machine, &mut found);
            repair::find(wanted, machine, &mut found);
        } else {
            found.none(None, Missing::DisksGone { machine: machine.clone() });
        }
    }
    found
}

fn set_plan(
    given: &Given<'_>,
    terms: Terms<'_>,
    (id, backup): (&BackupId, &Backup),
    to: Option<&RoomId>,
    found: Found,
) -> SetPlan {
    let Given { estate, ages, .. } = *given;
    let rto = backup.services_of(estate).map(|(_, service)| service.rto).min();
    let rpo = backup.services_of(estate).map(|(_, service)| service.rpo).min();
    let allowed = |way: &Way| !(terms.without_couriers && way.is_carried());
    let mut ways: Vec<Way> = found.ways.into_iter().filter(allowed).collect();
    for way in &mut ways {
        if let Some(repository) = way.kind.repository() {
            let promised = backup.kept_in.get(repository).copied().unwrap_or_default();
            way.lost = ages.get(&(id.clone(), repository.clone())).copied().unwrap_or(promised);
            way.stale = way.lost > promised;
        }
        way.late = rto.is_some_and(|rto| way.ready > rto);
        way.loses_too_much = rpo.is_some_and(|rpo| way.lost > rpo);
    }
    ways.sort_by(|a, b| (a.ready, a.lost, &a.kind).cmp(&(b.ready, b.lost, &b.kind)));
    let crossover = crossover::of(&ways, backup.size);
    let standings = standings(&ways);
    let mut choices: Vec<Choice> = ways
        .into_iter()
        .zip(standings)
        .map(|(way, standing)| Choice {
            name: way.kind.to_string(),
            way,
            standing,
            reckoned: false,
        })
        .collect();
    // Stable: among the offered, and among the others, the soonest stays first.
    choices.sort_by_key(|choice| choice.standing != Standing::Offered);
    let answer = terms.answer.filter(|(of, _)| *of == id).map(|(_, way)| way);
    let answered = choices.iter().position(|choice| answer == Some(choice.name.as_str()));
    if let Some(choice) = choices.get_mut(answered.unwrap_or(0)) {
        choice.reckoned = true;
    }
    SetPlan {
        backup: id.clone(),
        title: backup.title.clone(),
        tier: backup.tier(estate).0,
        turn: backup.turn,
        size: backup.size,
        to: to.cloned(),
        rto,
        rpo,
        ways: choices,
        missing: found.missing,
        crossover,
    }
}

/// What is offered and differs in both time and loss is for a person to weigh.
fn question(given: &Given<'_>, set: &SetPlan) -> Option<Question> {
    let offered = set.ways.iter().filter(|choice| choice.standing == Standing::Offered);
    let mut ways: Vec<&Choice> = offered.collect();
    // Of ways that are equal in both, the first stands for all.
    ways.dedup_by_key(|choice| (choice.way.ready, choice.way.lost));
    let answer = |choice: &&Choice| {
        let answer = Some((&set.backup, choice.name.as_str()));
        let whole = total(&all(given, Terms { answer, ..Terms::default() }));
        Answer { way: choice.name.clone(), whole }
    };
    let answers = || ways.iter().map(answer).collect();
    (ways.len() > 1).then(|| Question { backup: set.backup.clone(), answers: answers() })
}

fn total(sets: &[SetPlan]) -> Total {
    let reckoned = || sets.iter().filter_map(|set| set.ways.iter().find(|choice| choice.reckoned));
    Total {
        size: sets.iter().map(|set| set.size).sum(),
        ready: reckoned().map(|choice| choice.way.ready).max().unwrap_or_default(),
        lost: reckoned().map(|choice| choice.way.lost).max().unwrap_or_default(),
        without_a_way: sets.iter().filter(|set| set.ways.is_empty()).count(),
    }
}
