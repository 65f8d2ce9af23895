//! Forming a cluster and changing its members: at most one voter a room.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;

use openraft::errors::{ClientWriteError, InitializeError, RaftError};
use openraft::raft::ClientWriteResponse;

use model::id::{ControllerId, RoomId};

use super::Node;
use crate::error::{BootstrapError, MembershipError};
use crate::runtime::Runtime;
use crate::types::{Config, Peer};

/// Two voters in one room, if there are any.
fn shared_room<'a>(
    voters: impl Iterator<Item = (ControllerId, &'a Peer)>,
) -> Option<(RoomId, ControllerId, ControllerId)> {
    let mut rooms: BTreeMap<&RoomId, ControllerId> = BTreeMap::new();
    for (id, peer) in voters {
        if let Some(first) = rooms.insert(&peer.room, id) {
            return Some((peer.room.clone(), first, id));
        }
    }
    None
}

impl<RT: Runtime> Node<RT> {
    /// Forms a new cluster of these voters. Called on one node, once, with all of them started.
    pub async fn bootstrap(
        &self,
        members: BTreeMap<ControllerId, Peer>,
    ) -> Result<(), BootstrapError> {
        if let Some((room, first, second)) =
            shared_room(members.iter().map(|(id, peer)| (*id, peer)))
        {
            return Err(BootstrapError::TwoVotersInOneRoom { room, first, second });
        }
        let members: BTreeMap<u64, Peer> =
            members.into_iter().map(|(id, peer)| (id.0, peer)).collect();
        match self.inner.raft.initialize(members).await {
            Ok(()) => Ok(()),
            Err(RaftError::Fatal(fatal)) => Err(self.why_stopped(fatal).into()),
            Err(RaftError::APIError(InitializeError::NotInMembers(_))) => {
                Err(BootstrapError::NotAMember { me: self.controller() })
            }
            Err(RaftError::APIError(InitializeError::NotAllowed(_))) => {
                Err(BootstrapError::AlreadyFormed)
            }
        }
    }

    /// Adds a member that receives the log and does not vote, and waits until it has caught up.
    pub async fn add_learner(
        &self,
        controller: ControllerId,
        peer: Peer,
    ) -> Result<(), MembershipError> {
        self.change(self.inner.raft.add_learner(controller.0, peer, true)).await
    }

    /// Makes exactly these members the voters; who no longer votes leaves. One room's controller
    /// at a time: replace, wait, go on.
    pub async fn change_voters(
        &self,
        voters: BTreeSet<ControllerId>,
    ) -> Result<(), MembershipError> {
        let members = self.status().members;
        if let Some(controller) = voters.iter().find(|id| !members.contains_key(id)) {
            return Err(MembershipError::NotAMember { controller: *controller });
        }
        let chosen = members.iter().filter(|(id, _)| voters.contains(id));
        if let Some((room, first, second)) = shared_room(chosen.map(|(id, peer)| (*id, peer))) {
            return Err(MembershipError::TwoVotersInOneRoom { room, first, second });
        }
        let voters: BTreeSet<u64> = voters.into_iter().map(|id| id.0).collect();
        self.change(self.inner.raft.change_membership(voters, false)).await
    }

    async fn change<F>(&self, change: F) -> Result<(), MembershipError>
    where
        F: Future<
            Output = Result<
                ClientWriteResponse<Config<RT>>,
                RaftError<Config<RT>, ClientWriteError<Config<RT>>>,
            >,
        >,
    {
        let within = self.inner.config.propose_within + self.inner.config.snapshot_ttl;
        let Ok(changed) = tokio::time::timeout(within, change).await else {
            let reason = format!("no answer within {} ms", within.as_millis());
            return Err(MembershipError::Unknown { reason });
        };
        match changed {
            Ok(_) => Ok(()),
            Err(RaftError::Fatal(fatal)) => Err(self.why_stopped(fatal).into()),
            Err(RaftError::APIError(error)) => Err(match error {
                ClientWriteError::ForwardToLeader(forward) => {
                    MembershipError::NotLeader { leader: forward.leader_id.map(ControllerId) }
                }
                ClientWriteError::LogEntryDiscarded(_) => {
                    MembershipError::Unknown { reason: error.to_string() }
                }
                ClientWriteError::ChangeMembershipError(refused) => {
                    MembershipError::Refused { reason: refused.to_string() }
                }
                ClientWriteError::PreconditionFailed(refused) => {
                    MembershipError::Refused { reason: refused.to_string() }
                }
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_voters_in_one_room_are_found() {
        let peer = |room: &str| Peer { room: room.into(), address: String::new() };
        let members = [peer("a"), peer("b"), peer("a")];
        let ids = (1..).map(ControllerId);
        assert_eq!(
            shared_room(ids.zip(&members)),
            Some(("a".into(), ControllerId(1), ControllerId(3)))
        );
        let ids = (1..).map(ControllerId);
        assert_eq!(shared_room(ids.zip(&members[..2])), None);
    }
}
