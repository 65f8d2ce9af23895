//! Amounts of data, and how fast they move.

use std::fmt;
use std::iter::Sum;
use std::str::FromStr;

use super::Span;

/// An amount of data, in bytes. Written `2TiB`, `800GiB` or, as vendors do, `40TB`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DataSize(pub u64);

/// How fast data move, in bits per second. Written `1Gbit/s`, `940Mbit/s`, `300MB/s`; a byte has
/// eight bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DataRate(pub u64);

const SIZES: [(&str, u64); 11] = [
    ("PiB", 1 << 50),
    ("PB", 1_000_000_000_000_000),
    ("TiB", 1 << 40),
    ("TB", 1_000_000_000_000),
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("kB", 1000),
    ("B", 1),
];

/// In bits a second: first the names that rates are written back with.
const RATES: [(&str, u64); 11] = [
    ("Tbit/s", 1_000_000_000_000),
    ("Gbit/s", 1_000_000_000),
    ("Mbit/s", 1_000_000),
    ("kbit/s", 1000),
    ("bit/s", 1),
    ("GB/s", 8_000_000_000),
    ("GiB/s", 8 << 30),
    ("MB/s", 8_000_000),
    ("MiB/s", 8 << 20),
    ("kB/s", 8000),
    ("KiB/s", 8 << 10),
];

/// A whole number and one of these units, in the smallest of them.
fn whole(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let text = text.trim();
    let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let amount: u64 = digits.parse().ok()?;
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim_start())?;
    amount.checked_mul(*factor)
}

/// With the largest of these units that leaves no fraction.
fn written(f: &mut fmt::Formatter<'_>, amount: u64, units: &[(&str, u64)]) -> fmt::Result {
    let fits = |factor: u64| amount >= factor && amount.is_multiple_of(factor);
    match units.iter().find(|(_, factor)| fits(*factor)) {
        Some((unit, factor)) => write!(f, "{} {unit}", amount / factor),
        None => write!(f, "{amount} {}", units.iter().find(|unit| unit.1 == 1).map_or("", |u| u.0)),
    }
}

/// Why a text is no amount of data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an amount of data; write for example `800GiB`, `2TiB` or `40TB`")]
pub struct DataSizeError {
    /// What was written.
    pub text: String,
}

/// Why a text is no rate of data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a rate of data; write for example `1Gbit/s`, `940Mbit/s` or `300MB/s`, more than nothing"
)]
pub struct DataRateError {
    /// What was written.
    pub text: String,
}

impl FromStr for DataSize {
    type Err = DataSizeError;

    fn from_str(text: &str) -> Result<Self, DataSizeError> {
        whole(text, &SIZES).map(Self).ok_or_else(|| DataSizeError { text: text.to_owned() })
    }
}

impl FromStr for DataRate {
    type Err = DataRateError;

    /// A rate of nothing is refused: what has been measured moves.
    fn from_str(text: &str) -> Result<Self, DataRateError> {
        let rate = whole(text, &RATES).filter(|rate| *rate > 0);
        rate.map(Self).ok_or_else(|| DataRateError { text: text.to_owned() })
    }
}

impl fmt::Display for DataSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        written(f, self.0, &SIZES)
    }
}

impl fmt::Display for DataRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        written(f, self.0, &RATES[..5])
    }
}

impl DataRate {
    /// What is left of it beside another load; nothing when the load takes all.
    pub fn beside(self, load: Self) -> Option<Self> {
        self.0.checked_sub(load.0).filter(|left| *left > 0).map(Self)
    }

    /// How long so much data takes, rounded up to the second: a forecast is no finer. A rate of
    /// nothing takes for ever.
    pub fn time_for(self, size: DataSize) -> Span {
        if size.0 == 0 {
            return Span::ZERO;
        }
        if self.0 == 0 {
            return Span::from_millis(u64::MAX);
        }
        let seconds = (u128::from(size.0) * 8).div_ceil(u128::from(self.0));
        Span::from_millis(u64::try_from(seconds * 1000).unwrap_or(u64::MAX))
    }
}

impl Sum for DataSize {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self(0), |sum, part| Self(sum.0.saturating_add(part.0)))
    }
}

as_text!(DataSize, DataRate);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_terabyte_over_a_free_gigabit_takes_a_little_more_than_two_hours() {
        let rate: DataRate = "1Gbit/s".parse().unwrap();
        assert_eq!(rate.time_for("1TB".parse().unwrap()), Span::from_secs(8000));
        assert_eq!(rate.time_for(DataSize(1)), Span::from_secs(1), "rounded up");
        assert_eq!(rate.beside("400Mbit/s".parse().unwrap()).unwrap().to_string(), "600 Mbit/s");
        assert_eq!(rate.beside(rate), None);
        assert_eq!(DataRate(0).time_for(DataSize(1)), Span::from_millis(u64::MAX));
        assert_eq!("300MB/s".parse::<DataRate>().unwrap().to_string(), "2400 Mbit/s");
    }

    #[test]
    fn a_bare_number_and_an_unknown_unit_are_refused() {
        for text in ["", "2", "TiB", "-2TiB", "2tib", "2TiB/s", "99999999999PiB", "1.5TiB"] {
            assert!(text.parse::<DataSize>().is_err(), "{text}");
        }
        for text in ["", "1", "0Gbit/s", "1Gbit", "1Gb/s", "1GiB", "-1Gbit/s"] {
            assert!(text.parse::<DataRate>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(amount in 1_u64.., unit in 0_usize..11) {
            let size = DataSize(amount / SIZES[unit].1 * SIZES[unit].1);
            prop_assert_eq!(size.to_string().parse::<DataSize>(), Ok(size));
            let rate = DataRate((amount / RATES[unit].1).max(1) * RATES[unit].1);
            prop_assert_eq!(rate.to_string().parse::<DataRate>(), Ok(rate));
        }

        #[test]
        fn more_rate_is_never_slower(size: u64, slow in 1_u64.., more: u64) {
            let fast = DataRate(slow.saturating_add(more));
            prop_assert!(fast.time_for(DataSize(size)) <= DataRate(slow).time_for(DataSize(size)));
        }
    }
}
