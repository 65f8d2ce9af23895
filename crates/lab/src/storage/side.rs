use model::id::RoomId;
use model::time::Monotonic;
use model::units::Span;

/// The figures of an election.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ElectionTimers {
    /// Silence after which the other array, or the tie-break, counts as lost.
    pub lost_after: Span,
    /// By how much the side that is not preferred asks later.
    pub head_start: Span,
    /// A tie-break that comes back after the other array was lost must be seen without a break
    /// for so long before it is asked: when all links come back at once, the other array must be
    /// heard before it is voted out.
    pub quorum_settles: Span,
    /// How long it takes to copy what was missed.
    pub resync: Span,
}

impl Default for ElectionTimers {
    fn default() -> Self {
        Self {
            lost_after: Span::from_millis(1000),
            head_start: Span::from_millis(500),
            quorum_settles: Span::from_secs(3),
            resync: Span::from_secs(5),
        }
    }
}

/// What an array says of itself to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerArray {
    /// It serves I/O.
    pub serving: bool,
    /// Raised by each election that it won or has caught up with.
    pub generation: u64,
}

/// One array of a stretched layer.
#[derive(Clone, Debug)]
pub struct Side {
    room: RoomId,
    peer_room: RoomId,
    preferred: bool,
    timers: ElectionTimers,
    on: bool,
    serving: bool,
    generation: u64,
    elected: Option<RoomId>,
    /// Until when a copy of what was missed goes on.
    resync_ends: Option<Monotonic>,
    peer: Option<(Monotonic, PeerArray)>,
    quorum_heard: Option<Monotonic>,
    quorum_since: Option<Monotonic>,
    /// Since when both arrays were last known to see each other.
    sure_until: Monotonic,
}

impl Side {
    /// An array that starts with the other beside it, in step and serving.
    pub fn new(
        room: RoomId,
        peer_room: RoomId,
        preferred: bool,
        timers: ElectionTimers,
        now: Monotonic,
    ) -> Self {
        Self {
            room,
            peer_room,
            preferred,
            timers,
            on: true,
            serving: true,
            generation: 0,
            elected: None,
            resync_ends: None,
            peer: None,
            quorum_heard: None,
            quorum_since: None,
            sure_until: now,
        }
    }

    /// Whether it has power.
    pub fn is_on(&self) -> bool {
        self.on
    }

    /// Whether it serves I/O to the hosts of its room.
    pub fn serves(&self) -> bool {
        self.on && self.serving
    }

    /// What it says of itself to the other array; nothing without power.
    pub fn says(&self) -> Option<PeerArray> {
        self.on.then_some(PeerArray { serving: self.serving, generation: self.generation })
    }

    /// How many elections it has won or caught up with.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The room whose side goes on alone.
    pub fn elected(&self) -> Option<&RoomId> {
        self.elected.as_ref()
    }

    /// Whether its copy holds every acknowledged write: it is in step with the other's, or it is
    /// the one that went on.
    pub fn is_current(&self) -> bool {
        self.resync_ends.is_none() && self.elected.as_ref().is_none_or(|room| *room == self.room)
    }

    /// Whether the other array was heard lately.
    pub fn sees_peer(&self, now: Monotonic) -> bool {
        self.peer.is_some_and(|(at, _)| now.since(at) < self.timers.lost_after)
    }

    /// Whether the other array was heard lately and serves: hosts of this room reach it too.
    pub fn peer_serves(&self, now: Monotonic) -> bool {
        self.sees_peer(now) && self.peer.is_some_and(|(_, peer)| peer.serving)
    }

    /// Whether the tie-break was heard lately.
    pub fn sees_quorum(&self, now: Monotonic) -> bool {
        self.quorum_heard.is_some_and(|at| now.since(at) < self.timers.lost_after)
    }

    /// Power off or on. With power back it serves nothing until the other array, or the
    /// tie-break, tells it where it stands.
    pub fn power(&mut self, on: bool, now: Monotonic) {
        if on != self.on {
            self.on = on;
            self.serving = false;
            self.resync_ends = None;
            self.sure_until = now;
        }
    }

    /// The other array answered.
    pub fn peer_heard(&mut self, peer: PeerArray, now: Monotonic) {
        self.peer = Some((now, peer));
        self.sure_until = now;
        if !self.on {
            return;
        }
        if peer.generation > self.generation {
            self.follow(peer, now);
        } else if peer.generation < self.generation {
            // The other has to catch up; this one goes on alone until it has.
        } else {
            self.elected = None;
            self.resync_ends = None;
            self.serving = true;
        }
    }

    /// The other went on without this array: copy what was missed before serving again.
    fn follow(&mut self, peer: PeerArray, now: Monotonic) {
        self.serving = false;
        self.elected = Some(self.peer_room.clone());
        if !peer.serving {
            self.resync_ends = None;
            return;
        }
        let ends = *self.resync_ends.get_or_insert(now.after(self.timers.resync));
        if now >= ends {
            self.generation = peer.generation;
            self.elected = None;
            self.resync_ends = None;
            self.serving = true;
        }
    }

    /// The tie-break answered a sign of life.
    pub fn quorum_heard(&mut self, now: Monotonic) {
        if !self.sees_quorum(now) {
            self.quorum_since = Some(now);
        }
        self.quorum_heard = Some(now);
    }

    /// Time passes. Returns the generation in which the tie-break is to be asked whether this
    /// array goes on alone, if it is time to.
    pub fn tick(&mut self, now: Monotonic) -> Option<u64> {
        if !self.on || now.since(self.sure_until) < self.timers.lost_after || self.goes_on_alone() {
            return None;
        }
        // From here the other may be going on alone: no write may be acknowledged.
        self.serving = false;
        self.resync_ends = None;
        let lost_at = self.sure_until.after(self.timers.lost_after);
        // Seen before the other array was lost, and ever since: nothing came back just now.
        let settled = self.sees_quorum(now)
            && self.quorum_since.is_some_and(|since| {
                since <= lost_at || now.since(since) >= self.timers.quorum_settles
            });
        let head_start = if self.preferred { Span::ZERO } else { self.timers.head_start };
        let may_ask_at = lost_at.after(head_start);
        // One that knows it is behind asks for nothing: its copy is old (the other must return).
        (settled && now >= may_ask_at && self.elected.is_none()).then_some(self.generation + 1)
    }

    fn goes_on_alone(&self) -> bool {
        self.serving && self.elected.as_ref() == Some(&self.room)
    }

    /// The tie-break named a winner.
    pub fn tie_broken(&mut self, generation: u64, winner: &RoomId, now: Monotonic) {
        // The other array came back while the question was under way: nobody goes on alone.
        let late = self.sees_peer(now) && now.since(self.sure_until) < self.timers.lost_after;
        if !self.on || generation != self.generation + 1 || (late && *winner != self.room) {
            return;
        }
        self.elected = Some(winner.clone());
        if *winner == self.room {
            self.generation = generation;
            self.serving = true;
        }
    }
}

#[cfg(test)]
mod tests;
