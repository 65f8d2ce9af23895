//! Every machine's own clock: an offset and a rate of its own.

use std::time::Duration;

use model::time::Monotonic;

/// A machine's clock, as a function of the world's time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Clock {
    /// What it shows when the world begins.
    pub(crate) offset_ms: u64,
    /// By how much it runs fast (or slow), in parts per million.
    pub(crate) rate_ppm: i64,
    /// The world's time at which it showed its offset.
    pub(crate) since: Duration,
}

impl Clock {
    /// What it shows at this time of the world.
    pub(crate) fn at(self, world: Duration) -> Monotonic {
        let micros = world.saturating_sub(self.since).as_micros();
        let micros = i128::from(u64::try_from(micros).unwrap_or(u64::MAX));
        let shown = micros + micros * i128::from(self.rate_ppm) / 1_000_000;
        Monotonic(self.offset_ms + u64::try_from(shown / 1000).unwrap_or(0))
    }

    /// The same clock at another rate from this time of the world on.
    pub(crate) fn at_rate(self, rate_ppm: i64, from: Duration) -> Self {
        Self { offset_ms: self.at(from).0, rate_ppm, since: from }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fast_clock_gains_its_rate() {
        let clock = Clock { offset_ms: 5, rate_ppm: 1000, since: Duration::ZERO };
        assert_eq!(clock.at(Duration::from_secs(100)), Monotonic(100_105));
    }

    #[test]
    fn a_clock_that_slows_down_never_jumps() {
        let clock = Clock { offset_ms: 5, rate_ppm: 1000, since: Duration::ZERO };
        let slow = clock.at_rate(-900_000, Duration::from_secs(100));
        assert_eq!(slow.at(Duration::from_secs(100)), Monotonic(100_105));
        assert_eq!(slow.at(Duration::from_secs(110)), Monotonic(101_105));
    }
}
