//! openraft's network over [`PeerTransport`]: every request is one frame with a deadline.

use std::future::Future;
use std::io;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use openraft::errors::{NetworkError, RPCError, ReplicationClosed, StreamingError, Unreachable};
use openraft::network::RPCOption;
use openraft::raft::{
    AppendEntriesRequest, AppendEntriesResponse, SnapshotResponse, TransferLeaderRequest,
    TransferLeaderResponse, VoteRequest, VoteResponse,
};
use openraft::{OptionalSend, RaftNetworkFactory, RaftNetworkV2};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use model::era::Era;
use model::id::ControllerId;

use crate::disk::{Identity, StoreError};
use crate::frame::{self, FORMAT, Frame, Header, Kind, Refusal};
use crate::rest::{Rest, Silence};
use crate::runtime::Runtime;
use crate::standing::Standings;
use crate::transport::{PeerTransport, TransportError};
use crate::types::{Config, LogId, Peer, Snapshot, SnapshotMeta, Vote};

/// A slow link moves at least this many bytes in a millisecond (2 MB/s); a request gets that much
/// longer than openraft's own limit, or a large estate could never cross it.
const BYTES_PER_MS: u64 = 2000;

/// Why a request got no useful answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    #[error(transparent)]
    Transport(#[from] TransportError),
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// One node's way to its peers.
pub(crate) struct Wire {
    pub(crate) me: ControllerId,
    pub(crate) era: Era,
    /// The hash of the order that opened it.
    pub(crate) order: Option<String>,
    pub(crate) transport: Arc<dyn PeerTransport>,
    pub(crate) standings: Standings,
    newest_era: AtomicU64,
    silence: Silence,
    /// Who named the newest era, and with which order.
    named_by: Mutex<Option<NewerEra>>,
}

/// Another era than ours that a peer is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewerEra {
    /// Which controller named it.
    pub by: ControllerId,
    /// Its number: higher than ours, or the same with another order.
    pub era: Era,
    /// The hash of the order that opened it.
    pub order: Option<String>,
}

impl Wire {
    pub(crate) fn new(
        identity: &Identity,
        transport: Arc<dyn PeerTransport>,
        standings: Standings,
    ) -> Self {
        let Identity { controller, era, order, .. } = identity.clone();
        Self {
            me: controller,
            era,
            order,
            transport,
            standings,
            newest_era: AtomicU64::new(era.0),
            named_by: Mutex::default(),
            silence: Silence::default(),
        }
    }

    /// The newest era that any frame has named, ours included.
    pub(crate) fn newest_era(&self) -> Era {
        Era(self.newest_era.load(Ordering::Relaxed))
    }

    /// The era that forbids ours to act: a newer one, or another of the same number.
    pub(crate) fn other_era(&self) -> Option<NewerEra> {
        self.named_by.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// That a proven peer's frame is of our era. What is not never reaches Raft.
    fn check_era(&self, header: &Header) -> Result<(), Refusal> {
        let (yours, ours) = (header.era, self.era);
        let same = yours == ours && header.order == self.order;
        if yours > ours || (yours == ours && !same) {
            self.newest_era.fetch_max(yours.0, Ordering::Relaxed);
            let mut named = self.named_by.lock().unwrap_or_else(PoisonError::into_inner);
            if named.as_ref().is_none_or(|known| known.era <= yours) {
                let (by, order) = (header.from, header.order.clone());
                *named = Some(NewerEra { by, era: yours, order });
            }
        }
        if same {
            Ok(())
        } else if yours == ours {
            let (yours, ours) = (header.order.clone(), self.order.clone());
            Err(Refusal::OtherEra { era: self.era, yours, ours })
        } else {
            Err(Refusal::WrongEra { yours, ours })
        }
    }

    /// The checks that come before openraft sees anything.
    pub(crate) fn admit<'a>(
        &self,
        proven: ControllerId,
        bytes: &'a [u8],
    ) -> Result<Frame<'a>, Refusal> {
        let frame = frame::decode(bytes)?;
        let header = &frame.header;
        if header.from != proven {
            return Err(Refusal::WrongSender { claimed: header.from, proven });
        }
        // A controller that was left behind may say where its log ended: no business of Raft's.
        let leaves_word = header.kind == Kind::Orphan && header.era < self.era;
        if !leaves_word {
            self.check_era(header)?;
        }
        if header.to != self.me {
            return Err(Refusal::WrongReceiver { wanted: header.to, me: self.me });
        }
        if leaves_word {
            // What it has seen of our disk was seen in an era that is over.
            return Ok(frame);
        }
        self.standings.hear(header)?;
        self.standings.may_answer(header.kind)?;
        Ok(frame)
    }

    /// An answer's bytes.
    pub(crate) fn answer<T: Serialize>(
        &self,
        to: ControllerId,
        answer: &Result<T, Refusal>,
        attachment: &[u8],
    ) -> Vec<u8> {
        let header = self.header(to, Kind::Answer);
        frame::encode(&header, answer, attachment).unwrap_or_default()
    }

    fn header(&self, to: ControllerId, kind: Kind) -> Header {
        let standing = Some(self.standings.ours());
        let known = self.standings.of(to);
        let (era, order) = (self.era, self.order.clone());
        Header { format: FORMAT, era, order, from: self.me, to, kind, standing, known }
    }

    /// Puts what was seen of peers' disks on our own: new lives and votes, or `all`.
    pub(crate) async fn keep<RT: Runtime>(&self, all: bool) -> io::Result<()> {
        let Some(seen) = self.standings.to_save(all) else { return Ok(()) };
        let disk = self.standings.disk();
        RT::blocking(move || disk.save_sightings(&seen).map_err(StoreError::into_io)).await
    }

    /// Sends a request and reads the answer, at most for `within` plus what its size needs.
    pub(crate) async fn call<RT: Runtime, Q: Serialize, A: DeserializeOwned>(
        &self,
        (to, peer): (ControllerId, &Peer),
        kind: Kind,
        (question, attachment): (&Q, &[u8]),
        within: Duration,
    ) -> Result<(A, Vec<u8>), CallError> {
        let bytes = frame::encode(&self.header(to, kind), question, attachment)?;
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let within = within + Duration::from_millis(size / BYTES_PER_MS);
        let sent = self.transport.send(to, peer, bytes, within);
        let answer = match tokio::time::timeout(within, sent).await {
            Ok(answer) => answer?,
            Err(_) => return Err(TransportError::TimedOut { within }.into()),
        };
        let frame = frame::decode(&answer)?;
        if frame.header.from != to || frame.header.kind != Kind::Answer {
            return Err(Refusal::WrongSender { claimed: frame.header.from, proven: to }.into());
        }
        // Only to the word that a controller leaves behind does one of another era say anything.
        let era = self.check_era(&frame.header);
        if kind != Kind::Orphan {
            era?;
            self.standings.hear(&frame.header)?;
            if let Err(error) = self.keep::<RT>(false).await {
                return Err(Refusal::Stopped { reason: error.to_string() }.into());
            }
        }
        let content: Result<A, Refusal> = frame::content(frame.content)?;
        if let Err(Refusal::Retired { id }) = &content
            && *id == self.me
        {
            let retired = StoreError::Retired { by: to.to_string() };
            self.standings.disk().put_out_of_work(&retired);
        }
        Ok((content?, frame.attachment.to_vec()))
    }
}

/// openraft's request has no serde form of its own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Transfer {
    pub(crate) from_leader: Vote,
    pub(crate) to: u64,
    pub(crate) last: Option<LogId>,
}

/// A snapshot without its bytes, which are the attachment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Handover {
    pub(crate) vote: Vote,
    pub(crate) meta: SnapshotMeta,
}

/// Which leaves are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LeavesWanted {
    pub(crate) from: u64,
    pub(crate) count: usize,
}

/// Makes a connection for each peer.
pub(crate) struct Network<RT> {
    wire: Arc<Wire>,
    rest: Rest,
    runtime: PhantomData<fn() -> RT>,
}

impl<RT> Network<RT> {
    pub(crate) fn new(wire: Arc<Wire>, rest: Rest) -> Self {
        Self { wire, rest, runtime: PhantomData }
    }
}

/// The way to one peer.
pub(crate) struct Connection<RT> {
    wire: Arc<Wire>,
    rest: Rest,
    to: ControllerId,
    peer: Peer,
    runtime: PhantomData<fn() -> RT>,
}

impl<RT: Runtime> RaftNetworkFactory<Config<RT>> for Network<RT> {
    type Network = Connection<RT>;

    async fn new_client(&mut self, target: u64, peer: &Peer) -> Connection<RT> {
        Connection {
            wire: Arc::clone(&self.wire),
            rest: self.rest,
            to: ControllerId(target),
            peer: peer.clone(),
            runtime: PhantomData,
        }
    }
}

impl<RT: Runtime> Connection<RT> {
    async fn call<Q: Serialize, A: DeserializeOwned>(
        &self,
        kind: Kind,
        question: &Q,
        attachment: &[u8],
        option: &RPCOption,
    ) -> Result<A, RPCError<Config<RT>>> {
        let to = (self.to, &self.peer);
        if !self.wire.standings.is_cleared() {
            // Whatever openraft would ask: nothing leaves before this disk is known to be new.
            return Err(RPCError::Unreachable(Unreachable::new(&Refusal::NotSure)));
        }
        match self.wire.call::<RT, _, _>(to, kind, (question, attachment), option.hard_ttl()).await
        {
            Ok((answer, _)) => Ok(answer),
            Err(error) => {
                tracing::debug!(from = %self.wire.me, to = %self.to, ?kind, %error, "no answer");
                let told = io::Error::other(error.to_string());
                Err(match error {
                    // Tried again at once: the link may be back the next time.
                    CallError::Transport(TransportError::TimedOut { .. }) => {
                        RPCError::Network(NetworkError::new(&told))
                    }
                    _ => RPCError::Unreachable(Unreachable::new(&told)),
                })
            }
        }
    }
}

impl<RT: Runtime> RaftNetworkV2<Config<RT>> for Connection<RT> {
    type SnapshotData = Vec<u8>;

    async fn append_entries(
        &mut self,
        request: AppendEntriesRequest<Config<RT>>,
        option: RPCOption,
    ) -> Result<AppendEntriesResponse<Config<RT>>, RPCError<Config<RT>>> {
        let term = request.vote.leader_id.term;
        if self.wire.silence.rests(term, self.rest, tokio::time::Instant::now()) {
            let why = io::Error::other("nobody answers this leader: it is silent for a while");
            return Err(RPCError::Unreachable(Unreachable::new(&why)));
        }
        let answered = self.call(Kind::Append, &request, &[], &option).await;
        if answered.is_ok() {
            self.wire.silence.answered(term, tokio::time::Instant::now());
        }
        answered
    }

    async fn vote(
        &mut self,
        request: VoteRequest<Config<RT>>,
        option: RPCOption,
    ) -> Result<VoteResponse<Config<RT>>, RPCError<Config<RT>>> {
        self.call(Kind::Vote, &request, &[], &option).await
    }

    // openraft's default would grant without asking, and a node that is cut off would raise its
    // term for as long as the cut lasts.
    async fn pre_vote(
        &mut self,
        request: VoteRequest<Config<RT>>,
        option: RPCOption,
    ) -> Result<VoteResponse<Config<RT>>, RPCError<Config<RT>>> {
        self.call(Kind::PreVote, &request, &[], &option).await
    }

    async fn full_snapshot(
        &mut self,
        vote: Vote,
        snapshot: Snapshot,
        cancel: impl Future<Output = ReplicationClosed> + OptionalSend + 'static,
        option: RPCOption,
    ) -> Result<SnapshotResponse<Config<RT>>, StreamingError<Config<RT>>> {
        let handover = Handover { vote, meta: snapshot.meta };
        let sent = self.call(Kind::Snapshot, &handover, &snapshot.snapshot, &option);
        tokio::select! {
            biased;
            closed = cancel => Err(closed.into()),
            answer = sent => answer.map_err(StreamingError::from),
        }
    }

    async fn transfer_leader(
        &mut self,
        request: TransferLeaderRequest<Config<RT>>,
        option: RPCOption,
    ) -> Result<TransferLeaderResponse<Config<RT>>, RPCError<Config<RT>>> {
        let transfer = Transfer {
            from_leader: *request.from_leader(),
            to: *request.to_node_id(),
            last: request.last_log_id().cloned(),
        };
        self.call(Kind::TransferLeader, &transfer, &[], &option).await
    }
}
