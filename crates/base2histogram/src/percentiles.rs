//! What a histogram says in one line.

use std::fmt;

/// The percentiles of a histogram, in the unit of what was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PercentileStats {
    /// How many values were recorded.
    pub samples: u64,
    /// One value in a thousand is at most this.
    pub p0_1: u64,
    /// One in a hundred.
    pub p1: u64,
    /// One in twenty.
    pub p5: u64,
    /// One in ten.
    pub p10: u64,
    /// Half of them.
    pub p50: u64,
    /// Nine in ten.
    pub p90: u64,
    /// 99 in a hundred.
    pub p99: u64,
    /// 999 in a thousand.
    pub p99_9: u64,
}

impl fmt::Display for PercentileStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} samples", self.samples)?;
        for (name, value) in [
            ("0.1", self.p0_1),
            ("1", self.p1),
            ("5", self.p5),
            ("10", self.p10),
            ("50", self.p50),
            ("90", self.p90),
            ("99", self.p99),
            ("99.9", self.p99_9),
        ] {
            write!(f, ", p{name} {value}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::Histogram;

    #[test]
    fn the_line_names_each_percentile() {
        let mut histogram = Histogram::<()>::new();
        histogram.record(3);
        let line = histogram.percentile_stats().to_string();
        assert_eq!(line, "1 samples, p0.1 3, p1 3, p5 3, p10 3, p50 3, p90 3, p99 3, p99.9 3");
    }
}
