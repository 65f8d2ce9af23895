//! What goes over the wire between controllers: a header that is checked first, then content.
//!
//! Layout: header length (4 bytes, big endian), header (JSON), content length (4 bytes), content
//! (JSON), and the rest is an attachment (the bytes of a snapshot, which as JSON would triple).

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use model::era::Era;
use model::id::ControllerId;

use model::standing::Standing;

/// The frame format. A peer with another one is refused by name instead of misread.
pub(crate) const FORMAT: u16 = 1;

/// What a frame asks, or that it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    Append,
    Vote,
    PreVote,
    Snapshot,
    TransferLeader,
    FetchLeaves,
    Hello,
    Orphan,
    Answer,
}

/// Who sends what to whom, in which era.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Header {
    pub(crate) format: u16,
    pub(crate) era: Era,
    /// The hash of the order that opened the era.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) order: Option<String>,
    pub(crate) from: ControllerId,
    pub(crate) to: ControllerId,
    pub(crate) kind: Kind,
    /// How far the sender's disk has come.
    #[serde(default)]
    pub(crate) standing: Option<Standing>,
    /// How far the sender has seen the receiver's disk come.
    #[serde(default)]
    pub(crate) known: Option<Standing>,
}

/// A frame, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) header: Header,
    pub(crate) content: &'a [u8],
    pub(crate) attachment: &'a [u8],
}

/// Why a peer did not take a frame, or could not answer it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "refusal", rename_all = "kebab-case")]
pub(crate) enum Refusal {
    #[error("the peer is in era {}, we are in era {}", .ours.0, .yours.0)]
    WrongEra { yours: Era, ours: Era },
    #[error(
        "TWO ERAS HAVE THE NUMBER {}: the peer's was opened by the order {}, ours by {}; people \
         must decide which one stands, and stop the other",
        .era.0, name(.yours), name(.ours)
    )]
    OtherEra { era: Era, yours: Option<String>, ours: Option<String> },
    #[error("the frame says it is from {claimed}, the certificate says {proven}")]
    WrongSender { claimed: ControllerId, proven: ControllerId },
    #[error("the frame is for {wanted}, the peer is {me}")]
    WrongReceiver { wanted: ControllerId, me: ControllerId },
    #[error("the frame has format {format}, the peer understands {understood}")]
    WrongFormat { format: u16, understood: u16 },
    #[error("the frame cannot be read: {what}")]
    Malformed { what: String },
    #[error("the peer does not know yet whether its disk is the newest it ever had")]
    NotSure,
    #[error(
        "the disk is an older image: it shows {shown}, the peer has seen {seen}; this \
         controller must not take part, replace it under a new controller id"
    )]
    OldImage { shown: Standing, seen: Standing },
    #[error("controller {id} was replaced, and its id is never used again")]
    Retired { id: ControllerId },
    #[error("the peer has stopped: {reason}")]
    Stopped { reason: String },
    #[error("the peer lacks leaves itself: {reason}")]
    NoLeaves { reason: String },
}

fn name(order: &Option<String>) -> &str {
    order.as_deref().unwrap_or("none")
}

fn malformed(what: impl ToString) -> Refusal {
    Refusal::Malformed { what: what.to_string() }
}

/// Puts a frame together.
pub(crate) fn encode<T: Serialize>(
    header: &Header,
    content: &T,
    attachment: &[u8],
) -> Result<Vec<u8>, Refusal> {
    let header = serde_json::to_vec(header).map_err(malformed)?;
    let content = serde_json::to_vec(content).map_err(malformed)?;
    let mut bytes = Vec::with_capacity(8 + header.len() + content.len() + attachment.len());
    for part in [&header, &content] {
        let length = u32::try_from(part.len()).map_err(malformed)?;
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes.extend_from_slice(attachment);
    Ok(bytes)
}

fn part(bytes: &[u8]) -> Result<(&[u8], &[u8]), Refusal> {
    let (length, rest) =
        bytes.split_first_chunk::<4>().ok_or_else(|| malformed("it ends too early"))?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(malformed)?;
    rest.split_at_checked(length).ok_or_else(|| malformed("it ends too early"))
}

/// Takes a frame apart, content untouched.
pub(crate) fn decode(bytes: &[u8]) -> Result<Frame<'_>, Refusal> {
    let (header, rest) = part(bytes)?;
    let header: Header = serde_json::from_slice(header).map_err(malformed)?;
    if header.format != FORMAT {
        return Err(Refusal::WrongFormat { format: header.format, understood: FORMAT });
    }
    let (content, attachment) = part(rest)?;
    Ok(Frame { header, content, attachment })
}

/// Reads a frame's content.
pub(crate) fn content<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(bytes).map_err(malformed)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn header() -> Header {
        Header {
            format: FORMAT,
            era: Era(2),
            order: Some("ab".to_owned()),
            from: ControllerId(1),
            to: ControllerId(3),
            kind: Kind::Snapshot,
            standing: None,
            known: None,
        }
    }

    #[test]
    fn a_frame_comes_apart_as_it_was_put_together() {
        let bytes = encode(&header(), &vec![1, 2, 3], b"state").unwrap();
        let frame = decode(&bytes).unwrap();
        assert_eq!(frame.header, header());
        assert_eq!(content::<Vec<u8>>(frame.content).unwrap(), [1, 2, 3]);
        assert_eq!(frame.attachment, b"state");
    }

    #[test]
    fn a_frame_that_is_cut_short_is_refused_and_never_a_panic() {
        let bytes = encode(&header(), &vec![1, 2, 3], b"").unwrap();
        for end in 0..bytes.len() {
            assert!(decode(&bytes[..end]).is_err(), "{end} bytes");
        }
        assert!(decode(&[0xff; 64]).is_err());
    }

    #[test]
    fn a_frame_of_another_format_is_refused_by_name() {
        let bytes = encode(&Header { format: 9, ..header() }, &(), b"").unwrap();
        assert_eq!(
            decode(&bytes).unwrap_err(),
            Refusal::WrongFormat { format: 9, understood: FORMAT }
        );
    }
}
