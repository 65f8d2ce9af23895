use model::text::Text;
use model::units::Span;
use serde::{Deserialize, Serialize};

/// How well something is proved.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Survived, with time to spare.
    #[default]
    Green,
    /// Survived with more than 70 % of an objective used up, left down by a waiver, or not known.
    Amber,
    /// Not survived, or not within its objective.
    Red,
}

/// Of an objective, beyond this part a forecast is amber: the same part at which the lint of
/// runbooks warns.
const AMBER_PERCENT: u64 = 70;

impl Level {
    /// As written in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Amber => "amber",
            Self::Red => "red",
        }
    }

    /// Of a forecast beside its objective.
    pub(super) fn of_forecast(forecast: Span, rto: Span) -> Self {
        let (forecast, rto) = (forecast.as_millis(), rto.as_millis());
        if forecast > rto {
            Self::Red
        } else if u128::from(forecast) * 100 > u128::from(rto) * u128::from(AMBER_PERCENT) {
            Self::Amber
        } else {
            Self::Green
        }
    }
}

/// A sentence for people, with how bad it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// How bad.
    pub level: Level,
    /// In words.
    pub text: Text,
}

impl Remark {
    pub(super) fn amber(text: Text) -> Self {
        Self { level: Level::Amber, text }
    }

    pub(super) fn red(text: Text) -> Self {
        Self { level: Level::Red, text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amber_begins_past_seventy_percent_and_red_past_the_objective() {
        let rto = Span::from_secs(1000);
        for (forecast, level) in [
            (0, Level::Green),
            (700, Level::Green),
            (701, Level::Amber),
            (1000, Level::Amber),
            (1001, Level::Red),
        ] {
            assert_eq!(Level::of_forecast(Span::from_secs(forecast), rto), level, "{forecast}");
        }
        let endless = Span::from_millis(u64::MAX);
        assert_eq!(Level::of_forecast(endless, endless), Level::Amber);
        assert_eq!(Level::of_forecast(Span::ZERO, Span::ZERO), Level::Green);
    }
}
