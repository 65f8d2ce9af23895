//! Outcomes kept in a file as runs end, a JSON line each, so that a campaign that was killed goes
//! on where it was. The file belongs to one scenario, one set of options and one build: outcomes
//! of another must never be counted together with these.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::run::RunOutcome;

/// What a file of outcomes belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Belongs {
    /// The scenario's name.
    pub scenario: String,
    /// A hash over the scenario, what it names, and the options that change outcomes.
    pub inputs: String,
    /// A hash over the program.
    pub build: String,
}

impl Belongs {
    /// The hash of the program that runs now.
    pub fn this_build() -> io::Result<String> {
        let mut program = File::open(std::env::current_exe()?)?;
        let mut hash = Sha256::new();
        let mut block = vec![0; 1 << 20];
        loop {
            match program.read(&mut block)? {
                0 => return Ok(hash.finalize().iter().map(|b| format!("{b:02x}")).collect()),
                read => hash.update(&block[..read]),
            }
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Line {
    /// The first line.
    Campaign(Belongs),
    /// A run that ended, and how long its session had run by then.
    Run { session: u64, elapsed_s: f64, outcome: Box<RunOutcome> },
}

/// Why a file of outcomes can't be used.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    /// Reading or writing failed.
    #[error("cannot keep outcomes in {}: {source}", .path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Another process writes it.
    #[error("{} is in use by another campaign; wait for its end or name another file", .path.display())]
    InUse {
        /// Which file.
        path: PathBuf,
    },
    /// It holds something else.
    #[error("line {line} of {} is no outcome of a campaign ({reason}); name another file", .path.display())]
    Foreign {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// It is of another scenario, of other options, or of another build.
    #[error(
        "{} holds outcomes of {of}: they can't be counted together with these; name another file, \
         or remove it to begin anew",
        .path.display()
    )]
    Other {
        /// Which file.
        path: PathBuf,
        /// Of what.
        of: String,
    },
}

/// The file, open for more.
#[derive(Debug)]
pub struct Kept {
    path: PathBuf,
    file: Mutex<File>,
    begun: Instant,
    session: u64,
    earlier_s: f64,
    outcomes: BTreeMap<u64, RunOutcome>,
}

impl Kept {
    /// Opens or makes the file, and reads what it holds.
    pub fn open(path: &Path, belongs: &Belongs) -> Result<Self, KeptError> {
        let failed = |source| KeptError::File { path: path.into(), source };
        let mut options = OpenOptions::new();
        let mut file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(KeptError::InUse { path: path.into() }),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(failed)?;
        // A line without its end was being written when the campaign was killed.
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let mut kept = Self {
            path: path.into(),
            file: Mutex::new(file),
            begun: Instant::now(),
            session: 0,
            earlier_s: 0.0,
            outcomes: BTreeMap::new(),
        };
        kept.read(belongs, &text[..whole])?;
        kept.cut_to(whole as u64).map_err(failed)?;
        if whole == 0 {
            kept.write(&Line::Campaign(belongs.clone())).map_err(failed)?;
        }
        Ok(kept)
    }

    fn read(&mut self, belongs: &Belongs, text: &str) -> Result<(), KeptError> {
        let mut sessions: BTreeMap<u64, f64> = BTreeMap::new();
        for (place, line) in text.lines().enumerate() {
            let foreign = |reason: String| KeptError::Foreign {
                path: self.path.clone(),
                line: place + 1,
                reason,
            };
            match (place, serde_json::from_str(line).map_err(|error| foreign(error.to_string()))?) {
                (0, Line::Campaign(of)) => self.check(belongs, &of)?,
                (0, Line::Run { .. }) => return Err(foreign("its head is missing".to_owned())),
                (_, Line::Campaign(_)) => return Err(foreign("a second head".to_owned())),
                (_, Line::Run { session, elapsed_s, outcome }) => {
                    let longest = sessions.entry(session).or_default();
                    *longest = longest.max(elapsed_s);
                    self.outcomes.insert(outcome.seed, *outcome);
                }
            }
        }
        self.session = sessions.last_key_value().map_or(0, |(last, _)| last + 1);
        self.earlier_s = sessions.values().sum();
        Ok(())
    }

    fn check(&self, ours: &Belongs, theirs: &Belongs) -> Result<(), KeptError> {
        let of = if ours.scenario != theirs.scenario {
            format!("the scenario `{}`", theirs.scenario)
        } else if ours.inputs != theirs.inputs {
            "this scenario with other content or other options".to_owned()
        } else if ours.build != theirs.build {
            "another build of this program".to_owned()
        } else {
            return Ok(());
        };
        Err(KeptError::Other { path: self.path.clone(), of })
    }

    fn cut_to(&self, length: u64) -> io::Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.set_len(length)?;
        file.seek(SeekFrom::End(0)).map(drop)
    }

    fn write(&self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(&text)
    }

    /// Keeps one more outcome.
    pub(crate) fn add(&self, outcome: &RunOutcome) -> Result<(), KeptError> {
        let line = Line::Run {
            session: self.session,
            elapsed_s: self.begun.elapsed().as_secs_f64(),
            outcome: Box::new(outcome.clone()),
        };
        self.write(&line).map_err(|source| KeptError::File { path: self.path.clone(), source })
    }

    /// The outcome of a seed, if an earlier session had it.
    pub(crate) fn outcome(&self, seed: u64) -> Option<&RunOutcome> {
        self.outcomes.get(&seed)
    }

    /// How many seconds the earlier sessions took.
    pub(crate) fn earlier_s(&self) -> f64 {
        self.earlier_s
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn ours() -> Belongs {
        Belongs { scenario: "storm".into(), inputs: "1f".into(), build: "2e".into() }
    }

    fn outcome(seed: u64) -> RunOutcome {
        let mut outcome = RunOutcome::of_panics(seed, vec!["so".to_owned()]);
        outcome.faults.insert("blackout".to_owned(), seed);
        outcome
    }

    #[test]
    fn outcomes_outlive_their_session_and_half_a_line_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept.jsonl");
        let first = Kept::open(&path, &ours()).unwrap();
        first.add(&outcome(7)).unwrap();
        first.add(&outcome(8)).unwrap();
        assert!(matches!(Kept::open(&path, &ours()), Err(KeptError::InUse { .. })));
        drop(first);
        let length = std::fs::metadata(&path).unwrap().len();
        OpenOptions::new().write(true).open(&path).unwrap().set_len(length - 5).unwrap();
        let second = Kept::open(&path, &ours()).unwrap();
        assert_eq!(second.outcome(7), Some(&outcome(7)));
        assert_eq!(second.outcome(8), None);
        second.add(&outcome(8)).unwrap();
        drop(second);
        assert_eq!(Kept::open(&path, &ours()).unwrap().outcome(8), Some(&outcome(8)));
    }

    #[test]
    fn a_file_of_something_else_is_refused_in_a_sentence_and_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept.jsonl");
        Kept::open(&path, &ours()).unwrap().add(&outcome(7)).unwrap();
        let before = std::fs::read(&path).unwrap();
        let other = |belongs: Belongs| Kept::open(&path, &belongs).unwrap_err().to_string();
        for (belongs, said) in [
            (Belongs { scenario: "calm".into(), ..ours() }, "the scenario `storm`"),
            (Belongs { inputs: "0".into(), ..ours() }, "other options"),
            (Belongs { build: "0".into(), ..ours() }, "another build"),
        ] {
            let words = other(belongs);
            assert!(words.contains(said), "{words}");
        }
        assert_eq!(std::fs::read(&path).unwrap(), before);
        std::fs::write(&path, "dear diary\n").unwrap();
        let words = other(ours());
        assert!(words.contains("line 1") && words.contains("name another file"), "{words}");
        assert_eq!(std::fs::read(&path).unwrap(), b"dear diary\n");
    }
}
