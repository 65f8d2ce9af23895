//! Leases: each renewal waits for a quorum round that began after it arrived; no round, no grant.

use std::collections::{BTreeMap, BTreeSet};

use lease::granter::{Granter, Renewal, Standing, Withheld};
use model::fence::FenceEvidence;
use model::id::{HostId, RenewalId};
use model::seeded_bug::{SeededBug, seeded_bug};
use model::time::{LogTime, Monotonic};
use model::units::Span;
use state_machine::State;

use crate::output::{Grant, Output};
use crate::promise_sets::PromiseSets;

/// A renewal that waits for its round.
#[derive(Clone, Debug)]
struct Waiting {
    renewal: Renewal,
    boot: String,
}

/// The leader as granter.
#[derive(Debug)]
pub(crate) struct Granting {
    granter: Granter,
    sets: PromiseSets,
    waiting: BTreeMap<RenewalId, Waiting>,
    /// When this leader applied each withholding, by its own clock.
    withheld_at: BTreeMap<(HostId, HostId), Monotonic>,
    /// Since when each host is armed, by the log, and when this leader applied that.
    armed_at: BTreeMap<HostId, (LogTime, Monotonic)>,
    /// A policy is pinned; before, no host is known and nothing is granted.
    has_policy: bool,
}

impl Granting {
    /// A leader that applied its own first entry now: the wait for every host begins again.
    pub(crate) fn begin(state: &State, started_at: Monotonic) -> Self {
        let policy = state.policy.as_ref().map(|policy| policy.value.lease).unwrap_or_default();
        let mut sets = PromiseSets::default();
        sets.refresh(state);
        // Those that an earlier leader saw committed are counted from our own start.
        let orders =
            state.hosts.iter().filter_map(|(host, record)| Some((host, record.fence.as_ref()?)));
        let withheld_at = orders
            .flat_map(|(host, order)| order.withheld.iter().map(move |one| (host, &one.by)))
            .map(|(host, by)| ((host.clone(), by.clone()), started_at))
            .collect();
        // Seeded bug `wait-not-restarted`: as if it had led for ever.
        let not_restarted = seeded_bug(SeededBug::WaitNotRestarted);
        let leads_since = if not_restarted { Monotonic::default() } else { started_at };
        let mut granting = Self {
            granter: led(Granter::new(policy, leads_since), state),
            sets,
            waiting: BTreeMap::new(),
            withheld_at,
            armed_at: BTreeMap::new(),
            has_policy: state.policy.is_some(),
        };
        granting.note_armings(state, leads_since);
        granting
    }

    /// Another policy was pinned: the figures of the wait may have changed, so it begins again.
    pub(crate) fn policy_loaded(&mut self, state: &State, now: Monotonic) {
        self.sets.refresh(state);
        let policy = state.policy.as_ref().map(|policy| policy.value.lease).unwrap_or_default();
        if *self.granter.policy() != policy {
            let mut granter = Granter::new(policy, now);
            if self.has_policy {
                granter = granter.after_policy(&self.granter);
            }
            self.granter = led(granter, state);
            self.withheld_at.values_mut().for_each(|at| *at = now);
        }
        self.has_policy = true;
    }

    /// A renewal arrived: nothing is granted before its round ends.
    pub(crate) fn arrived(&mut self, id: RenewalId, renewal: Renewal, boot: String) -> Output {
        self.waiting.insert(id, Waiting { renewal, boot });
        Output::QuorumRound { renewal: id }
    }

    /// Its round ended.
    pub(crate) fn round_ended(
        &mut self,
        state: &State,
        id: RenewalId,
        confirmed: bool,
        now: Monotonic,
    ) -> Option<Output> {
        let Waiting { renewal, boot } = self.waiting.remove(&id)?;
        let refuse = |why: String| Some(Output::AnswerRenewal { renewal: id, answer: Err(why) });
        if !confirmed {
            return refuse("no majority confirmed this leader".to_owned());
        }
        let set = self.sets.set_of(state, &renewal.host);
        let standing = standing(state, &renewal.host, &boot);
        match self.granter.grant(&renewal, standing, &set, now) {
            Ok(lease) => Some(Output::AnswerRenewal {
                renewal: id,
                answer: Ok(Grant {
                    lease,
                    promise_set: set.of.into_iter().collect(),
                    set_number: set.number,
                    fenced: set.fenced.into_iter().collect(),
                    guardians: set.guardians.of.into_iter().collect(),
                    token: state.token(),
                }),
            }),
            Err(refusal) => refuse(refusal.to_string()),
        }
    }

    /// A withholding was applied.
    pub(crate) fn withheld(&mut self, host: &HostId, by: &HostId, now: Monotonic) {
        self.withheld_at.entry((host.clone(), by.clone())).or_insert(now);
    }

    /// Hosts may have been armed or disarmed. An agent that tells again what is known arms nothing.
    pub(crate) fn note_armings(&mut self, state: &State, now: Monotonic) {
        let since = |host: &HostId| Some(state.hosts.get(host)?.armed.as_ref()?.since);
        self.armed_at.retain(|host, (known, _)| since(host) == Some(*known));
        for host in state.hosts.keys() {
            if let Some(since) = since(host) {
                self.armed_at.entry(host.clone()).or_insert((since, now));
            }
        }
    }

    /// Agents whose withholding stops a host, whichever set it has in force.
    pub(crate) fn withholders(&self, state: &State, host: &HostId) -> BTreeSet<HostId> {
        let mut able = self.granter.withholders(host, &self.sets.set_of(state, host));
        if self.granter.confirmed_set(host).is_none() {
            // The set in force may be one of an earlier leader's.
            able.retain(|by| state.surely_asks(host, by));
        }
        able
    }

    /// The host was let in again: another fence of it is waited for anew.
    pub(crate) fn admitted(&mut self, host: &HostId) {
        self.withheld_at.retain(|(fenced, _), _| fenced != host);
    }

    /// The lease rung's evidence, once the wait is over.
    pub(crate) fn lease_ran_out(
        &self,
        state: &State,
        host: &HostId,
        now: Monotonic,
    ) -> Option<FenceEvidence> {
        let record = state.hosts.get(host)?;
        let armed = record.armed.as_ref()?;
        let order = record.fence.as_ref()?;
        // Seeded bug `withholding-not-required`: the host's own silence is counted alone.
        if seeded_bug(SeededBug::WithholdingNotRequired) {
            let nobody = Withheld { seen_at: Monotonic::default(), promise_ends_in: Span::ZERO };
            let due = self.granter.proof_due(host, nobody, Monotonic::default(), now)?;
            return Some(FenceEvidence::LeaseExpired {
                withheld_by: HostId::default(),
                waited_ms: due.waited.as_millis(),
                required_ms: due.required.as_millis(),
            });
        }
        // As with a withholding: one that this leader was not told of is not counted yet.
        let (_, armed_at) = *self.armed_at.get(host).filter(|(since, _)| *since == armed.since)?;
        let with_effect = self.withholders(state, host);
        order.withheld.iter().filter(|withheld| with_effect.contains(&withheld.by)).find_map(
            |withheld| {
                // The state may be ahead of what this leader was told: one that it has not been
                // told of is not counted yet, or the wait would begin in the past.
                let seen_at = *self.withheld_at.get(&(host.clone(), withheld.by.clone()))?;
                let promise_ends_in = withheld.promise_ends_in;
                let withholding = Withheld { seen_at, promise_ends_in };
                let due = self.granter.proof_due(host, withholding, armed_at, now)?;
                Some(FenceEvidence::LeaseExpired {
                    withheld_by: withheld.by.clone(),
                    waited_ms: due.waited.as_millis(),
                    required_ms: due.required.as_millis(),
                })
            },
        )
    }
}

/// Says who leads. A controller that joined later is in no set of guardians that a host has not
/// confirmed since.
fn led(granter: Granter, state: &State) -> Granter {
    match &state.leader {
        Some(leader) => {
            let founding = !state.addresses.contains_key(&leader.controller);
            granter.led_by(leader.controller, founding)
        }
        None => granter,
    }
}

fn standing(state: &State, host: &HostId, boot: &str) -> Standing {
    let Some(record) = state.hosts.get(host) else { return Standing::Stranger };
    if record.fence.is_some() {
        return Standing::Fenced;
    }
    match &record.admitted {
        Some(admission) if admission.boot.is_empty() || admission.boot == boot => {
            Standing::Admitted
        }
        _ => Standing::Quarantined,
    }
}
