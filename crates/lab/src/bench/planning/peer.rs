//! The same problem for CP-SAT, the solver of Google's OR-Tools: in a process of Python.

use std::collections::BTreeMap;
use std::time::Duration;

use model::text::Lang;
use planning::placement::Placement;
use serde::{Deserialize, Serialize};

use super::{Problem, weight, weight_of};
use crate::bench::python::{Python, PythonError};

/// The model, in the solver's language.
const MODEL: &str = include_str!("cp_sat.py");

/// What CP-SAT found.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct PeerRow {
    /// Whether it proved that nothing weighs more.
    pub proved: bool,
    /// The weight that it placed.
    pub weight: u64,
    /// No placement weighs more than this.
    pub weight_bound: u64,
    /// Our weight is so many percent below that bound.
    #[serde(default)]
    pub below_bound_percent: f64,
    /// By tier, how many it placed.
    pub placed: BTreeMap<u8, usize>,
    /// Moves, with at least the weight that it placed; none where it found no such placement.
    pub moves: Option<u64>,
    /// No placement of that weight has fewer.
    pub moves_bound: Option<u64>,
    /// The load of the fullest host, with that weight and no more moves.
    pub peak_percent: Option<f64>,
    /// How long each of the three objectives took, in seconds.
    pub seconds: Vec<f64>,
}

/// CP-SAT, ready to solve.
pub(super) struct Solver {
    python: Python,
    version: String,
    limit: Duration,
}

impl Solver {
    /// Installs it where it is not yet.
    pub(super) fn install(
        limit: Duration,
        tell: &mut dyn FnMut(&str),
    ) -> Result<Self, PythonError> {
        let python = Python::with("ortools", tell)?;
        Ok(Self { version: python.version()?, python, limit })
    }

    pub(super) fn version(&self) -> String {
        format!("CP-SAT of OR-Tools {}", self.version)
    }

    /// Its placement of the same VMs, begun from ours.
    pub(super) fn solve(
        &self,
        problem: &Problem,
        ours: &Placement,
        lang: Lang,
        tell: &mut dyn FnMut(&str),
    ) -> Result<PeerRow, PythonError> {
        let (vms, seconds) = (problem.vms.len(), self.limit.as_secs_f64());
        tell(&match lang {
            Lang::En => {
                format!("the same {vms} VMs by CP-SAT, {seconds:.0} s and half as long again")
            }
            Lang::Fr => format!("les mêmes {vms} VM par CP-SAT, {seconds:.0} s et moitié en plus"),
        });
        let input =
            serde_json::to_vec(&Input::of(problem, ours, seconds)).map_err(PythonError::Answer)?;
        let said = self.python.ask(MODEL, &[], &input)?;
        let mut row: PeerRow = serde_json::from_slice(&said).map_err(PythonError::Answer)?;
        let bound = row.weight_bound.max(1) as f64;
        row.below_bound_percent = (1.0 - weight(ours) as f64 / bound).max(0.0) * 100.0;
        Ok(row)
    }
}

/// The problem as the model reads it: hosts by number, VMs that are alike together.
#[derive(Serialize)]
struct Input {
    seconds: f64,
    hosts: Vec<(u64, u64)>,
    classes: Vec<Class>,
}

/// VMs that are alike.
#[derive(Default, Serialize)]
struct Class {
    tier: u8,
    weight: u64,
    cpus: u64,
    memory: u64,
    count: usize,
    /// The hosts that reach what they need.
    reach: Vec<usize>,
    group: Option<String>,
    /// How many of them run on each host that is left.
    running: BTreeMap<usize, usize>,
    /// How many we placed on each host.
    ours: BTreeMap<usize, usize>,
}

impl Input {
    fn of(problem: &Problem, ours: &Placement, seconds: f64) -> Self {
        let estate = &problem.estate;
        let hosts: Vec<_> =
            problem.hosts.iter().filter_map(|id| Some((id, estate.hosts.get(id)?))).collect();
        let number = |id: &model::id::HostId| hosts.binary_search_by_key(&id, |(id, _)| id).ok();
        let mut reach: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        let mut classes: BTreeMap<_, Class> = BTreeMap::new();
        for id in &problem.vms {
            let Some(vm) = estate.vms.get(id) else { continue };
            let tier = estate.services.get(&vm.service).map_or(u8::MAX, |service| service.tier.0);
            let needs = (&vm.networks, &vm.volumes, &vm.devices);
            let reach = reach.entry(needs).or_insert_with(|| {
                let reaches = |at: &usize| estate.reaches(hosts[*at].1, vm);
                (0..hosts.len()).filter(reaches).collect()
            });
            let (cpus, memory) = (u64::from(vm.cpus.0), vm.memory_mib.0);
            let alike = (tier, cpus, memory, reach.clone(), &vm.anti_affinity);
            let class = classes.entry(alike).or_insert_with(|| Class {
                tier,
                weight: weight_of(tier),
                cpus,
                memory,
                reach: reach.clone(),
                group: vm.anti_affinity.clone(),
                ..Class::default()
            });
            class.count += 1;
            if let Some(host) = problem.runs_on.get(id).and_then(number) {
                *class.running.entry(host).or_default() += 1;
            }
            if let Some(host) = ours.placed.get(id).and_then(number) {
                *class.ours.entry(host).or_default() += 1;
            }
        }
        let capacity = hosts
            .iter()
            .map(|(_, host)| (u64::from(host.cpu_capacity().0), host.memory_capacity().0));
        Self { seconds, hosts: capacity.collect(), classes: classes.into_values().collect() }
    }
}
