//! The estate, the policy and the runbooks of a demonstration: the shipped ones are in the
//! binary, so that it runs from anywhere.

use std::fs;
use std::path::{Path, PathBuf};

use model::diagnostic::{Diagnostic, Style};
use model::estate::Estate;
use model::policy::Policy;
use model::text::Lang;
use serde_json::Value;

const CLINIC: &str = include_str!("../../../../simulations/estates/clinic.yaml");
const POLICY: &str = include_str!("../../../../simulations/policies/default.yaml");
const RUNBOOKS: &[(&str, &str)] = &[
    ("host-loss.yaml", include_str!("../../../../runbooks/host-loss.yaml")),
    ("room-loss.yaml", include_str!("../../../../runbooks/room-loss.yaml")),
    ("last-resort-restart.yaml", include_str!("../../../../runbooks/last-resort-restart.yaml")),
    ("vm-loss.yaml", include_str!("../../../../runbooks/vm-loss.yaml")),
];

/// Why the demonstration has nothing to play.
#[derive(Debug, thiserror::Error)]
pub enum MaterialError {
    /// A file cannot be read or written.
    #[error("cannot read or write {}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The estate or policy is wrong.
    #[error("the demonstration cannot use this file:\n{rendered}")]
    Invalid {
        /// What is wrong, with excerpts.
        rendered: String,
    },
    /// The estate cannot be rewritten with its watchdogs disarmed.
    #[error("cannot disarm the watchdogs in a copy of the estate: {reason}")]
    Disarm {
        /// Why.
        reason: String,
    },
    /// The estate has no two production rooms and a third one.
    #[error(
        "the demonstration needs two production rooms, each with a host, and a third room; this \
         estate has {production} production rooms of {rooms}"
    )]
    Rooms {
        /// Production rooms with hosts.
        production: usize,
        /// Rooms.
        rooms: usize,
    },
}

/// What a demonstration plays with.
#[derive(Debug)]
pub(super) struct Material {
    pub(super) estate: Estate,
    pub(super) policy: Policy,
    pub(super) estate_path: PathBuf,
    pub(super) policy_path: PathBuf,
    pub(super) runbooks_dir: PathBuf,
}

impl Material {
    /// Copies everything into the demonstration's folder and reads it.
    pub(super) fn gather(
        folder: &Path,
        estate: Option<&Path>,
        policy: Option<&Path>,
        armed: bool,
        lang: Lang,
    ) -> Result<Self, MaterialError> {
        let mut estate_text = shipped_or_read(estate, CLINIC)?;
        if !armed {
            estate_text = disarmed(&estate_text)?;
        }
        let policy_text = shipped_or_read(policy, POLICY)?;
        let estate_path = write(folder, "estate.yaml", &estate_text)?;
        let policy_path = write(folder, "policy.yaml", &policy_text)?;
        let runbooks_dir = folder.join("runbooks");
        fs::create_dir_all(&runbooks_dir)
            .map_err(|source| MaterialError::File { path: runbooks_dir.clone(), source })?;
        for (name, text) in RUNBOOKS {
            write(&runbooks_dir, name, text)?;
        }
        let invalid = |text: &str, diagnostics: Vec<Diagnostic>| MaterialError::Invalid {
            rendered: diagnostics
                .iter()
                .map(|diagnostic| diagnostic.render(text, lang, Style::default()))
                .collect(),
        };
        let (estate, _) = Estate::parse(&estate_path.to_string_lossy(), &estate_text)
            .map_err(|diagnostics| invalid(&estate_text, diagnostics))?;
        let (policy, _) = Policy::parse(&policy_path.to_string_lossy(), &policy_text)
            .map_err(|diagnostics| invalid(&policy_text, diagnostics))?;
        Ok(Self { estate, policy, estate_path, policy_path, runbooks_dir })
    }
}

fn shipped_or_read(path: Option<&Path>, shipped: &str) -> Result<String, MaterialError> {
    match path {
        None => Ok(shipped.to_owned()),
        Some(path) => fs::read_to_string(path)
            .map_err(|source| MaterialError::File { path: path.into(), source }),
    }
}

fn write(folder: &Path, name: &str, text: &str) -> Result<PathBuf, MaterialError> {
    let path = folder.join(name);
    fs::write(&path, text).map_err(|source| MaterialError::File { path: path.clone(), source })?;
    Ok(path)
}

/// The estate with every watchdog disarmed, as JSON (which is YAML too).
fn disarmed(text: &str) -> Result<String, MaterialError> {
    let wrong = |reason: String| MaterialError::Disarm { reason };
    let mut estate: Value =
        serde_saphyr::from_str(text).map_err(|error| wrong(error.to_string()))?;
    disarm(&mut estate);
    serde_json::to_string_pretty(&estate).map_err(|error| wrong(error.to_string()))
}

fn disarm(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields.iter_mut() {
                if key == "watchdog"
                    && let Value::Object(watchdog) = inner
                {
                    watchdog.insert("armed".to_owned(), Value::Bool(false));
                }
                disarm(inner);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(disarm),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn gather(armed: bool) -> Material {
        let folder = tempfile::tempdir().unwrap();
        Material::gather(folder.path(), None, None, armed, Lang::En).unwrap()
    }

    #[test]
    fn the_shipped_clinic_has_450_vms_and_disarming_changes_only_the_watchdogs() {
        let (armed, mut unarmed) = (gather(true), gather(false));
        assert_eq!(armed.estate.vms.len(), 450);
        let is_armed = |estate: &Estate| {
            estate.hosts.values().filter_map(|host| host.watchdog).any(|watchdog| watchdog.armed)
        };
        assert!(is_armed(&armed.estate) && !is_armed(&unarmed.estate));
        for host in unarmed.estate.hosts.values_mut() {
            if let Some(watchdog) = &mut host.watchdog {
                watchdog.armed = true;
            }
        }
        assert_eq!(armed.estate, unarmed.estate);
    }
}
