//! Days of the calendar, for what people agree on until a day.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::time::WallTime;

/// A day, in UTC. Written `2027-03-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Date(jiff::civil::Date);

impl Date {
    /// The day of a moment, in UTC. A moment beyond any calendar is its last day.
    pub fn of(wall: WallTime) -> Self {
        let millis = i64::try_from(wall.0).unwrap_or(i64::MAX);
        let at = jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::MAX);
        Self(jiff::tz::Offset::UTC.to_datetime(at).date())
    }

    /// How many days from this one until another; negative if that one is over.
    pub fn days_until(self, other: Self) -> i32 {
        (other.0 - self.0).get_days()
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Why a text is not a day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a day; write for example `2027-03-31`")]
pub struct DateError {
    /// What was written.
    pub text: String,
}

impl FromStr for Date {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        // The library also reads a moment, and would drop its time of day.
        let is_day = text.len() == "2027-03-31".len();
        let day = is_day.then(|| text.parse().ok()).flatten();
        day.map(Self).ok_or_else(|| DateError { text: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_reads_back_and_is_in_the_calendar() {
        let day: Date = "2028-02-29".parse().expect("a leap year");
        assert_eq!(day.to_string(), "2028-02-29");
        for text in ["", "2027-02-29", "2027-3-31", "31.03.2027", "2027-03-31T10:00"] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
    }

    #[test]
    fn days_are_counted_from_a_moment() {
        let today = Date::of(WallTime(1_796_000_000_000));
        assert_eq!(today.to_string(), "2026-11-30");
        let day = |text: &str| text.parse::<Date>().expect(text);
        assert_eq!(today.days_until(day("2026-12-30")), 30);
        assert_eq!(today.days_until(day("2026-11-29")), -1);
        assert!(Date::of(WallTime(u64::MAX)) > today);
    }
}
