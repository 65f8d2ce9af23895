//! A note with its signatures.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::key::{KeyId, KeyName, NoteVerifier};

/// What a signature line begins with: an em dash and a space.
const SIGNATURE_PREFIX: &str = "\u{2014} ";

/// No honest note comes near this; a reader of untrusted notes needs a limit.
const SIGNATURES_MAX: usize = 100;

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    /// The signer's name.
    pub name: KeyName,
    /// The id of the signer's key.
    pub id: KeyId,
    /// The signature; 64 bytes for Ed25519, others for algorithms that we skip.
    pub bytes: Vec<u8>,
}

/// What became of the check of one signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureCheck {
    /// It holds.
    Valid,
    /// It is by a known key and does not hold: the text or the signature was altered.
    Invalid,
    /// The key is not among the known ones, which proves nothing either way.
    UnknownKey,
}

/// A text and the signatures over it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// Why bytes are not a signed note.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The text can't be a note's.
    #[error(
        "this text can't be signed as a note: it must end with a line feed, and hold no other \
         control character and no empty line at its end"
    )]
    Text,
    /// No empty line parts text and signatures.
    #[error("the note has no signatures: it was cut short, or is not a signed note")]
    NoSignatures,
    /// A signature line that can't be read.
    #[error("line {line} of the note's signatures can't be read: `— name base64` is expected")]
    SignatureLine {
        /// Which, from 1.
        line: usize,
    },
    /// More signatures than any honest note has.
    #[error("the note has more than {SIGNATURES_MAX} signatures: it is refused")]
    TooMany,
    /// The texts of two notes that were to be joined differ.
    #[error("the two notes have different texts: signatures over one say nothing of the other")]
    DifferentTexts,
}

impl SignedNote {
    /// A note without signatures yet.
    pub fn new(text: String) -> Result<Self, NoteError> {
        let controls = |c: char| c.is_control() && c != '\n';
        if !text.ends_with('\n') || text.contains(controls) {
            return Err(NoteError::Text);
        }
        Ok(Self { text, signatures: Vec::new() })
    }

    /// The signed text, with its last line feed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures, in the order of their lines.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Adds a signature; a second one by the same key replaces the first.
    pub fn add(&mut self, signature: NoteSignature) {
        self.signatures.retain(|other| (&other.name, other.id) != (&signature.name, signature.id));
        self.signatures.push(signature);
    }

    /// Adds the signatures that another note has over the same text.
    pub fn join(&mut self, other: Self) -> Result<(), NoteError> {
        if self.text != other.text {
            return Err(NoteError::DifferentTexts);
        }
        other.signatures.into_iter().for_each(|signature| self.add(signature));
        Ok(())
    }

    /// Checks each signature against the known keys.
    pub fn check(&self, known: &[NoteVerifier]) -> Vec<(&NoteSignature, SignatureCheck)> {
        self.signatures
            .iter()
            .map(|signature| {
                let key = known
                    .iter()
                    .find(|key| *key.name() == signature.name && key.id() == signature.id);
                let check = match (key, <&[u8; 64]>::try_from(signature.bytes.as_slice())) {
                    (None, _) => SignatureCheck::UnknownKey,
                    (Some(key), Ok(bytes)) if key.verifies(&self.text, bytes) => {
                        SignatureCheck::Valid
                    }
                    (Some(_), _) => SignatureCheck::Invalid,
                };
                (signature, check)
            })
            .collect()
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for signature in &self.signatures {
            let mut bytes = signature.id.0.to_be_bytes().to_vec();
            bytes.extend(&signature.bytes);
            writeln!(f, "{SIGNATURE_PREFIX}{} {}", signature.name, STANDARD.encode(bytes))?;
        }
        Ok(())
    }
}

impl FromStr for SignedNote {
    type Err = NoteError;

    fn from_str(note: &str) -> Result<Self, NoteError> {
        // The last empty line parts text and signatures: the text may hold empty lines itself.
        let split = note.rfind("\n\n").ok_or(NoteError::NoSignatures)?;
        let (text, lines) = (&note[..=split], &note[split + 2..]);
        let mut signed = Self::new(text.to_owned())?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::NoSignatures)?;
        for (index, line) in lines.split('\n').enumerate() {
            if index >= SIGNATURES_MAX {
                return Err(NoteError::TooMany);
            }
            let signature =
                signature_line(line).ok_or(NoteError::SignatureLine { line: index + 1 })?;
            signed.signatures.push(signature);
        }
        Ok(signed)
    }
}

fn signature_line(line: &str) -> Option<NoteSignature> {
    let (name, encoded) = line.strip_prefix(SIGNATURE_PREFIX)?.split_once(' ')?;
    let name = KeyName::new(name).ok()?;
    let bytes = STANDARD.decode(encoded).ok()?;
    let (id, bytes) = bytes.split_first_chunk::<4>()?;
    if bytes.is_empty() {
        return None;
    }
    Some(NoteSignature { name, id: KeyId(u32::from_be_bytes(*id)), bytes: bytes.to_vec() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    // The published example of Go's documentation of signed notes.
    const EXAMPLE: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\
        \n\
        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    #[test]
    fn the_published_note_verifies_and_reads_back_what_it_writes() {
        let note: SignedNote = EXAMPLE.parse().unwrap();
        let keys = [PETER.parse().unwrap()];
        assert_eq!(note.check(&keys)[0].1, SignatureCheck::Valid);
        assert_eq!(note.check(&[])[0].1, SignatureCheck::UnknownKey);
        assert_eq!(note.to_string(), EXAMPLE);
    }

    #[test]
    fn a_changed_word_makes_the_signature_invalid() {
        let note: SignedNote = EXAMPLE.replace("answer", "Answer").parse().unwrap();
        assert_eq!(note.check(&[PETER.parse().unwrap()])[0].1, SignatureCheck::Invalid);
    }

    #[test]
    fn what_is_no_note_is_an_error() {
        for (bytes, error) in [
            ("", NoteError::NoSignatures),
            ("text\n", NoteError::NoSignatures),
            ("text\n\n", NoteError::NoSignatures),
            ("text\n\n— name", NoteError::NoSignatures),
            ("te\u{7}xt\n\n— name AAAAAAAA\n", NoteError::Text),
            ("text\n\n- name AAAAAAAA\n", NoteError::SignatureLine { line: 1 }),
            ("text\n\n— name !\n", NoteError::SignatureLine { line: 1 }),
            ("text\n\n— name AAAA\n", NoteError::SignatureLine { line: 1 }),
        ] {
            assert_eq!(bytes.parse::<SignedNote>().unwrap_err(), error, "{bytes:?}");
        }
    }
}
