//! S1 by the log alone: no start is committed while the VM might be running on another host for
//! which there is neither a proof nor a seal; and no proof is committed that does not follow from
//! its evidence. Judged anew from the entries: `apply` is not asked.

use std::collections::{BTreeMap, BTreeSet};

use audit::era_order::SignedOrder;
use model::era::{Epoch, Token};
use model::fence::{FenceEvidence, FenceProof};
use model::id::{HostId, VmId};
use model::observation::{Detail, Observation, Status, Target};
use model::policy::LeasePolicy;
use model::time::LogTime;
use model::units::Span;
use state_machine::{Command, Effect, EraOpening, State};

use super::Checker;
use super::log_order::{Committed, LogOrder};
use crate::fact::Fact;

/// A fence order in force.
#[derive(Debug)]
struct Order {
    token: Token,
    /// Who withholds, and when the last promise of each is over.
    withheld: BTreeMap<HostId, LogTime>,
    proved: bool,
}

/// The checker.
#[derive(Debug, Default)]
pub(super) struct StartsNeedProof {
    log: LogOrder,
    now: LogTime,
    led_since: LogTime,
    lease: LeasePolicy,
    might_run: BTreeMap<VmId, BTreeMap<HostId, Token>>,
    sealed: BTreeMap<(VmId, HostId), Token>,
    orders: BTreeMap<HostId, Order>,
}

/// `(L + W)(1 + rho) + m`.
fn wait(lease: &LeasePolicy) -> Span {
    let both = lease.lease.as_millis() + lease.watchdog.as_millis();
    let drift = both * u64::from(lease.drift_ppm) / 1_000_000;
    Span::from_millis(both + drift + lease.margin.as_millis())
}

impl StartsNeedProof {
    fn committed(&mut self, committed: &Committed<'_>) -> Option<String> {
        self.now = self.now.max(committed.entry.at);
        if !committed.counts() {
            return None;
        }
        match &committed.entry.command {
            Command::EstateLoaded { estate, policy, .. } => {
                self.lease = policy.value.lease;
                self.might_run.retain(|vm, _| estate.value.vms.contains_key(vm));
                for (vm, definition) in &estate.value.vms {
                    self.might_run.entry(vm.clone()).or_insert_with(|| {
                        BTreeMap::from([(definition.home.clone(), Token::default())])
                    });
                }
            }
            Command::EraOpened { opening } => return self.opened(opening),
            Command::LeaderStarted { .. } => self.led_since = self.now,
            Command::Observed { observations } => self.observed(observations),
            Command::Withheld { host, by, promise_ends_in, token } => {
                let over = self.now.after(*promise_ends_in);
                if let Some(order) = self.orders.get_mut(host).filter(|of| of.token == *token) {
                    order.withheld.entry(by.clone()).or_insert(over);
                }
            }
            Command::FenceProved { proof } => {
                if let Err(why) = self.follows(proof) {
                    return Some(format!(
                        "a proof by rung {} for host {} at token {} was committed, but {why}",
                        proof.evidence.rung(),
                        proof.target,
                        proof.token
                    ));
                }
                self.proved(proof);
            }
            Command::HostAdmitted { host, sealed_below, .. } => {
                self.orders.remove(host);
                for (vm, on) in &self.might_run {
                    if on.contains_key(host) {
                        self.sealed.insert((vm.clone(), host.clone()), *sealed_below);
                    }
                }
            }
            _ => {}
        }
        committed.applied.effects.iter().find_map(|effect| self.effect(effect))
    }

    /// The order of two persons stands as a fence order for each host that it names, and each of
    /// them might be running everything.
    fn opened(&mut self, opening: &EraOpening) -> Option<String> {
        let Ok(signed) = SignedOrder::parse(&opening.order) else {
            return Some("an era was opened by an order that nobody can read".to_owned());
        };
        let Ok(old) = serde_json::from_str::<State>(&opening.carried) else {
            return Some("an era was opened on a state that nobody can read".to_owned());
        };
        let token = Token { era: signed.order().era, epoch: Epoch(old.epoch.0.saturating_add(1)) };
        for named in &signed.order().hosts {
            let order = Order { token, withheld: BTreeMap::new(), proved: false };
            self.orders.insert(named.host.clone(), order);
            for on in self.might_run.values_mut() {
                let under = on.entry(named.host.clone()).or_default();
                *under = old.token().max(*under);
            }
        }
        None
    }

    fn effect(&mut self, effect: &Effect) -> Option<String> {
        match effect {
            Effect::Fence { host, token } => {
                if self.orders.get(host).is_none_or(|order| order.token != *token) {
                    let withheld = BTreeMap::new();
                    let order = Order { token: *token, withheld, proved: false };
                    self.orders.insert(host.clone(), order);
                }
                None
            }
            Effect::Perform { token, action, .. } => {
                let (vm, host) = action.starts()?;
                let without = self.without_proof(vm, host);
                self.might_run.insert(vm.clone(), BTreeMap::from([(host.clone(), *token)]));
                without
            }
        }
    }

    fn without_proof(&self, vm: &VmId, target: &HostId) -> Option<String> {
        let elsewhere = self.might_run.get(vm)?.iter().filter(|(host, _)| *host != target);
        for (host, placed) in elsewhere {
            let sealed = self.sealed.get(&(vm.clone(), host.clone()));
            if sealed.is_none_or(|sealed| sealed <= placed) {
                return Some(format!(
                    "a start of VM {vm} on {target} was committed, but it might be running on \
                     {host} since token {placed}: no proof, no seal"
                ));
            }
        }
        None
    }

    fn proved(&mut self, proof: &FenceProof) {
        if let Some(order) = self.orders.get_mut(&proof.target) {
            order.proved = true;
        }
        for on in self.might_run.values_mut() {
            if on.get(&proof.target).is_some_and(|placed| *placed <= proof.token) {
                on.remove(&proof.target);
            }
        }
    }

    fn follows(&self, proof: &FenceProof) -> Result<(), String> {
        let Some(order) = self.orders.get(&proof.target).filter(|of| of.token == proof.token)
        else {
            return Err("no fence order with this token is in force".to_owned());
        };
        match &proof.evidence {
            FenceEvidence::PowerOff { reads, apart_ms, .. } if *reads < 2 || *apart_ms < 500 => {
                Err(format!("power was read as off {reads} times within {apart_ms} ms"))
            }
            FenceEvidence::LeaseExpired { withheld_by, .. } => {
                let Some(over) =
                    order.withheld.get(withheld_by).filter(|_| *withheld_by != proof.target)
                else {
                    return Err("nobody's withholding is committed".to_owned());
                };
                let waited = self.now.since(self.led_since.max(*over));
                let needed = wait(&self.lease);
                if waited < needed {
                    return Err(format!("the log bears out {waited} of waiting, not {needed}"));
                }
                Ok(())
            }
            FenceEvidence::StorageCut { unmapped_on, uplink_closed }
                if unmapped_on.is_empty() || uplink_closed.is_empty() =>
            {
                Err("nothing was read back as cut".to_owned())
            }
            FenceEvidence::EraOrder { waited_ms, .. }
                if *waited_ms < wait(&self.lease).as_millis() =>
            {
                Err(format!("only {waited_ms} ms were waited since the second signature"))
            }
            FenceEvidence::Attested { by, .. } if by.iter().collect::<BTreeSet<_>>().len() < 2 => {
                Err("fewer than two persons attest it".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// A host that seals in the same answer in which it says that a VM is stopped seals that VM;
    /// a VM that is seen executing might be running there.
    fn observed(&mut self, observations: &[Observation]) {
        for seen in observations {
            let Target::Vm { vm, host } = &seen.target else { continue };
            let place = (vm.clone(), host.clone());
            match (seen.status, &seen.detail) {
                (Status::Down, _) => {
                    if let Some(seal) = sealed_in(observations, seen, host) {
                        let known = self.sealed.entry(place).or_default();
                        *known = seal.max(*known);
                    }
                }
                (Status::Up, Detail::Vm { token, .. }) => {
                    let under = token.unwrap_or_default();
                    let proved =
                        self.orders.get(host).is_some_and(|of| of.proved && of.token >= under);
                    let sealed = self.sealed.get(&place).is_some_and(|sealed| *sealed > under);
                    if let Some(on) = self.might_run.get_mut(vm)
                        && !proved
                        && !sealed
                    {
                        let known = on.entry(host.clone()).or_insert(under);
                        *known = under.max(*known);
                    }
                }
                _ => {}
            }
        }
    }
}

fn sealed_in(observations: &[Observation], seen: &Observation, on: &HostId) -> Option<Token> {
    observations.iter().find_map(|other| match (&other.target, &other.detail) {
        (Target::Host { host }, Detail::Host { sealed: true, accepted, .. })
            if host == on && other.status == Status::Up && other.vantage == seen.vantage =>
        {
            Some(*accepted)
        }
        _ => None,
    })
}

impl Checker for StartsNeedProof {
    fn property(&self) -> &'static str {
        "S1-proof-first"
    }

    fn take(&mut self, fact: &Fact) -> Option<String> {
        let committed = self.log.next(fact)?;
        self.committed(&committed)
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts::{applied, caught, estate_loaded, intent, silent, token};
    use super::*;

    fn order(index: u64, epoch: u64) -> Fact {
        let command = Command::StepStarted {
            key: super::super::facts::key("a1"),
            token: token(1),
            attempt: 1,
        };
        let effect = Effect::Fence { host: "a1".into(), token: token(epoch) };
        applied(index, index, command, vec![effect])
    }

    fn power_off(index: u64, epoch: u64, reads: u32) -> Fact {
        let proof = FenceProof {
            target: "a1".into(),
            token: token(epoch),
            evidence: FenceEvidence::PowerOff { reads, apart_ms: 500, answer: "Off".to_owned() },
            at: LogTime(0),
        };
        applied(index, index, Command::FenceProved { proof }, Vec::new())
    }

    fn lease_ran_out(index: u64, epoch: u64) -> Fact {
        let evidence = FenceEvidence::LeaseExpired {
            withheld_by: "b1".into(),
            waited_ms: 99_000,
            required_ms: 32_030,
        };
        let proof =
            FenceProof { target: "a1".into(), token: token(epoch), evidence, at: LogTime(0) };
        applied(index, index, Command::FenceProved { proof }, Vec::new())
    }

    #[test]
    fn a_start_elsewhere_without_a_proof_is_caught() {
        let facts = [estate_loaded(1), intent(2, "v1", "b1", 3, 1)];
        let said = caught(StartsNeedProof::default(), &facts);
        assert!(said.contains("might be running on a1"), "{said}");
    }

    #[test]
    fn a_start_after_a_proof_or_in_place_is_no_violation() {
        let facts =
            [estate_loaded(1), order(2, 5), power_off(3, 5, 2), intent(4, "v1", "b1", 5, 1)];
        silent(StartsNeedProof::default(), &facts);
        silent(StartsNeedProof::default(), &[estate_loaded(1), intent(2, "v1", "a1", 3, 1)]);
    }

    #[test]
    fn a_proof_of_an_older_token_or_from_one_reading_is_caught() {
        let older = [estate_loaded(1), order(2, 5), power_off(3, 4, 2)];
        caught(StartsNeedProof::default(), &older);
        let once = [estate_loaded(1), order(2, 5), power_off(3, 5, 1)];
        caught(StartsNeedProof::default(), &once);
    }

    #[test]
    fn a_lease_without_a_withholding_is_caught() {
        let facts = [estate_loaded(1), order(2, 5), lease_ran_out(3, 5)];
        let said = caught(StartsNeedProof::default(), &facts);
        assert!(said.contains("nobody's withholding"), "{said}");
    }

    #[test]
    fn a_plain_stop_is_no_proof_and_a_sealed_one_is() {
        let stopped = |accepted: Option<u64>| {
            let vm = Observation {
                target: Target::Vm { vm: "v1".into(), host: "a1".into() },
                vantage: "b".into(),
                status: Status::Down,
                evidence: String::new(),
                detail: Detail::Vm {
                    token: None,
                    key: None,
                    stopped_on_purpose: false,
                    booted: false,
                },
            };
            let host = accepted.map(|epoch| Observation {
                target: Target::Host { host: "a1".into() },
                vantage: "b".into(),
                status: Status::Up,
                evidence: String::new(),
                detail: Detail::Host {
                    boot: "a1-1".to_owned(),
                    armed: true,
                    arming: Token::default(),
                    accepted: token(epoch),
                    sealed: true,
                },
            });
            let observations = host.into_iter().chain([vm]).collect();
            applied(2, 2, Command::Observed { observations }, Vec::new())
        };
        let start = intent(3, "v1", "b1", 9, 1);
        caught(StartsNeedProof::default(), &[estate_loaded(1), stopped(None), start.clone()]);
        silent(StartsNeedProof::default(), &[estate_loaded(1), stopped(Some(9)), start]);
    }
}
