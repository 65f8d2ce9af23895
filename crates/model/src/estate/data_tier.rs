use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Estate;
use crate::id::{DataTierId, VolumeId};
use crate::text::Text;
use crate::units::Span;

/// Volumes that are restored together, before or after others: most recent data first, as a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataTier {
    /// For people.
    pub title: Text,
    /// Its turn when data is restored, 0 first; tiers of one turn are restored side by side.
    pub turn: u8,
    /// How far back its data goes; none: to the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reaches_back: Option<Span>,
    /// Its volumes. A volume is in one tier at most.
    pub volumes: BTreeSet<VolumeId>,
}

impl Estate {
    /// The tiers in the order in which they are restored. Tiers of one turn stand together.
    pub fn restore_order(&self) -> Vec<(&DataTierId, &DataTier)> {
        let mut order: Vec<_> = self.data_tiers.iter().collect();
        order.sort_by_key(|(_, tier)| tier.turn);
        order
    }

    /// The turn of each volume that is in a tier. A volume that is in none may be restored after
    /// all of them.
    pub fn restore_turns(&self) -> BTreeMap<&VolumeId, u8> {
        let tiers = self.data_tiers.values();
        tiers.flat_map(|tier| tier.volumes.iter().map(|volume| (volume, tier.turn))).collect()
    }
}
