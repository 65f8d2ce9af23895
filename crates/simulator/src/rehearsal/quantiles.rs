//! A distribution as a few of its quantiles, straight lines between them. It is what history gives,
//! what a person can read, and the same on every machine: nothing but whole numbers is drawn.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use consensus::simulation::NodeRng;
use rand::RngExt;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// In a million.
const WHOLE: u32 = 1_000_000;

/// A distribution of whole numbers (milliseconds, or parts of a million).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantiles {
    /// (share of all in a million, value), both growing, from 0 to the whole.
    points: Vec<(u32, u64)>,
}

/// Why quantiles can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuantilesError {
    /// A name that is no quantile.
    #[error("`{name}` is no quantile; write `p0`, `p50`, `p99.9`, `p100`")]
    Name {
        /// As written.
        name: String,
    },
    /// The ends are missing.
    #[error("the smallest (`p0`) and the largest (`p100`) are both needed")]
    Ends,
    /// A larger quantile has a smaller value.
    #[error("`{name}` is smaller than the quantile before it")]
    Falling {
        /// Which.
        name: String,
    },
}

fn share(name: &str) -> Option<u32> {
    let digits = name.strip_prefix('p')?;
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > 4 || !plain(whole) || !plain(part) {
        return None;
    }
    let whole: u32 = whole.parse().ok()?;
    let part: u32 = format!("{part:0<4}").parse().ok()?;
    let share = whole.checked_mul(WHOLE / 100)?.checked_add(part)?;
    (share <= WHOLE).then_some(share)
}

impl Quantiles {
    /// Always the same.
    pub fn always(value: u64) -> Self {
        Self { points: vec![(0, value), (WHOLE, value)] }
    }

    /// From named quantiles.
    pub fn of(named: &[(&str, u64)]) -> Result<Self, QuantilesError> {
        let mut points = Vec::with_capacity(named.len());
        for (name, value) in named {
            let wrong = || QuantilesError::Name { name: (*name).to_owned() };
            points.push((share(name).ok_or_else(wrong)?, *value, *name));
        }
        points.sort_unstable();
        for pair in points.windows(2) {
            if pair[1].1 < pair[0].1 {
                return Err(QuantilesError::Falling { name: pair[1].2.to_owned() });
            }
        }
        let ends = (points.first().map(|p| p.0), points.last().map(|p| p.0));
        if ends != (Some(0), Some(WHOLE)) {
            return Err(QuantilesError::Ends);
        }
        Ok(Self { points: points.into_iter().map(|(share, value, _)| (share, value)).collect() })
    }

    /// The points, each as (share in a million, value).
    pub fn points(&self) -> &[(u32, u64)] {
        &self.points
    }

    /// Draws one.
    pub(crate) fn draw(&self, rng: &mut NodeRng) -> u64 {
        self.at(rng.random_range(0..=WHOLE))
    }

    /// The value at this share.
    fn at(&self, share: u32) -> u64 {
        let after = self.points.iter().position(|(known, _)| *known >= share).unwrap_or(0);
        let (to, high) = self.points[after];
        let Some((from, low)) = after.checked_sub(1).map(|before| self.points[before]) else {
            return high;
        };
        let part =
            u128::from(high - low) * u128::from(share - from) / u128::from((to - from).max(1));
        low.saturating_add(u64::try_from(part).unwrap_or(u64::MAX))
    }
}

/// As written: one value, or quantiles by name.
enum Written {
    One(String),
    Named(BTreeMap<String, String>),
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WrittenVisitor)
    }
}

struct WrittenVisitor;

impl<'de> Visitor<'de> for WrittenVisitor {
    type Value = Written;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one value, or quantiles as `{ p0: …, p50: …, p100: … }`")
    }

    fn visit_str<E>(self, text: &str) -> Result<Written, E> {
        Ok(Written::One(text.to_owned()))
    }

    // A bare number lacks its unit: whoever reads the unit says so.
    fn visit_u64<E>(self, number: u64) -> Result<Written, E> {
        Ok(Written::One(number.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Written, E> {
        Ok(Written::One(number.to_string()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Written, A::Error> {
        let mut named = BTreeMap::new();
        while let Some((name, value)) = map.next_entry::<String, String>()? {
            named.insert(name, value);
        }
        Ok(Written::Named(named))
    }
}

/// Reads values of one unit.
pub(super) fn read<'de, D, V>(
    deserializer: D,
    value_of: fn(V) -> u64,
) -> Result<Quantiles, D::Error>
where
    D: Deserializer<'de>,
    V: FromStr<Err: fmt::Display>,
{
    use serde::de::Error;
    let value = |text: &str| text.parse::<V>().map(value_of).map_err(D::Error::custom);
    match Written::deserialize(deserializer)? {
        Written::One(text) => value(&text).map(Quantiles::always),
        Written::Named(named) => {
            let mut points = Vec::with_capacity(named.len());
            for (name, text) in &named {
                points.push((name.as_str(), value(text)?));
            }
            Quantiles::of(&points).map_err(D::Error::custom)
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn straight_lines_lead_from_quantile_to_quantile() {
        let boots = Quantiles::of(&[("p0", 10), ("p50", 20), ("p90", 100), ("p100", 200)]).unwrap();
        let at = |percent: u32| boots.at(percent * 10_000);
        assert_eq!(
            [at(0), at(25), at(50), at(70), at(90), at(95), at(100)],
            [10, 15, 20, 60, 100, 150, 200]
        );
        assert_eq!(Quantiles::always(7).at(500_000), 7);
    }

    #[test]
    fn what_is_no_distribution_is_refused_with_its_reason() {
        for (named, says) in [
            (vec![("p0", 1), ("p50", 2)], "`p100`"),
            (vec![("p0", 5), ("p100", 2)], "`p100` is smaller"),
            (vec![("p0", 5), ("p101", 9)], "`p101` is no quantile"),
            (vec![("median", 5)], "`median` is no quantile"),
        ] {
            let error = Quantiles::of(&named).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_drawn_beyond_the_ends(low in 0_u64..1000, more in 0_u64..1000, seed in any::<u64>()) {
            let known = Quantiles::of(&[("p0", low), ("p33.3", low + more / 3), ("p100", low + more)]).unwrap();
            let mut rng = NodeRng::seed_from_u64(seed);
            for _ in 0..32 {
                let drawn = known.draw(&mut rng);
                prop_assert!((low..=low + more).contains(&drawn));
            }
        }
    }
}
