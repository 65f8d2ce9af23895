#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use model::action::Action;
use model::plan::{OnFailure, Plan, PlannedItem};
use model::step::ItemRef;
use model::units::Span;
use proptest::prelude::*;

use super::*;
use crate::graph::GraphError;
use crate::progress::Progress;
use crate::step_log::{self, Event};

fn name(index: usize) -> ItemRef {
    // Names whose order is not the plan's order.
    ItemRef { step: format!("s{}", index % 3).as_str().into(), item: format!("i{:02}", 99 - index) }
}

fn item(index: usize, needs: &[usize], on_failure: OnFailure) -> PlannedItem {
    PlannedItem {
        item: name(index),
        action: Action::ServiceCheck { service: "x".into() },
        needs: needs.iter().map(|need| name(*need)).collect(),
        timeout: Span::from_secs(1),
        attempts: 1,
        backoff: Span::ZERO,
        verify: None,
        on_failure,
        at_once: None,
        host: None,
        volumes: Vec::new(),
        expect: Span::ZERO,
        always: false,
    }
}

/// What runs however the run ends.
fn always(index: usize, needs: &[usize]) -> PlannedItem {
    PlannedItem { always: true, ..item(index, needs, OnFailure::Abort) }
}

fn plan(items: Vec<PlannedItem>) -> Plan {
    Plan { items, ..Plan::default() }
}

use ItemState::{Failed, Retrying, Skipped, Started, Succeeded, Unknown, Waiting};

#[test]
fn an_approval_that_was_not_given_is_passed_over_by_no_step() {
    let mut asks = item(0, &[], OnFailure::Ignore);
    asks.action = Action::Approval { from: Vec::new(), quorum: 1 };
    let plan = plan(vec![asks, item(1, &[0], OnFailure::Abort)]);
    let next = StepGraph::of(&plan).unwrap().next(&[Failed, Waiting]);
    assert!(next.start.is_empty());
    assert_eq!(next.skip, [Skip { item: 1, because: 0 }]);
}

#[test]
fn a_failed_item_ends_skips_or_is_passed_over_as_its_step_says() {
    for (on_failure, start, skip, ends) in [
        (OnFailure::Abort, vec![], vec![], true),
        (OnFailure::Continue, vec![2], vec![1], false),
        (OnFailure::Ignore, vec![1, 2], vec![], false),
    ] {
        let plan = plan(vec![
            item(0, &[], on_failure),
            item(1, &[0], OnFailure::Abort),
            item(2, &[], OnFailure::Abort),
        ]);
        let graph = StepGraph::of(&plan).unwrap();
        let next = graph.next(&[Failed, Waiting, Waiting]);
        assert_eq!(next.start, start, "{on_failure:?}");
        assert_eq!(
            next.skip.iter().map(|skip| skip.item).collect::<Vec<_>>(),
            skip,
            "{on_failure:?}"
        );
        assert_eq!(next.end.is_some(), ends, "{on_failure:?}");
    }
}

#[test]
fn what_a_skipped_item_carries_on_depends_on_its_own_step() {
    // 0 (fence) fails; 1 (a VM on that host) must not start; 2 (a VM after it) starts all the same.
    let plan = plan(vec![
        item(0, &[], OnFailure::Continue),
        item(1, &[0], OnFailure::Ignore),
        item(2, &[1], OnFailure::Ignore),
    ]);
    let graph = StepGraph::of(&plan).unwrap();
    let next = graph.next(&[Failed, Waiting, Waiting]);
    assert_eq!(next.skip, [Skip { item: 1, because: 0 }]);
    assert_eq!(next.start, Vec::<usize>::new());
    let next = graph.next(&[Failed, Skipped, Waiting]);
    assert_eq!(next.start, [2]);
    let next = graph.next(&[Failed, Skipped, Succeeded]);
    assert_eq!(next.end, Some(End::Failed { failed: vec![0], left: vec![1] }));
}

#[test]
fn an_aborted_run_ends_only_when_nothing_is_under_way() {
    let plan = plan(vec![
        item(0, &[], OnFailure::Abort),
        item(1, &[], OnFailure::Abort),
        item(2, &[], OnFailure::Abort),
    ]);
    let graph = StepGraph::of(&plan).unwrap();
    assert_eq!(graph.next(&[Failed, Unknown, Waiting]).end, None);
    assert_eq!(graph.next(&[Failed, Unknown, Waiting]).observe, [1]);
    assert_eq!(
        graph.next(&[Failed, Retrying, Waiting]).end,
        Some(End::Failed { failed: vec![0], left: vec![1, 2] })
    );
}

#[test]
fn what_always_runs_comes_after_everything_however_the_run_went() {
    let plan = plan(vec![
        item(0, &[], OnFailure::Abort),
        item(1, &[0], OnFailure::Abort),
        always(2, &[1]),
        always(3, &[2]),
    ]);
    let graph = StepGraph::of(&plan).unwrap();
    for (states, held, start, ends) in [
        ([Started, Waiting, Waiting, Waiting], Held::No, vec![], None),
        ([Succeeded, Started, Waiting, Waiting], Held::No, vec![], None),
        ([Succeeded, Succeeded, Waiting, Waiting], Held::No, vec![2], None),
        ([Failed, Waiting, Waiting, Waiting], Held::No, vec![2], None),
        // A person ended it: what is under way is waited for.
        ([Succeeded, Started, Waiting, Waiting], Held::Aborted, vec![], None),
        ([Succeeded, Waiting, Waiting, Waiting], Held::Aborted, vec![2], None),
        ([Succeeded, Retrying, Waiting, Waiting], Held::Aborted, vec![2], None),
        // Among themselves `needs` is an order, and their failure is one of the run.
        ([Succeeded, Succeeded, Started, Waiting], Held::No, vec![], None),
        ([Succeeded, Succeeded, Failed, Waiting], Held::No, vec![3], None),
        ([Succeeded, Succeeded, Failed, Succeeded], Held::No, vec![], Some((vec![2], vec![]))),
        ([Failed, Waiting, Succeeded, Succeeded], Held::No, vec![], Some((vec![0], vec![1]))),
    ] {
        let next = graph.next_held(&states, held);
        let ends = ends.map(|(failed, left)| End::Failed { failed, left });
        assert_eq!((next.start, next.end), (start, ends), "{states:?} {held:?}");
    }
    let done = graph.next(&[Succeeded; 4]);
    assert_eq!(done.end, Some(End::Succeeded));
}

#[test]
fn what_always_runs_changes_nothing_over_a_persons_no() {
    let mut asks = item(0, &[], OnFailure::Abort);
    asks.action = Action::Approval { from: Vec::new(), quorum: 2 };
    let mut stop = always(2, &[1]);
    stop.action = Action::VmStop { vm: "v".into(), host: "h".into() };
    let plan = plan(vec![asks, item(1, &[0], OnFailure::Abort), stop, always(3, &[1])]);
    let graph = StepGraph::of(&plan).unwrap();
    let next = graph.next(&[Failed, Waiting, Waiting, Waiting]);
    assert_eq!(next.skip, [Skip { item: 2, because: 0 }]);
    assert_eq!(next.start, [3], "it only looks");
    let next = graph.next(&[Failed, Waiting, Skipped, Succeeded]);
    assert_eq!(next.end, Some(End::Failed { failed: vec![0], left: vec![1, 2] }));
    assert_eq!(graph.next(&[Succeeded, Failed, Waiting, Succeeded]).start, [2]);
}

#[test]
fn nothing_else_needs_what_always_runs() {
    let plan = plan(vec![always(0, &[]), item(1, &[0], OnFailure::Abort)]);
    let error = GraphError::NeedsAlways { item: name(1), need: name(0) };
    assert_eq!(StepGraph::of(&plan), Err(error));
}

#[test]
fn a_step_skipped_by_design_satisfies_what_needs_it() {
    let plan = plan(vec![item(0, &[], OnFailure::Abort), item(1, &[0], OnFailure::Abort)]);
    let graph = StepGraph::of(&plan).unwrap();
    assert_eq!(graph.next(&[Skipped, Waiting]).start, [1]);
    assert_eq!(graph.next(&[Skipped, Succeeded]).end, Some(End::Succeeded));
}

#[test]
fn a_plan_whose_order_breaks_its_needs_is_refused() {
    let backwards = plan(vec![item(0, &[1], OnFailure::Abort), item(1, &[], OnFailure::Abort)]);
    assert_eq!(
        StepGraph::of(&backwards),
        Err(GraphError::NeedNotBefore { item: name(0), need: name(1) })
    );
    let twice = plan(vec![item(0, &[], OnFailure::Abort), item(0, &[], OnFailure::Abort)]);
    assert_eq!(StepGraph::of(&twice), Err(GraphError::Duplicate { item: name(0) }));
}

#[test]
fn states_are_found_by_name_even_where_some_are_missing() {
    let plan = plan((0..7).map(|index| item(index, &[], OnFailure::Abort)).collect());
    let graph = StepGraph::of(&plan).unwrap();
    let named = BTreeMap::from([
        (name(2), Succeeded),
        (name(5), Started),
        (ItemRef { step: "gone".into(), item: String::new() }, Failed),
    ]);
    let states = graph.states(named.iter().map(|(name, state)| (name, *state)));
    let wanted = [Waiting, Waiting, Succeeded, Waiting, Waiting, Started, Waiting];
    assert_eq!(states, wanted);
    assert_eq!(graph.index_of(&name(5)), Some(5));
}

fn plans() -> impl Strategy<Value = Plan> {
    let one = (
        proptest::collection::vec(any::<prop::sample::Index>(), 0..4),
        prop_oneof![Just(OnFailure::Abort), Just(OnFailure::Continue), Just(OnFailure::Ignore)],
        0_u8..3,
        0_u8..3,
        proptest::option::of(1_u32..3),
    );
    (proptest::collection::vec(one, 0..24), 0_u32..3, 0_u32..3, 1_usize..30).prop_map(
        |(rows, per_host, per_volume, ordinary)| Plan {
            items: rows
                .into_iter()
                .enumerate()
                .map(|(index, (needs, on_failure, host, volume, at_once))| {
                    let mut needs: Vec<usize> = match index {
                        0 => Vec::new(),
                        _ => needs.iter().map(|need| need.index(index)).collect(),
                    };
                    needs.sort_unstable();
                    needs.dedup();
                    let mut item = item(index, &needs, on_failure);
                    item.host = (host > 0).then(|| format!("h{host}").into());
                    item.volumes = (0..volume).map(|volume| format!("v{volume}").into()).collect();
                    // One limit a step: the first item of a step says it for all.
                    item.at_once = at_once.filter(|_| index % 3 == 0);
                    item.always = index >= ordinary;
                    item
                })
                .collect(),
            starts_at_once_per_host: per_host,
            starts_at_once_per_volume: per_volume,
            ..Plan::default()
        },
    )
}

fn limits_hold(plan: &Plan, states: &[ItemState]) -> Result<(), TestCaseError> {
    let mut hosts: BTreeMap<&str, u32> = BTreeMap::new();
    let mut volumes: BTreeMap<&str, u32> = BTreeMap::new();
    for (item, state) in plan.items.iter().zip(states) {
        if state.is_under_way() {
            if let Some(host) = &item.host {
                *hosts.entry(host.as_str()).or_default() += 1;
            }
            for volume in &item.volumes {
                *volumes.entry(volume.as_str()).or_default() += 1;
            }
        }
    }
    let keeps = |limit: u32, counts: &BTreeMap<&str, u32>| {
        limit == 0 || counts.values().all(|n| *n <= limit)
    };
    prop_assert!(keeps(plan.starts_at_once_per_host, &hosts), "{hosts:?}");
    prop_assert!(keeps(plan.starts_at_once_per_volume, &volumes), "{volumes:?}");
    Ok(())
}

proptest! {
    /// However items come to stand where they stand, as persons' words let them too.
    #[test]
    fn progress_that_is_kept_up_says_what_the_whole_graph_says(
        plan in plans(),
        moves in proptest::collection::vec((any::<prop::sample::Index>(), 0_usize..7), 0..80),
    ) {
        let graph = StepGraph::of(&plan).unwrap();
        let mut progress = Progress::begin(graph.clone());
        let mut states = vec![Waiting; plan.items.len()];
        for (item, to) in moves {
            if states.is_empty() {
                break;
            }
            let item = item.index(states.len());
            states[item] = ItemState::ALL[to];
            progress.set(item, states[item]);
            prop_assert_eq!(progress.next(), graph.next(&states));
        }
    }

    /// Whatever the outcomes, in whatever order they come: no item starts before what it needs is
    /// over, none runs whose need failed for good, the limits hold, and the run ends.
    #[test]
    fn every_run_ends_and_keeps_its_order_and_limits(plan in plans(), dice in proptest::collection::vec(any::<u8>(), 1..200)) {
        let graph = StepGraph::of(&plan).unwrap();
        let mut states = vec![Waiting; plan.items.len()];
        let mut progress = Progress::begin(graph.clone());
        let mut dice = dice.into_iter().cycle();
        let mut tries = vec![0_u32; states.len()];
        for _ in 0..10_000 {
            let next = graph.next(&states);
            for (index, state) in states.iter().enumerate() {
                if progress.states()[index] != *state {
                    progress.set(index, *state);
                }
            }
            prop_assert_eq!(&progress.next(), &next);
            if let Some(end) = next.end {
                let all_fine = states.iter().all(|state| *state == Succeeded);
                prop_assert_eq!(end == End::Succeeded, all_fine);
                prop_assert!(states.iter().all(|state| !state.is_under_way()));
                return Ok(());
            }
            let mut moved = false;
            for skip in &next.skip {
                states[skip.item] = step_log::next(states[skip.item], Event::Skipped).unwrap();
                moved = true;
            }
            for index in next.start.iter().chain(&next.again).chain(&next.observe) {
                let comes_last = graph.is_always[*index];
                for need in graph.needs[*index].iter().filter(|need| comes_last == graph.is_always[**need]) {
                    prop_assert!(states[*need].is_over());
                    prop_assert!(
                        comes_last || states[*need] != Failed || graph.on_failure[*need] == OnFailure::Ignore
                    );
                }
                if comes_last {
                    let others = states.iter().zip(&graph.is_always).filter(|(_, last)| !**last);
                    prop_assert!(others.into_iter().all(|(state, _)| !state.is_under_way()));
                }
                states[*index] = step_log::next(states[*index], Event::Started).unwrap();
                tries[*index] += 1;
                moved = true;
            }
            limits_hold(&plan, &states)?;
            let under_way: Vec<usize> = (0..states.len()).filter(|index| states[*index] == Started).collect();
            if let Some(index) = under_way.get(dice.next().unwrap() as usize % under_way.len().max(1)) {
                let last = tries[*index] >= 3;
                let event = match dice.next().unwrap() % 5 {
                    0 => Event::Failed { last },
                    1 => Event::Refused { last },
                    2 if !last => Event::Unknown,
                    _ => Event::Succeeded,
                };
                states[*index] = step_log::next(states[*index], event).unwrap();
                moved = true;
            }
            prop_assert!(moved, "the run is stuck: {states:?}");
        }
        prop_assert!(false, "the run never ends");
    }
}
