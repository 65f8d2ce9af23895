//! Distances by road, and how fast they are driven.

use std::fmt;
use std::str::FromStr;

use super::Span;

/// A distance by road, in kilometres. Written `60km`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kilometres(pub u32);

/// How fast one drives on the whole, in kilometres an hour, above nought. Written `50km/h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoadSpeed(pub u32);

/// Why a text is no distance.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a distance; write for example `60km`")]
pub struct KilometresError {
    /// What was written.
    pub text: String,
}

/// Why a text is no speed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a speed; write for example `50km/h`, more than nothing")]
pub struct RoadSpeedError {
    /// What was written.
    pub text: String,
}

fn whole(text: &str, unit: &str) -> Option<u32> {
    text.trim().strip_suffix(unit)?.trim_end().parse().ok()
}

impl FromStr for Kilometres {
    type Err = KilometresError;

    fn from_str(text: &str) -> Result<Self, KilometresError> {
        whole(text, "km").map(Self).ok_or_else(|| KilometresError { text: text.to_owned() })
    }
}

impl FromStr for RoadSpeed {
    type Err = RoadSpeedError;

    fn from_str(text: &str) -> Result<Self, RoadSpeedError> {
        let speed = whole(text, "km/h").filter(|speed| *speed > 0);
        speed.map(Self).ok_or_else(|| RoadSpeedError { text: text.to_owned() })
    }
}

impl RoadSpeed {
    /// How long the distance takes, rounded up to the second.
    pub fn time_for(self, distance: Kilometres) -> Span {
        Span::from_secs((u64::from(distance.0) * 3600).div_ceil(u64::from(self.0.max(1))))
    }
}

impl fmt::Display for Kilometres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} km", self.0)
    }
}

impl fmt::Display for RoadSpeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} km/h", self.0)
    }
}

as_text!(Kilometres, RoadSpeed);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_kilometres_at_fifty_an_hour_take_an_hour_and_twelve_minutes() {
        let (distance, speed) = ("60km".parse::<Kilometres>(), "50 km/h".parse::<RoadSpeed>());
        let time = speed.expect("a speed").time_for(distance.expect("a distance"));
        assert_eq!(time, Span::from_secs(72 * 60));
    }

    #[test]
    fn what_is_no_distance_and_no_speed_is_refused() {
        for text in ["", "60", "km", "-1km", "60 miles", "60km/h"] {
            assert!(text.parse::<Kilometres>().is_err(), "{text}");
        }
        for text in ["", "50", "0km/h", "50km", "km/h"] {
            assert!(text.parse::<RoadSpeed>().is_err(), "{text}");
        }
    }
}
