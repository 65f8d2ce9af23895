//! What a runbook would do in an estate, cause by cause.

use std::collections::BTreeSet;

use model::action::Action;
use model::estate::Estate;
use model::id::VmId;
use model::incident::IncidentClass;
use model::plan::{Plan, PlannedItem};
use model::policy::Policy;
use model::text::Lang;
use planning::causes::causes;
use planning::outlook::outlook;
use runbook::{Runbook, Scope};

use crate::views::runbook::{Here, Member, Members};
use crate::words::{incident, runbook as words};

/// Past so many causes of a class nobody reads a list of each.
const TOO_MANY: usize = 40;

/// For each incident that the runbook answers, or that the policy answers with it. Causes that come
/// to the same stand together.
pub(crate) fn in_estate(book: &Runbook, estate: &Estate, policy: &Policy, lang: Lang) -> Vec<Here> {
    let asked = Scope::asked_of(policy).remove(&book.name).unwrap_or_default();
    let classes: BTreeSet<IncidentClass> = book.answers.iter().copied().chain(asked).collect();
    let mut all: Vec<Here> = Vec::new();
    for class in classes {
        let causes = causes(estate, class);
        if causes.len() > TOO_MANY {
            let each = words::EACH_BY_ITSELF.in_lang(lang);
            all.push(Here::of(format!("{class} ({}): {each}", causes.len())));
            continue;
        }
        for one in causes {
            let mut next = Here::of(incident::cause(&one, lang));
            next.of.push(one.clone());
            match outlook(book, &one, estate, policy) {
                Ok(plan) => next.fill(book, &plan),
                Err(error) => next.no_plan = Some(crate::failure::chain(&error)),
            }
            match all.iter_mut().find(|known| known.is_like(&next)) {
                Some(known) => {
                    known.causes.append(&mut next.causes);
                    known.of.append(&mut next.of);
                }
                None => all.push(next),
            }
        }
    }
    all
}

impl Here {
    fn of(cause: String) -> Self {
        Self {
            causes: vec![cause],
            no_plan: None,
            steps: Vec::new(),
            left_down: Vec::new(),
            forecast: None,
            of: Vec::new(),
        }
    }

    fn fill(&mut self, book: &Runbook, plan: &Plan) {
        for step in &book.steps {
            let items = plan.items.iter().filter(|item| item.item.step == step.id);
            let items: Vec<Member> =
                items.filter(|item| !item.item.item.is_empty()).map(member).collect();
            if !items.is_empty() {
                self.steps.push(Members { step: step.id.clone(), items });
            }
        }
        self.left_down.clone_from(&plan.shed);
        self.forecast = Some(plan.forecast);
    }

    fn is_like(&self, other: &Self) -> bool {
        let steps = |one: &Self| -> Vec<_> {
            one.steps.iter().map(|members| (members.step.clone(), members.items.clone())).collect()
        };
        other.no_plan.is_none()
            && self.no_plan.is_none()
            && self.forecast.is_some()
            && steps(self) == steps(other)
            && self.left_down == other.left_down
    }
}

fn member(item: &PlannedItem) -> Member {
    let on = match &item.action {
        Action::StorageConfirmSide { room, .. } => Some(room.to_string()),
        Action::VmStop { host, .. } => Some(host.to_string()),
        action => action.starts().map(|(_, host)| host.to_string()),
    };
    let same = item.needs.iter().filter(|need| need.step == item.item.step);
    let after = same.map(|need| VmId::from(need.item.as_str())).collect();
    Member { id: item.item.item.clone(), on, after }
}
