//! A scenario file: what there is, what goes wrong how often, and for how long.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use model::text::Text;
use model::units::Span;
use serde::Deserialize;

use crate::cuts::EveryCut;
use crate::document::{self, Document};
use crate::fault_list::Fault;
use crate::faults::FaultKind;
use crate::play::Play;

/// What is simulated. Paths are relative to the scenario's file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scenario {
    /// Its name.
    #[serde(skip)]
    pub name: String,
    /// For people.
    #[serde(skip)]
    pub title: Option<Text>,
    /// The estate.
    pub estate: PathBuf,
    /// The policy.
    pub policy: PathBuf,
    /// The folder of the runbooks.
    pub runbooks: PathBuf,
    /// The seed when none is given.
    #[serde(default = "one")]
    pub seed: u64,
    /// How long the safety phase lasts.
    pub duration: Span,
    /// Once everything is healed, all that should run runs again within this.
    pub settle: Span,
    /// The quiet between two bursts of faults, shortest and longest.
    pub calm: [Span; 2],
    /// No attempt of a step may take longer than this; what the runbooks say holds if none is
    /// given. A run of a minute can't wait for the five that they give a start.
    #[serde(default)]
    pub longest_attempt: Option<Span>,
    /// Where the last-resort room has taken over, the VMs up to this tier must run in the end; what
    /// is left down, and the incident that says so, may stay. None: everything must run.
    #[serde(default)]
    pub main_tier: Option<u8>,
    /// At most so many faults strike together.
    #[serde(default = "one_fault")]
    pub burst: u32,
    /// In ordinary weather: how long a message takes, in milliseconds, shortest and longest.
    #[serde(default = "short_delays")]
    pub delay: [Span; 2],
    /// In ordinary weather: messages lost, in a million.
    #[serde(default)]
    pub loss_ppm: u32,
    /// In which order tasks that are ready together run.
    #[serde(default)]
    pub task_order: TaskOrder,
    /// Only these properties are looked at, by their names or by the rule that their names begin
    /// with; none: all. The command says so, no file.
    #[serde(skip)]
    pub properties: Vec<String>,
    /// A script in place of drawn faults.
    #[serde(default)]
    pub play: Option<Play>,
    /// What goes wrong by chance.
    #[serde(default)]
    pub faults: BTreeMap<FaultKind, FaultPlan>,
    /// What goes wrong at a stated time, in every run: `room-loss(a)@12s+30s`.
    #[serde(default)]
    pub timeline: Vec<Fault>,
    /// Each run takes one set of one-way cuts instead, and compares what comes of it with what
    /// must.
    #[serde(default)]
    pub every_cut: Option<EveryCut>,
}

/// In which order tasks that are ready together run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskOrder {
    /// In one that the seed draws, so that interleavings are explored too.
    #[default]
    Seeded,
    /// In that in which they were woken.
    AsWoken,
}

impl From<TaskOrder> for consensus::simulation::TaskOrder {
    fn from(order: TaskOrder) -> Self {
        match order {
            TaskOrder::Seeded => Self::Seeded,
            TaskOrder::AsWoken => Self::AsWoken,
        }
    }
}

/// How often a kind of fault strikes, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultPlan {
    /// Its share among the faults.
    pub weight: u32,
    /// How long it lasts, shortest and longest.
    pub lasts: [Span; 2],
}

fn one() -> u64 {
    1
}

fn one_fault() -> u32 {
    1
}

fn short_delays() -> [Span; 2] {
    [Span::from_millis(1), Span::from_millis(5)]
}

/// Why a scenario can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The file can't be read.
    #[error("cannot read {}: {source}; check the path and its permissions", .path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It is no YAML, or has an unknown key, or a value of another kind.
    #[error("{} is no scenario: {source}", .path.display())]
    Parse {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        #[source]
        source: Box<serde_saphyr::Error>,
    },
    /// Its figures do not fit together.
    #[error("{}: {reason}", .path.display())]
    Figures {
        /// Which file.
        path: PathBuf,
        /// What does not fit, and what would.
        reason: String,
    },
}

impl Scenario {
    /// Reads a scenario file.
    pub fn read(path: &Path) -> Result<Self, ScenarioError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ScenarioError::Read { path: path.into(), source })?;
        Self::parse(path, &text)
    }

    /// Reads a scenario from its text; `path` is its name for messages, and what its paths are
    /// relative to.
    pub fn parse(path: &Path, text: &str) -> Result<Self, ScenarioError> {
        let file: Document<Self> = document::parse(path, text, "Scenario")?;
        let wrong = |reason: String| ScenarioError::Figures { path: path.into(), reason };
        let mut scenario = file.spec;
        let ranges = [("calm", scenario.calm), ("delay", scenario.delay)]
            .into_iter()
            .map(|(name, range)| (name.to_owned(), range))
            .chain(scenario.faults.iter().map(|(kind, plan)| (kind.to_string(), plan.lasts)));
        for (name, [shortest, longest]) in ranges {
            if longest < shortest {
                return Err(wrong(format!(
                    "`{name}` goes from {shortest} to {longest}: write the shorter one first"
                )));
            }
        }
        let by_chance = scenario.faults.values().any(|plan| plan.weight > 0);
        if scenario.play.is_none()
            && !by_chance
            && scenario.timeline.is_empty()
            && scenario.every_cut.is_none()
        {
            return Err(wrong(
                "no fault has a weight above 0 and the timeline is empty: a scenario in which \
                 nothing goes wrong proves nothing"
                    .to_owned(),
            ));
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        for relative in [&mut scenario.estate, &mut scenario.policy, &mut scenario.runbooks] {
            *relative = folder.join(&*relative);
        }
        scenario.name = file.metadata.name;
        scenario.title = Some(file.metadata.title);
        Ok(scenario)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const SMALL: &str = "\
apiVersion: bascule/v1
kind: Scenario
metadata: { name: small, title: small }
spec:
  estate: estates/ward.yaml
  policy: p.yaml
  runbooks: ../runbooks
  duration: 10s
  settle: 60s
  calm: [1s, 2s]
  faults:
    blackout: { weight: 1, lasts: [1s, 2s] }
";

    fn parse(text: &str) -> Result<Scenario, String> {
        Scenario::parse(Path::new("simulations/small.yaml"), text).map_err(|e| e.to_string())
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let scenario = parse(SMALL).unwrap();
        assert_eq!(scenario.estate, Path::new("simulations/estates/ward.yaml"));
        assert_eq!(scenario.name, "small");
    }

    #[test]
    fn what_is_wrong_with_a_scenario_is_named() {
        let unknown = parse(&SMALL.replace("settle:", "setle:")).unwrap_err();
        assert!(unknown.contains("setle") && unknown.contains("settle"), "{unknown}");
        let kind = parse(&SMALL.replace("blackout:", "earthquake:")).unwrap_err();
        assert!(kind.contains("earthquake") && kind.contains("room-loss"), "{kind}");
        let order = parse(&SMALL.replace("calm: [1s, 2s]", "calm: [3s, 2s]")).unwrap_err();
        assert!(order.contains("`calm` goes from 3s to 2s"), "{order}");
        let nothing = parse(&SMALL.replace("weight: 1", "weight: 0")).unwrap_err();
        assert!(nothing.contains("nothing goes wrong"), "{nothing}");
        let timeline = parse(&SMALL.replace("faults:\n", "timeline: [room-loss]\n  faults:\n"));
        assert!(timeline.unwrap_err().contains("does not say when"));
        let other = parse(&SMALL.replace("kind: Scenario", "kind: Estate")).unwrap_err();
        assert!(other.contains("`kind: Scenario`"), "{other}");
    }
}
