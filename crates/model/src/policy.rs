//! Policy: how far Bascule may go by itself, per class of incident.

mod check;
mod parse;
mod people;
mod person;
mod readiness_check;
mod waiver;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{CheckId, PersonId, RunbookName};
use crate::incident::IncidentClass;
use crate::units::Span;

pub use people::{Approvals, PeoplePolicy};
pub use person::{Person, PersonRole};
pub use readiness_check::{CheckHow, ReadinessCheck};
pub use waiver::Waiver;

/// How far Bascule goes by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Autonomy {
    /// Says what it sees, does nothing.
    #[default]
    Observe,
    /// Asks a person, then acts.
    Ask,
    /// Acts.
    Act,
}

impl Autonomy {
    /// As written in files and read by the conditions of runbooks.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Ask => "ask",
            Self::Act => "act",
        }
    }
}

/// The policy for one class of incident; by default Bascule only watches it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClassPolicy {
    /// How far it goes.
    pub autonomy: Autonomy,
    /// From the verdict to the first act; a verdict is withdrawn when life is seen before.
    #[serde(default)]
    pub hold_off: Span,
    /// The runbook that answers; none means that the platform absorbs it and we watch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook: Option<RunbookName>,
    /// Where the platform restarts VMs by itself: how long it may take before Bascule acts on what
    /// is not up, from the verdict on.
    #[serde(default = "platform_deadline")]
    pub platform_deadline: Span,
    /// Where it asks: how many persons must say yes, and who may.
    #[serde(default)]
    pub approvals: Approvals,
}

/// A platform's own high availability restarts VMs within minutes, or not at all.
fn platform_deadline() -> Span {
    Span::from_secs(10 * 60)
}

impl Default for ClassPolicy {
    fn default() -> Self {
        Self {
            autonomy: Autonomy::Observe,
            hold_off: Span::ZERO,
            runbook: None,
            platform_deadline: platform_deadline(),
            approvals: Approvals::default(),
        }
    }
}

/// At most so many automatic runs in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RateLimit {
    /// How many automatic runs at most.
    pub runs: u32,
    /// In how long.
    pub window: Span,
}

/// The lease's figures (section "The lease" of docs/ARCHITECTURE.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LeasePolicy {
    /// L: how long a grant lasts, counted by the holder from sending.
    pub lease: Span,
    /// W: the watchdog's timeout.
    pub watchdog: Span,
    /// rho, in parts per million: how far the rates of two clocks may differ.
    pub drift_ppm: u32,
    /// m: a margin on top.
    pub margin: Span,
    /// T: how long a promise between agents lasts.
    pub promise: Span,
    /// How often a holder renews.
    pub renew_every: Span,
}

impl Default for LeasePolicy {
    /// L = 20 s, W = 10 s, rho = 0.001, m = 2 s.
    fn default() -> Self {
        Self {
            lease: Span::from_secs(20),
            watchdog: Span::from_secs(10),
            drift_ppm: 1000,
            margin: Span::from_secs(2),
            promise: Span::from_secs(20),
            renew_every: Span::from_secs(4),
        }
    }
}

impl LeasePolicy {
    /// How long a granter waits before a silent armed host is proved fenced:
    /// (L + W)(1 + rho) + m, rounded up to the millisecond.
    pub fn wait(&self) -> Span {
        let base = self.lease.saturating_add(self.watchdog);
        let drift = u128::from(base.as_millis()) * u128::from(self.drift_ppm);
        // A wait that no clock reaches proves nothing; one that wrapped around would.
        let drift = u64::try_from(drift.div_ceil(1_000_000)).unwrap_or(u64::MAX);
        base.saturating_add(Span::from_millis(drift)).saturating_add(self.margin)
    }
}

/// How observations become verdicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WatchPolicy {
    /// How often each target is probed.
    pub probe_every: Span,
    /// How long a probe may take before it is silence.
    pub probe_timeout: Span,
    /// How many equal results in a row before a change is believed.
    pub debounce: u32,
}

impl WatchPolicy {
    /// How long a change is seen before it is believed.
    pub fn debounce_time(&self) -> Span {
        self.probe_every.saturating_mul(self.debounce)
    }
}

impl Default for WatchPolicy {
    fn default() -> Self {
        Self {
            probe_every: Span::from_millis(500),
            probe_timeout: Span::from_millis(1000),
            debounce: 3,
        }
    }
}

/// Limits of starts at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StartLimits {
    /// Per host.
    pub per_host: u32,
    /// Per volume.
    pub per_volume: u32,
}

impl Default for StartLimits {
    fn default() -> Self {
        Self { per_host: 12, per_volume: 12 }
    }
}

/// The whole policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Policy {
    /// Per class of incident; a class that is not named is only observed.
    pub incidents: BTreeMap<IncidentClass, ClassPolicy>,
    /// The brake on automatic runs.
    pub rate_limit: RateLimit,
    /// The lease's figures.
    #[serde(default)]
    pub lease: LeasePolicy,
    /// How observations become verdicts.
    #[serde(default)]
    pub watch: WatchPolicy,
    /// Limits of starts at once.
    #[serde(default)]
    pub starts: StartLimits,
    /// Who may attest and approve, and for how long a yes counts.
    #[serde(default)]
    pub people: PeoplePolicy,
    /// How long a pause of automatic acts may last at most.
    #[serde(default = "longest_pause")]
    pub longest_pause: Span,
    /// The persons who sign with their own keys, by the name of the key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub persons: BTreeMap<PersonId, Person>,
    /// What may stay down, by name and until a day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<Waiver>,
    /// What each room needs to act alone, and looks at by itself.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub readiness_checks: BTreeMap<CheckId, ReadinessCheck>,
}

/// A forgotten pause must not leave a hospital without its failover for the weekend.
fn longest_pause() -> Span {
    Span::from_secs(24 * 3600)
}

impl Policy {
    /// The policy of a class; only observing where the file says nothing.
    pub fn class(&self, class: IncidentClass) -> ClassPolicy {
        self.incidents.get(&class).cloned().unwrap_or_default()
    }

    /// How many persons must approve an incident of a class, and who may: those whom the class
    /// names, else those whom the policy names for every class.
    pub fn approvals(&self, class: IncidentClass) -> Approvals {
        let mut approvals = self.class(class).approvals;
        if approvals.from.is_empty() {
            approvals.from = self.people.approve.clone();
        }
        approvals
    }
}

impl Default for Policy {
    /// The shipped policy: acts on a lost VM at once, on a host after 30 s, on a room and on a
    /// stopped storage side after 60 s; asks before it opens copies; watches the rest.
    fn default() -> Self {
        let act = |hold_off, runbook: &str| ClassPolicy {
            autonomy: Autonomy::Act,
            hold_off: Span::from_secs(hold_off),
            runbook: Some(runbook.into()),
            ..ClassPolicy::default()
        };
        let ask = |hold_off, runbook: &str| ClassPolicy {
            autonomy: Autonomy::Ask,
            hold_off: Span::from_secs(hold_off),
            runbook: Some(runbook.into()),
            ..ClassPolicy::default()
        };
        let watch = ClassPolicy::default;
        Self {
            incidents: BTreeMap::from([
                (IncidentClass::VmLost, act(0, "vm-loss")),
                (IncidentClass::HostLost, act(30, "host-loss")),
                (IncidentClass::RoomLost, act(60, "room-loss")),
                (IncidentClass::StorageSideLost, act(60, "room-loss")),
                // Copies are opened and there is no way back: a person is asked first.
                (IncidentClass::StorageLayerLost, ask(60, "last-resort-restart")),
                (IncidentClass::ProductionLost, ask(0, "last-resort-restart")),
                (IncidentClass::ArrayLost, watch()),
                (IncidentClass::LinkLost, watch()),
                (IncidentClass::ControllerLost, watch()),
            ]),
            rate_limit: RateLimit { runs: 20, window: Span::from_secs(3600) },
            lease: LeasePolicy::default(),
            watch: WatchPolicy::default(),
            starts: StartLimits::default(),
            people: PeoplePolicy::default(),
            longest_pause: longest_pause(),
            persons: BTreeMap::new(),
            waivers: Vec::new(),
            readiness_checks: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_beyond_any_clock_make_a_wait_that_never_ends_and_none_that_is_short() {
        let endless = Span::from_millis(u64::MAX);
        let ten_years = Span::from_secs(10 * 365 * 24 * 3600);
        for policy in [
            LeasePolicy { lease: endless, ..LeasePolicy::default() },
            LeasePolicy { watchdog: endless, ..LeasePolicy::default() },
            LeasePolicy { margin: endless, ..LeasePolicy::default() },
            LeasePolicy { lease: Span::from_millis(u64::MAX - 30_000), ..LeasePolicy::default() },
        ] {
            assert_eq!(policy.wait(), endless, "{policy:?}");
        }
        let drifting = LeasePolicy { lease: ten_years, drift_ppm: u32::MAX, ..Default::default() };
        assert!(drifting.wait() > ten_years);
        let watch = WatchPolicy { probe_every: endless, ..WatchPolicy::default() };
        assert_eq!(watch.debounce_time(), endless);
        assert_eq!(LeasePolicy::default().wait(), Span::from_millis(32_030));
    }
}
