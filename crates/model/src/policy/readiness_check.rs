//! What is looked at, in a room, to know that the room could act alone.

use serde::{Deserialize, Serialize};

use crate::id::RoomId;
use crate::text::Text;
use crate::units::Span;

/// One thing that a room needs to act alone. Its own controller looks at it, from its own machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ReadinessCheck {
    /// For people.
    pub title: Text,
    /// Whose controller looks.
    pub room: RoomId,
    /// How.
    pub how: CheckHow,
    /// How often.
    pub every: Span,
    /// How long one look may take; nothing is known after that.
    pub timeout: Span,
}

/// How a readiness check is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckHow {
    /// A file is there, can be read and is not empty. It says nothing of what is in it.
    File {
        /// Where, on the controller's machine.
        path: String,
    },
    /// The first certificate of a PEM file is valid now and for at least so long.
    Certificate {
        /// Where, on the controller's machine.
        path: String,
        /// How long it must still live.
        alive_for: Span,
    },
    /// A program ends with 0. Any other end is not well, but for 3, with which a Nagios plugin says
    /// that it does not know. What opens a repository or logs in is such a program.
    Command {
        /// The program.
        program: String,
        /// Its arguments.
        #[serde(default)]
        args: Vec<String>,
    },
}

impl ReadinessCheck {
    /// How often a room looks where nothing is written: a password that somebody has changed is
    /// found within the hour.
    pub const EVERY: Span = Span::from_secs(60 * 60);
    /// How long a look may take where nothing is written: opening a repository over a slow link.
    pub const TIMEOUT: Span = Span::from_secs(60);
    /// How long a certificate must live where nothing is written: time to notice and to renew it.
    pub const ALIVE_FOR: Span = Span::from_secs(30 * 24 * 3600);
}
