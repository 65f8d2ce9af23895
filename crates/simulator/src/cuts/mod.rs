//! Every set of one-way cuts between three rooms, each returned in several orders, and what must
//! come of it. A cut takes the network and the storage of its direction.
//!
//! The seed of a run names its case: seed 1 is the first set returned at once, and so on; after
//! the last case the first one comes again, with another seed for everything else.

mod order;
mod prediction;

use std::collections::BTreeSet;

use model::estate::Estate;
use model::id::{ControllerId, RoomId, VmId};
use model::units::Span;
use serde::Deserialize;

pub use order::{Edge, Return};
pub use prediction::{Prediction, Shape};

use crate::fault_list::Fault;
use crate::faults::FaultKind;
use crate::tally::Tally;

/// Of which sets the sample of orders is drawn: the same in every campaign.
const SAMPLE_SEED: u64 = 64;

/// In a scenario: each run takes one set of cuts and one way of returning them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EveryCut {
    /// The three rooms.
    pub rooms: [RoomId; 3],
    /// The controllers that lead when the cuts come; every case is tried under each of them.
    pub leaders: Vec<ControllerId>,
    /// When the cuts begin.
    pub at: Span,
    /// How long all of them hold.
    pub hold: Span,
    /// How long after one return the next one comes.
    pub step: Span,
    /// How many orders of return are drawn for sets too large for all of them.
    pub orders: usize,
}

/// A set of cuts and how it returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Who leads when the cuts come.
    pub leader: ControllerId,
    /// What is cut.
    pub cuts: BTreeSet<Edge>,
    /// How it returns.
    pub returns: Return,
}

impl EveryCut {
    /// All cases, in their order.
    pub fn cases(&self) -> Vec<Case> {
        let mut cases = Vec::new();
        for leader in &self.leaders {
            for cuts in order::every_set(&self.rooms) {
                for returns in order::returns(&cuts, self.orders, SAMPLE_SEED) {
                    cases.push(Case { leader: *leader, cuts: cuts.clone(), returns });
                }
            }
        }
        cases
    }

    /// The faults of the case that a seed names.
    pub(crate) fn faults(&self, seed: u64) -> Vec<Fault> {
        let cases = self.cases();
        let count = cases.len() as u64;
        let place = usize::try_from(seed.wrapping_sub(1) % count.max(1)).unwrap_or_default();
        cases.get(place).map(|case| self.faults_of(case)).unwrap_or_default()
    }

    fn faults_of(&self, case: &Case) -> Vec<Fault> {
        let returned_after = |edge: &Edge| match &case.returns {
            Return::Together => 0,
            Return::OneByOne(order) => order.iter().position(|of| of == edge).unwrap_or_default(),
        };
        let cut = |edge: &Edge| Fault {
            kind: FaultKind::CutDirection,
            targets: vec![edge.from.to_string(), edge.to.to_string()],
            at: self.at,
            lasts: Span::from_millis(
                self.hold.as_millis() + self.step.as_millis() * returned_after(edge) as u64,
            ),
            seed: 0,
        };
        let hand_over = Fault {
            kind: FaultKind::HandOver,
            targets: vec![case.leader.to_string()],
            at: Span::from_millis(1),
            lasts: Span::ZERO,
            seed: 0,
        };
        std::iter::once(hand_over).chain(case.cuts.iter().map(cut)).collect()
    }
}

/// What a list of cuts says: which there are, and when each returns.
struct Cuts {
    /// The controller that was made to lead, by name.
    leader: Option<String>,
    all: BTreeSet<Edge>,
    /// Milliseconds from the first cut, sorted.
    returns: Vec<(u64, Edge)>,
}

impl Cuts {
    fn of(faults: &[Fault]) -> Self {
        let mut returns: Vec<(u64, Edge)> = faults
            .iter()
            .filter(|fault| fault.kind == FaultKind::CutDirection)
            .filter_map(|fault| match fault.targets.as_slice() {
                [from, to] => {
                    let edge = Edge::new(&from.as_str().into(), &to.as_str().into());
                    Some((fault.lasts.as_millis(), edge))
                }
                _ => None,
            })
            .collect();
        returns.sort();
        let hand_over = faults.iter().find(|fault| fault.kind == FaultKind::HandOver);
        let leader = hand_over.and_then(|fault| fault.targets.first().cloned());
        Self { leader, all: returns.iter().map(|(_, edge)| edge.clone()).collect(), returns }
    }

    /// When two controllers form a majority again.
    fn majority_returns(&self, shape: &Shape) -> u64 {
        let mut left = self.all.clone();
        for (after, edge) in &self.returns {
            if shape.predict(&left).majority {
                return 0;
            }
            left.remove(edge);
            if shape.predict(&left).majority {
                return *after;
            }
        }
        0
    }
}

/// What a run with cuts came to beside its prediction.
pub(crate) struct Judged {
    /// Each difference, in words.
    pub(crate) differences: Vec<String>,
    /// A name for what was cut and what came of it.
    pub(crate) name: String,
}

/// Compares what a run did with what its cuts must do.
pub(crate) fn judge(estate: &Estate, faults: &[Fault], tally: &Tally) -> Option<Judged> {
    let shape = Shape::of(estate)?;
    let cuts = Cuts::of(faults);
    let leads = |room: &model::estate::Room| Some(room.controller.to_string()) == cuts.leader;
    // A cluster that nobody moved is led by the controller that formed it.
    let leader = estate.rooms.iter().find(|(_, room)| leads(room)).or(estate.rooms.iter().next());
    let leader = leader.map(|(room, _)| room.clone())?;
    let predicted = shape.predict(&cuts.all);
    let begun = tally.first_cut_ms.unwrap_or_default();
    let holds_until = cuts.returns.first().map_or(u64::MAX, |(after, _)| begun + after);
    let mut differences = Vec::new();
    let mut compare = |what: &str, predicted: &BTreeSet<VmId>, found: BTreeSet<VmId>| {
        if *predicted != found {
            let (predicted, found) = (names(predicted), names(&found));
            differences.push(format!("{what}: predicted {predicted}, found {found}"));
        }
    };
    let stops = prediction::vms_of(estate, &predicted.stopped_by_lease);
    let moves = prediction::vms_of(estate, &predicted.moved);
    let moved = |until: u64| {
        let each = tally.moves.iter().take_while(|of| of.at_ms <= until);
        each.map(|of| of.vm.clone()).collect()
    };
    compare("stopped by their leases while cut", &stops, tally.stopped_until(holds_until));
    compare("stopped by their leases in all", &stops, tally.stopped_until(u64::MAX));
    compare("moved while cut", &moves, moved(holds_until));
    if predicted.majority {
        compare("moved in all", &moves, moved(u64::MAX));
    } else {
        let returns = begun + cuts.majority_returns(&shape);
        let early = tally.starts.iter().take_while(|(at, _)| *at < returns);
        let early = early.map(|(_, vm)| vm.clone()).collect();
        compare("started without a majority", &BTreeSet::new(), early);
    }
    let name = format!(
        "led from {leader}, {} cuts, storage {}, {} VMs stopped by lease, {} moved while cut",
        if predicted.majority { "a majority left after" } else { "no majority after" },
        match &predicted.storage_stopped {
            Some(room) => format!("stopped in {room}"),
            None if predicted.majority => "serves in both".to_owned(),
            None => "stopped in both".to_owned(),
        },
        tally.stopped_until(u64::MAX).len(),
        moved(holds_until).len(),
    );
    Some(Judged { differences, name })
}

fn names(vms: &BTreeSet<VmId>) -> String {
    if vms.is_empty() {
        return "none".to_owned();
    }
    vms.iter().map(VmId::as_str).collect::<Vec<_>>().join(", ")
}
