//! Frames from peers.

use std::fmt::Display;

use openraft::raft::TransferLeaderRequest;
use serde::Serialize;

use model::id::ControllerId;

use super::Node;
use crate::frame::{self, Frame, Kind, Refusal};
use crate::network::{Handover, LeavesWanted, Transfer};
use crate::runtime::Runtime;
use crate::types::Snapshot;

impl<RT: Runtime> Node<RT> {
    /// Takes a frame from a peer and gives the bytes to answer. `proven` is who the transport
    /// proved the sender to be; a frame that claims another, or another era, never reaches Raft.
    #[tracing::instrument(level = "debug", skip_all, fields(me = %self.controller(), %proven))]
    pub async fn handle(&self, proven: ControllerId, bytes: &[u8]) -> Vec<u8> {
        if self.with_state(|state| state.retired.contains(&proven)) {
            return self.refuse(proven, Refusal::Retired { id: proven });
        }
        let admitted = self.inner.wire.admit(proven, bytes);
        if let Err(error) = self.inner.wire.keep::<RT>(false).await {
            return self.refuse(proven, Refusal::Stopped { reason: error.to_string() });
        }
        let frame = match admitted {
            Ok(frame) => frame,
            Err(refusal @ Refusal::OtherEra { .. }) => {
                tracing::error!(%proven, %refusal, "a frame was refused");
                return self.refuse(proven, refusal);
            }
            Err(refusal) => {
                tracing::warn!(%proven, %refusal, "a frame was refused");
                return self.refuse(proven, refusal);
            }
        };
        let answered = match frame.header.kind {
            Kind::Append => self.append(proven, &frame).await,
            Kind::Vote => self.vote(proven, &frame).await,
            Kind::PreVote => self.pre_vote(proven, &frame).await,
            Kind::Snapshot => self.install(proven, &frame).await,
            Kind::TransferLeader => self.take_over(proven, &frame).await,
            Kind::FetchLeaves => self.give_leaves(proven, &frame),
            Kind::Hello => Ok(self.inner.wire.answer(proven, &Ok(()), &[])),
            Kind::Orphan => self.take_word(proven, &frame),
            Kind::Answer => Err(Refusal::Malformed { what: "an answer is no question".to_owned() }),
        };
        answered.unwrap_or_else(|refusal| self.refuse(proven, refusal))
    }

    fn refuse(&self, to: ControllerId, refusal: Refusal) -> Vec<u8> {
        self.inner.wire.answer::<()>(to, &Err(refusal), &[])
    }

    fn reply<T: Serialize, E: Display>(
        &self,
        to: ControllerId,
        answer: Result<T, E>,
    ) -> Result<Vec<u8>, Refusal> {
        match answer {
            Ok(answer) => Ok(self.inner.wire.answer(to, &Ok(answer), &[])),
            Err(error) => Err(Refusal::Stopped { reason: self.why_stopped(error).reason }),
        }
    }

    async fn append(&self, from: ControllerId, frame: &Frame<'_>) -> Result<Vec<u8>, Refusal> {
        let request = frame::content(frame.content)?;
        self.reply(from, self.inner.raft.append_entries(request).await)
    }

    async fn vote(&self, from: ControllerId, frame: &Frame<'_>) -> Result<Vec<u8>, Refusal> {
        let request = frame::content(frame.content)?;
        self.reply(from, self.inner.raft.vote(request).await)
    }

    async fn pre_vote(&self, from: ControllerId, frame: &Frame<'_>) -> Result<Vec<u8>, Refusal> {
        let request = frame::content(frame.content)?;
        self.reply(from, self.inner.raft.pre_vote(request).await)
    }

    async fn install(&self, from: ControllerId, frame: &Frame<'_>) -> Result<Vec<u8>, Refusal> {
        let handover: Handover = frame::content(frame.content)?;
        let snapshot = Snapshot { meta: handover.meta, snapshot: frame.attachment.to_vec() };
        let installed = self.inner.raft.install_full_snapshot(handover.vote, snapshot).await;
        self.reply(from, installed)
    }

    async fn take_over(&self, from: ControllerId, frame: &Frame<'_>) -> Result<Vec<u8>, Refusal> {
        let transfer: Transfer = frame::content(frame.content)?;
        let request = TransferLeaderRequest::new(transfer.from_leader, transfer.to, transfer.last);
        self.reply(from, self.inner.raft.handle_transfer_leader(request).await)
    }

    fn give_leaves(&self, from: ControllerId, frame: &Frame<'_>) -> Result<Vec<u8>, Refusal> {
        let wanted: LeavesWanted = frame::content(frame.content)?;
        let (lengths, bytes) = self.leaves_for_peer(wanted)?;
        Ok(self.inner.wire.answer(from, &Ok(lengths), &bytes))
    }
}
