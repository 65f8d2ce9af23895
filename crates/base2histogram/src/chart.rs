//! Several histograms, one under the other.

use std::fmt;

use crate::Histogram;

/// Named histograms, shown as one line of percentiles each. The name is the replaced crate's,
/// which draws bars.
#[derive(Clone, Debug)]
pub struct AsciiChart<T = ()> {
    series: Vec<(String, Histogram<T>)>,
}

impl<T> Default for AsciiChart<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> AsciiChart<T> {
    /// With nothing in it.
    pub fn new() -> Self {
        Self { series: Vec::new() }
    }

    /// With one histogram more.
    #[must_use]
    #[allow(clippy::should_implement_trait)] // The name that openraft calls.
    pub fn add(mut self, name: &str, histogram: Histogram<T>) -> Self {
        self.series.push((name.to_owned(), histogram));
        self
    }
}

impl<T> fmt::Display for AsciiChart<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, histogram) in &self.series {
            writeln!(f, "{name}: {}", histogram.percentile_stats())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_histogram_has_its_line() {
        let mut waits = Histogram::<()>::new();
        waits.record_n(2, 10);
        let chart = AsciiChart::new().add("waits", waits).add("none", Histogram::new()).to_string();
        let lines: Vec<&str> = chart.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("waits: 10 samples"), "{chart}");
        assert!(lines[1].starts_with("none: 0 samples"), "{chart}");
    }
}
