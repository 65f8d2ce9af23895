//! Each order is carried out once: what an agent remembers of the orders that it has carried out.
//! A late copy of one would start a VM that has died since, and that the log no longer expects
//! there by that attempt.

use std::collections::BTreeMap;

use model::id::VmId;
use model::step::Order;
use serde::{Deserialize, Serialize};

/// The last order to start each VM. The caller writes it to disk before it carries one out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CarriedOut {
    #[serde(default)]
    last: BTreeMap<VmId, Order>,
}

/// Refused: this order, or one after it, was carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{given} comes late: {last} was carried out, or begun; only a further attempt starts the VM"
)]
pub struct Repeated {
    /// What was given.
    pub given: Box<Order>,
    /// What was carried out last.
    pub last: Box<Order>,
}

impl CarriedOut {
    /// Whether this order is a new one. Runs are numbered in the order of the log, and no two of
    /// them start one VM at the same time: an order of an older run is always late.
    pub fn check(&self, vm: &VmId, order: &Order) -> Result<(), Repeated> {
        let Some(last) = self.last.get(vm) else { return Ok(()) };
        let run = |order: &Order| (order.key.era, order.key.run);
        let repeated = order.key == last.key && order.attempt <= last.attempt;
        if repeated || run(order) < run(last) {
            return Err(Repeated { given: Box::new(order.clone()), last: Box::new(last.clone()) });
        }
        Ok(())
    }

    /// The order is about to be carried out.
    pub fn note(&mut self, vm: &VmId, order: &Order) {
        self.last.insert(vm.clone(), order.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::era::Era;
    use model::id::RunId;
    use model::step::{ItemRef, StepKey};

    fn order(era: u64, run: u64, attempt: u32) -> Order {
        let item = ItemRef { step: "start".into(), item: "v1".into() };
        Order { key: StepKey { era: Era(era), run: RunId(run), item }, attempt }
    }

    #[test]
    fn a_late_copy_is_refused_and_a_further_attempt_or_run_is_not() {
        let (mut known, vm) = (CarriedOut::default(), VmId::from("v1"));
        assert_eq!(known.check(&vm, &order(1, 7, 1)), Ok(()));
        known.note(&vm, &order(1, 7, 2));
        for late in [order(1, 7, 2), order(1, 7, 1), order(1, 6, 9), order(0, 99, 9)] {
            let refused = known.check(&vm, &late).map_err(|repeated| *repeated.last);
            assert_eq!(refused, Err(order(1, 7, 2)));
        }
        for new in [order(1, 7, 3), order(1, 8, 1), order(2, 1, 1)] {
            assert_eq!(known.check(&vm, &new), Ok(()));
        }
        assert_eq!(known.check(&"v2".into(), &order(1, 7, 1)), Ok(()), "another VM has its own");
    }
}
