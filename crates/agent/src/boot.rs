//! Which boot of the host this is.
//!
//! A file in a folder that does not outlive the host (`/run`) names it: an agent that restarts
//! finds it, a host that restarts does not.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The boot can't be named.
#[derive(Debug, thiserror::Error)]
#[error("the host's boot can't be read from or written to {path}; the agent needs to write there")]
pub struct BootError {
    path: PathBuf,
    #[source]
    source: io::Error,
}

/// The host's boot, and whether it is a new one (the file was not there).
pub fn boot_of(file: &Path) -> Result<(String, bool), BootError> {
    let failed = |source| BootError { path: file.to_owned(), source };
    match fs::read_to_string(file) {
        Ok(text) if !text.trim().is_empty() => return Ok((text.trim().to_owned(), false)),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let fresh = fs::read_to_string("/proc/sys/kernel/random/uuid").map_err(failed)?;
    let fresh = fresh.trim().to_owned();
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    fs::write(file, &fresh).map_err(failed)?;
    Ok((fresh, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boot_lasts_as_long_as_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("run").join("boot");
        let (first, new) = boot_of(&file).unwrap();
        assert!(new);
        assert_eq!(boot_of(&file).unwrap(), (first.clone(), false));
        fs::remove_file(&file).unwrap();
        let (second, new) = boot_of(&file).unwrap();
        assert!(new && second != first);
    }
}
