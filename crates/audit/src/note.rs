//! Signed notes (C2SP signed-note) with Ed25519 keys: a text, an empty line, one signature line
//! per signer. Other tools that read signed notes read these.

mod key;
mod signed;

pub use key::{KeyId, KeyName, NoteKeyError, NoteSigner, NoteVerifier};
pub use signed::{NoteError, NoteSignature, SignatureCheck, SignedNote};
