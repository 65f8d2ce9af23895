//! The audit leaves of this node.

use std::ops::Range;

use super::Node;
use crate::disk::StoreError;
use crate::error::LeavesError;
use crate::frame::Refusal;
use crate::network::LeavesWanted;
use crate::runtime::Runtime;

/// How many bytes of leaves go into one answer to a peer.
const ANSWER_BYTES: usize = 1024 * 1024;

impl<RT: Runtime> Node<RT> {
    /// Leaves by number, in order. The answer is shorter than the range if its bytes exceed
    /// `max_bytes` (but never empty then), or if the log ends before it: ask on from there.
    pub fn leaves(&self, range: Range<u64>, max_bytes: usize) -> Result<Vec<Vec<u8>>, LeavesError> {
        let count = usize::try_from(range.end.saturating_sub(range.start)).unwrap_or(usize::MAX);
        self.inner.store.disk.leaves(range.start, count, max_bytes)
    }

    /// Whether all leaves up to the applied index are here. A node that caught up by snapshot
    /// must not cosign before they are.
    pub fn leaves_complete(&self) -> Result<bool, StoreError> {
        Ok(self.inner.store.disk.gaps()?.is_empty())
    }

    /// The answer to a peer that lacks leaves: their lengths, and their bytes as the attachment.
    pub(super) fn leaves_for_peer(
        &self,
        wanted: LeavesWanted,
    ) -> Result<(Vec<usize>, Vec<u8>), Refusal> {
        let leaves = self
            .inner
            .store
            .disk
            .leaves(wanted.from, wanted.count, ANSWER_BYTES)
            .map_err(|error| Refusal::NoLeaves { reason: error.to_string() })?;
        Ok((leaves.iter().map(Vec::len).collect(), leaves.concat()))
    }
}
