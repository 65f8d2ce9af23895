//! The graph of a plan's items, as numbers. Built once per plan, so that asking for the next
//! step compares no names.

use std::collections::BTreeMap;

use model::action::{Action, Effects};
use model::plan::{OnFailure, Plan, PlannedItem};
use model::step::ItemRef;

use crate::step_log::ItemState;

/// Why a plan can't be carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// Two items of one name.
    #[error("the plan has item {item} twice: its log could not tell them apart")]
    Duplicate {
        /// Which.
        item: ItemRef,
    },
    /// An item needs one that is not there, or that comes after it.
    #[error(
        "item {item} needs {need}, which does not come before it in the plan: it could never start"
    )]
    NeedNotBefore {
        /// Which.
        item: ItemRef,
        /// What it needs.
        need: ItemRef,
    },
    /// An item waits for one that comes after everything.
    #[error(
        "item {item} needs {need}, which runs once everything else is over: it could never start"
    )]
    NeedsAlways {
        /// Which.
        item: ItemRef,
        /// What it needs.
        need: ItemRef,
    },
}

/// The graph of a plan. Items are numbered as in the plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepGraph {
    /// What each item needs.
    pub(crate) needs: Vec<Vec<usize>>,
    /// Which items need each.
    pub(crate) followers: Vec<Vec<usize>>,
    /// What its failure does.
    pub(crate) on_failure: Vec<OnFailure>,
    /// The limits that it counts against, as numbers into `limits`.
    pub(crate) counts_in: Vec<Vec<usize>>,
    /// How many at once, per limit.
    pub(crate) limits: Vec<u32>,
    /// What runs however the run ends.
    pub(crate) always: Vec<Always>,
    /// Whether each item is one of those.
    pub(crate) is_always: Vec<bool>,
    /// The items in order of their names.
    by_name: Vec<usize>,
    /// Their names, in that order.
    names: Vec<ItemRef>,
}

/// An item that runs however the run ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Always {
    pub(crate) item: usize,
    /// The approvals before it, however far back, if it changes the world.
    pub(crate) approvals: Vec<usize>,
}

/// What an item needs, as numbers.
fn numbers(
    item: &PlannedItem,
    number: &BTreeMap<&ItemRef, usize>,
) -> Result<Vec<usize>, GraphError> {
    let needs = item.needs.iter().map(|need| {
        number.get(need).copied().ok_or_else(|| GraphError::NeedNotBefore {
            item: item.item.clone(),
            need: need.clone(),
        })
    });
    needs.collect()
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum LimitOf<'a> {
    Step(&'a str),
    Host(&'a str),
    Volume(&'a str),
}

impl StepGraph {
    /// Builds it; refuses a plan whose order does not respect `needs`.
    pub fn of(plan: &Plan) -> Result<Self, GraphError> {
        let mut number: BTreeMap<&ItemRef, usize> = BTreeMap::new();
        let mut limit_number: BTreeMap<LimitOf<'_>, usize> = BTreeMap::new();
        let mut graph = Self::default();
        for (index, item) in plan.items.iter().enumerate() {
            // Hundreds of items need the same: their names are looked up once.
            let alike = index.checked_sub(1).filter(|before| {
                plan.items.get(*before).is_some_and(|before| before.needs.is_same_as(&item.needs))
            });
            let needs = match alike.and_then(|before| graph.needs.get(before)) {
                Some(known) => known.clone(),
                None => numbers(item, &number)?,
            };
            let after_all = needs.iter().find(|need| graph.is_always[**need] && !item.always);
            if let Some(need) = after_all.and_then(|need| plan.items.get(*need)) {
                let (item, need) = (item.item.clone(), need.item.clone());
                return Err(GraphError::NeedsAlways { item, need });
            }
            for need in &needs {
                graph.followers[*need].push(index);
            }
            graph.needs.push(needs);
            graph.followers.push(Vec::new());
            graph.is_always.push(item.always);
            if item.always {
                let changes = item.action.row().effects != Effects::Read;
                let approvals = if changes { graph.approvals(plan, index) } else { Vec::new() };
                graph.always.push(Always { item: index, approvals });
            }
            graph.on_failure.push(match (&item.action, item.on_failure) {
                // Nothing goes on over a person's no.
                (Action::Approval { .. }, OnFailure::Ignore) => OnFailure::Continue,
                (_, on_failure) => on_failure,
            });
            if number.insert(&item.item, index).is_some() {
                return Err(GraphError::Duplicate { item: item.item.clone() });
            }
            let at_once = item.at_once.unwrap_or(0);
            let mut wanted = vec![(LimitOf::Step(item.item.step.as_str()), at_once)];
            if let Some(host) = &item.host {
                wanted.push((LimitOf::Host(host.as_str()), plan.starts_at_once_per_host));
            }
            for volume in &item.volumes {
                wanted.push((LimitOf::Volume(volume.as_str()), plan.starts_at_once_per_volume));
            }
            let mut mine = Vec::new();
            for (limit, at_once) in wanted {
                // No limit is written as absent, or as 0.
                if at_once > 0 {
                    let next = graph.limits.len();
                    let number = *limit_number.entry(limit).or_insert(next);
                    if number == next {
                        graph.limits.push(at_once);
                    }
                    mine.push(number);
                }
            }
            graph.counts_in.push(mine);
        }
        graph.by_name = number.values().copied().collect();
        graph.names = number.into_keys().cloned().collect();
        Ok(graph)
    }

    /// The approvals that an item needs, however far back.
    fn approvals(&self, plan: &Plan, item: usize) -> Vec<usize> {
        let mut before = vec![false; item];
        let mut left = self.needs[item].clone();
        let mut approvals = Vec::new();
        while let Some(need) = left.pop() {
            if std::mem::replace(&mut before[need], true) {
                continue;
            }
            if matches!(plan.items[need].action, Action::Approval { .. }) {
                approvals.push(need);
            }
            left.extend(&self.needs[need]);
        }
        approvals
    }

    /// How many items the plan has.
    pub fn len(&self) -> usize {
        self.needs.len()
    }

    /// Whether the plan has no item.
    pub fn is_empty(&self) -> bool {
        self.needs.is_empty()
    }

    /// What an item needs, as numbers.
    pub fn needs_of(&self, item: usize) -> &[usize] {
        self.needs.get(item).map_or(&[], Vec::as_slice)
    }

    /// How many at once, per limit.
    pub fn limits(&self) -> &[u32] {
        &self.limits
    }

    /// The limits that an item counts against, as numbers of [`Self::limits`].
    pub fn limits_of(&self, item: usize) -> &[usize] {
        self.counts_in.get(item).map_or(&[], Vec::as_slice)
    }

    /// The number of an item in the plan.
    pub fn index_of(&self, item: &ItemRef) -> Option<usize> {
        self.names.binary_search(item).ok().map(|at| self.by_name[at])
    }

    /// The states in the order of the plan, from a map in the order of names. An item that is not
    /// named waits; a name that is not in the plan is passed over.
    pub fn states<'a>(
        &self,
        named: impl IntoIterator<Item = (&'a ItemRef, ItemState)>,
    ) -> Vec<ItemState> {
        let mut states = vec![ItemState::Waiting; self.len()];
        let mut at = 0;
        for (name, state) in named {
            // Both are sorted: as a rule the next name is the one looked for.
            if self.names.get(at) != Some(name) {
                match self.names.binary_search(name) {
                    Ok(found) => at = found,
                    Err(_) => continue,
                }
            }
            states[self.by_name[at]] = state;
            at += 1;
        }
        states
    }
}
