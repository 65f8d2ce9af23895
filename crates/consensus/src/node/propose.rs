//! Proposing entries, confirming leadership, handing it over.

use std::time::Duration;

use openraft::ReadPolicy;
use openraft::errors::{ClientWriteError, ForwardReason, LinearizableReadError, RaftError};
use std::sync::Arc;

use model::id::ControllerId;
use model::seeded_bug::{SeededBug, seeded_bug};
use state_machine::{Applied, Entry};

use super::Node;
use crate::error::{ProposeError, ReadError, TransferError};
use crate::runtime::Runtime;
use crate::types::Proposal;

impl<RT: Runtime> Node<RT> {
    /// Proposes an entry and waits until it is committed, applied here and its leaf on the disk.
    /// A rejection by `apply` is in the answer, not an error: the entry is in the log.
    pub async fn propose(&self, entry: Entry) -> Result<(u64, Applied), ProposeError> {
        let within = self.inner.config.propose_within;
        let written = self.inner.raft.client_write(Proposal(Arc::new(entry)));
        let Ok(written) = tokio::time::timeout(within, written).await else {
            let reason = format!("no majority committed it within {} ms", within.as_millis());
            return Err(ProposeError::Unknown { reason });
        };
        match written {
            Ok(response) => Ok((response.data.index, response.data.applied)),
            Err(RaftError::Fatal(fatal)) => Err(self.why_stopped(fatal).into()),
            Err(RaftError::APIError(error)) => Err(match error {
                ClientWriteError::ForwardToLeader(forward)
                    if forward.reason == ForwardReason::LeaseExpired =>
                {
                    ProposeError::NoQuorum
                }
                ClientWriteError::ForwardToLeader(forward) => {
                    ProposeError::NotLeader { leader: forward.leader_id.map(ControllerId) }
                }
                // It is in the log of the old leader and the next one may keep it or not.
                other => ProposeError::Unknown { reason: other.to_string() },
            }),
        }
    }

    /// Asks a quorum, in a round that begins now, whether this node still leads, and waits until
    /// it has applied what was committed before. Returns the applied index: the state is then at
    /// least as new as everything acknowledged before the call.
    ///
    /// Never a lease read: the answer must not depend on anybody's clock.
    pub async fn read_index(&self, within: Duration) -> Result<u64, ReadError> {
        // Seeded bug `read-without-round`: who led a moment ago is believed to lead.
        if seeded_bug(SeededBug::ReadWithoutRound) && self.leader() == Some(self.controller()) {
            return Ok(self.with_state(|state| state.applied_index));
        }
        let round = self.inner.raft.ensure_linearizable(ReadPolicy::ReadIndex);
        let Ok(round) = tokio::time::timeout(within, round).await else {
            return Err(ReadError::NoQuorum { within });
        };
        match round {
            Ok(_) => Ok(self.with_state(|state| state.applied_index)),
            Err(RaftError::Fatal(fatal)) => Err(self.why_stopped(fatal).into()),
            Err(RaftError::APIError(LinearizableReadError::ForwardToLeader(forward))) => {
                Err(ReadError::NotLeader { leader: forward.leader_id.map(ControllerId) })
            }
            Err(RaftError::APIError(LinearizableReadError::QuorumNotEnough(_))) => {
                Err(ReadError::NoQuorum { within })
            }
        }
    }

    /// Hands the leadership over and waits until this node sees the other lead.
    pub async fn transfer_leader(
        &self,
        to: ControllerId,
        within: Duration,
    ) -> Result<(), TransferError> {
        let status = self.status();
        if status.leader == Some(to) {
            return Ok(());
        }
        if status.leader != Some(self.controller()) {
            return Err(TransferError::NotLeader { leader: status.leader });
        }
        if !status.voters.contains(&to) {
            return Err(TransferError::NotAVoter { to });
        }
        self.inner
            .raft
            .trigger()
            .transfer_leader(to.0)
            .await
            .map_err(|fatal| self.why_stopped(fatal))?;
        let mut watch = self.watch_status();
        let seen = tokio::time::timeout(within, watch.until(|now| now.leader == Some(to))).await;
        match seen {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(self.why_stopped("the node is gone").into()),
            Err(_) => Err(TransferError::TimedOut { to, within, leader: self.leader() }),
        }
    }
}
