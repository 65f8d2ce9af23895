//! Checkpoints: the head of the tree as a C2SP tlog-checkpoint, signed by the rooms.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use model::era::Era;

use crate::hash::Hash;
use crate::note::{NoteError, NoteSignature, NoteSigner, SignedNote};
use crate::tree::{ConsistencyError, verify_consistency};

/// The origin of a cluster's log in one era: every era is its own tree.
pub fn origin(cluster: &str, era: Era) -> String {
    format!("bascule/{cluster}/era-{}", era.0)
}

/// The head of one tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    /// How many leaves.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// Further lines that are signed too; not empty ones.
    pub extensions: Vec<String>,
}

/// Why a text is not a checkpoint.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It is no signed note at all.
    #[error("the checkpoint is not a signed note")]
    Note(#[source] NoteError),
    /// It lacks one of its three lines.
    #[error("the checkpoint is cut short: it has no {line} line")]
    Missing {
        /// Which: origin, size or root.
        line: &'static str,
    },
    /// A line is not what it must be.
    #[error("the checkpoint's {line} line `{text}` can't be read")]
    Unreadable {
        /// Which: origin, size, root or extension.
        line: &'static str,
        /// What stands there.
        text: String,
    },
}

impl Checkpoint {
    /// A checkpoint without extension lines.
    pub fn new(origin: String, size: u64, root: Hash) -> Self {
        Self { origin, size, root, extensions: Vec::new() }
    }

    /// The note to sign, without signatures yet.
    pub fn to_note(&self) -> Result<SignedNote, CheckpointError> {
        let unreadable =
            |line, text: &str| CheckpointError::Unreadable { line, text: text.to_owned() };
        if self.origin.is_empty() || self.origin.contains('\n') {
            return Err(unreadable("origin", &self.origin));
        }
        if let Some(line) =
            self.extensions.iter().find(|line| line.is_empty() || line.contains('\n'))
        {
            return Err(unreadable("extension", line));
        }
        SignedNote::new(self.to_string()).map_err(CheckpointError::Note)
    }

    /// Reads the checkpoint in a signed note. Says nothing of the signatures.
    pub fn from_note(note: &SignedNote) -> Result<Self, CheckpointError> {
        note.text().parse()
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, STANDARD.encode(self.root.as_bytes()))?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let unreadable =
            |line, text: &str| CheckpointError::Unreadable { line, text: text.to_owned() };
        let mut lines = text.strip_suffix('\n').unwrap_or(text).split('\n');
        let mut line = |name| {
            lines
                .next()
                .filter(|line| !line.is_empty())
                .ok_or(CheckpointError::Missing { line: name })
        };
        let origin = line("origin")?.to_owned();
        let written = line("size")?;
        let size: u64 = written.parse().map_err(|_| unreadable("size", written))?;
        if size.to_string() != written {
            // `+5` and `05` are other bytes for the same number.
            return Err(unreadable("size", written));
        }
        let written = line("root")?;
        let root = STANDARD.decode(written).ok().and_then(|bytes| bytes.try_into().ok());
        let root = Hash(root.ok_or_else(|| unreadable("root", written))?);
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if extensions.iter().any(String::is_empty) {
            return Err(unreadable("extension", ""));
        }
        Ok(Self { origin, size, root, extensions })
    }
}

/// Why a signer does not sign.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CosignError {
    /// The proposed checkpoint is of another log.
    #[error("not signed: the checkpoint is of `{proposed}`, this key signs `{last}`")]
    Origin {
        /// The log of the last signed checkpoint.
        last: String,
        /// The log of the proposed one.
        proposed: String,
    },
    /// The proposed log does not begin with the signed one.
    #[error(
        "not signed: somebody rewrote the log, or this key signed another one; keep both \
         checkpoints and look into it"
    )]
    Inconsistent(#[source] ConsistencyError),
    /// The checkpoint can't be written as a note.
    #[error("not signed: the checkpoint can't be written as a note")]
    Note(#[source] CheckpointError),
}

/// Signs a checkpoint, but only if it continues the last one that the signer signed.
///
/// The caller stores `proposed` as the signer's new `last` before it hands the signature out:
/// a signer that forgets what it signed can be made to sign a fork.
pub fn cosign(
    signer: &NoteSigner,
    last: Option<&Checkpoint>,
    proposed: &Checkpoint,
    proof: &[Hash],
) -> Result<NoteSignature, CosignError> {
    if let Some(last) = last {
        if last.origin != proposed.origin {
            return Err(CosignError::Origin {
                last: last.origin.clone(),
                proposed: proposed.origin.clone(),
            });
        }
        verify_consistency((last.size, last.root), (proposed.size, proposed.root), proof)
            .map_err(CosignError::Inconsistent)?;
    }
    let note = proposed.to_note().map_err(CosignError::Note)?;
    Ok(signer.sign(note.text()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use expect_test::expect;

    use super::*;
    use crate::note::{KeyName, SignatureCheck};
    use crate::tree::Tree;

    fn tree(size: u64) -> Tree {
        let mut tree = Tree::default();
        (0..size).for_each(|number| {
            tree.append(number.to_string().as_bytes());
        });
        tree
    }

    fn head(tree: &Tree, size: u64) -> Checkpoint {
        Checkpoint::new(origin("clinic", Era(0)), size, tree.root_at(size).unwrap())
    }

    fn signer(room: &str, seed: u8) -> NoteSigner {
        NoteSigner::from_seed(KeyName::of_room("clinic", &room.into()).unwrap(), [seed; 32])
    }

    #[test]
    fn a_checkpoint_signed_by_two_rooms_is_this_note() {
        let (a, b) = (signer("a", 1), signer("b", 2));
        let checkpoint = head(&tree(5), 5);
        let mut note = checkpoint.to_note().unwrap();
        note.add(cosign(&a, None, &checkpoint, &[]).unwrap());
        note.add(cosign(&b, None, &checkpoint, &[]).unwrap());
        expect![[r#"
            bascule/clinic/era-0
            5
            tnSPbtepnefahP2X4aO6xvq4mZ9KQ2lcq5Uoot5DEUc=

            — bascule-clinic-room-a P4SIO1m2oMMWH1HNmXxRHjNfBkvRfgZAfsRyodp4dRrc30viydoxsBEWwmeMlvR2QG4dNeZ0nK9c+e5w1Xto6vE+kAs=
            — bascule-clinic-room-b cEPkMiUHyGb4bE+cuImrlHWqz9WeKLjFcs0pMcjDkL760cGhqqgUInYGleEkUPTzGlNGh0TbEjZagb1AvI3Wlqn0WwE=
        "#]].assert_eq(&note.to_string());
        let read: SignedNote = note.to_string().parse().unwrap();
        assert_eq!(Checkpoint::from_note(&read).unwrap(), checkpoint);
        let checks = read.check(&[a.verifier(), b.verifier()]);
        assert!(checks.iter().all(|(_, check)| *check == SignatureCheck::Valid), "{checks:?}");
    }

    #[test]
    fn a_room_signs_only_what_continues_what_it_signed() {
        let (tree, a) = (tree(9), signer("a", 1));
        let last = head(&tree, 4);
        let proof = tree.prove_consistency(4, 9).unwrap();
        assert!(cosign(&a, Some(&last), &head(&tree, 9), &proof).is_ok());
        assert!(cosign(&a, Some(&last), &last, &[]).is_ok(), "signing the same again is harmless");

        let mut forked = head(&tree, 9);
        forked.root = tree.root_at(8).unwrap();
        let mut other_log = head(&tree, 9);
        other_log.origin = origin("clinic", Era(1));
        let mut same_size = last.clone();
        same_size.root = forked.root;
        for (proposed, proof, says) in [
            (&forked, proof.as_slice(), "does not begin with"),
            (&head(&tree, 9), &[], "does not begin with"),
            (&head(&tree, 3), &[], "shrank"),
            (&same_size, &[], "two different logs"),
            (&other_log, proof.as_slice(), "this key signs"),
        ] {
            let error = cosign(&a, Some(&last), proposed, proof).unwrap_err();
            let source = std::error::Error::source(&error).map(ToString::to_string);
            let text = format!("{error} {}", source.unwrap_or_default());
            assert!(text.contains(says), "{text}");
        }
    }

    #[test]
    fn what_is_no_checkpoint_is_an_error() {
        let root = STANDARD.encode([7; 32]);
        for (text, says) in [
            ("".to_owned(), "no origin line"),
            ("o\n".to_owned(), "no size line"),
            ("o\n5\n".to_owned(), "no root line"),
            (format!("o\n05\n{root}\n"), "size line `05`"),
            (format!("o\n-5\n{root}\n"), "size line `-5`"),
            ("o\n5\nAAAA\n".to_owned(), "root line `AAAA`"),
            (format!("o\n5\n{root}\n\nx\n"), "extension line"),
        ] {
            let error = text.parse::<Checkpoint>().unwrap_err().to_string();
            assert!(error.contains(says), "{text:?}: {error}");
        }
        let extended = format!("o\n5\n{root}\nmore\n");
        assert_eq!(extended.parse::<Checkpoint>().unwrap().to_string(), extended);
    }
}
