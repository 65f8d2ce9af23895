//! Where a run stands, kept up item by item: asking what may happen next costs what is ready, not
//! the whole graph. The answer is that of [`StepGraph::next`].

use std::collections::BTreeSet;
use std::sync::Arc;

use model::plan::OnFailure;

use crate::graph::StepGraph;
use crate::next::{End, Next};
use crate::step_log::ItemState;

/// Where the items of a run stand.
#[derive(Clone, Debug)]
pub struct Progress {
    graph: Arc<StepGraph>,
    states: Vec<ItemState>,
    /// How many of its needs are not over, per item.
    open_needs: Vec<usize>,
    /// Items that wait for nothing but room within the limits.
    ready: BTreeSet<usize>,
    retrying: BTreeSet<usize>,
    unknown: BTreeSet<usize>,
    /// How many hold a place, per limit.
    held: Vec<u32>,
    not_over: usize,
    failed: usize,
    /// Failures that are not passed over: what they block takes a look at the whole graph.
    blocking: usize,
}

impl Progress {
    /// Nothing has started.
    pub fn begin(graph: impl Into<Arc<StepGraph>>) -> Self {
        let graph = graph.into();
        let open_needs: Vec<usize> = graph.needs.iter().map(Vec::len).collect();
        let ready = (0..graph.len()).filter(|item| open_needs[*item] == 0).collect();
        Self {
            states: vec![ItemState::Waiting; graph.len()],
            open_needs,
            ready,
            retrying: BTreeSet::new(),
            unknown: BTreeSet::new(),
            held: vec![0; graph.limits.len()],
            not_over: graph.len(),
            failed: 0,
            blocking: 0,
            graph,
        }
    }

    /// The graph.
    pub fn graph(&self) -> &StepGraph {
        &self.graph
    }

    /// The states, in the order of the plan.
    pub fn states(&self) -> &[ItemState] {
        &self.states
    }

    /// An item stands elsewhere now. One that the plan does not have is passed over.
    pub fn set(&mut self, item: usize, to: ItemState) {
        let Some(from) = self.states.get(item).copied() else { return };
        self.states[item] = to;
        self.leave(item, from);
        self.enter(item, to);
        if from.is_over() != to.is_over() {
            for follower in &self.graph.followers[item] {
                let open = &mut self.open_needs[*follower];
                *open = if to.is_over() { open.saturating_sub(1) } else { *open + 1 };
                let waits = self.states[*follower] == ItemState::Waiting;
                if *open == 0 && waits {
                    self.ready.insert(*follower);
                } else {
                    self.ready.remove(follower);
                }
            }
        }
    }

    fn leave(&mut self, item: usize, from: ItemState) {
        match from {
            ItemState::Waiting => {
                self.ready.remove(&item);
            }
            ItemState::Retrying => {
                self.retrying.remove(&item);
            }
            ItemState::Unknown => {
                self.unknown.remove(&item);
            }
            ItemState::Failed => {
                self.failed -= 1;
                self.blocking -= usize::from(self.blocks(item));
            }
            ItemState::Started | ItemState::Succeeded | ItemState::Skipped => {}
        }
        if holds_a_place(from) {
            for limit in &self.graph.counts_in[item] {
                self.held[*limit] = self.held[*limit].saturating_sub(1);
            }
        }
        self.not_over -= usize::from(!from.is_over());
    }

    fn enter(&mut self, item: usize, to: ItemState) {
        match to {
            ItemState::Waiting => {
                if self.open_needs[item] == 0 {
                    self.ready.insert(item);
                }
            }
            ItemState::Retrying => {
                self.retrying.insert(item);
            }
            ItemState::Unknown => {
                self.unknown.insert(item);
            }
            ItemState::Failed => {
                self.failed += 1;
                self.blocking += usize::from(self.blocks(item));
            }
            ItemState::Started | ItemState::Succeeded | ItemState::Skipped => {}
        }
        if holds_a_place(to) {
            for limit in &self.graph.counts_in[item] {
                self.held[*limit] += 1;
            }
        }
        self.not_over += usize::from(!to.is_over());
    }

    fn blocks(&self, item: usize) -> bool {
        self.graph.on_failure[item] != OnFailure::Ignore
    }

    /// What may happen next.
    pub fn next(&self) -> Next {
        // What runs however the run ends is looked for in the whole graph; few runbooks have any.
        let always = !self.graph.always.is_empty();
        if always || self.blocking > 0 || (self.not_over == 0 && self.failed > 0) {
            return self.graph.next(&self.states);
        }
        let mut held = self.held.clone();
        let has_room = |held: &[u32], item: usize| {
            let mut limits = self.graph.counts_in[item].iter();
            limits.all(|limit| held[*limit] < self.graph.limits[*limit])
        };
        let mut next = Next {
            again: self.retrying.iter().copied().collect(),
            observe: self.unknown.iter().copied().collect(),
            ..Next::default()
        };
        for item in self.ready.iter().copied() {
            if has_room(&held, item) {
                for limit in &self.graph.counts_in[item] {
                    held[*limit] += 1;
                }
                next.start.push(item);
            }
        }
        if self.not_over == 0 {
            next.end = Some(End::Succeeded);
        }
        next
    }
}

/// A start under way, unknown or between two attempts holds its place within the limits.
fn holds_a_place(state: ItemState) -> bool {
    state.is_under_way() || state == ItemState::Retrying
}
