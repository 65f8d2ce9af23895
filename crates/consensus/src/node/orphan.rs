//! The word that a controller leaves behind when it hears of a newer era.

use std::time::Duration;

use model::id::ControllerId;
use state_machine::{OrphanHead, TailEntry};

use super::Node;
use crate::disk::StoreError;
use crate::events::Event;
use crate::frame::{self, Frame, Kind, Refusal};
use crate::runtime::Runtime;
use crate::types::Peer;

impl<RT: Runtime> Node<RT> {
    /// Where this node's own log ends: its committed tree, and how much stands beyond.
    pub fn own_head(&self) -> Result<OrphanHead, StoreError> {
        let survey = self.inner.store.survey()?;
        Ok(OrphanHead {
            controller: self.controller(),
            era: self.era(),
            size: survey.state.audit.size,
            root: survey.state.audit.root().to_string(),
            uncommitted: u64::try_from(survey.tail.len()).unwrap_or(u64::MAX),
        })
    }

    /// What stands in this node's log beyond what it knows to be committed.
    pub fn own_tail(&self) -> Result<Vec<TailEntry>, StoreError> {
        Ok(self.inner.store.survey()?.tail)
    }

    /// Tells a controller of a newer era where this one's log ended. Nothing depends on it: the
    /// log itself stays here as evidence.
    pub async fn leave_word(&self, to: ControllerId, head: &OrphanHead, within: Duration) -> bool {
        let members = self.status().members;
        let peer = members
            .get(&to)
            .cloned()
            .unwrap_or_else(|| Peer { address: format!("controller/{}", to.0), ..Peer::default() });
        let said =
            self.inner.wire.call::<RT, _, ()>((to, &peer), Kind::Orphan, (head, &[]), within);
        said.await.is_ok()
    }

    pub(super) fn take_word(
        &self,
        from: ControllerId,
        frame: &Frame<'_>,
    ) -> Result<Vec<u8>, Refusal> {
        let head: OrphanHead = frame::content(frame.content)?;
        if head.controller != from || head.era != frame.header.era {
            return Err(Refusal::WrongSender { claimed: head.controller, proven: from });
        }
        // Nobody listens: then nobody keeps it.
        let _ = self.inner.events.send(Event::Orphan(head));
        Ok(self.inner.wire.answer(from, &Ok(()), &[]))
    }
}
