//! How far a controller's disk has come.

use model::era::Era;
use model::standing::Standing;

use crate::agent;

/// As a message.
pub fn standing_to(standing: &Standing) -> agent::Standing {
    agent::Standing {
        incarnation: standing.incarnation,
        life: standing.life,
        term: standing.term,
        reached_term: standing.reached.map(|(term, _)| term),
        reached_index: standing.reached.map(|(_, index)| index),
        era: standing.era.0,
    }
}

/// From a message.
pub fn standing_from(message: &agent::Standing) -> Standing {
    Standing {
        era: Era(message.era),
        incarnation: message.incarnation,
        life: message.life,
        term: message.term,
        reached: message.reached_term.zip(message.reached_index),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standing_reads_back_from_its_message() {
        for reached in [None, Some((3, 0))] {
            let standing =
                Standing { era: Era(2), incarnation: 1, life: u64::MAX, term: 3, reached };
            assert_eq!(standing_from(&standing_to(&standing)), standing);
        }
    }
}
