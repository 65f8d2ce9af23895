//! Restores as stories, and what holds of every one of them.
#![allow(clippy::unwrap_used)]

mod properties;
mod stories;

use model::estate::Estate;
use model::units::Span;

use super::{Ages, Lost, RestorePlan, Standing, plan};

/// The radiology group, as it is shipped.
fn radiology() -> Estate {
    let text = include_str!("../../../../simulations/estates/radiology.yaml");
    Estate::parse("radiology.yaml", text).unwrap().0
}

fn planned(estate: &Estate, lost: &[&str]) -> RestorePlan {
    let names: Vec<String> = lost.iter().map(|name| (*name).to_owned()).collect();
    plan(estate, &Lost::named(estate, &names).unwrap(), &Ages::new())
}

/// A plan as it would be told: a line per way.
fn told(plan: &RestorePlan) -> String {
    let mut story = String::new();
    for set in &plan.sets {
        let to = set.to.as_ref().map_or("nowhere", |to| to.as_str());
        story += &format!("{} ({}) to {to}\n", set.backup, set.size);
        for choice in &set.ways {
            let way = &choice.way;
            let rate = way.rate.map(|rate| format!(" at {rate}")).unwrap_or_default();
            let standing = match &choice.standing {
                Standing::Offered if choice.reckoned => "reckoned with".to_owned(),
                Standing::Offered => "offered".to_owned(),
                Standing::Dominated(by) => {
                    let more = match by.loses_more {
                        Span::ZERO => String::new(),
                        more => format!(" and {more} more lost"),
                    };
                    format!("no better than {}: {} later{more}", by.by, by.later)
                }
            };
            let (name, begins, ready, lost) = (&choice.name, way.begins, way.ready, way.lost);
            let marks: String = [
                (way.stale, ", stale"),
                (way.late, ", past its RTO"),
                (way.loses_too_much, ", beyond its RPO"),
            ]
            .into_iter()
            .filter_map(|(marked, words)| marked.then_some(words))
            .collect();
            story += &format!(
                "  {name} from {begins}{rate}: ready {ready}, loses {lost}; {standing}{marks}\n"
            );
        }
        for none in &set.missing {
            let of = none.repository.as_ref().map(|of| format!("{of}: ")).unwrap_or_default();
            story += &format!("  no way: {of}{:?}\n", none.missing);
        }
        if let Some(cross) = &set.crossover {
            let (courier, link, wins) = (&cross.courier, &cross.link, cross.wins);
            let (later, gains, costs) = (cross.begins_later, cross.gains, cross.costs);
            story += &format!(
                "  {courier} beside {link}: begins {later} later, gains {gains}, costs {costs}, wins {wins:?}\n"
            );
        }
    }
    for question in &plan.questions {
        story += &format!("question about {}\n", question.backup);
        for answer in &question.answers {
            story += &format!("  {}: the whole ready {}\n", answer.way, answer.whole.ready);
        }
    }
    let whole = plan.whole;
    story += &format!("whole: {} ready {}, loses {}", whole.size, whole.ready, whole.lost);
    story += &format!(", {} without a way\n", whole.without_a_way);
    if let Some(without) = plan.without_couriers {
        let (ready, arrives, gains) = (without.whole.ready, without.arrives, without.gains);
        story +=
            &format!("without couriers ready {ready}; they arrive at {arrives} and gain {gains}\n");
    }
    story
}
