//! The same problem for CP-SAT, the solver of Google's OR-Tools: in a process of Python.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use model::text::Lang;
use planning::placement::Placement;
use serde::{Deserialize, Serialize};

use super::{Problem, weight, weight_of};

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

/// Why there is nothing to compare with.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// No Python.
    #[error("python3 can't be run, so there is no CP-SAT to compare with")]
    NoPython(#[source] std::io::Error),
    /// No virtual environment, or no packages.
    #[error("{step} failed, so there is no CP-SAT to compare with: {said}")]
    NotInstalled {
        /// Which step.
        step: &'static str,
        /// The last line that it said.
        said: String,
    },
    /// The solver did not do its work.
    #[error("CP-SAT gave no answer: {said}")]
    NoAnswer {
        /// The last line that it said.
        said: String,
    },
    /// The process could not be spoken to.
    #[error("CP-SAT could not be spoken to")]
    Process(#[source] std::io::Error),
    /// Its answer is not understood.
    #[error("the answer of CP-SAT is not understood")]
    Answer(#[source] serde_json::Error),
}

impl PeerError {
    /// For a person, with what to do.
    pub fn in_words(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::NoPython(error), Lang::En) => {
                format!("{self} ({error}); install python3 with its module venv")
            }
            (Self::NoPython(error), Lang::Fr) => format!(
                "python3 ne peut pas être lancé ({error}), donc rien à comparer avec CP-SAT ; \
                 installez python3 et son module venv"
            ),
            (Self::NotInstalled { .. }, Lang::En) => {
                format!("{self}; a network that reaches PyPI is needed once")
            }
            (Self::NotInstalled { step, said }, Lang::Fr) => format!(
                "« {step} » a échoué, donc rien à comparer avec CP-SAT : {said} ; il faut une \
                 fois un réseau qui atteint PyPI"
            ),
            (Self::NoAnswer { said }, Lang::Fr) => format!("CP-SAT n'a rien répondu : {said}"),
            (Self::Process(error) | Self::NoPython(error), _) => format!("{self}: {error}"),
            (Self::Answer(error), _) => format!("{self}: {error}"),
            (Self::NoAnswer { .. }, Lang::En) => self.to_string(),
        }
    }
}

/// CP-SAT, ready to solve.
pub(super) struct Solver {
    python: PathBuf,
    version: String,
    limit: Duration,
}

impl Solver {
    /// Installs it where it is not yet: in a folder of its own among the temporary ones.
    pub(super) fn install(
        limit: Duration,
        lang: Lang,
        tell: &mut dyn FnMut(&str),
    ) -> Result<Self, PeerError> {
        let folder = std::env::temp_dir().join("bascule-bench-ortools");
        let python = folder.join("bin").join("python");
        if let Ok(version) = version_of(&python) {
            return Ok(Self { python, version, limit });
        }
        tell(match lang {
            Lang::En => "installing CP-SAT (PyPI, ortools)",
            Lang::Fr => "installation de CP-SAT (PyPI, ortools)",
        });
        let mut venv = Command::new("python3");
        let made = venv.args(["-m", "venv"]).arg(&folder).output().map_err(PeerError::NoPython)?;
        done("python3 -m venv", &made)?;
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "ortools"]);
        done("pip install ortools", &pip.output().map_err(PeerError::Process)?)?;
        Ok(Self { version: version_of(&python)?, python, limit })
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
    ) -> Result<PeerRow, PeerError> {
        let (vms, seconds) = (problem.vms.len(), self.limit.as_secs_f64());
        tell(&match lang {
            Lang::En => {
                format!("the same {vms} VMs by CP-SAT, {seconds:.0} s and half as long again")
            }
            Lang::Fr => format!("les mêmes {vms} VM par CP-SAT, {seconds:.0} s et moitié en plus"),
        });
        let input =
            serde_json::to_vec(&Input::of(problem, ours, seconds)).map_err(PeerError::Answer)?;
        let mut child = Command::new(&self.python)
            .args(["-c", MODEL])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(PeerError::Process)?;
        if let Some(mut stdin) = child.stdin.take() {
            // A solver that has died tells why below.
            let _ = stdin.write_all(&input);
        }
        let output = child.wait_with_output().map_err(PeerError::Process)?;
        if !output.status.success() {
            return Err(PeerError::NoAnswer { said: last_line(&output.stderr) });
        }
        let mut row: PeerRow = serde_json::from_slice(&output.stdout).map_err(PeerError::Answer)?;
        let bound = row.weight_bound.max(1) as f64;
        row.below_bound_percent = (1.0 - weight(ours) as f64 / bound).max(0.0) * 100.0;
        Ok(row)
    }
}

fn version_of(python: &Path) -> Result<String, PeerError> {
    let show =
        "import ortools; from ortools.sat.python import cp_model; print(ortools.__version__)";
    let output = Command::new(python).args(["-c", show]).output().map_err(PeerError::Process)?;
    done("import ortools", &output)?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn done(step: &'static str, output: &std::process::Output) -> Result<(), PeerError> {
    if output.status.success() {
        return Ok(());
    }
    Err(PeerError::NotInstalled { step, said: last_line(&output.stderr) })
}

fn last_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned()
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
