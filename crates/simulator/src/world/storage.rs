//! A named fake: a stretched storage layer. While its arrays see each other both serve. When they
//! do not, one goes on: the preferred one if it reaches the tie-break, else the other if it does,
//! else none. Who has missed writes copies them before it serves again.

use std::time::Duration;

use model::estate::{Estate, StorageLayer};
use model::id::{ArrayId, RoomId};

/// How long the arrays must have lost each other before one is elected, as a rule.
const ELECTION: Duration = Duration::from_millis(1500);
/// How long the copy of what was missed takes.
const RESYNC: Duration = Duration::from_secs(5);

/// One array's place.
#[derive(Clone, Debug)]
struct Side {
    array: ArrayId,
    room: RoomId,
    /// How many elections it has won or caught up with.
    generation: u64,
    /// It holds every write acknowledged up to then.
    holds: Duration,
}

/// Who serves.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Serving {
    /// Both.
    Both,
    /// They have lost each other since then; nobody acknowledges a write.
    Frozen { since: Duration },
    /// One side alone; the other copies since then, if it is back.
    Alone { room: RoomId, copies_since: Option<Duration> },
}

/// The layer.
#[derive(Clone, Debug)]
pub(crate) struct StretchedLayer {
    sides: Vec<Side>,
    quorum: RoomId,
    preferred: RoomId,
    serving: Serving,
    /// How long an election takes.
    election: Duration,
    /// How many faults keep its software from doing anything on either side.
    frozen_by: u32,
    /// A side with an old copy that somebody has forced to serve.
    forced: Option<RoomId>,
    /// The last moment at which a write was acknowledged.
    written: Duration,
}

/// What the layer asks of the world around it.
pub(crate) trait Surroundings {
    /// Whether this room has power.
    fn powered(&self, room: &RoomId) -> bool;
    /// Whether storage traffic passes both ways between two rooms.
    fn joined(&self, one: &RoomId, other: &RoomId) -> bool;
}

impl StretchedLayer {
    pub(super) fn new(estate: &Estate, layer: &StorageLayer) -> Self {
        let sides = layer
            .arrays
            .iter()
            .filter_map(|array| {
                let room = estate.arrays.get(array)?.room.clone();
                let (array, holds) = (array.clone(), Duration::ZERO);
                Some(Side { array, room, generation: 0, holds })
            })
            .collect();
        Self {
            sides,
            quorum: layer.quorum.clone(),
            preferred: layer.preferred.clone(),
            serving: Serving::Both,
            election: ELECTION,
            frozen_by: 0,
            forced: None,
            written: Duration::ZERO,
        }
    }

    pub(crate) fn has(&self, array: &ArrayId) -> bool {
        self.sides.iter().any(|side| side.array == *array)
    }

    /// Whether this array serves the hosts of its room.
    pub(crate) fn serves(&self, array: &ArrayId, around: &impl Surroundings) -> bool {
        self.sides.iter().find(|side| side.array == *array).is_some_and(|side| {
            let chosen = match &self.serving {
                Serving::Both => true,
                Serving::Frozen { .. } => false,
                Serving::Alone { room, .. } => *room == side.room,
            };
            let forced = self.forced.as_ref() == Some(&side.room);
            self.frozen_by == 0 && around.powered(&side.room) && (chosen || forced)
        })
    }

    /// How many elections a side has won or caught up with.
    pub(crate) fn generation(&self, array: &ArrayId) -> u64 {
        self.sides.iter().find(|side| side.array == *array).map_or(0, |side| side.generation)
    }

    /// From which side a host of this room would open a volume now, and what that side lacks of
    /// what was acknowledged; none while no side serves it.
    pub(crate) fn opens_from(
        &self,
        host_room: &RoomId,
        around: &impl Surroundings,
    ) -> Option<(RoomId, Duration)> {
        let serving = |side: &&Side| self.serves(&side.array, around);
        let own = self.sides.iter().filter(|side| side.room == *host_room).find(serving);
        let reached = |side: &&Side| around.joined(&side.room, host_room);
        let side = own.or_else(|| self.sides.iter().filter(reached).find(serving))?;
        Some((side.room.clone(), self.written.saturating_sub(side.holds)))
    }

    /// Whether a copy in this room hears a side that serves and holds every write.
    pub(crate) fn is_followed_from(&self, room: &RoomId, around: &impl Surroundings) -> bool {
        self.sides.iter().any(|side| {
            side.holds >= self.written
                && self.serves(&side.array, around)
                && around.joined(&side.room, room)
        })
    }

    /// The last moment at which a write was acknowledged.
    pub(crate) fn written(&self) -> Duration {
        self.written
    }

    /// Its software does nothing any more on either side, for one reason more.
    pub(crate) fn freeze(&mut self) {
        self.frozen_by += 1;
    }

    /// One reason less: without any it goes on as it was.
    pub(crate) fn thaw(&mut self) {
        self.frozen_by = self.frozen_by.saturating_sub(1);
    }

    /// Whether its software does nothing.
    pub(crate) fn is_frozen(&self) -> bool {
        self.frozen_by > 0
    }

    /// Its own timing and its own choice.
    pub(crate) fn choose(&mut self, election: Duration, preferred: RoomId) {
        self.election = election;
        self.preferred = preferred;
    }

    /// The rooms of its sides.
    pub(crate) fn rooms(&self) -> Vec<RoomId> {
        self.sides.iter().map(|side| side.room.clone()).collect()
    }

    /// Somebody forces the side of this room to serve what it has.
    pub(crate) fn force(&mut self, room: &RoomId) {
        self.forced = Some(room.clone());
    }

    /// Nobody forces anything any more.
    pub(crate) fn mend(&mut self) {
        self.frozen_by = 0;
        self.forced = None;
    }

    /// Writes are acknowledged as long as a side serves that the layer itself has chosen.
    fn write(&mut self, now: Duration, around: &impl Surroundings) {
        let both = self.serving == Serving::Both;
        let alone = self.elected().cloned();
        for side in &mut self.sides {
            let chosen = both || alone.as_ref() == Some(&side.room);
            if chosen && around.powered(&side.room) {
                side.holds = now;
                self.written = now;
            }
        }
    }

    fn is_elected(&mut self, room: &RoomId) {
        let next = self.sides.iter().map(|side| side.generation).max().unwrap_or_default() + 1;
        for side in self.sides.iter_mut().filter(|side| side.room == *room) {
            side.generation = next;
        }
    }

    /// Everything that was missed is copied.
    fn in_step(&mut self) {
        let (generation, holds) = self.sides.iter().fold((0, Duration::ZERO), |most, side| {
            (side.generation.max(most.0), side.holds.max(most.1))
        });
        for side in &mut self.sides {
            side.generation = generation;
            side.holds = holds;
        }
        self.forced = None;
    }

    /// Whether both copies are in step.
    pub(crate) fn in_sync(&self) -> bool {
        self.serving == Serving::Both
    }

    /// The room that goes on alone.
    pub(crate) fn elected(&self) -> Option<&RoomId> {
        match &self.serving {
            Serving::Alone { room, .. } => Some(room),
            Serving::Both | Serving::Frozen { .. } => None,
        }
    }

    /// Whether an array sees the tie-break.
    pub(crate) fn sees_quorum(&self, array: &ArrayId, around: &impl Surroundings) -> bool {
        self.sides.iter().find(|side| side.array == *array).is_some_and(|side| {
            around.powered(&self.quorum)
                && (side.room == self.quorum || around.joined(&side.room, &self.quorum))
        })
    }

    /// Whether the arrays see each other.
    pub(crate) fn sees_peer(&self, around: &impl Surroundings) -> bool {
        let powered = self.sides.iter().all(|side| around.powered(&side.room));
        let joined = match self.sides.as_slice() {
            [one, other] => around.joined(&one.room, &other.room),
            _ => true,
        };
        powered && joined
    }

    /// Time passes. Says who goes on alone when that changes, and none when both serve again.
    pub(crate) fn tick(
        &mut self,
        now: Duration,
        around: &impl Surroundings,
    ) -> Option<Option<RoomId>> {
        if self.is_frozen() {
            return None;
        }
        let change = self.elect(now, around);
        self.write(now, around);
        change
    }

    fn elect(&mut self, now: Duration, around: &impl Surroundings) -> Option<Option<RoomId>> {
        let together = self.sees_peer(around);
        match self.serving.clone() {
            Serving::Both if !together => {
                self.serving = Serving::Frozen { since: now };
                None
            }
            Serving::Frozen { .. } if together => {
                // Nothing was acknowledged meanwhile: they are still in step.
                self.serving = Serving::Both;
                None
            }
            Serving::Frozen { since } if now.saturating_sub(since) >= self.election => {
                let winner = self.winner(around)?;
                self.is_elected(&winner);
                self.serving = Serving::Alone { room: winner.clone(), copies_since: None };
                Some(Some(winner))
            }
            Serving::Alone { room, copies_since } => match (together, copies_since) {
                (true, Some(since)) if now.saturating_sub(since) >= RESYNC => {
                    self.serving = Serving::Both;
                    self.in_step();
                    Some(None)
                }
                (true, None) => {
                    // The side that went on is there again: nobody serves an old copy any more.
                    self.forced = None;
                    self.serving = Serving::Alone { room, copies_since: Some(now) };
                    None
                }
                (false, Some(_)) => {
                    self.serving = Serving::Alone { room, copies_since: None };
                    None
                }
                _ => None,
            },
            Serving::Both | Serving::Frozen { .. } => None,
        }
    }

    fn winner(&self, around: &impl Surroundings) -> Option<RoomId> {
        let able =
            |side: &&Side| around.powered(&side.room) && self.sees_quorum(&side.array, around);
        let preferred = self.sides.iter().filter(|side| side.room == self.preferred).find(able);
        preferred.or_else(|| self.sides.iter().find(able)).map(|side| side.room.clone())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[derive(Default)]
    struct Around {
        dark: BTreeSet<RoomId>,
        cut: BTreeSet<(RoomId, RoomId)>,
    }

    impl Surroundings for Around {
        fn powered(&self, room: &RoomId) -> bool {
            !self.dark.contains(room)
        }

        fn joined(&self, one: &RoomId, other: &RoomId) -> bool {
            !self.cut.contains(&(one.clone(), other.clone()))
        }
    }

    fn layer() -> StretchedLayer {
        let side = |name: &str| Side {
            array: format!("array-{name}").into(),
            room: name.into(),
            generation: 0,
            holds: Duration::ZERO,
        };
        StretchedLayer {
            sides: vec![side("a"), side("b")],
            quorum: "c".into(),
            preferred: "a".into(),
            serving: Serving::Both,
            election: ELECTION,
            frozen_by: 0,
            forced: None,
            written: Duration::ZERO,
        }
    }

    fn serve(layer: &StretchedLayer, around: &Around) -> (bool, bool) {
        (layer.serves(&"array-a".into(), around), layer.serves(&"array-b".into(), around))
    }

    #[test]
    fn exactly_the_preferred_side_goes_on_after_a_cut() {
        let (mut layer, mut around) = (layer(), Around::default());
        around.cut.insert(("a".into(), "b".into()));
        assert_eq!(layer.tick(Duration::from_secs(1), &around), None);
        assert_eq!(serve(&layer, &around), (false, false));
        assert_eq!(layer.tick(Duration::from_secs(3), &around), Some(Some("a".into())));
        assert_eq!(serve(&layer, &around), (true, false));
        around.cut.clear();
        layer.tick(Duration::from_secs(4), &around);
        assert_eq!(serve(&layer, &around), (true, false), "it copies first");
        assert_eq!(layer.tick(Duration::from_secs(9), &around), Some(None));
        assert_eq!(serve(&layer, &around), (true, true));
    }

    #[test]
    fn a_side_without_the_tie_break_never_goes_on() {
        let (mut layer, mut around) = (layer(), Around::default());
        around.dark.extend(["b".into(), "c".into()]);
        layer.tick(Duration::from_secs(1), &around);
        assert_eq!(layer.tick(Duration::from_secs(60), &around), None);
        assert_eq!(serve(&layer, &around), (false, false));
    }

    #[test]
    fn a_side_that_was_left_behind_serves_old_data_when_somebody_forces_it() {
        let (mut layer, mut around) = (layer(), Around::default());
        around.cut.insert(("a".into(), "b".into()));
        for secs in 1..=10 {
            layer.tick(Duration::from_secs(secs), &around);
        }
        assert_eq!(layer.opens_from(&"a".into(), &around), Some(("a".into(), Duration::ZERO)));
        assert_eq!(layer.opens_from(&"b".into(), &around), None);
        around.dark.insert("a".into());
        layer.force(&"b".into());
        let (from, lacks) = layer.opens_from(&"b".into(), &around).unwrap();
        assert_eq!((from, lacks), ("b".into(), Duration::from_secs(10)));
        assert_eq!(layer.generation(&"array-b".into()), 0, "no election made it current");
    }

    #[test]
    fn a_frozen_layer_serves_nobody_and_goes_on_as_it_was() {
        let (mut layer, around) = (layer(), Around::default());
        layer.tick(Duration::from_secs(1), &around);
        layer.freeze();
        layer.tick(Duration::from_secs(90), &around);
        assert_eq!(serve(&layer, &around), (false, false));
        assert_eq!(layer.written(), Duration::from_secs(1), "no write was acknowledged");
        layer.thaw();
        assert_eq!(serve(&layer, &around), (true, true));
    }

    #[test]
    fn who_was_not_elected_stays_down_when_the_elected_side_dies() {
        let (mut layer, mut around) = (layer(), Around::default());
        around.cut.insert(("a".into(), "b".into()));
        layer.tick(Duration::from_secs(1), &around);
        layer.tick(Duration::from_secs(3), &around);
        around.dark.insert("a".into());
        assert_eq!(layer.tick(Duration::from_secs(60), &around), None);
        assert_eq!(serve(&layer, &around), (false, false), "its copy is old");
    }
}
