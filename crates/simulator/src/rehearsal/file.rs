//! The file of a rehearsal: what there is, what strikes when, and how long things take.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use model::id::{HostId, RoomId};
use model::text::Text;
use model::units::Span;
use serde::{Deserialize, Deserializer};

use super::quantiles::{self, Quantiles};
use crate::document::{self, Document};
use crate::scenario::ScenarioError;

pub(super) const KIND: &str = "Rehearsal";

/// What is rehearsed. Paths are relative to the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rehearsal {
    /// Its name.
    #[serde(skip)]
    pub name: String,
    /// For people.
    #[serde(skip)]
    pub title: Option<Text>,
    /// The estate.
    pub estate: PathBuf,
    /// The policy.
    pub policy: PathBuf,
    /// The folder of the runbooks.
    pub runbooks: PathBuf,
    /// Every VM runs in this room as it begins; none: each at its home.
    #[serde(default)]
    pub all_run_in: Option<RoomId>,
    /// The room of the leading controller as it begins.
    pub leader_in: RoomId,
    /// What strikes, in the order of time.
    pub strikes: Vec<Strike>,
    /// A run is given up so long after the last strike.
    #[serde(default = "two_hours")]
    pub given_up_after: Span,
    /// How long things take.
    #[serde(default)]
    pub durations: Durations,
    /// What goes wrong by chance.
    #[serde(default)]
    pub mishaps: Mishaps,
}

fn two_hours() -> Span {
    Span::from_secs(7200)
}

/// One thing that dies, at once and for good.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Strike {
    /// When, from the first.
    pub at: Span,
    /// A room, with everything in it.
    #[serde(default)]
    room: Option<RoomId>,
    /// A host; its management controller lives and says that it is off.
    #[serde(default)]
    host: Option<HostId>,
}

/// What dies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Struck {
    /// A room, with its controller, hosts, arrays and management controllers.
    Room(RoomId),
    /// A host alone.
    Host(HostId),
}

impl Strike {
    /// What dies; none where the file says nothing, or two things.
    pub fn what(&self) -> Option<Struck> {
        match (&self.room, &self.host) {
            (Some(room), None) => Some(Struck::Room(room.clone())),
            (None, Some(host)) => Some(Struck::Host(host.clone())),
            _ => None,
        }
    }
}

/// How long things take. What is not given is assumed as documented.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Durations {
    /// From the last sign of life until two rooms have told of the silence: three probes that
    /// nobody answers, each with its timeout.
    #[serde(deserialize_with = "spans")]
    pub silence: Quantiles,
    /// From the death of the leading controller until another leads.
    #[serde(deserialize_with = "spans")]
    pub election: Quantiles,
    /// From a proposal until it is applied in a majority.
    #[serde(deserialize_with = "spans")]
    pub commit: Quantiles,
    /// From a cut or death until the storage layer serves the side that is left.
    #[serde(deserialize_with = "spans")]
    pub storage_elects: Quantiles,
    /// From an order until a living management controller was read as off twice.
    #[serde(deserialize_with = "spans")]
    pub power_off: Quantiles,
    /// From the order of a fence until an agent has withheld its promises.
    #[serde(deserialize_with = "spans")]
    pub withholding: Quantiles,
    /// From the order to start a VM until its hypervisor has begun.
    #[serde(deserialize_with = "spans")]
    pub order: Quantiles,
    /// A guest's boot, in parts of what the estate says of its VM.
    #[serde(deserialize_with = "shares")]
    pub boot: Quantiles,
    /// From what happened until a probe has told of it.
    #[serde(deserialize_with = "spans")]
    pub told: Quantiles,
    /// From the last VM that a service needs until its users are served.
    #[serde(deserialize_with = "spans")]
    pub service: Quantiles,
}

/// What goes wrong by chance.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Mishaps {
    /// Of orders to start a VM, how many fail without effect.
    pub order_fails: Chance,
    /// Of guests, how many never come up, whatever is tried.
    pub guest_hangs: Chance,
}

/// A share, written as `0.2%`; kept in parts of a million.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chance(pub u32);

impl FromStr for Chance {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no share; write for example `0.2%`");
        let percent = text.trim().strip_suffix('%').ok_or_else(wrong)?.trim();
        let (whole, part) = percent.split_once('.').unwrap_or((percent, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || part.len() > 4 || !digits(whole) || !digits(part) {
            return Err(wrong());
        }
        let whole: u32 = whole.parse().map_err(|_| wrong())?;
        let part: u32 = format!("{part:0<4}").parse().map_err(|_| wrong())?;
        whole
            .checked_mul(10_000)
            .and_then(|whole| whole.checked_add(part))
            .map(Self)
            .ok_or_else(wrong)
    }
}

impl<'de> Deserialize<'de> for Chance {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

fn spans<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Quantiles, D::Error> {
    quantiles::read(deserializer, Span::as_millis)
}

fn shares<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Quantiles, D::Error> {
    quantiles::read(deserializer, |share: Chance| u64::from(share.0))
}

fn known(named: &[(&str, u64)]) -> Quantiles {
    // A mistake here is found by the tests that read every shipped rehearsal.
    Quantiles::of(named).unwrap_or_else(|_| Quantiles::always(0))
}

impl Default for Durations {
    fn default() -> Self {
        Self {
            silence: known(&[("p0", 1500), ("p50", 2200), ("p100", 3000)]),
            election: known(&[("p0", 600), ("p50", 1100), ("p99", 2000), ("p100", 4000)]),
            commit: Quantiles::always(5),
            storage_elects: known(&[
                ("p0", 1000),
                ("p50", 4000),
                ("p99", 12_000),
                ("p100", 30_000),
            ]),
            power_off: known(&[("p0", 700), ("p50", 1500), ("p99", 4000), ("p100", 5000)]),
            withholding: known(&[("p0", 5), ("p50", 30), ("p99", 300), ("p100", 2000)]),
            order: known(&[("p0", 20), ("p50", 120), ("p99", 1000), ("p100", 5000)]),
            boot: known(&[
                ("p0", 700_000),
                ("p50", 1_000_000),
                ("p90", 1_400_000),
                ("p99", 2_000_000),
                ("p100", 3_000_000),
            ]),
            told: known(&[("p0", 50), ("p50", 300), ("p100", 600)]),
            service: known(&[("p0", 200), ("p50", 2000), ("p99", 15_000), ("p100", 30_000)]),
        }
    }
}

impl Rehearsal {
    /// Whether a file says that it is one.
    pub fn is_one(text: &str) -> bool {
        document::is_of_kind(text, KIND)
    }

    /// Reads a file. Its paths become relative to the working folder.
    pub fn read(path: &Path) -> Result<Self, ScenarioError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ScenarioError::Read { path: path.into(), source })?;
        let Document { metadata, spec, .. } = document::parse::<Self>(path, &text, KIND)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let rehearsal = Self {
            name: metadata.name,
            title: Some(metadata.title),
            estate: folder.join(&spec.estate),
            policy: folder.join(&spec.policy),
            runbooks: folder.join(&spec.runbooks),
            ..spec
        };
        rehearsal.check().map_err(|reason| ScenarioError::Figures { path: path.into(), reason })?;
        Ok(rehearsal)
    }

    fn check(&self) -> Result<(), String> {
        if self.strikes.first().is_none_or(|first| first.at != Span::ZERO) {
            return Err("the first strike is at 0s: what comes after is counted from it".to_owned());
        }
        if self.strikes.windows(2).any(|pair| pair[1].at < pair[0].at) {
            return Err("strikes are written in the order of time".to_owned());
        }
        let Mishaps { order_fails, guest_hangs } = &self.mishaps;
        for (key, chance) in [("order-fails", order_fails), ("guest-hangs", guest_hangs)] {
            if chance.0 > 1_000_000 {
                return Err(format!("`{key}` is a chance: it goes from `0%` to `100%`"));
            }
        }
        match self.strikes.iter().find(|strike| strike.what().is_none()) {
            Some(strike) => {
                Err(format!("the strike at {} hits exactly one of `room` and `host`", strike.at))
            }
            None => Ok(()),
        }
    }
}
