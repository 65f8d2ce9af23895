//! A volume is restored once: it is in one data tier at most.

use std::collections::BTreeMap;

use crate::diagnostic::say;
use crate::estate::places::Section;
use crate::id::{DataTierId, VolumeId};

use super::Checker;

pub(super) fn check(c: &mut Checker<'_, '_>) {
    let mut seen: BTreeMap<&VolumeId, &DataTierId> = BTreeMap::new();
    for (id, tier) in &c.estate.data_tiers {
        // One message for each other tier: it shows a first volume, the rest is repaired with it.
        let mut said = BTreeMap::new();
        for volume in &tier.volumes {
            if let Some(other) = seen.insert(volume, id) {
                said.entry(other).or_insert(volume);
            }
        }
        for (other, volume) in said {
            let place = |tier: &DataTierId| {
                c.places.item(Section::DataTiers, tier.as_str(), &["volumes"], volume.as_str())
            };
            let (one, two) = (place(other), place(id));
            let (first, again) = if one.offset <= two.offset { (one, two) } else { (two, one) };
            let first = c.findings.label(first, say!("first here", "d'abord ici"));
            let found = c.findings.error(
                "estate.volume-in-two-data-tiers",
                again,
                say!(
                    "volume `{volume}` is in data tiers `{other}` and `{id}`: when it is restored would be left to chance",
                    "le volume `{volume}` est dans les étages de données `{other}` et `{id}` : son tour de restauration serait laissé au hasard"
                ),
                say!("again here", "à nouveau ici"),
                say!("keep it in one of the two", "le garder dans l'un des deux"),
            );
            found.also.push(first);
        }
    }
}
