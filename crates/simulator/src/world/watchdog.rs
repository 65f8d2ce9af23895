//! A named fake: the hardware watchdog of a host. It counts on the host's own clock and knows
//! nothing of agents.

use model::time::Monotonic;
use model::units::Span;

/// The device.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FakeWatchdog {
    timeout: Span,
    fed_at: Option<Monotonic>,
}

impl FakeWatchdog {
    pub(super) fn new(timeout: Span) -> Self {
        Self { timeout, fed_at: None }
    }

    /// Arms it, or puts the reset off.
    pub(super) fn feed(&mut self, now: Monotonic) {
        self.fed_at = Some(now);
    }

    pub(super) fn is_armed(self) -> bool {
        self.fed_at.is_some()
    }

    /// W as read back from the device.
    pub(super) fn timeout(self) -> Span {
        self.timeout
    }

    /// A boot disarms it.
    pub(super) fn disarm(&mut self) {
        self.fed_at = None;
    }

    /// Whether it resets the host now.
    pub(super) fn fires(self, now: Monotonic) -> bool {
        self.fed_at.is_some_and(|fed| now.since(fed) >= self.timeout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_fires_when_it_was_not_fed_for_its_timeout() {
        let mut watchdog = FakeWatchdog::new(Span::from_secs(1));
        assert!(!watchdog.fires(Monotonic(99_999)), "not armed");
        watchdog.feed(Monotonic(5_000));
        assert!(!watchdog.fires(Monotonic(5_999)));
        assert!(watchdog.fires(Monotonic(6_000)));
    }
}
