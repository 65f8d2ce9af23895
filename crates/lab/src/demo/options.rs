use std::path::PathBuf;
use std::time::Duration;

use model::id::{ArrayId, HostId, RoomId};
use model::text::Lang;

use crate::fabric::Cut;

/// How boot times are compressed unless a person says otherwise.
pub const DEFAULT_TIME_SCALE: u32 = 10;
/// How boot times are compressed for scripts.
pub const FAST_TIME_SCALE: u32 = 60;

/// What the demonstration does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The fault.
    pub fault: Fault,
    /// Boot times of the estate are divided by this; nothing else is.
    pub time_scale: u32,
    /// A bug to seed, so that what counts is known to count.
    pub inject: Option<Inject>,
    /// The estate; the clinic if absent.
    pub estate: Option<PathBuf>,
    /// The policy; the shipped one if absent.
    pub policy: Option<PathBuf>,
    /// Keeps everything that the rooms and controllers wrote, not only the audit bundle, the
    /// journals and the logs.
    pub keep: bool,
    /// One JSON object on stdout instead of a table.
    pub json: bool,
    /// The language of progress and table.
    pub lang: Lang,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            fault: Fault::Room(None),
            time_scale: DEFAULT_TIME_SCALE,
            inject: None,
            estate: None,
            policy: None,
            keep: false,
            json: false,
            lang: Lang::En,
        }
    }
}

/// A fault. Where none is named, the first production room (`a`), or the first host or array in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A room loses its power.
    Room(Option<RoomId>),
    /// A host loses its power.
    Host(Option<HostId>),
    /// An array fails.
    Array(Option<ArrayId>),
    /// Links are cut and stay cut.
    Cut(Cut),
    /// All links between rooms are silent for a while.
    Silence {
        /// For how long.
        lasts: Duration,
        /// Whether the hosts' watchdogs are armed.
        armed: bool,
    },
    /// All controllers are killed at once, and come back after a while.
    Controllers {
        /// After how long.
        lasts: Duration,
        /// Whether agents of different rooms do not reach each other meanwhile, so that only
        /// guardians can promise.
        apart: bool,
    },
}

impl Fault {
    /// As it stands in the result.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Room(_) => "room",
            Self::Host(_) => "host",
            Self::Array(_) => "array",
            Self::Cut(Cut::Path) => "cut-path",
            Self::Cut(Cut::Lan) => "cut-lan",
            Self::Cut(Cut::LastResort) => "cut-c",
            Self::Cut(Cut::All) => "cut-all",
            Self::Cut(Cut::Everything) | Self::Silence { .. } => "silence",
            Self::Controllers { apart: false, .. } => "controllers",
            Self::Controllers { apart: true, .. } => "controllers-apart",
        }
    }
}

/// A seeded bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inject {
    /// One VM is started on a second host while it runs, past every guard.
    DoubleStart,
}

impl std::str::FromStr for Inject {
    type Err = UnknownInject;

    fn from_str(text: &str) -> Result<Self, UnknownInject> {
        match text {
            "double-start" => Ok(Self::DoubleStart),
            _ => Err(UnknownInject(text.to_owned())),
        }
    }
}

/// A bug that cannot be seeded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` cannot be injected; there is `double-start`")]
pub struct UnknownInject(String);
