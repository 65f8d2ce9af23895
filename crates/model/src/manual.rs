//! What a step of a runbook asks persons to do, and what they show for it.

use serde::{Deserialize, Serialize};

use crate::text::Text;

/// What persons are asked to do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ManualTask {
    /// Whose task it is, for people: `operator`, `room-technician`.
    pub role: String,
    /// How many distinct persons must say that it is done, at least 1.
    pub quorum: u32,
    /// What each of them must show.
    pub evidence: EvidenceKind,
    /// What is to be done.
    pub text: Text,
}

/// What a person must show beside their word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceKind {
    /// What they saw, in their own words.
    Text,
    /// A photograph: the log keeps its name and its SHA-256, not the picture.
    Photo,
    /// Nothing: the word of a named person is enough.
    None,
}

impl EvidenceKind {
    /// As written in a runbook.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Photo => "photo",
            Self::None => "none",
        }
    }
}

/// What a person showed.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ManualEvidence {
    /// In their own words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// A photograph.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photo: Option<Photo>,
}

/// A photograph, as the log knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Photo {
    /// The name of its file, without its folder.
    pub name: String,
    /// The SHA-256 of its file, in lower-case hex.
    pub sha256: String,
}

impl ManualEvidence {
    /// The longest text, in bytes: an entry is carried by every controller for ever.
    pub const LONGEST_TEXT: usize = 4000;
    /// The longest name of a file, in bytes.
    pub const LONGEST_NAME: usize = 255;

    /// What keeps this from being evidence of such a kind, if something does.
    pub fn is_not(&self, kind: EvidenceKind) -> Option<String> {
        if self.text.len() > Self::LONGEST_TEXT {
            return Some(format!("at most {} bytes of text are kept", Self::LONGEST_TEXT));
        }
        if let Some(photo) = &self.photo {
            let digits = photo.sha256.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'));
            if photo.sha256.len() != 64 || !digits {
                return Some("the photograph's SHA-256 is not 64 hex digits".to_owned());
            }
            if photo.name.trim().is_empty() || photo.name.len() > Self::LONGEST_NAME {
                return Some("the photograph has no name, or too long a one".to_owned());
            }
        }
        match kind {
            EvidenceKind::Text if self.text.trim().is_empty() => {
                Some("it asks for words on what was seen".to_owned())
            }
            EvidenceKind::Photo if self.photo.is_none() => {
                Some("it asks for a photograph".to_owned())
            }
            EvidenceKind::Text | EvidenceKind::Photo | EvidenceKind::None => None,
        }
    }

    /// In a few words.
    pub fn words(&self) -> String {
        let photo = self.photo.as_ref().map(|photo| {
            let sha = photo.sha256.get(..12).unwrap_or(&photo.sha256);
            format!("photo {} (SHA-256 {sha}…)", photo.name)
        });
        let text = Some(self.text.trim().to_owned()).filter(|text| !text.is_empty());
        text.into_iter().chain(photo).collect::<Vec<_>>().join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photo(sha256: &str) -> ManualEvidence {
        let photo = Photo { name: "breakers.jpg".to_owned(), sha256: sha256.to_owned() };
        ManualEvidence { text: String::new(), photo: Some(photo) }
    }

    #[test]
    fn each_kind_of_evidence_is_told_from_what_is_none() {
        let text = |text: &str| ManualEvidence { text: text.to_owned(), photo: None };
        let sha = "0a".repeat(32);
        for (kind, shown, lacks) in [
            (EvidenceKind::Text, text("the breakers are open"), None),
            (EvidenceKind::Text, text("  "), Some("words")),
            (EvidenceKind::Text, photo(&sha), Some("words")),
            (EvidenceKind::Text, text(&"x".repeat(4001)), Some("4000")),
            (EvidenceKind::Photo, photo(&sha), None),
            (EvidenceKind::Photo, text("seen"), Some("a photograph")),
            (EvidenceKind::Photo, photo(&sha.to_uppercase()), Some("hex")),
            (EvidenceKind::Photo, photo("0a"), Some("hex")),
            (EvidenceKind::None, ManualEvidence::default(), None),
            (EvidenceKind::None, photo("0a"), Some("hex")),
        ] {
            let found = shown.is_not(kind);
            let expected = match (&found, lacks) {
                (Some(found), Some(lacks)) => found.contains(lacks),
                (None, None) => true,
                _ => false,
            };
            assert!(expected, "{kind:?} {shown:?}: {found:?}");
        }
    }
}
