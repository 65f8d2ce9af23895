//! The version of what is spoken, said with every call.

use std::fmt;
use std::str::FromStr;

/// The header that carries it.
pub const PROTOCOL_HEADER: &str = "bascule-protocol";

/// A version of the protocol. Nodes of one major number understand each other; a higher minor
/// number adds what the older side ignores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Protocol {
    /// Raised when an older node would misunderstand.
    pub major: u32,
    /// Raised when something is added.
    pub minor: u32,
}

/// What this binary speaks.
pub const PROTOCOL: Protocol = Protocol { major: 1, minor: 0 };

/// Why two nodes don't understand each other.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// No header.
    #[error(
        "the call does not say which protocol it speaks (header `{PROTOCOL_HEADER}`): it does not \
         come from bascule, or from a version older than {PROTOCOL}"
    )]
    Missing,
    /// Not a version.
    #[error("`{text}` is not a protocol version: `{PROTOCOL}` is expected")]
    Shape {
        /// What was sent.
        text: String,
    },
    /// Another major number.
    #[error(
        "the caller speaks protocol {caller}, this node {ours}: they do not understand each \
         other. Upgrade the {older} first"
    )]
    OtherMajor {
        /// The caller's.
        caller: Protocol,
        /// Ours.
        ours: Protocol,
        /// Which side is behind.
        older: &'static str,
    },
}

impl Protocol {
    /// Whether a call that carries this header value is understood here.
    pub fn check(self, header: Option<&str>) -> Result<Self, ProtocolError> {
        let text = header.ok_or(ProtocolError::Missing)?;
        let caller: Self = text.parse()?;
        if caller.major == self.major {
            Ok(caller)
        } else {
            let older = if caller.major < self.major { "caller" } else { "node that answers" };
            Err(ProtocolError::OtherMajor { caller, ours: self, older })
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for Protocol {
    type Err = ProtocolError;

    fn from_str(text: &str) -> Result<Self, ProtocolError> {
        let wrong = || ProtocolError::Shape { text: text.to_owned() };
        let (major, minor) = text.split_once('.').ok_or_else(wrong)?;
        let number = |digits: &str| digits.parse().map_err(|_| wrong());
        Ok(Self { major: number(major)?, minor: number(minor)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_major_number_is_understood_and_another_is_refused_in_words() {
        let ours = Protocol { major: 2, minor: 3 };
        assert_eq!(ours.check(Some("2.9")), Ok(Protocol { major: 2, minor: 9 }));
        for (header, says) in [
            (None, "does not say which protocol"),
            (Some("two"), "is not a protocol version"),
            (Some("2"), "is not a protocol version"),
            (Some("1.0"), "Upgrade the caller"),
            (Some("3.0"), "Upgrade the node that answers"),
        ] {
            let error = ours.check(header).expect_err("must be refused");
            assert!(error.to_string().contains(says), "{error}");
        }
    }
}
