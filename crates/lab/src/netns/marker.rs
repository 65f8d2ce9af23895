//! The file that makes a folder a lab's: written before anything else is made, removed last, so
//! that whatever a crash leaves is known to be ours.

use std::fs;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::error::LabError;
use super::plan::Lab;

/// What the file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Marker {
    /// Every namespace that is made.
    pub(super) namespaces: Vec<String>,
}

impl Lab {
    fn marker_path(&self) -> PathBuf {
        self.dir.join("lab.json")
    }

    /// Makes the folder and marks it.
    pub(super) fn mark(&self) -> Result<(), LabError> {
        if self.dir_in_use()? {
            let what = format!("its folder {}", self.dir.display());
            return Err(if self.is_marked() {
                LabError::Exists { what }
            } else {
                LabError::NotOurs { dir: self.dir.clone() }
            });
        }
        fs::create_dir_all(&self.dir).map_err(LabError::file(&self.dir))?;
        let marker =
            Marker { namespaces: self.places().iter().map(|place| place.namespace()).collect() };
        let path = self.marker_path();
        let bytes = serde_json::to_vec(&marker).map_err(io::Error::from);
        bytes.and_then(|bytes| fs::write(&path, bytes)).map_err(LabError::file(&path))
    }

    /// Whether the folder is a lab's.
    pub(super) fn is_marked(&self) -> bool {
        self.marker_path().exists()
    }

    /// Whether there is anything in the folder.
    fn dir_in_use(&self) -> Result<bool, LabError> {
        match fs::read_dir(&self.dir) {
            Ok(mut entries) => Ok(entries.next().is_some()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(source) => Err(LabError::File { path: self.dir.clone(), source }),
        }
    }

    /// Removes the folder, if it is a lab's or empty. Says whether there was one.
    pub(super) fn remove_dir(&self) -> Result<bool, LabError> {
        if !self.dir.exists() {
            return Ok(false);
        }
        if !self.is_marked() {
            if self.dir_in_use()? {
                return Err(LabError::NotOurs { dir: self.dir.clone() });
            }
            fs::remove_dir(&self.dir).map_err(LabError::file(&self.dir))?;
            return Ok(true);
        }
        // The marker goes last: a removal that is interrupted can be gone on with.
        let marker = self.marker_path();
        for entry in fs::read_dir(&self.dir).map_err(LabError::file(&self.dir))? {
            let path = entry.map_err(LabError::file(&self.dir))?.path();
            if path == marker {
                continue;
            }
            let removed =
                if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            removed.map_err(LabError::file(&path))?;
        }
        fs::remove_file(&marker).map_err(LabError::file(&marker))?;
        fs::remove_dir(&self.dir).map_err(LabError::file(&self.dir))?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_folder_with_something_else_in_it_is_neither_used_nor_removed() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("thesis.txt"), "").unwrap();
        let lab = Lab::new(folder.path()).unwrap();
        assert!(matches!(lab.mark(), Err(LabError::NotOurs { .. })));
        assert!(matches!(lab.remove_dir(), Err(LabError::NotOurs { .. })));
        assert!(folder.path().join("thesis.txt").exists());
    }

    #[test]
    fn a_marked_folder_is_not_marked_twice_and_is_removed_with_all_that_it_holds() {
        let folder = tempfile::tempdir().unwrap();
        let lab = Lab::new(&folder.path().join("lab")).unwrap();
        assert!(!lab.remove_dir().unwrap());
        lab.mark().unwrap();
        assert!(matches!(lab.mark(), Err(LabError::Exists { .. })));
        fs::create_dir_all(lab.logs()).unwrap();
        fs::write(lab.logs().join("x.log"), "").unwrap();
        assert!(lab.remove_dir().unwrap());
        assert!(!lab.dir.exists());
    }
}
