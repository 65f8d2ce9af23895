//! Which ways are worth offering.

use model::units::Span;
use serde::Serialize;

use super::way::Way;

/// Where a way stands among the others of its set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "standing", rename_all = "kebab-case")]
pub enum Standing {
    /// No other way is as good in both time and loss and better in one.
    Offered,
    /// Another one is.
    Dominated(Dominated),
}

/// By which way another one is outdone, and by how much.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dominated {
    /// The better way, as [`super::Kind`] writes it.
    pub by: String,
    /// How much sooner that one is.
    pub later: Span,
    /// How much less that one loses.
    pub loses_more: Span,
}

/// Whether `one` is as good as `other` in both and better in one.
pub fn dominates(one: &Way, other: &Way) -> bool {
    one.ready <= other.ready
        && one.lost <= other.lost
        && (one.ready < other.ready || one.lost < other.lost)
}

/// Where each way stands, in their order. What outdoes a way is itself offered: the soonest such.
pub fn standings(ways: &[Way]) -> Vec<Standing> {
    let offered: Vec<&Way> =
        ways.iter().filter(|way| !ways.iter().any(|other| dominates(other, way))).collect();
    let standing = |way: &Way| {
        let better = offered.iter().filter(|other| dominates(other, way));
        better.min_by_key(|other| (other.ready, other.lost)).map_or(Standing::Offered, |by| {
            Standing::Dominated(Dominated {
                by: by.kind.to_string(),
                later: way.ready.saturating_sub(by.ready),
                loses_more: way.lost.saturating_sub(by.lost),
            })
        })
    };
    ways.iter().map(standing).collect()
}
