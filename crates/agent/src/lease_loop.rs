//! The clockwork of the lease: the pure holder with a clock, a network and a watchdog.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use contracts::error::DriverError;
use lease::holder::{Holder, Input, Output};
use model::id::{ControllerId, HostId, VmId};
use model::time::Monotonic;
use model::units::Span;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use wire::agent::{AskNoControllerRequest, AskPromiseRequest};
use wire::convert::{Renewal, token_to};
use wire::dial::Dialer;
use wire::endpoint::EndpointName;

use crate::clock;
use crate::core::Core;
use crate::renewal::{Granted, renew};

/// What comes back from the network.
enum News {
    Renewed(Result<Granted, String>),
    Promised { by: HostId, sent_at: Monotonic, lasts: Span, vms_number: u64 },
    Guarded { by: ControllerId, sent_at: Monotonic, lasts: Span },
}

/// The lease of one host.
pub(crate) struct LeaseLoop {
    core: Arc<Core>,
    dialer: Arc<Dialer>,
    controllers: Vec<ControllerId>,
    sole_starter: bool,
    holder: Holder,
    news: mpsc::Sender<News>,
    inbox: mpsc::Receiver<News>,
    /// Dropped with the loop: nothing of a dead agent goes on asking.
    tasks: JoinSet<()>,
    renewing: bool,
    last_refusal: String,
}

impl LeaseLoop {
    pub(crate) async fn new(
        core: Arc<Core>,
        dialer: Arc<Dialer>,
        controllers: Vec<ControllerId>,
        sole_starter: bool,
    ) -> Self {
        let standing = core.standing().await;
        let holder = Holder::new(core.policy, standing.armed.is_some(), clock::now())
            .with_last_grant(standing.last_set, standing.last_token);
        let (news, inbox) = mpsc::channel(64);
        Self {
            core,
            dialer,
            controllers,
            sole_starter,
            holder,
            news,
            inbox,
            tasks: JoinSet::new(),
            renewing: false,
            last_refusal: String::new(),
        }
    }

    pub(crate) async fn run(mut self) {
        let mut ticks = tokio::time::interval(self.tick());
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => self.on_tick().await,
                Some(news) = self.inbox.recv() => self.on_news(news).await,
                Some(_) = self.tasks.join_next() => {}
            }
        }
    }

    /// Often enough that neither a renewal nor a feeding is late by much.
    fn tick(&self) -> Duration {
        let policy = &self.core.policy;
        let quarter = policy.renew_every.as_millis().min(policy.watchdog.as_millis() / 4) / 4;
        Duration::from_millis(quarter.clamp(10, 250))
    }

    /// A renewal must not hang at one silent controller for longer than a fraction of the lease.
    fn call_bound(&self) -> Span {
        let policy = &self.core.policy;
        Span::from_millis((policy.lease.as_millis() / 8).clamp(100, 2000))
    }

    async fn on_tick(&mut self) {
        if self.holder.is_armed() {
            // A promise must cover every VM that runs here. A hypervisor that is slow to list
            // them must not keep the watchdog hungry: then the list before holds, with what was
            // accepted since.
            let listed = tokio::time::timeout(self.tick() * 2, self.core.busy()).await;
            let vms = match listed {
                Ok(Ok(vms)) => vms,
                _ => self.core.accepted().await.union(self.holder.vms()).cloned().collect(),
            };
            self.holder.step(Input::Vms { vms });
        }
        for output in self.holder.step(Input::Tick { now: clock::now() }) {
            match output {
                Output::SendRenewal { set_number } => self.send_renewal(set_number).await,
                Output::AskPromises { of, vms, vms_number, lasts } => {
                    self.ask_promises(of, &vms, vms_number, lasts);
                }
                Output::AskGuardians { of, lasts } => self.ask_guardians(of, lasts),
                Output::Feed => self.feed().await,
                Output::StopFeeding => tracing::error!(
                    host = %self.core.host,
                    "neither a lease nor all promises: the watchdog is fed no more"
                ),
            }
        }
    }

    async fn on_news(&mut self, news: News) {
        match news {
            News::Renewed(Ok(granted)) => {
                self.renewing = false;
                self.last_refusal.clear();
                self.prefer(granted.by);
                self.on_grant(granted).await;
            }
            News::Renewed(Err(reason)) => {
                self.renewing = false;
                self.holder.step(Input::NotGranted);
                if reason != self.last_refusal {
                    tracing::warn!(host = %self.core.host, reason, "no lease was granted");
                    self.last_refusal = reason;
                }
            }
            News::Promised { by, sent_at, lasts, vms_number } => {
                self.holder.step(Input::Promised { by, sent_at, lasts, vms_number });
            }
            News::Guarded { by, sent_at, lasts } => {
                self.holder.step(Input::GuardianPromised { by, sent_at, lasts });
            }
        }
    }

    async fn on_grant(&mut self, granted: Granted) {
        // A set is confirmed by the next renewal: it is on disk before.
        if let Err(error) = self.core.remember_grant(&granted.set, granted.token).await {
            tracing::error!(%error, "the grant can't be remembered and is not used");
            return;
        }
        let Granted { sent_at, lease, set, token, .. } = granted;
        self.holder.step(Input::Granted { sent_at, lease, set, token });
        if !self.holder.is_armed() {
            match self.core.arm_if_wanted().await {
                Ok(Some(timeout)) => {
                    tracing::info!(host = %self.core.host, %timeout, "the watchdog is armed");
                    self.holder.step(Input::Armed);
                }
                Ok(None) => {}
                Err(error) => tracing::error!(%error, "the watchdog can't be armed"),
            }
        }
    }

    /// The controller that granted last is asked first.
    fn prefer(&mut self, controller: ControllerId) {
        self.controllers.sort_by_key(|other| *other != controller);
    }

    async fn send_renewal(&mut self, set_number: u64) {
        // A person may have armed or disarmed meanwhile.
        let standing = self.core.standing().await;
        match (standing.armed.is_some(), self.holder.is_armed()) {
            (true, false) => drop(self.holder.step(Input::Armed)),
            (false, true) => drop(self.holder.step(Input::Disarmed)),
            _ => {}
        }
        if self.renewing {
            return;
        }
        self.renewing = true;
        let renewal = Renewal {
            host: self.core.host.clone(),
            boot: self.core.boot.clone(),
            armed: standing.armed.is_some(),
            watchdog: standing.armed.unwrap_or_default(),
            set_number,
            sole_starter: self.sole_starter,
        };
        let (dialer, news) = (Arc::clone(&self.dialer), self.news.clone());
        let (controllers, bound) = (self.controllers.clone(), self.call_bound());
        self.tasks.spawn(async move {
            let result = renew(dialer, controllers, renewal, bound).await;
            let _ = news.send(News::Renewed(result)).await;
        });
    }

    fn ask_promises(
        &mut self,
        of: BTreeSet<HostId>,
        vms: &BTreeSet<VmId>,
        vms_number: u64,
        lasts: Span,
    ) {
        let bound = self.call_bound();
        for by in of {
            let Ok(connection) = self.dialer.dial(&EndpointName::Agent(by.clone())) else {
                continue;
            };
            let request = AskPromiseRequest {
                host: self.core.host.to_string(),
                token: Some(token_to(self.holder.token())),
                vms: vms.iter().map(VmId::to_string).collect(),
                lasts_ms: lasts.as_millis(),
            };
            let news = self.news.clone();
            self.tasks.spawn(async move {
                let sent_at = clock::now();
                let answer = connection.within(bound).agent().ask_promise(request).await;
                match answer.map(tonic::Response::into_inner) {
                    Ok(reply) if reply.promised => {
                        let lasts = Span::from_millis(reply.lasts_ms);
                        let promised = News::Promised { by, sent_at, lasts, vms_number };
                        let _ = news.send(promised).await;
                    }
                    Ok(reply) => tracing::warn!(%by, reason = reply.refusal, "no promise"),
                    Err(status) => tracing::warn!(%by, reason = status.message(), "no promise"),
                }
            });
        }
    }

    fn ask_guardians(&mut self, of: BTreeSet<ControllerId>, lasts: Span) {
        let bound = self.call_bound();
        for by in of {
            let Ok(connection) = self.dialer.dial(&EndpointName::Guardian(by)) else {
                continue;
            };
            let request = AskNoControllerRequest {
                host: self.core.host.to_string(),
                lasts_ms: lasts.as_millis(),
            };
            let news = self.news.clone();
            self.tasks.spawn(async move {
                let sent_at = clock::now();
                let answer = connection.within(bound).guardian().ask_no_controller(request).await;
                match answer.map(tonic::Response::into_inner) {
                    Ok(reply) if reply.promised => {
                        let lasts = Span::from_millis(reply.lasts_ms);
                        let _ = news.send(News::Guarded { by, sent_at, lasts }).await;
                    }
                    // While controllers run this is as it should be.
                    Ok(reply) => tracing::debug!(%by, reason = reply.refusal, "no guardian's word"),
                    Err(status) => {
                        tracing::debug!(%by, reason = status.message(), "no guardian's word");
                    }
                }
            });
        }
    }

    async fn feed(&mut self) {
        let Some(watchdog) = self.core.watchdog.clone() else { return };
        // Between the decision and here something may have taken long.
        if !self.holder.may_feed(clock::now()) {
            return;
        }
        match watchdog.feed().await {
            Ok(()) => {}
            Err(DriverError::Refused { reason }) => {
                tracing::error!(reason, "the watchdog is not armed although it should be");
                self.core.found_unarmed().await;
                self.holder.step(Input::Disarmed);
            }
            Err(error) => tracing::error!(%error, "the watchdog can't be fed"),
        }
    }
}
