//! A small histogram of whole numbers, in place of the crate of this name.
//!
//! openraft keeps fifteen histograms of batch sizes for its own statistics. The crate that it asks
//! for builds tables for sixteen resolutions when the first histogram is made, 26 MiB that stay in
//! memory, of which openraft reads 2 KiB. A controller may take 64 MiB. The root manifest patches
//! this crate in; `docs/decisions/2026-11-25-small-histogram.md` has the figures.
//!
//! The interface is the part of that crate that openraft uses, and no more.

#![forbid(unsafe_code)]

mod chart;
mod percentiles;

use std::marker::PhantomData;

pub use chart::AsciiChart;
pub use percentiles::PercentileStats;

/// Each power of two is split into so many buckets: a value is told from another that differs by a
/// quarter.
const PARTS: u64 = 4;
/// `log2(PARTS)`.
const PARTS_LOG2: u32 = PARTS.ilog2();
/// Values below `PARTS` have a bucket each; each power of two from there on has `PARTS`.
const BUCKETS: usize = (PARTS as usize) * (u64::BITS - PARTS_LOG2 + 1) as usize;

/// How often values of about each size were recorded.
///
/// `T` is what the replaced crate lets a caller attach to a histogram; openraft attaches nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram<T = ()> {
    /// By bucket; as long as the largest bucket that was ever hit asks for.
    counts: Vec<u64>,
    attached: PhantomData<T>,
}

impl<T> Default for Histogram<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// The bucket of a value, below [`BUCKETS`].
fn bucket_of(value: u64) -> usize {
    let bucket = if value < PARTS {
        value
    } else {
        let power = value.ilog2();
        let part = (value >> (power - PARTS_LOG2)) - PARTS;
        PARTS * u64::from(power - PARTS_LOG2 + 1) + part
    };
    usize::try_from(bucket).unwrap_or(BUCKETS - 1)
}

/// The smallest value of a bucket.
fn smallest_in(bucket: usize) -> u64 {
    let bucket = u64::try_from(bucket.min(BUCKETS - 1)).unwrap_or_default();
    if bucket < PARTS {
        return bucket;
    }
    (PARTS + bucket % PARTS) << (bucket / PARTS - 1)
}

impl<T> Histogram<T> {
    /// An empty one. Takes no memory until something is recorded.
    pub fn new() -> Self {
        Self { counts: Vec::new(), attached: PhantomData }
    }

    /// Counts a value.
    pub fn record(&mut self, value: u64) {
        self.record_n(value, 1);
    }

    /// Counts a value so many times.
    pub fn record_n(&mut self, value: u64, times: u64) {
        let bucket = bucket_of(value);
        if self.counts.len() <= bucket {
            self.counts.resize(bucket + 1, 0);
        }
        if let Some(count) = self.counts.get_mut(bucket) {
            *count = count.saturating_add(times);
        }
    }

    /// How many values were recorded.
    pub fn total(&self) -> u64 {
        self.counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// The value below or at which this share (0 to 1) of the recorded values lies, to the
    /// resolution of the buckets; 0 when nothing was recorded.
    pub fn percentile(&self, share: f64) -> u64 {
        let total = self.total();
        // Statistics for a person: what a double rounds away above 2^53 does not matter.
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss
        )]
        let rank = ((total as f64 * share.clamp(0.0, 1.0)).ceil() as u64).clamp(1, total.max(1));
        let mut seen = 0_u64;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen = seen.saturating_add(*count);
            if seen >= rank {
                return smallest_in(bucket);
            }
        }
        0
    }

    /// The percentiles that openraft shows.
    pub fn percentile_stats(&self) -> PercentileStats {
        PercentileStats {
            samples: self.total(),
            p0_1: self.percentile(0.001),
            p1: self.percentile(0.01),
            p5: self.percentile(0.05),
            p10: self.percentile(0.10),
            p50: self.percentile(0.50),
            p90: self.percentile(0.90),
            p99: self.percentile(0.99),
            p99_9: self.percentile(0.999),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bucket_begins_where_the_one_before_ends() {
        for bucket in 1..BUCKETS {
            let smallest = smallest_in(bucket);
            assert_eq!(bucket_of(smallest), bucket);
            assert_eq!(bucket_of(smallest - 1), bucket - 1);
        }
        assert_eq!(bucket_of(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn a_percentile_is_right_to_a_quarter() {
        let mut histogram = Histogram::<()>::new();
        assert_eq!(histogram.percentile_stats().p50, 0, "nothing was recorded");
        (1..=1000).for_each(|value| histogram.record(value));
        let stats = histogram.percentile_stats();
        assert_eq!(stats.samples, 1000);
        for (found, exact) in
            [(stats.p1, 10), (stats.p10, 100), (stats.p50, 500), (stats.p90, 900), (stats.p99, 990)]
        {
            assert!(found <= exact && exact - found <= exact / 4, "{found} for {exact}");
        }
    }

    #[test]
    fn a_histogram_of_one_large_value_stays_small() {
        let mut histogram = Histogram::<()>::new();
        histogram.record(u64::MAX);
        assert_eq!(histogram.counts.len(), BUCKETS);
        assert_eq!(BUCKETS, 252);
        assert_eq!(histogram.percentile(1.0), smallest_in(BUCKETS - 1));
    }
}
