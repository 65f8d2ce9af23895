use std::collections::BTreeMap;

use model::id::{RoomId, StorageLayerId};

/// The third site: it names one winner per layer and generation, and never another.
///
/// It keeps its memory in the room's process, as the quorum disk it stands for keeps it on disk:
/// a room of the twin does not come back after its death, so nothing is asked of it later.
#[derive(Clone, Debug, Default)]
pub struct TieBreak {
    winners: BTreeMap<StorageLayerId, (u64, RoomId)>,
}

impl TieBreak {
    /// A room asks to go on alone in a generation; the answer is the room that does.
    pub fn ask(&mut self, layer: &StorageLayerId, room: &RoomId, generation: u64) -> RoomId {
        match self.winners.get(layer) {
            Some((decided, winner)) if generation <= *decided => winner.clone(),
            _ => {
                self.winners.insert(layer.clone(), (generation, room.clone()));
                room.clone()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_to_ask_wins_a_generation_and_an_older_generation_is_told_the_last_winner() {
        let mut third_site = TieBreak::default();
        let (layer, a, b) = ("stretched".into(), RoomId::from("a"), RoomId::from("b"));
        assert_eq!(third_site.ask(&layer, &a, 1), a);
        assert_eq!(third_site.ask(&layer, &b, 1), a, "the second loses");
        assert_eq!(third_site.ask(&layer, &a, 1), a, "asking again changes nothing");
        assert_eq!(third_site.ask(&layer, &b, 2), b);
        assert_eq!(third_site.ask(&layer, &a, 1), b, "who slept through a generation has lost");
    }
}
