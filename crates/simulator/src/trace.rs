//! The trace of a run: a hash over all that happened, and, when asked for, a readable timeline.
//!
//! One line an event: `seconds.millis  kind  what`; docs/SIMULATION.md has the legend. Messages
//! between controllers, and an entry's application on the second and third of them, are in the
//! hash, and in lines only when everything is asked for: they would hide the rest.

use std::fmt::Write as _;
use std::time::Duration;

use sha2::{Digest, Sha256};

/// What is kept of a run's trace beside its hash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tracing {
    /// Nothing.
    #[default]
    Hash,
    /// A line for each event that tells a reader something new.
    Timeline,
    /// A line for each event.
    Everything,
}

/// A trace under way.
#[derive(Debug)]
pub(crate) struct Trace {
    hash: Sha256,
    events: u64,
    everything: bool,
    lines: Option<String>,
    buffer: String,
}

impl Trace {
    /// An empty trace.
    pub(crate) fn new(tracing: Tracing) -> Self {
        Self {
            hash: Sha256::new(),
            events: 0,
            everything: tracing == Tracing::Everything,
            lines: (tracing != Tracing::Hash).then(String::new),
            buffer: String::new(),
        }
    }

    /// An event: into the hash, and into the timeline where it tells something new.
    pub(crate) fn line(
        &mut self,
        at: Duration,
        kind: &str,
        what: std::fmt::Arguments<'_>,
        readable: bool,
    ) {
        self.buffer.clear();
        // Writing into a string does not fail.
        let _ =
            write!(self.buffer, "{:>5}.{:03}  {kind:<14} {what}", at.as_secs(), at.subsec_millis());
        self.buffer.push('\n');
        self.hash.update(self.buffer.as_bytes());
        self.events += 1;
        if (readable || self.everything)
            && let Some(lines) = &mut self.lines
        {
            lines.push_str(&self.buffer);
        }
    }

    /// A message.
    pub(crate) fn message(&mut self, at: Duration, from: u64, to: u64, length: usize) {
        for number in [at.as_micros() as u64, from, to, length as u64] {
            self.hash.update(number.to_le_bytes());
        }
        if self.everything
            && let Some(lines) = &mut self.lines
        {
            let (seconds, micros) = (at.as_secs(), at.subsec_micros());
            let _ =
                writeln!(lines, "{seconds:>5}.{micros:06}  message  {from} to {to}, {length} B");
        }
        self.events += 1;
    }

    /// How much has happened.
    pub(crate) fn events(&self) -> u64 {
        self.events
    }

    /// The hash in hexadecimal, and the lines if they were kept.
    pub(crate) fn end(self) -> (String, Option<String>) {
        let hash = self.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        (hash, self.lines)
    }
}
