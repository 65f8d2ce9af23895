//! From which size on the courier wins over the link: two ways beside each other, as if nothing else
//! were restored.

use model::units::{DataRate, DataSize, Span};
use serde::Serialize;

use super::way::Way;

/// A courier beside the best way over links.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Crossover {
    /// The way over links, as [`super::Kind`] writes it.
    pub link: String,
    /// The courier's.
    pub courier: String,
    /// How much later the courier's first byte is there; nought when it is there first.
    pub begins_later: Span,
    /// How much sooner the courier is ready with this set; nought when later.
    pub gains: Span,
    /// How much later the courier is ready with this set; nought when sooner.
    pub costs: Span,
    /// For which sizes the courier is sooner.
    pub wins: Wins,
}

/// For which sizes the courier is sooner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wins {
    /// From this size on.
    From(DataSize),
    /// Up to this size.
    UpTo(DataSize),
    /// Whatever the size.
    Always,
    /// For no size.
    Never,
}

/// The size at which two ways take equally long, to the byte above: one begins sooner, the other
/// runs faster. Times there differ by a second at most, because times are whole seconds.
fn equal_at(head_start: Span, slow: DataRate, fast: DataRate) -> DataSize {
    // start + size / fast = size / slow, in bits and milliseconds.
    let numerator = u128::from(head_start.as_millis())
        .saturating_mul(u128::from(slow.0))
        .saturating_mul(u128::from(fast.0));
    let bits = numerator.div_ceil(1000 * u128::from(fast.0.saturating_sub(slow.0)).max(1));
    DataSize(u64::try_from(bits.div_ceil(8)).unwrap_or(u64::MAX))
}

/// For which sizes the courier is sooner, by when each begins and how fast it runs.
pub fn wins(link: (Span, DataRate), courier: (Span, DataRate)) -> Wins {
    let ((link_begins, link_rate), (begins, rate)) = (link, courier);
    if begins <= link_begins && rate >= link_rate {
        // Equal in both is no victory.
        let equal = begins == link_begins && rate == link_rate;
        return if equal { Wins::Never } else { Wins::Always };
    }
    if begins >= link_begins && rate <= link_rate {
        return Wins::Never;
    }
    if rate > link_rate {
        Wins::From(equal_at(begins.saturating_sub(link_begins), link_rate, rate))
    } else {
        Wins::UpTo(equal_at(link_begins.saturating_sub(begins), rate, link_rate))
    }
}

/// The soonest courier beside the soonest way over links; nothing where either is missing.
pub(super) fn of(ways: &[Way], size: DataSize) -> Option<Crossover> {
    let soonest = |among: fn(&Way) -> bool| {
        let copied = ways.iter().filter(|way| among(way));
        copied.min_by_key(|way| (way.ready_alone(size), way.lost))
    };
    let (link, courier) = (soonest(Way::is_over_links)?, soonest(Way::is_carried)?);
    let (link_ready, ready) = (link.ready_alone(size), courier.ready_alone(size));
    Some(Crossover {
        link: link.kind.to_string(),
        courier: courier.kind.to_string(),
        begins_later: courier.begins_alone.saturating_sub(link.begins_alone),
        gains: link_ready.saturating_sub(ready),
        costs: ready.saturating_sub(link_ready),
        wins: wins((link.begins_alone, link.rate?), (courier.begins_alone, courier.rate?)),
    })
}
