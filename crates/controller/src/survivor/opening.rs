//! From a signed order to an era: the survivor's agents withhold, the wait runs, no life is seen.

use std::collections::{BTreeMap, BTreeSet};

use audit::Hash;
use audit::era_order::{OrderError, SignedOrder};
use lease::survivor::Wait;
use model::era::{Epoch, Token};
use model::era_order::EraOrder;
use model::id::{HostId, PersonId, RoomId};
use model::policy::LeasePolicy;
use model::time::Monotonic;
use model::units::Span;
use state_machine::{EraEvidence, EraWithheld, State};

use super::OpeningStatus;

/// An agent that did not answer is asked again after so long.
const ASK_AGAIN: Span = Span::from_secs(2);

/// Something for the host of this crate to carry out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SurvivorOutput {
    /// Have an agent of this room withhold promises from a host; answer with
    /// [`super::Survivor::withheld`].
    Withhold {
        /// By whose agent.
        by: HostId,
        /// From which host.
        from: HostId,
        /// Under which token: the new era's first, which no grant of the old era outranks.
        token: Token,
    },
    /// Stop the node, found the era in its store, start again.
    Found {
        /// The order with its signatures.
        order: String,
        /// What was waited.
        evidence: EraEvidence,
    },
    /// The order came to nothing.
    Abandoned {
        /// Why.
        why: String,
    },
}

/// Why an order is not followed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpeningRefused {
    /// The order, or the signatures under it.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// A majority is there.
    #[error(
        "a majority of the controllers still agrees: there is nothing to open, and an era would \
         split the cluster"
    )]
    Majority,
    /// Nothing is loaded.
    #[error("no estate is loaded: there is nothing to go on from")]
    NoEstate,
    /// For somebody else.
    #[error(
        "the order is for {ordered}, this is {ours}: hand it to that controller, or draft it here"
    )]
    OtherController {
        /// Whom it names.
        ordered: String,
        /// Who we are.
        ours: String,
    },
    /// For another era.
    #[error("the order opens era {ordered}, the next one here is {next}: draft it again")]
    OtherEra {
        /// Its number.
        ordered: u64,
        /// The number that comes next.
        next: u64,
    },
    /// From another log.
    #[error(
        "the order goes on from {ordered} entries with root {ordered_root}, this log has {ours} \
         with root {our_root}: it has grown or is another, draft the order again"
    )]
    OtherLog {
        /// The leaves that it names.
        ordered: u64,
        /// Their root.
        ordered_root: String,
        /// The leaves here.
        ours: u64,
        /// Their root.
        our_root: String,
    },
    /// The hosts differ.
    #[error(
        "the order names the hosts of the other rooms otherwise than this controller knows them \
         ({hosts}): draft it again"
    )]
    OtherHosts {
        /// Which.
        hosts: String,
    },
    /// Nothing was stated.
    #[error("the order states nothing: write what you have checked, it is the one assumption")]
    NoStatement,
    /// A sign of life.
    #[error(
        "sign of life on channel {channel} ({words}): it can be fenced with proof, never argued \
         away; no era is opened"
    )]
    Life {
        /// On which channel.
        channel: String,
        /// Its words.
        words: String,
    },
}

/// Whether an order is the one that this controller would draft now. The channels may have changed
/// since: they are looked at again in any case.
pub(super) fn suits(order: &EraOrder, fresh: &EraOrder) -> Result<(), OpeningRefused> {
    let whose = |order: &EraOrder| {
        format!("{} of room {} in cluster {}", order.controller, order.room, order.cluster)
    };
    if whose(order) != whose(fresh) || order.from != fresh.from {
        return Err(OpeningRefused::OtherController { ordered: whose(order), ours: whose(fresh) });
    }
    if order.era != fresh.era {
        return Err(OpeningRefused::OtherEra { ordered: order.era.0, next: fresh.era.0 });
    }
    if order.old != fresh.old {
        return Err(OpeningRefused::OtherLog {
            ordered: order.old.size,
            ordered_root: order.old.root.clone(),
            ours: fresh.old.size,
            our_root: fresh.old.root.clone(),
        });
    }
    let hosts = |order: &EraOrder| -> BTreeSet<_> {
        order.hosts.iter().map(|host| (host.host.clone(), host.watchdog)).collect()
    };
    let (named, known) = (hosts(order), hosts(fresh));
    if named != known {
        let differ: BTreeSet<String> =
            named.symmetric_difference(&known).map(|(host, _)| host.to_string()).collect();
        let hosts = differ.into_iter().collect::<Vec<_>>().join(", ");
        return Err(OpeningRefused::OtherHosts { hosts });
    }
    if order.statement.trim().is_empty() {
        return Err(OpeningRefused::NoStatement);
    }
    Ok(())
}

/// An order that was accepted.
#[derive(Debug)]
pub(super) struct Opening {
    order: SignedOrder,
    persons: BTreeSet<PersonId>,
    wait: Wait,
    /// Per host and agent: how long the last promise still lasted when it withheld.
    withheld: BTreeMap<(HostId, HostId), Span>,
    ask_at: BTreeMap<(HostId, HostId), Monotonic>,
}

impl Opening {
    /// The second signature cannot have been later than now.
    pub(super) fn new(order: SignedOrder, persons: BTreeSet<PersonId>, now: Monotonic) -> Self {
        Self {
            order,
            persons,
            wait: Wait::new(now),
            withheld: BTreeMap::new(),
            ask_at: BTreeMap::new(),
        }
    }

    pub(super) fn hash(&self) -> Hash {
        self.order.hash()
    }

    pub(super) fn accepted_at(&self) -> Monotonic {
        self.wait.signed_at()
    }

    pub(super) fn withheld(&mut self, now: Monotonic, from: &HostId, by: &HostId, ends_in: Span) {
        self.wait.withheld(now, from, by, ends_in);
        self.withheld.entry((from.clone(), by.clone())).or_insert(ends_in);
    }

    fn policy(state: &State) -> LeasePolicy {
        state.policy.as_ref().map(|policy| policy.value.lease).unwrap_or_default()
    }

    fn armed(&self) -> impl Iterator<Item = &HostId> {
        let hosts = self.order.order().hosts.iter();
        hosts.filter(|host| host.watchdog.is_some()).map(|host| &host.host)
    }

    pub(super) fn due(
        &mut self,
        now: Monotonic,
        state: &State,
        room: &RoomId,
        looked: bool,
        alive: impl Fn(&HostId) -> bool,
    ) -> Vec<SurvivorOutput> {
        let Some(estate) = state.estate.as_ref().map(|estate| &estate.value) else {
            return Vec::new();
        };
        // An agent that is silent promises nothing either.
        let agents: Vec<&HostId> =
            estate.hosts_in(room).map(|(host, _)| host).filter(|host| alive(host)).collect();
        let due = self.wait.due(self.armed(), &agents, &Self::policy(state), now);
        if let Some(due) = due.filter(|_| looked && self.all_withheld(state, room)) {
            let evidence = EraEvidence {
                waited_ms: due.waited.as_millis(),
                required_ms: due.required.as_millis(),
                withheld: self.evidence(),
            };
            return vec![SurvivorOutput::Found { order: self.order.to_string(), evidence }];
        }
        let token = Token { era: self.order.order().era, epoch: Epoch(0) };
        let missing: Vec<(HostId, HostId)> = self
            .armed()
            .flat_map(|from| agents.iter().map(move |by| (from.clone(), (*by).clone())))
            .filter(|(from, by)| !self.wait.has_withheld(from, by))
            .collect();
        let mut outputs = Vec::new();
        for pair in missing {
            if self.ask_at.get(&pair).is_none_or(|again| now >= *again) {
                self.ask_at.insert(pair.clone(), now.after(ASK_AGAIN));
                let (from, by) = pair;
                outputs.push(SurvivorOutput::Withhold { by, from, token });
            }
        }
        outputs
    }

    /// Whether from each armed host an agent withholds that it asks for promises: the word of one
    /// that it does not ask stops nothing.
    fn all_withheld(&self, state: &State, room: &RoomId) -> bool {
        let asked = state.surely_asked_in(room);
        self.armed().all(|host| {
            let mut asked = asked.get(host).into_iter().flatten();
            asked.any(|by| self.wait.has_withheld(host, by))
        })
    }

    fn evidence(&self) -> Vec<EraWithheld> {
        let each = self.withheld.iter().map(|((from, by), ends_in)| EraWithheld {
            from: from.clone(),
            by: by.clone(),
            promise_ends_in: *ends_in,
        });
        each.collect()
    }

    pub(super) fn status(&self, now: Monotonic, state: &State, room: &RoomId) -> OpeningStatus {
        let mut waits_for = Vec::new();
        if !self.all_withheld(state, room) {
            waits_for.push(format!("the agents of room {room} withhold promises"));
        }
        OpeningStatus {
            order: self.hash().to_string(),
            era: self.order.order().era,
            persons: self.persons.iter().map(ToString::to_string).collect(),
            waited_ms: now.since(self.wait.began()).as_millis(),
            required_ms: Self::policy(state).wait().as_millis(),
            waits_for,
        }
    }
}
