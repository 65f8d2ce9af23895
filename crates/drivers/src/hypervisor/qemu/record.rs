//! What is kept on disk of each start, so that an agent that restarts knows its VMs again.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use model::era::Token;
use model::estate::VmSource;
use model::id::VmId;
use model::step::StepKey;
use serde::{Deserialize, Serialize};

/// A start of a VM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) token: Token,
    pub(super) key: StepKey,
    pub(super) source: VmSource,
    /// The file into which this start's serial port writes; another one for each start, so that
    /// the byte of an earlier start is never taken for this one's.
    pub(super) serial: PathBuf,
    /// The guest's byte was read.
    pub(super) booted: bool,
    /// The process, once it is known: a place to look first, never proof of anything.
    #[serde(default)]
    pub(super) pid: Option<i32>,
}

const FILE: &str = "start.json";

impl Record {
    pub(super) fn read(folder: &Path) -> io::Result<Option<Self>> {
        match fs::read(folder.join(FILE)) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// On disk when this returns, whole or not at all.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        let next = folder.join("start.next");
        let mut file = File::create(&next)?;
        file.write_all(&serde_json::to_vec(self)?)?;
        file.sync_all()?;
        fs::rename(&next, folder.join(FILE))?;
        File::open(folder)?.sync_all()
    }

    pub(super) fn remove(folder: &Path) -> io::Result<()> {
        match fs::remove_file(folder.join(FILE)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// The VMs of which something is kept.
pub(super) fn known(folder: &Path) -> io::Result<Vec<VmId>> {
    let mut vms = Vec::new();
    for entry in fs::read_dir(folder)? {
        if let Some(name) = entry?.file_name().to_str() {
            vms.push(VmId::from(name));
        }
    }
    vms.sort();
    Ok(vms)
}
