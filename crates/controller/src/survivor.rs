//! A controller that is left without a majority, before an era is opened: what its own eyes see of
//! the other rooms, the draft of the order, and the steps from a signed order to an era.
//!
//! Nothing here is replicated: there is no majority to replicate to. A restart forgets an order
//! that was handed over, and its wait begins again when it is handed over again.

mod channels;
mod opening;

use std::collections::BTreeMap;

use audit::era_order::SignedOrder;
use model::era::Era;
use model::era_order::{EraOrder, OldLog, OpenedFrom, OrderedHost};
use model::id::{ControllerId, HostId, RoomId};
use model::observation::{Observation, Status, Target};
use model::time::Monotonic;
use model::units::Span;
use serde::{Deserialize, Serialize};
use state_machine::State;

use opening::Opening;
pub use opening::{OpeningRefused, SurvivorOutput};

/// What this controller's own probes last said of a target, not yet debounced: for a sign of life
/// one answer is enough.
#[derive(Clone, Debug)]
struct Sight {
    status: Status,
    words: String,
    up_at: Option<Monotonic>,
}

/// A word of life that was not repeated for so long is an old one: some probes tell of things
/// only while somebody else answers.
const FRESH: Span = Span::from_secs(5);

impl Sight {
    fn is_fresh(&self, now: Monotonic) -> bool {
        self.up_at.is_some_and(|at| now < at.after(FRESH))
    }
}

/// The survivor's desk.
#[derive(Debug)]
pub struct Survivor {
    cluster: String,
    me: ControllerId,
    room: RoomId,
    sights: BTreeMap<Target, Sight>,
    probed_at: Option<Monotonic>,
    opening: Option<Opening>,
    /// Why the last order came to nothing.
    ended: Option<String>,
}

/// Where the opening of an era stands, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpeningStatus {
    /// The hash of the order.
    pub order: String,
    /// The era that it opens.
    pub era: Era,
    /// Who signed it.
    pub persons: Vec<String>,
    /// How long has been waited, in milliseconds.
    pub waited_ms: u64,
    /// How long has to be waited, in milliseconds.
    pub required_ms: u64,
    /// What it waits for beside time.
    pub waits_for: Vec<String>,
}

impl Survivor {
    /// A controller of this cluster, in this room.
    pub fn new(cluster: impl Into<String>, me: ControllerId, room: RoomId) -> Self {
        Self {
            cluster: cluster.into(),
            me,
            room,
            sights: BTreeMap::new(),
            probed_at: None,
            opening: None,
            ended: None,
        }
    }

    /// Raw results of this controller's own probes.
    pub fn probed(&mut self, now: Monotonic, observations: &[Observation]) {
        self.probed_at = Some(now);
        for seen in observations {
            let sight = self.sights.entry(seen.target.clone()).or_insert_with(|| Sight {
                status: seen.status,
                words: String::new(),
                up_at: None,
            });
            sight.status = seen.status;
            sight.words.clone_from(&seen.evidence);
            if seen.status == Status::Up {
                sight.up_at = Some(now);
            }
        }
    }

    /// The order as this controller would draft it; none before an estate is loaded.
    pub fn draft(
        &self,
        now: Monotonic,
        state: &State,
        statement: &str,
        reason: &str,
    ) -> Option<EraOrder> {
        let estate = &state.estate.as_ref()?.value;
        let asked = state.surely_asked_in(&self.room);
        let waits = |host: &HostId| asked.get(host).is_some_and(|asked| !asked.is_empty());
        Some(EraOrder {
            cluster: self.cluster.clone(),
            era: Era(state.era.0.saturating_add(1)),
            from: OpenedFrom::Survivor,
            controller: self.me,
            room: self.room.clone(),
            old: OldLog {
                era: state.era,
                origin: audit::checkpoint::origin(&self.cluster, state.era),
                size: state.audit.size,
                root: state.audit.root().to_string(),
            },
            hosts: estate
                .hosts
                .iter()
                .filter(|(_, host)| host.room != self.room)
                .map(|(id, host)| ordered_host(state, id, &host.room, waits(id)))
                .collect(),
            channels: self.channels(estate, now),
            statement: statement.to_owned(),
            reason: reason.to_owned(),
        })
    }

    /// Takes an order with its signatures; the wait begins now. `majority` says that consensus
    /// still has a leader: then there is nothing to open.
    pub fn accept(
        &mut self,
        now: Monotonic,
        state: &State,
        majority: bool,
        order: &str,
    ) -> Result<OpeningStatus, OpeningRefused> {
        let order = SignedOrder::parse(order)?;
        let hash = order.hash();
        if let Some(opening) = self.opening.as_ref().filter(|opening| opening.hash() == hash) {
            // Handed over twice: the wait does not begin again.
            return Ok(opening.status(now, state, &self.room));
        }
        if majority {
            return Err(OpeningRefused::Majority);
        }
        let fresh = self.draft(now, state, "", "").ok_or(OpeningRefused::NoEstate)?;
        let policy = state.policy.as_ref().ok_or(OpeningRefused::NoEstate)?;
        opening::suits(order.order(), &fresh)?;
        let persons = order.signed_by(&policy.value.persons)?;
        if let Some(channel) = fresh.signs_of_life().next() {
            let (channel, words) = (channel.target.to_string(), channel.words.clone());
            return Err(OpeningRefused::Life { channel, words });
        }
        let opening = Opening::new(order, persons, now);
        let status = opening.status(now, state, &self.room);
        self.opening = Some(opening);
        self.ended = None;
        Ok(status)
    }

    /// What is due now.
    pub fn tick(&mut self, now: Monotonic, state: &State, majority: bool) -> Vec<SurvivorOutput> {
        let Some(accepted_at) = self.opening.as_ref().map(Opening::accepted_at) else {
            return Vec::new();
        };
        let life = state
            .estate
            .as_ref()
            .and_then(|estate| self.life_since(&estate.value, accepted_at))
            .map(|(channel, words)| OpeningRefused::Life { channel, words }.to_string());
        let over = life.or_else(|| majority.then(|| OpeningRefused::Majority.to_string()));
        if let Some(why) = over {
            self.opening = None;
            self.ended = Some(why.clone());
            return vec![SurvivorOutput::Abandoned { why }];
        }
        let looked = self.probed_at.is_some_and(|at| at > accepted_at);
        let alive = |host: &HostId| {
            let target = Target::Host { host: host.clone() };
            let sight = self.sights.get(&target);
            sight.is_some_and(|sight| sight.status == Status::Up && sight.is_fresh(now))
        };
        let Some(opening) = &mut self.opening else { return Vec::new() };
        let outputs = opening.due(now, state, &self.room, looked, alive);
        if outputs.iter().any(|output| matches!(output, SurvivorOutput::Found { .. })) {
            self.opening = None;
        }
        outputs
    }

    /// An agent answered that it withholds promises from a host; how long its last one lasts.
    pub fn withheld(&mut self, now: Monotonic, from: &HostId, by: &HostId, ends_in: Span) {
        if let Some(opening) = &mut self.opening {
            opening.withheld(now, from, by, ends_in);
        }
    }

    /// The opening that is under way.
    pub fn status(&self, now: Monotonic, state: &State) -> Option<OpeningStatus> {
        Some(self.opening.as_ref()?.status(now, state, &self.room))
    }

    /// Why the last order came to nothing.
    pub fn ended(&self) -> Option<&str> {
        self.ended.as_deref()
    }
}

/// `waits`: an agent of this room can withhold from it with effect. Where none can, its watchdog
/// proves nothing here, and it needs the statement like a host that has none.
fn ordered_host(state: &State, host: &HostId, room: &RoomId, waits: bool) -> OrderedHost {
    let policy = state.policy.as_ref().map(|policy| policy.value.lease).unwrap_or_default();
    let record = state.hosts.get(host);
    let armed = record.and_then(|record| record.armed.as_ref());
    let target = Target::Host { host: host.clone() };
    let last = state.seen(&target).max_by_key(|(_, seen)| seen.heard_at);
    let last_known = match last {
        Some((vantage, seen)) => {
            format!("{} from room {vantage} at {}", seen.evidence, seen.heard_at)
        }
        None => "never heard".to_owned(),
    };
    OrderedHost {
        host: host.clone(),
        room: room.clone(),
        // One that fires later than the policy counts on does not count.
        watchdog: armed
            .map(|armed| armed.watchdog)
            .filter(|fires| waits && *fires <= policy.watchdog),
        last_known,
    }
}
