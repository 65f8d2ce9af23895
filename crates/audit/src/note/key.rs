//! Keys of signed notes and their text forms.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use super::signed::NoteSignature;

/// The algorithm number of plain Ed25519 in a key's text form.
const ED25519: u8 = 0x01;

const PRIVATE_PREFIX: &str = "PRIVATE+KEY+";

/// Why a text is not a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteKeyError {
    /// The name can't stand in a signature line.
    #[error("`{name}` can't name a key: a name is not empty and has no space and no `+`")]
    Name {
        /// What was given.
        name: String,
    },
    /// Not `name+hash+base64`.
    #[error("this is not a note key: `name+hash+base64` is expected")]
    Shape,
    /// The key bytes are not what the algorithm asks for.
    #[error(
        "the key `{name}` is not an Ed25519 key: its bytes are damaged or of another algorithm"
    )]
    Bytes {
        /// The key's name.
        name: String,
    },
    /// The hash in the text is not that of its name and key.
    #[error("the key `{name}` is damaged: its hash is {written} but name and key give {computed}")]
    Id {
        /// The key's name.
        name: String,
        /// As written.
        written: String,
        /// As it should be.
        computed: KeyId,
    },
}

/// The name of a key: not empty, without spaces and without `+`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyName(String);

impl KeyName {
    /// Checks a name.
    pub fn new(name: &str) -> Result<Self, NoteKeyError> {
        let wrong = name.is_empty()
            || name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+');
        if wrong {
            Err(NoteKeyError::Name { name: name.to_owned() })
        } else {
            Ok(Self(name.to_owned()))
        }
    }

    /// The name of the key with which the controller of a room signs.
    pub fn of_room(cluster: &str, room: &model::id::RoomId) -> Result<Self, NoteKeyError> {
        Self::new(&format!("bascule-{cluster}-room-{room}"))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The short id of a key: the first four bytes of the hash of its name and public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyId(pub u32);

impl KeyId {
    fn of(name: &KeyName, public: &VerifyingKey) -> Self {
        let mut sha = Sha256::new();
        sha.update(name.as_str());
        sha.update([b'\n', ED25519]);
        sha.update(public.as_bytes());
        let hash: [u8; 32] = sha.finalize().into();
        Self(u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

/// The public half: checks signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteVerifier {
    name: KeyName,
    id: KeyId,
    public: VerifyingKey,
}

impl NoteVerifier {
    /// Whose key it is.
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// Its short id.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The bytes of the public key.
    pub fn public_bytes(&self) -> [u8; 32] {
        self.public.to_bytes()
    }

    /// Whether this is the key's signature over the text. Strict: one text and key have no second
    /// valid signature by malleability, and weak keys sign nothing.
    pub fn verifies(&self, text: &str, signature: &[u8; 64]) -> bool {
        self.public.verify_strict(text.as_bytes(), &Signature::from_bytes(signature)).is_ok()
    }
}

impl fmt::Display for NoteVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = vec![ED25519];
        bytes.extend(self.public.as_bytes());
        write!(f, "{}+{}+{}", self.name, self.id, STANDARD.encode(bytes))
    }
}

impl FromStr for NoteVerifier {
    type Err = NoteKeyError;

    fn from_str(text: &str) -> Result<Self, NoteKeyError> {
        let (name, written, bytes) = parts(text)?;
        let public = VerifyingKey::from_bytes(&bytes)
            .map_err(|_| NoteKeyError::Bytes { name: name.to_string() })?;
        let id = checked_id(&name, &public, written)?;
        Ok(Self { name, id, public })
    }
}

/// The private half: signs. Its text form is a secret; it has no `Display` so that it is never
/// written by accident.
#[derive(Clone)]
pub struct NoteSigner {
    name: KeyName,
    id: KeyId,
    key: SigningKey,
}

impl NoteSigner {
    /// The signer of this name and secret seed; the caller draws the seed.
    pub fn from_seed(name: KeyName, seed: [u8; 32]) -> Self {
        let key = SigningKey::from_bytes(&seed);
        let id = KeyId::of(&name, &key.verifying_key());
        Self { name, id, key }
    }

    /// Reads the secret text form, `PRIVATE+KEY+name+hash+base64`.
    pub fn from_secret_text(text: &str) -> Result<Self, NoteKeyError> {
        let rest = text.strip_prefix(PRIVATE_PREFIX).ok_or(NoteKeyError::Shape)?;
        let (name, written, seed) = parts(rest)?;
        let key = SigningKey::from_bytes(&seed);
        let id = checked_id(&name, &key.verifying_key(), written)?;
        Ok(Self { name, id, key })
    }

    /// The secret text form, for a file that only its owner reads.
    pub fn to_secret_text(&self) -> String {
        let mut bytes = vec![ED25519];
        bytes.extend(self.key.to_bytes());
        format!("{PRIVATE_PREFIX}{}+{}+{}", self.name, self.id, STANDARD.encode(bytes))
    }

    /// Whose key it is.
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// The public half.
    pub fn verifier(&self) -> NoteVerifier {
        NoteVerifier { name: self.name.clone(), id: self.id, public: self.key.verifying_key() }
    }

    /// Signs a note's text.
    pub fn sign(&self, text: &str) -> NoteSignature {
        NoteSignature {
            name: self.name.clone(),
            id: self.id,
            bytes: self.key.sign(text.as_bytes()).to_bytes().to_vec(),
        }
    }
}

impl fmt::Debug for NoteSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NoteSigner({}+{})", self.name, self.id)
    }
}

fn parts(text: &str) -> Result<(KeyName, &str, [u8; 32]), NoteKeyError> {
    // Base64 may hold `+`, the name and the hash may not.
    let mut fields = text.splitn(3, '+');
    let (Some(name), Some(id), Some(encoded)) = (fields.next(), fields.next(), fields.next())
    else {
        return Err(NoteKeyError::Shape);
    };
    let name = KeyName::new(name)?;
    let wrong = || NoteKeyError::Bytes { name: name.to_string() };
    let bytes = STANDARD.decode(encoded).map_err(|_| wrong())?;
    let Some((&ED25519, key)) = bytes.split_first() else { return Err(wrong()) };
    let key = key.try_into().map_err(|_| wrong())?;
    Ok((name, id, key))
}

fn checked_id(name: &KeyName, public: &VerifyingKey, written: &str) -> Result<KeyId, NoteKeyError> {
    let computed = KeyId::of(name, public);
    if written == computed.to_string() {
        Ok(computed)
    } else {
        Err(NoteKeyError::Id { name: name.to_string(), written: written.to_owned(), computed })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    // Published examples of the format, from Go's documentation of signed notes and its checksum
    // database.
    const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const PETER_SECRET: &str =
        "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const SUM_GOLANG_ORG: &str =
        "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";

    #[test]
    fn published_keys_have_their_published_ids() {
        for text in [PETER, SUM_GOLANG_ORG] {
            assert_eq!(text.parse::<NoteVerifier>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn the_published_private_key_belongs_to_the_published_public_key() {
        let signer = NoteSigner::from_secret_text(PETER_SECRET).unwrap();
        assert_eq!(signer.verifier().to_string(), PETER);
        assert_eq!(signer.to_secret_text(), PETER_SECRET);
        assert!(!format!("{signer:?}").contains("AYEK"), "a secret is never printed");
    }

    #[test]
    fn a_damaged_key_is_an_error_that_says_what_is_wrong() {
        for (text, says) in [
            ("", "`name+hash+base64` is expected"),
            ("a+b", "`name+hash+base64` is expected"),
            ("+c74f20a3+ARpc", "can't name a key"),
            ("two words+c74f20a3+ARpc", "can't name a key"),
            ("PeterNeumann+c74f20a3+ARpc", "not an Ed25519 key"),
            (
                "PeterNeumann+c74f20a3+AhpC2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
                "not an Ed25519",
            ),
            ("PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "is damaged"),
            ("PeterNeumanN+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "is damaged"),
        ] {
            let error = text.parse::<NoteVerifier>().unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
