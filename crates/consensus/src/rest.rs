//! When a leader keeps silent.
//!
//! Where a link is cut one way, a leader's heartbeats still arrive and the answers do not. It can
//! commit nothing, and yet it would keep everybody else from electing a leader that can: a
//! follower that hears a leader neither campaigns nor votes. So a leader that nobody has answered
//! for some heartbeats is silent for long enough that the others can elect; after that it speaks
//! again, in case there was nobody to elect.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::config::NodeConfig;

/// For how many heartbeats a leader goes on without any answer.
const PATIENCE: u32 = 4;

/// How long a leader speaks unanswered, and how long it is silent then, in turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rest {
    patience: Duration,
    silent: Duration,
}

impl Rest {
    /// From the node's timers: silence has to outlast the longest election timeout and the votes.
    pub(crate) fn of(config: &NodeConfig) -> Self {
        Self { patience: config.heartbeat * PATIENCE, silent: config.election_max * 2 }
    }

    /// Whether a leader is silent that nobody has answered for so long.
    fn holds(self, unanswered: Duration) -> bool {
        let turn = (self.patience + self.silent).as_millis().max(1);
        unanswered.as_millis() % turn >= self.patience.as_millis()
    }
}

/// Since when nobody has answered the leader of a term. One answer is enough: of three
/// controllers, it makes a majority.
#[derive(Debug, Default)]
pub(crate) struct Silence(Mutex<Option<(u64, Instant)>>);

impl Silence {
    /// Whether this node, leading in `term`, is silent now.
    pub(crate) fn rests(&self, term: u64, rest: Rest, now: Instant) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match *known {
            Some((of, since)) if of == term => rest.holds(now.saturating_duration_since(since)),
            _ => {
                *known = Some((term, now));
                false
            }
        }
    }

    /// Somebody answered.
    pub(crate) fn answered(&self, term: u64, now: Instant) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((term, now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_answered_never_rests_and_who_is_not_speaks_and_rests_in_turns() {
        let rest = Rest::of(&NodeConfig::default());
        let (silence, begun) = (Silence::default(), Instant::now());
        let rests = |millis| silence.rests(7, rest, begun + Duration::from_millis(millis));
        assert!(!rests(0) && !rests(599));
        assert!(rests(600) && rests(2399));
        assert!(!rests(2400), "it speaks again: perhaps nobody was elected");
        silence.answered(7, begun + Duration::from_millis(2400));
        assert!(!rests(2999) && rests(3000));
        assert!(
            !silence.rests(8, rest, begun + Duration::from_secs(60)),
            "a new term, a new count"
        );
    }
}
