//! What can happen next, and what comes of it.

use std::collections::BTreeSet;

use lease::giver::{Giver, Record};
use lease::granter::{Standing, Withheld};
use lease::guardian::{self, Guardian};
use lease::holder::{Holder, Input, Output};
use lease::survivor::Wait;
use model::id::HostId;
use model::time::Monotonic;
use model::units::Span;

use crate::bounds::{Bounds, Broken, NOTHING};
use crate::state::{
    ADMITTED, ELSEWHERE, FENCE, Left, Message, World, controller_id, host_id, renewal, vm_id,
};

/// One step of the world.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    /// Time passes; what these holders want sent is sent. What the others want is lost.
    Tick {
        renew: BTreeSet<usize>,
        ask: BTreeSet<usize>,
    },
    Arrives(Message),
    Pause(usize),
    GoOn(usize),
    Reboot(usize),
    RestartAgent(usize),
    AddHost,
    ChangeLeader,
    OrderFence(usize),
    AskToWithhold {
        from: usize,
        by: usize,
    },
    Prove(usize),
    StartElsewhere {
        vm: usize,
        at: usize,
    },
    StopController(usize),
    StartController(usize),
    Elect(usize),
    Burn,
    SignSecond,
    RestartSurvivor,
    OpenEra,
}

impl World {
    /// Everything that may happen.
    pub(crate) fn possible(&self, bounds: &Bounds, actions: &mut Vec<Action>) {
        self.ticks(bounds, actions);
        actions.extend(self.on_the_way.iter().cloned().map(Action::Arrives));
        for host in 0..bounds.holders {
            self.of_holder(host, bounds, actions);
        }
        if self.left.restarts > 0 {
            let givers = bounds.holders..bounds.hosts;
            actions.extend(givers.map(Action::RestartAgent));
        }
        if self.left.additions > 0 {
            actions.push(Action::AddHost);
        }
        if self.left.leader_changes > 0 && bounds.controllers == 0 {
            actions.push(Action::ChangeLeader);
        }
        self.of_controllers(bounds, actions);
        if bounds.survivor {
            self.of_survivor(bounds, actions);
        }
    }

    fn ticks(&self, bounds: &Bounds, actions: &mut Vec<Action>) {
        let longest = bounds.longest_pause();
        let too_long = |since: u64| self.now + 1 - since > longest;
        if self.now >= bounds.until || self.hosts.iter().any(|h| h.paused.is_some_and(too_long)) {
            return;
        }
        let subsets = || {
            (0..1_usize << bounds.holders).map(|bits| {
                (0..bounds.holders).filter(|host| bits >> host & 1 == 1).collect::<BTreeSet<_>>()
            })
        };
        for renew in subsets().filter(|set| set.len() <= usize::from(self.left.renewals)) {
            for ask in subsets().filter(|set| set.len() <= usize::from(self.left.asks)) {
                actions.push(Action::Tick { renew: renew.clone(), ask });
            }
        }
    }

    fn of_holder(&self, host: usize, bounds: &Bounds, actions: &mut Vec<Action>) {
        let (this, fence) = (&self.hosts[host], &self.fences[host]);
        if this.paused.is_some() {
            actions.push(Action::GoOn(host));
        } else if self.left.pauses > 0 && this.last_feed.is_some() {
            actions.push(Action::Pause(host));
        }
        if self.left.reboots > 0 {
            actions.push(Action::Reboot(host));
        }
        if !bounds.survivor && self.has_majority(bounds) {
            if !fence.ordered {
                actions.push(Action::OrderFence(host));
                return;
            }
            let able = self.withholders(host, bounds);
            let more = able.iter().filter(|by| !fence.asked.contains(by));
            actions.extend(more.map(|by| Action::AskToWithhold { from: host, by: *by }));
            if !fence.proved && self.proof_is_due(host, bounds) {
                actions.push(Action::Prove(host));
            }
        }
        if fence.proved && fence.started_at.is_none() {
            let others = (0..bounds.hosts).filter(|other| *other != host);
            actions.extend(others.map(|at| Action::StartElsewhere { vm: host, at }));
        }
    }

    fn of_controllers(&self, bounds: &Bounds, actions: &mut Vec<Action>) {
        for (one, controller) in self.controllers.iter().enumerate() {
            let votes = bounds.voters.contains(&one);
            if controller.runs && self.left.stops > 0 {
                actions.push(Action::StopController(one));
            }
            if !controller.runs && votes {
                actions.push(Action::StartController(one));
            }
            let up = bounds.voters.iter().filter(|one| self.controllers[**one].runs).count();
            let majority = 2 * up > bounds.voters.len();
            if controller.runs && votes && majority && self.left.leader_changes > 0 {
                actions.push(Action::Elect(one));
            }
        }
    }

    fn of_survivor(&self, bounds: &Bounds, actions: &mut Vec<Action>) {
        if !self.burned {
            actions.push(Action::Burn);
        }
        // What is signed is true: the rooms have burned. The broken one has counted all along.
        let may_begin = self.burned || bounds.is(Broken::EraCountedFromTheLastContact);
        let Some(wait) = &self.wait else {
            if may_begin {
                actions.push(Action::SignSecond);
            }
            return;
        };
        if self.left.restarts > 0 {
            actions.push(Action::RestartSurvivor);
        }
        if !self.fences[0].asked.contains(&1) {
            actions.push(Action::AskToWithhold { from: 0, by: 1 });
        }
        let (from, own) = (host_id(0), host_id(1));
        let due = wait.due([&from], &[&own], &bounds.policy, self.controllers_clock());
        if self.burned && due.is_some() && !self.fences[0].proved {
            actions.push(Action::OpenEra);
        }
    }

    /// Whose withholding counts for the leader.
    fn withholders(&self, host: usize, bounds: &Bounds) -> BTreeSet<usize> {
        let index = |id: &HostId| (0..bounds.hosts).find(|host| host_id(*host) == *id);
        let set = self.set(bounds, host, false);
        if bounds.is(Broken::NewHostNeverAsked) {
            return (0..bounds.hosts).filter(|other| *other != host).collect();
        }
        if bounds.is(Broken::SetChangedWithoutConfirmation) {
            return set.asked().filter_map(index).collect();
        }
        let Some(leader) = self.leaders.last() else { return BTreeSet::new() };
        leader.withholders(&host_id(host), &set).iter().filter_map(index).collect()
    }

    fn proof_is_due(&self, host: usize, bounds: &Bounds) -> bool {
        let Some(leader) = self.leaders.last() else { return false };
        let (id, now) = (host_id(host), self.controllers_clock());
        if bounds.is(Broken::ProofWithoutWithholding) {
            let nobody = Withheld { seen_at: Monotonic(0), promise_ends_in: Span::ZERO };
            return leader.proof_due(&id, nobody, Monotonic(0), now).is_some();
        }
        let with_effect = self.withholders(host, bounds);
        self.fences[host].withheld.iter().filter(|(by, _)| with_effect.contains(by)).any(
            |(_, withheld)| {
                leader.proof_due(&id, bounds.told(*withheld), Monotonic(0), now).is_some()
            },
        )
    }

    /// What comes of an action.
    pub(crate) fn after(&self, bounds: &Bounds, action: Action) -> Self {
        let mut next = self.clone();
        match action {
            Action::Tick { renew, ask } => {
                next.tick(bounds, &renew, &ask);
                next.fire(bounds);
            }
            Action::Arrives(message) => {
                if !bounds.duplicates {
                    next.on_the_way.remove(&message);
                }
                next.arrives(bounds, message);
            }
            Action::Pause(host) => {
                // It has read its clock and is about to feed.
                next.left.pauses -= 1;
                if next.hosts[host].holder.may_feed(next.clock_of(host)) {
                    next.hosts[host].paused = Some(next.now);
                }
            }
            Action::GoOn(host) => {
                next.hosts[host].paused = None;
                if next.hosts[host].last_feed.is_some() {
                    next.hosts[host].last_feed = Some(next.watchdogs_clock());
                }
            }
            Action::Reboot(host) => next.reboot(bounds, host),
            Action::RestartAgent(host) => next.restart_agent(bounds, host),
            Action::AddHost => {
                next.left.additions -= 1;
                next.added = true;
            }
            Action::ChangeLeader => next.lead(bounds, None),
            Action::Elect(one) => next.lead(bounds, Some(one)),
            Action::OrderFence(host) => next.fences[host].ordered = true,
            Action::AskToWithhold { from, by } => {
                next.fences[from].asked.insert(by);
                next.on_the_way.insert(Message::Withhold { from, by });
            }
            Action::Prove(host) => next.fences[host].proved = true,
            Action::OpenEra => {
                next.fences[0].proved = true;
                next.reached.era_due = true;
            }
            Action::StartElsewhere { vm, at } => {
                next.fences[vm].started_at = Some(at);
                next.on_the_way.insert(Message::Start { vm, at, token: ELSEWHERE });
            }
            Action::StopController(one) => {
                next.left.stops -= 1;
                next.controllers[one].runs = false;
                next.controllers[one].guardian.no_controller_runs();
                if next.led_by == Some(one) {
                    next.led_by = None;
                }
            }
            Action::StartController(one) => next.start_controller(bounds, one),
            Action::Burn => next.burned = true,
            Action::SignSecond => next.wait = Some(Wait::new(next.contact_or_now(bounds))),
            Action::RestartSurvivor => {
                next.left.restarts -= 1;
                next.wait = None;
                next.fences[0].asked.clear();
            }
        }
        next.forget_what_is_over(bounds);
        next
    }

    /// What can change nothing any more is lost, as it might have been anyhow: grants and promises
    /// that are over when they arrive, and everything that concerns a host that has stopped.
    fn forget_what_is_over(&mut self, bounds: &Bounds) {
        if bounds.is(Broken::CountedFromReceipt) {
            return;
        }
        let (lease, promise) = (bounds.policy.lease, bounds.policy.promise);
        let holders = self.fences.len();
        let clocks: Vec<Monotonic> = (0..holders).map(|host| self.clock_of(host)).collect();
        let up: Vec<bool> = (0..holders).map(|host| self.hosts[host].last_feed.is_some()).collect();
        let lasts =
            |host: usize, sent_at: Monotonic, span| up[host] && clocks[host] < sent_at.after(span);
        self.on_the_way.retain(|message| match message {
            Message::Renewal { from: host, sent_at, .. }
            | Message::Round { from: host, sent_at, .. }
            | Message::Grant { to: host, sent_at, .. } => lasts(*host, *sent_at, lease),
            Message::Question { from: host, sent_at, .. }
            | Message::AskGuardian { from: host, sent_at, .. }
            | Message::Promise { to: host, sent_at, .. }
            | Message::GuardianPromise { to: host, sent_at, .. } => lasts(*host, *sent_at, promise),
            Message::Withhold { from, .. } | Message::Withheld { from, .. } => {
                !self.fences[*from].proved
            }
            Message::Start { .. } => true,
        });
        if self.left.reboots == 0 && up.iter().all(|up| !up) {
            let leader_changes = if bounds.controllers > 0 { self.left.leader_changes } else { 0 };
            self.left = Left { leader_changes, ..NOTHING };
        }
    }

    fn contact_or_now(&self, bounds: &Bounds) -> Monotonic {
        if bounds.is(Broken::EraCountedFromTheLastContact) {
            Monotonic(0)
        } else {
            self.controllers_clock()
        }
    }

    fn tick(&mut self, bounds: &Bounds, renew: &BTreeSet<usize>, ask: &BTreeSet<usize>) {
        self.now += 1;
        let watchdog = self.watchdogs_clock();
        self.left.renewals -= u8::try_from(renew.len()).unwrap_or(0);
        self.left.asks -= u8::try_from(ask.len()).unwrap_or(0);
        for from in 0..bounds.holders {
            let clock = self.clock_of(from);
            let host = &mut self.hosts[from];
            if host.last_feed.is_none() || host.paused.is_some() {
                continue;
            }
            let token = host.holder.token();
            for output in host.holder.step(Input::Tick { now: clock }) {
                match output {
                    Output::SendRenewal { set_number: confirms } if renew.contains(&from) => {
                        self.on_the_way.insert(Message::Renewal { from, sent_at: clock, confirms });
                    }
                    Output::AskPromises { of, vms_number, .. } if ask.contains(&from) => {
                        let to = (0..bounds.hosts).filter(|other| of.contains(&host_id(*other)));
                        self.on_the_way.extend(to.map(|to| Message::Question {
                            from,
                            to,
                            sent_at: clock,
                            vms_number,
                            token,
                        }));
                    }
                    Output::AskGuardians { of, .. } if ask.contains(&from) => {
                        let all = 0..bounds.controllers;
                        let asked = all.filter(|one| of.contains(&controller_id(*one)));
                        self.on_the_way.extend(asked.map(|of| Message::AskGuardian {
                            from,
                            of,
                            sent_at: clock,
                        }));
                    }
                    Output::Feed => {
                        host.last_feed = Some(watchdog);
                        if !host.holder.has_lease(clock) && !host.runs.is_empty() {
                            let promises = host.holder.has_all_promises(clock);
                            self.reached.lived_on_promises |= promises;
                            self.reached.lived_on_guardians |= !promises;
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    /// Watchdogs that were not fed in time fire; a feed at the last instant is in time.
    fn fire(&mut self, bounds: &Bounds) {
        let watchdog = self.watchdogs_clock();
        for host in &mut self.hosts {
            if host.last_feed.is_some_and(|fed| watchdog.since(fed) >= bounds.policy.watchdog) {
                host.last_feed = None;
                host.paused = None;
                host.runs.clear();
            }
        }
    }

    fn reboot(&mut self, bounds: &Bounds, host: usize) {
        self.left.reboots -= 1;
        let (clock, watchdog) = (self.clock_of(host), self.watchdogs_clock());
        let this = &mut self.hosts[host];
        let (set, token) = (this.holder.set().clone(), this.holder.token());
        // The device is armed again, and the agent knows its last grant from its disk.
        this.holder = Holder::new(bounds.policy, true, clock).with_last_grant(set, token);
        this.giver = Giver::restore(this.giver.record().clone(), bounds.policy.promise, clock);
        this.last_feed = Some(watchdog);
        this.paused = None;
        if bounds.is(Broken::RebootStartsItsGuests) {
            this.runs.insert(host);
            this.holder.step(Input::Vms { vms: BTreeSet::from([vm_id(host)]) });
        } else {
            this.runs.clear();
        }
    }

    fn restart_agent(&mut self, bounds: &Bounds, host: usize) {
        self.left.restarts -= 1;
        let clock = self.clock_of(host);
        let this = &mut self.hosts[host];
        let mut record: Record = this.giver.record().clone();
        if bounds.is(Broken::PromiseForgottenAtRestart) {
            record.promises.clear();
        }
        if bounds.is(Broken::WithholdingForgottenAtRestart) {
            record.withheld.clear();
        }
        this.giver = Giver::restore(record, bounds.policy.promise, clock);
    }

    fn lead(&mut self, bounds: &Bounds, by: Option<usize>) {
        self.left.leader_changes -= 1;
        self.led_by = by;
        let leader = self.new_leader(bounds);
        self.leaders.push(leader);
        // What an earlier leader saw committed counts from its own start.
        let seen_at = if bounds.is(Broken::NewLeaderCountsFromBefore) {
            Monotonic(0)
        } else {
            self.controllers_clock()
        };
        for fence in &mut self.fences {
            fence.withheld.values_mut().for_each(|one| one.seen_at = seen_at);
        }
    }

    fn start_controller(&mut self, bounds: &Bounds, one: usize) {
        let now = self.controllers_clock();
        let this = &mut self.controllers[one];
        if bounds.is(Broken::GuardianForgets) {
            this.guardian =
                Guardian::restore(guardian::Record::default(), bounds.policy.promise, now);
        }
        match this.guardian.let_start(now) {
            Ok(()) => this.runs = true,
            Err(_) => self.reached.controller_held_back = true,
        }
    }

    fn arrives(&mut self, bounds: &Bounds, message: Message) {
        let policy = bounds.policy;
        match message {
            Message::Renewal { from, sent_at, confirms } => {
                self.renewal_arrives(bounds, from, sent_at, confirms);
            }
            Message::Round { from, sent_at, confirms, leader, fenced } => {
                let current = leader + 1 == self.leaders.len();
                let fenced = if current { self.fences[from].ordered } else { fenced };
                let up = self.controllers.is_empty() || self.led_by.is_some();
                if !self.burned && up {
                    self.grant(bounds, (from, sent_at, confirms), leader, fenced);
                }
            }
            Message::Grant { to, sent_at, set, token } if self.acts(to, bounds) => {
                let late = bounds.is(Broken::CountedFromReceipt);
                let sent_at = if late { self.clock_of(to) } else { sent_at };
                let lease = policy.lease;
                self.hosts[to].holder.step(Input::Granted { sent_at, lease, set, token });
            }
            Message::Question { from, to, sent_at, vms_number, token } if self.acts(to, bounds) => {
                let clock = self.clock_of(to);
                let this = &mut self.hosts[to];
                this.giver.set_busy(this.runs.iter().map(|vm| vm_id(*vm)).collect());
                let vms = BTreeSet::from([vm_id(from)]);
                let given = this.giver.ask(&host_id(from), token, &vms, policy.promise, clock);
                if let Ok(lasts) = given {
                    let promise = Message::Promise { to: from, by: to, sent_at, lasts, vms_number };
                    self.on_the_way.insert(promise);
                }
            }
            Message::Promise { to, by, sent_at, lasts, vms_number } if self.acts(to, bounds) => {
                let by = host_id(by);
                let promised = Input::Promised { by, sent_at, lasts, vms_number };
                self.hosts[to].holder.step(promised);
            }
            Message::AskGuardian { from, of, sent_at } => {
                let now = self.controllers_clock();
                if let Ok(lasts) = self.controllers[of].guardian.ask(policy.promise, now) {
                    let promise = Message::GuardianPromise { to: from, by: of, sent_at, lasts };
                    self.on_the_way.insert(promise);
                }
            }
            Message::GuardianPromise { to, by, sent_at, lasts } if self.acts(to, bounds) => {
                let by = controller_id(by);
                self.hosts[to].holder.step(Input::GuardianPromised { by, sent_at, lasts });
            }
            Message::Withhold { from, by } if self.acts(by, bounds) => {
                let clock = self.clock_of(by);
                let ends_in = self.hosts[by].giver.withhold(&host_id(from), FENCE, clock);
                self.on_the_way.insert(Message::Withheld { from, by, ends_in });
            }
            Message::Withheld { from, by, ends_in } => self.withheld(bounds, from, by, ends_in),
            Message::Start { vm, at, token } if self.acts(at, bounds) => {
                self.start(bounds, vm, at, token);
            }
            _ => {}
        }
    }

    fn renewal_arrives(&mut self, bounds: &Bounds, from: usize, sent_at: Monotonic, confirms: u64) {
        if bounds.is(Broken::GrantedFromMemoryByADeposedLeader) && self.leaders.len() > 1 {
            self.grant(bounds, (from, sent_at, confirms), 0, false);
        } else if self.has_majority(bounds) {
            let leader = self.leaders.len() - 1;
            let fenced = self.fences[from].ordered;
            let round = Message::Round { from, sent_at, confirms, leader, fenced };
            self.on_the_way.insert(round);
        }
    }

    fn grant(
        &mut self,
        bounds: &Bounds,
        (from, sent_at, confirms): (usize, Monotonic, u64),
        leader: usize,
        fenced: bool,
    ) {
        let standing = if fenced { Standing::Fenced } else { Standing::Admitted };
        let set = self.set(bounds, from, false);
        let now = self.controllers_clock();
        let asked = renewal(bounds, from, confirms);
        if self.leaders[leader].grant(&asked, standing, &set, now).is_ok() {
            let grant = Message::Grant { to: from, sent_at, set, token: ADMITTED };
            self.on_the_way.insert(grant);
        }
    }

    fn withheld(&mut self, bounds: &Bounds, from: usize, by: usize, promise_ends_in: Span) {
        let now = self.controllers_clock();
        if let Some(wait) = &mut self.wait {
            wait.withheld(now, &host_id(from), &host_id(by), promise_ends_in);
        } else if self.has_majority(bounds) && !bounds.survivor {
            let withheld = Withheld { seen_at: now, promise_ends_in };
            self.fences[from].withheld.entry(by).or_insert(withheld);
        }
    }

    fn start(&mut self, bounds: &Bounds, vm: usize, at: usize, token: model::era::Token) {
        let clock = self.clock_of(at);
        let this = &mut self.hosts[at];
        let id = vm_id(vm);
        if this.seen.check(&id, token).is_err() && !bounds.is(Broken::OlderTokenAccepted) {
            self.reached.older_token_refused = true;
            return;
        }
        if this.giver.may_start(&id, clock).is_err() {
            self.reached.kept_against_an_order = true;
            // It is ordered again later.
            self.on_the_way.insert(Message::Start { vm, at, token });
            return;
        }
        let _ = this.seen.accept(&id, token);
        this.runs.insert(vm);
    }
}
