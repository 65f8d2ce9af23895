//! The order in which tasks that are ready at the same time get their turn. tokio's is that in
//! which they were woken, always: whatever happens only in another order would never be seen. Here
//! a task that is woken first lets the others pass a few times, as often as the seed says. Virtual
//! time stands still meanwhile, since somebody is ready.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use rand::RngExt;

use super::runtime::{NodeRng, with_order};

/// In which order tasks that are ready together are polled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TaskOrder {
    /// In one drawn from the seed.
    #[default]
    Seeded,
    /// In that in which they were woken.
    AsWoken,
}

/// How often at most a woken task lets the others pass.
const MOST: u32 = 8;

/// Half of all wakings wait for nobody, a quarter once, an eighth twice, and so on: any order of
/// the ready tasks can come out, and the cost is one more poll on average.
fn passes(rng: &mut NodeRng) -> u32 {
    rng.random::<u32>().trailing_zeros().min(MOST)
}

/// The same work, whose turn comes in the seeded order.
pub async fn in_seeded_order<F: Future>(work: F) -> F::Output {
    let mut work = pin!(work);
    let mut waits = None;
    poll_fn(|context| {
        let left = waits.unwrap_or_else(|| with_order(passes).unwrap_or(0));
        if left > 0 {
            waits = Some(left - 1);
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        waits = None;
        work.as_mut().poll(context)
    })
    .await
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use super::super::{run, set_task_order, spawn};
    use super::*;

    /// In which order tasks run that are woken at one moment, and how much time it all took.
    fn order(seed: u64, tasks: usize, how: TaskOrder) -> (Vec<usize>, Duration) {
        run(seed, async {
            set_task_order(how);
            let ran = Arc::new(Mutex::new(Vec::new()));
            let begun = tokio::time::Instant::now();
            let each: Vec<_> = (0..tasks)
                .map(|task| {
                    let ran = ran.clone();
                    spawn(async move {
                        tokio::time::sleep_until(begun + Duration::from_millis(5)).await;
                        ran.lock().unwrap().push(task);
                    })
                })
                .collect();
            for task in each {
                task.await.unwrap();
            }
            (ran.lock().unwrap().clone(), begun.elapsed())
        })
    }

    #[test]
    fn two_tasks_that_are_ready_together_run_in_both_orders_over_seeds() {
        let orders: Vec<_> = (0..40).map(|seed| order(seed, 2, TaskOrder::Seeded).0).collect();
        for expected in [[0, 1], [1, 0]] {
            assert!(orders.iter().filter(|order| **order == expected).count() >= 5, "{orders:?}");
        }
        let woken: BTreeSet<_> = (0..40).map(|seed| order(seed, 2, TaskOrder::AsWoken).0).collect();
        assert_eq!(woken.len(), 1, "as they were woken there is one order: {woken:?}");
    }

    #[test]
    fn every_order_of_four_comes_out_and_passing_takes_no_time() {
        let mut orders = BTreeSet::new();
        let (_, undisturbed) = order(0, 4, TaskOrder::AsWoken);
        for seed in 0..2000 {
            let (order, took) = order(seed, 4, TaskOrder::Seeded);
            assert_eq!(took, undisturbed);
            orders.insert(order);
        }
        assert_eq!(orders.len(), 24);
    }

    #[test]
    fn one_seed_gives_one_order() {
        for seed in 0..20 {
            let again = order(seed, 7, TaskOrder::Seeded);
            assert_eq!(order(seed, 7, TaskOrder::Seeded), again);
        }
    }
}
