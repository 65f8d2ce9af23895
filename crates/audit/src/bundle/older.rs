//! The logs of older eras beside that of the newest one. Each is linked to the next by the order
//! in the next one's first leaf, which names its size and its root.

use model::era::Era;

use super::{ExportError, Files, HASHES, LEAVES};
use crate::era_order::SignedOrder;
use crate::frontier::Frontier;
use crate::hash::leaf_hash;

/// The file with the leaves of an older era.
pub fn leaves_of(era: Era) -> String {
    format!("era-{}.{LEAVES}", era.0)
}

/// The file with the hash of every leaf of an older era.
pub fn hashes_of(era: Era) -> String {
    format!("era-{}.{HASHES}", era.0)
}

/// Adds the log that this order goes on from. Leaves beyond what the order names are left out:
/// nobody has signed for them.
pub fn add_older_era<L: AsRef<[u8]>>(
    files: &mut Files,
    order: &SignedOrder,
    leaves: &[L],
) -> Result<(), ExportError> {
    let old = &order.order().old;
    let (mut lines, mut hashes, mut tree) = (Vec::new(), String::new(), Frontier::default());
    for (_, leaf) in (0..old.size).zip(leaves) {
        let hash = leaf_hash(leaf.as_ref());
        tree.append_hash(hash);
        hashes.push_str(&format!("{hash}\n"));
        lines.extend_from_slice(leaf.as_ref());
        lines.push(b'\n');
    }
    if tree.size != old.size || tree.root().to_string() != old.root {
        return Err(ExportError::OlderEra { era: old.era, size: old.size });
    }
    files.insert(leaves_of(old.era), lines);
    files.insert(hashes_of(old.era), hashes.into_bytes());
    Ok(())
}
