//! What a campaign plays: one scenario, or several of which each seed draws one by its share.

use std::path::{Path, PathBuf};

use consensus::simulation::{NodeRng, mix};
use rand::{RngExt, SeedableRng};
use serde::Deserialize;

use crate::document::{self, Document};
use crate::load::{LoadError, Site};
use crate::scenario::{Scenario, ScenarioError};

/// The stream of its own from which a seed draws its part: the faults of a part stay the same
/// whether it is played alone or in a mix.
const STREAM: u64 = 0x5061_7274;

const KIND: &str = "ScenarioMix";

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Spec {
    parts: Vec<WrittenPart>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPart {
    /// Relative to the mix's file.
    scenario: PathBuf,
    weight: u32,
}

/// A scenario with what it names, and its share among the runs.
#[derive(Clone, Debug)]
pub struct Part {
    /// The scenario.
    pub scenario: Scenario,
    /// What it is about.
    pub site: Site,
    /// Its share among the runs.
    pub weight: u32,
}

/// The scenarios of a campaign; at least one, and one with a share.
#[derive(Clone, Debug)]
pub struct Mix {
    /// Its name: that of the scenario if there is one alone.
    pub name: String,
    /// The scenarios.
    pub(crate) parts: Vec<Part>,
}

/// Why a mix can't be used.
#[derive(Debug, thiserror::Error)]
pub enum MixError {
    /// A scenario of it, or itself, is no scenario.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// What a scenario names can't be used.
    #[error(transparent)]
    Load(#[from] LoadError),
}

impl Mix {
    /// One scenario alone.
    pub fn one(scenario: Scenario, site: Site) -> Self {
        Self { name: scenario.name.clone(), parts: vec![Part { scenario, site, weight: 1 }] }
    }

    /// Reads the file of a scenario or of a mix, and everything that it names.
    pub fn read(path: &Path) -> Result<Self, MixError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ScenarioError::Read { path: path.into(), source })?;
        if !document::is_of_kind(&text, KIND) {
            let scenario = Scenario::parse(path, &text)?;
            let site = Site::read(&scenario)?;
            return Ok(Self::one(scenario, site));
        }
        let (name, written) = parse(path, &text)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut parts = Vec::new();
        for WrittenPart { scenario, weight } in written {
            let scenario = Scenario::read(&folder.join(scenario))?;
            let site = Site::read(&scenario)?;
            parts.push(Part { scenario, site, weight });
        }
        Ok(Self { name, parts })
    }

    /// Looks at these properties only ([`crate::properties`]), whatever else is violated meanwhile.
    pub fn look_only_at(&mut self, properties: &[String]) {
        for part in &mut self.parts {
            part.scenario.properties = properties.to_vec();
        }
    }

    /// The scenario that this seed draws.
    pub fn part(&self, seed: u64) -> &Part {
        let total: u64 = self.parts.iter().map(|part| u64::from(part.weight)).sum();
        let mut drawn = NodeRng::seed_from_u64(mix(seed ^ STREAM)).random_range(0..total.max(1));
        for part in &self.parts {
            if drawn < u64::from(part.weight) {
                return part;
            }
            drawn -= u64::from(part.weight);
        }
        // Not reached: a number below the sum of the shares falls into one of them.
        &self.parts[0]
    }
}

fn parse(path: &Path, text: &str) -> Result<(String, Vec<WrittenPart>), ScenarioError> {
    let file: Document<Spec> = document::parse(path, text, KIND)?;
    if file.spec.parts.iter().all(|part| part.weight == 0) {
        let reason = "no part has a weight above 0: there is nothing to run".to_owned();
        return Err(ScenarioError::Figures { path: path.into(), reason });
    }
    Ok((file.metadata.name, file.spec.parts))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const MIX: &str = "\
apiVersion: bascule/v1
kind: ScenarioMix
metadata: { name: both, title: both }
spec:
  parts:
    - { scenario: smoke.yaml, weight: 3 }
    - { scenario: disk.yaml, weight: 1 }
";

    fn simulations() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../simulations")
    }

    #[test]
    fn each_seed_draws_one_scenario_by_its_share() {
        let (_, written) = parse(Path::new("both.yaml"), MIX).unwrap();
        let parts = written.into_iter().map(|part| {
            let scenario = Scenario::read(&simulations().join(part.scenario)).unwrap();
            let site = Site::read(&scenario).unwrap();
            Part { scenario, site, weight: part.weight }
        });
        let both = Mix { name: "both".to_owned(), parts: parts.collect() };
        let mut drawn: BTreeMap<&str, u32> = BTreeMap::new();
        for seed in 1..=1000 {
            assert_eq!(both.part(seed).scenario.name, both.part(seed).scenario.name);
            *drawn.entry(&both.part(seed).scenario.name).or_default() += 1;
        }
        assert!((700..=800).contains(&drawn["smoke"]), "{drawn:?}");
        assert_eq!(drawn["smoke"] + drawn["disk"], 1000);
    }

    #[test]
    fn what_is_wrong_with_a_mix_is_named() {
        let parse = |text: &str| parse(Path::new("both.yaml"), text).map_err(|e| e.to_string());
        let nothing = MIX.replace("weight: 3", "weight: 0").replace("weight: 1", "weight: 0");
        assert!(parse(&nothing).unwrap_err().contains("nothing to run"));
        assert!(parse(&MIX.replace("weight: 3", "wait: 3")).unwrap_err().contains("wait"));
        assert!(parse(&MIX.replace("/v1", "/v9")).unwrap_err().contains("bascule/v9"));
    }
}
