//! The lab's estate, policy and runbooks: they are in the binary, so that it runs from anywhere.

use std::fs;
use std::path::PathBuf;

use model::diagnostic::{Diagnostic, Style};
use model::estate::Estate;
use model::policy::Policy;
use model::text::Lang;

use super::error::LabError;
use super::plan::Lab;

const ESTATE: &str = include_str!("../../../../simulations/estates/lab.yaml");
const POLICY: &str = include_str!("../../../../simulations/policies/lab.yaml");
const RUNBOOKS: &[(&str, &str)] = &[
    ("host-loss.yaml", include_str!("../../../../runbooks/host-loss.yaml")),
    ("room-loss.yaml", include_str!("../../../../runbooks/room-loss.yaml")),
    ("last-resort-restart.yaml", include_str!("../../../../runbooks/last-resort-restart.yaml")),
    ("vm-loss.yaml", include_str!("../../../../runbooks/vm-loss.yaml")),
];

/// Reads what is in the binary.
pub(super) fn read() -> Result<(Estate, Policy), LabError> {
    let invalid = |text: &str, found: Vec<Diagnostic>| LabError::Material {
        rendered: found.iter().map(|one| one.render(text, Lang::En, Style::default())).collect(),
    };
    let (estate, _) = Estate::parse("lab.yaml", ESTATE).map_err(|found| invalid(ESTATE, found))?;
    let (policy, _) =
        Policy::parse_for(&estate, "lab.yaml", POLICY).map_err(|found| invalid(POLICY, found))?;
    Ok((estate, policy))
}

impl Lab {
    pub(super) fn estate_path(&self) -> PathBuf {
        self.dir.join("estate.yaml")
    }

    pub(super) fn policy_path(&self) -> PathBuf {
        self.dir.join("policy.yaml")
    }

    pub(super) fn runbooks_dir(&self) -> PathBuf {
        self.dir.join("runbooks")
    }

    /// Writes it all into the lab's folder.
    pub(super) fn write_material(&self) -> Result<(), LabError> {
        let folder = self.runbooks_dir();
        fs::create_dir_all(&folder).map_err(LabError::file(&folder))?;
        let runbooks = RUNBOOKS.iter().map(|(name, text)| (folder.join(name), *text));
        for (path, text) in
            [(self.estate_path(), ESTATE), (self.policy_path(), POLICY)].into_iter().chain(runbooks)
        {
            fs::write(&path, text).map_err(LabError::file(&path))?;
        }
        Ok(())
    }
}
