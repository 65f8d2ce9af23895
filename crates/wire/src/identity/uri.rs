//! The URI form of an identity.

use std::collections::BTreeSet;
use std::fmt::Write;

use model::id::{ControllerId, HostId, PersonId, RoomId};

use super::Identity;

const SCHEME: &str = "bascule://";

/// Why a text is no identity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// Not ours at all.
    #[error("`{text}` is not an identity: `bascule://cluster/kind/id` is expected")]
    Shape {
        /// What was written.
        text: String,
    },
    /// A kind that this version does not know.
    #[error(
        "`{text}` names the kind `{kind}`, which this version does not know: controller, agent, \
         guardian, person or device is expected; is the other side newer?"
    )]
    Kind {
        /// What was written.
        text: String,
        /// The kind in it.
        kind: String,
    },
    /// A controller without a number or a room.
    #[error("`{text}` does not name a controller: a number and `?room=` are expected")]
    Controller {
        /// What was written.
        text: String,
    },
}

pub(super) fn write(identity: &Identity, cluster: &str) -> String {
    let mut text =
        format!("{SCHEME}{}/{}/{}", escape(cluster), identity.kind(), escape(&identity.id()));
    match identity {
        Identity::Controller(_, room) => {
            text.push_str("?room=");
            text.push_str(&escape(room.as_str()));
        }
        Identity::Person { roles, .. } => {
            for (nth, role) in roles.iter().enumerate() {
                text.push(if nth == 0 { '?' } else { '&' });
                text.push_str("role=");
                text.push_str(&escape(role));
            }
        }
        Identity::Agent(_) | Identity::Guardian(_) | Identity::Device(_) => {}
    }
    text
}

pub(super) fn read(text: &str) -> Result<(String, Identity), UriError> {
    let shape = || UriError::Shape { text: text.to_owned() };
    let rest = text.strip_prefix(SCHEME).ok_or_else(shape)?;
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut parts = path.split('/');
    let (Some(cluster), Some(kind), Some(id), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(shape());
    };
    let cluster = unescape(cluster).filter(|name| !name.is_empty()).ok_or_else(shape)?;
    let id = unescape(id).filter(|id| !id.is_empty()).ok_or_else(shape)?;
    let mut fields = Vec::new();
    for field in query.split('&').filter(|field| !field.is_empty()) {
        let (name, value) = field.split_once('=').ok_or_else(shape)?;
        fields.push((name, unescape(value).ok_or_else(shape)?));
    }
    let identity = match kind {
        "controller" => {
            let wrong = || UriError::Controller { text: text.to_owned() };
            let number = id.parse().map_err(|_| wrong())?;
            let [("room", room)] = fields.as_slice() else { return Err(wrong()) };
            Identity::Controller(ControllerId(number), RoomId(room.clone()))
        }
        "agent" => Identity::Agent(HostId(id)),
        "guardian" => {
            let wrong = || UriError::Controller { text: text.to_owned() };
            Identity::Guardian(ControllerId(id.parse().map_err(|_| wrong())?))
        }
        "device" => Identity::Device(RoomId(id)),
        "person" => {
            let roles: BTreeSet<String> = fields
                .into_iter()
                .map(|(name, value)| if name == "role" { Ok(value) } else { Err(shape()) })
                .collect::<Result<_, _>>()?;
            Identity::Person { name: PersonId(id), roles }
        }
        other => {
            return Err(UriError::Kind { text: text.to_owned(), kind: other.to_owned() });
        }
    };
    Ok((cluster, identity))
}

fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                escaped.push(char::from(byte));
            }
            _ => write!(escaped, "%{byte:02X}").expect("a String takes every write"),
        }
    }
    escaped
}

fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        if first == b'%' {
            let (digits, tail) = tail.split_at_checked(2)?;
            if !digits.iter().all(u8::is_ascii_hexdigit) {
                return None;
            }
            bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
            rest = tail;
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn identities() -> impl Strategy<Value = Identity> {
        prop_oneof![
            (any::<u64>(), ".{0,9}")
                .prop_map(|(id, room)| Identity::Controller(ControllerId(id), RoomId(room))),
            ".{1,9}".prop_map(|host| Identity::Agent(HostId(host))),
            any::<u64>().prop_map(|id| Identity::Guardian(ControllerId(id))),
            ".{1,9}".prop_map(|room| Identity::Device(RoomId(room))),
            (".{1,9}", proptest::collection::btree_set(".{0,9}", 0..4))
                .prop_map(|(name, roles)| Identity::Person { name: PersonId(name), roles }),
        ]
    }

    proptest! {
        #[test]
        fn an_identity_reads_back_from_its_uri(identity in identities(), cluster in ".{1,9}") {
            let uri = identity.to_uri(&cluster);
            prop_assert!(uri.is_ascii());
            prop_assert_eq!(Identity::from_uri(&uri), Ok((cluster, identity)));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "(bascule://)?.{0,40}") {
            let _ = Identity::from_uri(&text);
        }
    }

    #[test]
    fn an_identity_looks_as_documented() {
        let controller = Identity::Controller(ControllerId(1), RoomId::from("a"));
        assert_eq!(controller.to_uri("clinic"), "bascule://clinic/controller/1?room=a");
        assert_eq!(controller.dns_name().unwrap(), "controller-1.bascule.internal");
    }

    #[test]
    fn what_is_no_identity_is_refused() {
        for (text, says) in [
            ("https://clinic/agent/a1", "is not an identity"),
            ("bascule://clinic/agent", "is not an identity"),
            ("bascule:///agent/a1", "is not an identity"),
            ("bascule://clinic/agent/", "is not an identity"),
            ("bascule://clinic/agent/a1/b1", "is not an identity"),
            ("bascule://clinic/agent/%zz", "is not an identity"),
            ("bascule://clinic/agent/%+1", "is not an identity"),
            ("bascule://clinic/robot/r2", "the kind `robot`"),
            ("bascule://clinic/controller/one?room=a", "does not name a controller"),
            ("bascule://clinic/controller/1", "does not name a controller"),
            ("bascule://clinic/controller/1?room=a&room=b", "does not name a controller"),
        ] {
            let error = Identity::from_uri(text).unwrap_err();
            assert!(error.to_string().contains(says), "{text}: {error}");
        }
    }
}
