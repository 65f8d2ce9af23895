//! The recovery time with the estate's own boot times, from a run with compressed ones.

use std::collections::{BTreeMap, BTreeSet};

use model::id::{HostId, VolumeId};
use model::step::ItemRef;

/// One start of a run, as the log and the hosts' journals timed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimedStart {
    /// Which item of the plan.
    pub item: ItemRef,
    /// What the plan makes it wait for.
    pub needs: Vec<ItemRef>,
    /// On which host.
    pub host: HostId,
    /// On which volumes.
    pub volumes: Vec<VolumeId>,
    /// When its intent was committed, in milliseconds since the fault.
    pub started_ms: u64,
    /// When it was committed as done, in milliseconds since the fault.
    pub ended_ms: u64,
    /// How long the guest took to boot in the twin.
    pub compressed_boot_ms: u64,
    /// How long the estate says that it takes.
    pub boot_ms: u64,
}

/// The limits of starts at once that the plan carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Per host.
    pub per_host: u32,
    /// Per volume.
    pub per_volume: u32,
}

/// When the last VM would have been committed as done had the boots not been compressed, in
/// milliseconds since the fault.
///
/// The starts are replayed in their measured order, under the plan's `needs` and its limits of
/// starts at once. Each lasts as long as it was measured to last, with the compressed boot
/// replaced by the estate's. What the controllers needed beyond that is kept: between the moment
/// when a start could begin (its needs done and a slot free, in the measured run) and the moment
/// when it did begin, the measured gap. Everything before the first start (verdict, hold-off,
/// fencing) is measured, because none of it is compressed. It is a model in one respect: the
/// order of starts is that of the measured run, though slots would be freed in another order; a
/// run at scale 1 may therefore be a little faster, never by a shorter critical path.
pub fn modelled_last_ms(starts: &[TimedStart], limits: Limits) -> Option<u64> {
    let mut order: Vec<&TimedStart> = starts.iter().collect();
    order.sort_by_key(|start| (start.started_ms, &start.item));
    let first_ms = order.first()?.started_ms;
    let known: BTreeSet<&ItemRef> = starts.iter().map(|start| &start.item).collect();
    let mut measured = Slots::new(limits, first_ms);
    let mut modelled = Slots::new(limits, first_ms);
    let mut last_ms = 0;
    for start in order {
        let needs: Vec<&ItemRef> = start.needs.iter().filter(|need| known.contains(need)).collect();
        let could_ms = measured.free_at(start, &needs);
        let gap_ms = start.started_ms.saturating_sub(could_ms);
        measured.take(start, start.ended_ms);
        let begins_ms = modelled.free_at(start, &needs) + gap_ms;
        let overhead_ms = (start.ended_ms - start.started_ms.min(start.ended_ms))
            .saturating_sub(start.compressed_boot_ms);
        let ends_ms = begins_ms + start.boot_ms + overhead_ms;
        modelled.take(start, ends_ms);
        last_ms = last_ms.max(ends_ms);
    }
    Some(last_ms)
}

/// Ends of starts, by what they occupy.
struct Slots {
    limits: Limits,
    first_ms: u64,
    by_host: BTreeMap<HostId, Vec<u64>>,
    by_volume: BTreeMap<VolumeId, Vec<u64>>,
    ends: BTreeMap<ItemRef, u64>,
}

impl Slots {
    fn new(limits: Limits, first_ms: u64) -> Self {
        Self {
            limits,
            first_ms,
            by_host: BTreeMap::new(),
            by_volume: BTreeMap::new(),
            ends: BTreeMap::new(),
        }
    }

    /// From when on the start's needs are done and every limit leaves it a slot.
    fn free_at(&self, start: &TimedStart, needs: &[&ItemRef]) -> u64 {
        let needs_ms = needs.iter().filter_map(|need| self.ends.get(*need)).copied().max();
        let host_ms = slot_at(self.by_host.get(&start.host), self.limits.per_host);
        let volumes_ms = start
            .volumes
            .iter()
            .map(|volume| slot_at(self.by_volume.get(volume), self.limits.per_volume))
            .max();
        [needs_ms, Some(host_ms), volumes_ms, Some(self.first_ms)]
            .into_iter()
            .flatten()
            .max()
            .unwrap_or(self.first_ms)
    }

    fn take(&mut self, start: &TimedStart, ends_ms: u64) {
        self.by_host.entry(start.host.clone()).or_default().push(ends_ms);
        for volume in &start.volumes {
            self.by_volume.entry(volume.clone()).or_default().push(ends_ms);
        }
        self.ends.insert(start.item.clone(), ends_ms);
    }
}

/// When fewer than `limit` of the starts with these ends are still under way.
fn slot_at(ends: Option<&Vec<u64>>, limit: u32) -> u64 {
    let limit = usize::try_from(limit.max(1)).unwrap_or(usize::MAX);
    let Some(ends) = ends.filter(|ends| ends.len() >= limit) else { return 0 };
    let mut sorted = ends.clone();
    sorted.sort_unstable();
    sorted[sorted.len() - limit]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(name: &str) -> ItemRef {
        ItemRef { step: "start".into(), item: name.into() }
    }

    fn start(name: &str, needs: &[&str], from_ms: u64, to_ms: u64) -> TimedStart {
        TimedStart {
            item: item(name),
            needs: needs.iter().map(|need| item(need)).collect(),
            host: "b1".into(),
            volumes: vec!["v1".into()],
            started_ms: from_ms,
            ended_ms: to_ms,
            compressed_boot_ms: 100,
            boot_ms: 6_000,
        }
    }

    const WIDE: Limits = Limits { per_host: 100, per_volume: 100 };

    #[test]
    fn a_chain_takes_its_boots_and_the_measured_gaps() {
        // 1000 fencing; each start: 100 boot and 50 around it; 20 between the two.
        let starts = [start("a", &[], 1_000, 1_150), start("b", &["a"], 1_170, 1_320)];
        let expected = 1_000 + 6_050 + 20 + 6_050;
        assert_eq!(modelled_last_ms(&starts, WIDE), Some(expected));
    }

    #[test]
    fn what_starts_side_by_side_boots_side_by_side() {
        let starts = [start("a", &[], 1_000, 1_150), start("b", &[], 1_010, 1_160)];
        assert_eq!(modelled_last_ms(&starts, WIDE), Some(1_010 + 6_050));
    }

    #[test]
    fn a_limit_of_starts_at_once_makes_the_third_wait_for_the_first() {
        let starts = [
            start("a", &[], 1_000, 1_150),
            start("b", &[], 1_000, 1_150),
            start("c", &[], 1_160, 1_310),
        ];
        for limits in [Limits { per_host: 2, ..WIDE }, Limits { per_volume: 2, ..WIDE }] {
            assert_eq!(modelled_last_ms(&starts, limits), Some(1_000 + 6_050 + 10 + 6_050));
        }
    }

    #[test]
    fn at_scale_one_the_model_is_the_measurement() {
        let mut starts = vec![
            start("a", &[], 1_000, 7_050),
            start("b", &["a"], 7_070, 13_120),
            start("c", &[], 1_005, 7_100),
        ];
        for start in &mut starts {
            start.compressed_boot_ms = start.boot_ms;
        }
        assert_eq!(modelled_last_ms(&starts, WIDE), Some(13_120));
    }

    #[test]
    fn nothing_started_means_nothing_modelled() {
        assert_eq!(modelled_last_ms(&[], WIDE), None);
    }
}
