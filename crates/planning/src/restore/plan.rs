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
    /// The ways, the soonest first: each later one loses less.
    pub ways: Vec<String>,
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
    let sets = all(estate, lost, ages, &|_| true);
    let whole = total(&sets);
    let reckoned = |set: &SetPlan| set.ways.iter().find(|choice| choice.reckoned).cloned();
    let carried = sets.iter().filter_map(reckoned).filter(|choice| choice.way.is_carried());
    let without_couriers = carried.map(|choice| choice.way.begins).min().map(|arrives| {
        let without = total(&all(estate, lost, ages, &|way: &Way| !way.is_carried()));
        let gains = without.ready.saturating_sub(whole.ready);
        WithoutCouriers { whole: without, arrives, gains }
    });
    let questions = sets.iter().filter_map(question).collect();
    RestorePlan { estate: estate.name.clone(), sets, questions, whole, without_couriers }
}

/// Every lost set by the ways that are allowed.
fn all(estate: &Estate, lost: &Lost, ages: &Ages, allowed: &dyn Fn(&Way) -> bool) -> Vec<SetPlan> {
    let mut order: Vec<(&BackupId, &Backup)> =
        estate.backups.iter().filter(|(_, backup)| lost.takes_data(estate, backup)).collect();
    order.sort_by_key(|(id, backup)| (backup.tier(estate), backup.turn, *id));
    let mut queue = Queue::default();
    let mut sets = Vec::new();
    for (id, backup) in order {
        let here = |room: &&RoomId| !lost.takes(estate, &LocationId::from(*room));
        let to = backup.restore_to.iter().find(here);
        let found = every_way(&Wanted { estate, lost, backup, to, queue: &queue });
        let set = set_plan(estate, id, backup, to, found, ages, allowed);
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
    estate: &Estate,
    id: &BackupId,
    backup: &Backup,
    to: Option<&RoomId>,
    found: Found,
    ages: &Ages,
    allowed: &dyn Fn(&Way) -> bool,
) -> SetPlan {
    let rto = backup.services_of(estate).map(|(_, service)| service.rto).min();
    let rpo = backup.services_of(estate).map(|(_, service)| service.rpo).min();
    let mut ways: Vec<Way> = found.ways.into_iter().filter(|way| allowed(way)).collect();
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
    let crossover = crossover::of(&ways);
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
    if let Some(first) = choices.first_mut() {
        first.reckoned = true;
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
fn question(set: &SetPlan) -> Option<Question> {
    let offered = set.ways.iter().filter(|choice| choice.standing == Standing::Offered);
    let mut ways: Vec<&Choice> = offered.collect();
    // Of ways that are equal in both, the first stands for all.
    ways.dedup_by_key(|choice| (choice.way.ready, choice.way.lost));
    let named = || ways.iter().map(|choice| choice.name.clone()).collect();
    (ways.len() > 1).then(|| Question { backup: set.backup.clone(), ways: named() })
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
