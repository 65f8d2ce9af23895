//! The key with which a named person signs orders. The private half never leaves their file.

use std::path::Path;

use audit::note::{KeyName, NoteSigner};

use super::CaError;
use crate::private_file::{read_secret, write_secret};

/// Makes a person's key; gives the public half, as it goes into the policy.
pub fn new_person_key(person: &str, path: &Path) -> Result<String, CaError> {
    let wrong = |reason: String| CaError::AuditKeys { path: path.to_owned(), reason };
    let name = KeyName::new(person).map_err(|error| wrong(error.to_string()))?;
    let signer = NoteSigner::from_seed(name, rand::random());
    write_secret(path, &format!("{}\n", signer.to_secret_text()))?;
    Ok(signer.verifier().to_string())
}

/// Reads a person's key.
pub fn load_person_key(path: &Path) -> Result<NoteSigner, CaError> {
    let text = read_secret(path)?;
    NoteSigner::from_secret_text(text.trim())
        .map_err(|error| CaError::AuditKeys { path: path.to_owned(), reason: error.to_string() })
}
