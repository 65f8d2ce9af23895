//! Plays: scenarios that are told from a script instead of drawn, one file each. What a play
//! expects is noted as a fact, and a checker says which expectation did not hold.

mod survivor_era;

use serde::{Deserialize, Serialize};

use crate::fact::Fact;
use crate::world::World;

/// The plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Play {
    /// Rooms A and B die for good and nobody signs: nothing may start in C.
    NobodySigns,
    /// They die, two persons sign, C goes on alone; then A's controller is brought back.
    SurvivorEra,
    /// C is cut off while A and B run on, and two persons sign all the same.
    WronglySigned,
    /// The same, and nothing shows that A and B live: outside of the envelope.
    SignedOverACut,
}

/// Plays it to its end.
pub(crate) async fn play(world: &World, play: Play) {
    match play {
        Play::NobodySigns => survivor_era::nobody_signs(world).await,
        Play::SurvivorEra => survivor_era::two_sign(world).await,
        Play::WronglySigned => survivor_era::wrongly_signed(world).await,
        Play::SignedOverACut => survivor_era::signed_over_a_cut(world).await,
    }
}

fn expect(world: &World, what: &'static str, held: bool, seen: impl Into<String>) {
    world.note(&Fact::Expected { what, held, seen: seen.into() });
}
