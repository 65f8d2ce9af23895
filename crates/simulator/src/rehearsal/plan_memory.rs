//! The same question gets the same plan: thousands of rehearsals begin alike, and planning is a
//! function of what it is asked. Everything that it looks at is compared before an answer is given
//! again.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use controller::{Planner, PlansAnew};
use model::id::{HostId, VmId};
use model::incident::Cause;
use model::plan::Plan;
use model::policy::{Autonomy, StartLimits};
use planning::copies::Copies;
use planning::expand::View;
use runbook::{Runbook, StepGraph};

/// So many answers are kept; the oldest is forgotten first.
const KEPT: usize = 8;

/// Everything that a plan follows from, beside the estate, which is the same in all rehearsals.
#[derive(Clone, Debug, PartialEq)]
struct Question {
    runbook: Runbook,
    cause: Cause,
    starts: StartLimits,
    admitted: BTreeSet<HostId>,
    fenced: BTreeSet<HostId>,
    runs_on: BTreeMap<VmId, HostId>,
    might_run_on: BTreeMap<VmId, BTreeSet<HostId>>,
    restart: BTreeSet<VmId>,
    copies: Copies,
    level: Autonomy,
}

impl Question {
    fn of(runbook: &Runbook, cause: &Cause, view: &View<'_>) -> Self {
        Self {
            runbook: runbook.clone(),
            cause: cause.clone(),
            starts: view.starts,
            admitted: view.admitted.clone(),
            fenced: view.fenced.clone(),
            runs_on: view.runs_on.clone(),
            might_run_on: view.might_run_on.clone(),
            restart: view.restart.clone(),
            copies: view.copies.clone(),
            level: view.level,
        }
    }

    fn is(&self, runbook: &Runbook, cause: &Cause, view: &View<'_>) -> bool {
        self.cause == *cause
            && self.level == view.level
            && self.starts == view.starts
            && self.admitted == *view.admitted
            && self.fenced == *view.fenced
            && self.restart == *view.restart
            && self.runs_on == *view.runs_on
            && self.might_run_on == *view.might_run_on
            && self.copies == *view.copies
            && self.runbook == *runbook
    }
}

#[derive(Debug)]
struct Answer {
    question: Question,
    plan: Option<Plan>,
    graph: Option<Arc<StepGraph>>,
}

/// The answers of one thread.
#[derive(Debug, Default)]
pub(super) struct PlanMemory {
    answers: RefCell<Vec<Answer>>,
}

impl PlanMemory {
    /// The graph of a plan.
    pub(super) fn graph_of(&self, plan: &Plan) -> Option<Arc<StepGraph>> {
        let answers = self.answers.borrow();
        let known = answers.iter().find(|answer| answer.plan.as_ref() == Some(plan));
        known.and_then(|answer| answer.graph.clone())
    }
}

impl Planner for PlanMemory {
    fn plan(&self, runbook: &Runbook, cause: &Cause, view: &View<'_>) -> Option<Plan> {
        let mut answers = self.answers.borrow_mut();
        if let Some(known) = answers.iter().find(|known| known.question.is(runbook, cause, view)) {
            return known.plan.clone();
        }
        let plan = PlansAnew.plan(runbook, cause, view);
        let graph = plan.as_ref().and_then(|plan| StepGraph::of(plan).ok()).map(Arc::new);
        if answers.len() == KEPT {
            answers.remove(0);
        }
        let question = Question::of(runbook, cause, view);
        answers.push(Answer { question, plan: plan.clone(), graph });
        plan
    }
}
