//! How far a copy is behind, from "so long ago" to the log's own time. The log grows with events:
//! a copy that keeps up is told of now and then, one that lost contact at once.

use std::collections::BTreeMap;

use model::id::VolumeId;
use model::observation::{CopyPoint, Detail, Observation, Target};
use model::time::LogTime;
use model::units::Span;

/// A copy in contact is told of again when its point has moved by so much.
const IN_CONTACT: Span = Span::from_secs(60);
/// Without contact the point stands still, but for the difference of two clocks.
const OUT_OF_CONTACT: Span = Span::from_secs(1);

/// The points told last.
#[derive(Clone, Debug, Default)]
pub(crate) struct CopyPoints {
    told: BTreeMap<VolumeId, (bool, LogTime)>,
}

impl CopyPoints {
    /// Puts the log's time in place of the keeper's. A follower's reckoning of the log's time is
    /// never ahead of the leader's, so a copy never looks newer than it is.
    pub(crate) fn stamp(&mut self, observation: &mut Observation, log_now: LogTime) {
        let Target::Copy { volume } = &observation.target else { return };
        let Detail::Copy { in_contact, holds_until } = &mut observation.detail else { return };
        let CopyPoint::Ago(age) = *holds_until else { return };
        let now = LogTime(log_now.0.saturating_sub(age.as_millis()));
        let least = if *in_contact { IN_CONTACT } else { OUT_OF_CONTACT };
        let told = self.told.entry(volume.clone()).or_insert((*in_contact, now));
        if told.0 != *in_contact || now.since(told.1) >= least || now < told.1 {
            *told = (*in_contact, now);
        }
        *holds_until = CopyPoint::At(told.1);
    }
}

#[cfg(test)]
mod tests {
    use model::observation::Status;

    use super::*;

    fn stamped(points: &mut CopyPoints, in_contact: bool, age: u64, now: u64) -> LogTime {
        let mut observation = Observation {
            target: Target::Copy { volume: "v".into() },
            vantage: "c".into(),
            status: Status::Up,
            evidence: String::new(),
            detail: Detail::Copy {
                in_contact,
                holds_until: CopyPoint::Ago(Span::from_millis(age)),
            },
        };
        points.stamp(&mut observation, LogTime(now));
        match observation.detail {
            Detail::Copy { holds_until: CopyPoint::At(at), .. } => at,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_copy_that_keeps_up_is_news_once_a_minute_and_its_last_moment_at_once() {
        let mut points = CopyPoints::default();
        assert_eq!(stamped(&mut points, true, 2_000, 10_000), LogTime(8_000));
        assert_eq!(stamped(&mut points, true, 2_000, 60_000), LogTime(8_000), "no news");
        assert_eq!(stamped(&mut points, true, 2_000, 70_000), LogTime(68_000));
        assert_eq!(stamped(&mut points, false, 3_000, 90_000), LogTime(87_000));
        assert_eq!(stamped(&mut points, false, 4_003, 91_010), LogTime(87_000), "two clocks");
    }

    #[test]
    fn a_copy_never_looks_newer_than_its_keeper_says() {
        let mut points = CopyPoints::default();
        stamped(&mut points, false, 1_000, 10_000);
        assert_eq!(stamped(&mut points, false, 5_000, 10_000), LogTime(5_000));
    }
}
