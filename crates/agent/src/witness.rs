//! What this host has seen of the controllers' disks: a controller put back to an older image is
//! told so, although every other controller may be dead or have seen nothing.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use model::id::ControllerId;
use model::standing::Standing;

const FILE: &str = "controllers.json";
const NEXT: &str = "controllers.next";

/// The agent as a witness.
#[derive(Debug)]
pub(crate) struct Witness {
    folder: PathBuf,
    seen: BTreeMap<ControllerId, Standing>,
}

impl Witness {
    /// Reads what was seen. What can't be read is as if it had never been seen: another witness may
    /// know more, and no controller is worse off than without this one.
    pub(crate) fn open(folder: &Path) -> Self {
        let seen = match fs::read(folder.join(FILE)) {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_else(|error| {
                tracing::error!(%error, "what was seen of the controllers' disks is lost");
                BTreeMap::new()
            }),
            Err(_) => BTreeMap::new(),
        };
        Self { folder: folder.to_owned(), seen }
    }

    /// What was seen of a controller's disk before. What it tells now is on disk when this
    /// returns, unless it comes from an older image.
    pub(crate) fn see(
        &mut self,
        controller: ControllerId,
        told: Option<Standing>,
    ) -> io::Result<Option<Standing>> {
        let known = self.seen.get(&controller).copied();
        let Some(told) = told else { return Ok(known) };
        match Standing::noted(known, told) {
            Ok(now) if known == Some(now) => {}
            Ok(now) => {
                let mut next = self.seen.clone();
                next.insert(controller, now);
                self.write(&next)?;
                self.seen = next;
            }
            Err(old) => tracing::error!(%controller, "{old}"),
        }
        Ok(known)
    }

    fn write(&self, seen: &BTreeMap<ControllerId, Standing>) -> io::Result<()> {
        let next = self.folder.join(NEXT);
        let mut file = File::create(&next)?;
        file.write_all(&serde_json::to_vec(seen)?)?;
        file.sync_data()?;
        fs::rename(&next, self.folder.join(FILE))?;
        File::open(&self.folder)?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_outlives_the_agent_and_an_older_image_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let id = ControllerId(2);
        let first = Standing {
            incarnation: 3,
            life: 1,
            term: 4,
            reached: Some((4, 9)),
            ..Standing::default()
        };
        let mut witness = Witness::open(folder.path());
        assert_eq!(witness.see(id, Some(first)).unwrap(), None);
        let mut again = Witness::open(folder.path());
        let old = Standing { incarnation: 4, life: 2, reached: Some((4, 8)), ..first };
        assert_eq!(again.see(id, Some(old)).unwrap(), Some(first));
        assert_eq!(again.see(id, None).unwrap(), Some(first), "nothing was taken over");
        let next = Standing { incarnation: 4, life: 2, ..first };
        again.see(id, Some(next)).unwrap();
        assert_eq!(Witness::open(folder.path()).see(id, None).unwrap(), Some(next));
    }
}
