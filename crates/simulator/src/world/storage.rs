//! A named fake: a stretched storage layer. While its arrays see each other both serve. When they
//! do not, one goes on: the preferred one if it reaches the tie-break, else the other if it does,
//! else none. Who has missed writes copies them before it serves again.

use std::time::Duration;

use model::estate::{Estate, StorageLayer};
use model::id::{ArrayId, RoomId};

/// How long the arrays must have lost each other before one is elected.
const ELECTION: Duration = Duration::from_millis(1500);
/// How long the copy of what was missed takes.
const RESYNC: Duration = Duration::from_secs(5);

/// One array's place.
#[derive(Clone, Debug)]
struct Side {
    array: ArrayId,
    room: RoomId,
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
                Some(Side { array: array.clone(), room })
            })
            .collect();
        Self {
            sides,
            quorum: layer.quorum.clone(),
            preferred: layer.preferred.clone(),
            serving: Serving::Both,
        }
    }

    pub(crate) fn has(&self, array: &ArrayId) -> bool {
        self.sides.iter().any(|side| side.array == *array)
    }

    /// Whether this array serves the hosts of its room.
    pub(crate) fn serves(&self, array: &ArrayId, around: &impl Surroundings) -> bool {
        self.sides.iter().find(|side| side.array == *array).is_some_and(|side| {
            around.powered(&side.room)
                && match &self.serving {
                    Serving::Both => true,
                    Serving::Frozen { .. } => false,
                    Serving::Alone { room, .. } => *room == side.room,
                }
        })
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
            Serving::Frozen { since } if now.saturating_sub(since) >= ELECTION => {
                let winner = self.winner(around)?;
                self.serving = Serving::Alone { room: winner.clone(), copies_since: None };
                Some(Some(winner))
            }
            Serving::Alone { room, copies_since } => match (together, copies_since) {
                (true, Some(since)) if now.saturating_sub(since) >= RESYNC => {
                    self.serving = Serving::Both;
                    Some(None)
                }
                (true, None) => {
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
        let side = |name: &str| Side { array: format!("array-{name}").into(), room: name.into() };
        StretchedLayer {
            sides: vec![side("a"), side("b")],
            quorum: "c".into(),
            preferred: "a".into(),
            serving: Serving::Both,
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
