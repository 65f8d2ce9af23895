//! What was proved before: one line per change, in memory and in a file of this controller.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use model::time::WallTime;
use planning::readiness::{Level, Readiness, Remark};
use serde::{Deserialize, Serialize};

/// How many changes are kept.
const KEPT: usize = 1000;

/// The file in a controller's data folder.
const FILE: &str = "readiness.jsonl";

/// What was proved from a moment on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastLevel {
    /// By this controller's wall clock: a label.
    pub since: WallTime,
    /// How well.
    pub level: Level,
    /// What was not green.
    pub sentences: Vec<Remark>,
}

/// The changes of the standing proof, oldest first.
pub(super) struct History {
    path: PathBuf,
    lines: VecDeque<PastLevel>,
}

impl History {
    /// Takes up what an earlier life of this controller kept. A line that is not whole is left out:
    /// the machine may have died while it was written.
    pub(super) fn open(data_dir: &Path) -> Self {
        let path = data_dir.join(FILE);
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let mut lines: VecDeque<PastLevel> =
            text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let all = lines.len();
        lines.drain(..all.saturating_sub(KEPT));
        let history = Self { path, lines };
        if all > KEPT {
            history.write_anew();
        }
        history
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = &PastLevel> {
        self.lines.iter()
    }

    /// Notes a proof that says something else than the one before.
    pub(super) fn note(&mut self, readiness: &Readiness, at: WallTime) {
        let level = readiness.level;
        let last = self.lines.back();
        if last.is_some_and(|last| last.level == level && last.sentences == readiness.sentences) {
            return;
        }
        let line = PastLevel { since: at, level, sentences: readiness.sentences.clone() };
        self.append(&line);
        self.lines.push_back(line);
        if self.lines.len() > 2 * KEPT {
            self.lines.drain(..KEPT);
            self.write_anew();
        }
    }

    fn append(&self, line: &PastLevel) {
        let written = serde_json::to_string(line).map_err(std::io::Error::from).and_then(|text| {
            let mut file = OpenOptions::new().create(true).append(true).open(&self.path)?;
            writeln!(file, "{text}")
        });
        self.told(written);
    }

    fn write_anew(&self) {
        let written = File::create(&self.path).and_then(|mut file| {
            for line in &self.lines {
                writeln!(file, "{}", serde_json::to_string(line)?)?;
            }
            Ok(())
        });
        self.told(written);
    }

    /// The proof itself does not depend on its history.
    fn told(&self, written: std::io::Result<()>) {
        if let Err(error) = written {
            tracing::warn!(path = %self.path.display(), %error, "the history of readiness is not written");
        }
    }
}

#[cfg(test)]
mod tests {
    use model::text::Text;

    use super::*;

    fn proof(level: Level, says: &str) -> Readiness {
        Readiness {
            level,
            made_from: Default::default(),
            today: "2026-11-30".parse().expect("a day"),
            failures: Vec::new(),
            rooms_alone: Vec::new(),
            sentences: vec![Remark { level, text: Text::from(says) }],
        }
    }

    #[test]
    fn only_changes_are_kept_and_a_torn_line_costs_itself_alone() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut history = History::open(folder.path());
        for (level, says, at) in [
            (Level::Green, "", 1),
            (Level::Green, "", 2),
            (Level::Red, "big-1", 3),
            (Level::Red, "big-2", 4),
        ] {
            history.note(&proof(level, says), WallTime(at));
        }
        let at = |history: &History| -> Vec<u64> { history.lines().map(|l| l.since.0).collect() };
        assert_eq!(at(&history), [1, 3, 4]);
        let path = folder.path().join(FILE);
        let mut text = std::fs::read_to_string(&path).expect("it was written");
        text.push_str("{\"since\":5,\"lev");
        std::fs::write(&path, text).expect("written");
        assert_eq!(at(&History::open(folder.path())), [1, 3, 4]);
    }

    #[test]
    fn a_long_history_forgets_its_beginning() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut history = History::open(folder.path());
        for at in 0..2 * KEPT as u64 + 1 {
            history.note(&proof(Level::Red, &at.to_string()), WallTime(at));
        }
        assert!(history.lines.len() <= KEPT + 1);
        let again = History::open(folder.path());
        assert_eq!(again.lines.back().map(|line| line.since.0), Some(2 * KEPT as u64));
        assert_eq!(again.lines.len(), KEPT);
    }
}
