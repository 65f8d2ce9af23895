//! Log time between two entries: the last entry's time plus our own monotonic time since we
//! applied it. No wall clock takes part.

use model::time::{LogTime, Monotonic};

/// The log's clock, as this node reads it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LogClock {
    log: LogTime,
    at: Monotonic,
}

impl LogClock {
    /// Takes note of the state's log time. The base moves only when the log's time does, so that
    /// a state handed over again does not stop the clock.
    pub(crate) fn note(&mut self, log: LogTime, now: Monotonic) {
        if log > self.now(now) || self.at == Monotonic::default() {
            *self = Self { log: log.max(self.log), at: now };
        }
    }

    /// Another controller's entry was applied: its time counts from here.
    pub(crate) fn follow(&mut self, log: LogTime, now: Monotonic) {
        *self = Self { log, at: now };
    }

    /// Log time now.
    pub(crate) fn now(&self, now: Monotonic) -> LogTime {
        self.log.after(now.since(self.at))
    }
}
