//! The lease end to end: an agent that renews, feeds a watchdog of its own process's kind, and
//! lives on promises when no controller answers.

#![allow(clippy::unwrap_used)]

mod lab;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use contracts::call::Agents;
use contracts::error::DriverError;
use contracts::hypervisor::Hypervisor;
use contracts::withhold::Withholding;
use drivers::watchdog::fake::FakeWatchdog;
use drivers::watchdog::fake_process::{Config, OnFire, run};
use drivers::watchdog::reset::Resets;
use model::id::{ControllerId, HostId};
use model::policy::LeasePolicy;
use model::units::Span;
use tokio::net::TcpListener;
use tonic::service::Routes;
use tonic::{Request, Response, Status};
use wire::agent::controller_server::Controller;
use wire::convert::{Grant, Renewal, RenewalAnswer};
use wire::endpoint::{EndpointName, Endpoints};
use wire::identity::{Identity, require_agent};
use wire::serve::{controller_service, serve};

use lab::{Lab, Machine, Spec, order, token, vm};

/// A controller that grants, or does not.
#[derive(Clone)]
struct Granter {
    grants: Arc<AtomicBool>,
    set: Arc<Mutex<BTreeSet<HostId>>>,
    seen: Arc<Mutex<Vec<Renewal>>>,
}

#[tonic::async_trait]
impl Controller for Granter {
    async fn renew_lease(
        &self,
        request: Request<wire::peer::Renewal>,
    ) -> Result<Response<wire::peer::RenewalAnswer>, Status> {
        require_agent(&request)?;
        let renewal = Renewal::try_from(request.into_inner())?;
        self.seen.lock().unwrap().push(renewal);
        let answer = if self.grants.load(Ordering::SeqCst) {
            RenewalAnswer::Granted(Grant {
                lasts: figures().lease,
                promise_set: self.set.lock().unwrap().clone(),
                set_number: 1,
                fenced: BTreeSet::new(),
                token: token(1),
                guardians: BTreeSet::new(),
            })
        } else {
            RenewalAnswer::Refused { reason: "no quorum".into() }
        };
        Ok(Response::new((&answer).into()))
    }
}

/// Short, and long enough that a slow machine does not end a lease by itself.
fn figures() -> LeasePolicy {
    LeasePolicy {
        lease: Span::from_millis(3000),
        watchdog: Span::from_millis(2000),
        drift_ppm: 1000,
        margin: Span::from_millis(500),
        promise: Span::from_millis(6000),
        renew_every: Span::from_millis(300),
    }
}

struct Scene {
    lab: Lab,
    granter: Granter,
    controller: SocketAddr,
    resets: Arc<AtomicU32>,
    dog: FakeWatchdog,
}

impl Scene {
    async fn new() -> Self {
        let lab = Lab::new();
        let granter = Granter {
            grants: Arc::new(AtomicBool::new(true)),
            set: Arc::default(),
            seen: Arc::default(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let controller = listener.local_addr().unwrap();
        let credentials = lab.credentials(&Identity::Controller(ControllerId(1), "a".into()));
        let routes = Routes::new(controller_service(granter.clone()));
        tokio::spawn(async move {
            serve(listener, &credentials, routes, std::future::pending()).await.unwrap();
        });
        let (socket, room) = (lab.path("dog"), lab.path("room"));
        let config = Config {
            host: "a1".into(),
            socket: socket.clone(),
            timeout: figures().watchdog,
            on_fire: OnFire::Tell { socket: room.clone() },
            journal: lab.path("a1-journal.jsonl"),
        };
        let listener = Resets::bind(&room).unwrap();
        let resets = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&resets);
        tokio::spawn(async move {
            while let Ok(reset) = listener.next().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let _ = reset.done().await;
            }
        });
        tokio::spawn(async move { run(config).await });
        let dog = FakeWatchdog::new(socket, "a1");
        while dog.fired().await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Self { lab, granter, controller, resets, dog }
    }

    async fn machine(&self, arm: bool, others: &[&Machine]) -> Machine {
        let mut endpoints = Endpoints::default();
        endpoints.set(EndpointName::Controller(ControllerId(1)), vec![self.controller]);
        for other in others {
            endpoints.set(EndpointName::Agent(other.host.clone()), vec![other.agent.address()]);
        }
        let spec = Spec {
            endpoints,
            controllers: vec![ControllerId(1)],
            watchdog: Some(Arc::new(self.dog.clone())),
            arm,
            lease: Some(figures()),
            ..Spec::default()
        };
        self.lab.machine_with("a1", spec).await
    }

    /// Waits until the agent has told the controller so in a renewal.
    async fn renewed(&self, what: impl Fn(&Renewal) -> bool) {
        let known = self.granter.seen.lock().unwrap().len();
        while !self.granter.seen.lock().unwrap().iter().skip(known).any(&what) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn reset(&self) {
        while self.resets.load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_armed_host_without_lease_and_promises_is_reset() {
    let scene = Scene::new().await;
    let _machine = scene.machine(true, &[]).await;
    scene.renewed(|renewal| renewal.armed && renewal.watchdog == figures().watchdog).await;
    scene.renewed(|renewal| renewal.set_number == 1).await;
    assert_eq!(scene.resets.load(Ordering::SeqCst), 0);
    scene.granter.grants.store(false, Ordering::SeqCst);
    scene.reset().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_not_armed_is_never_stopped() {
    let scene = Scene::new().await;
    let machine = scene.machine(false, &[]).await;
    let agents = scene.lab.controller(&[&machine]);
    agents.start(&machine.host, &"v1".into(), &vm(), token(1), &order()).await.unwrap();
    scene.renewed(|renewal| !renewal.armed).await;
    scene.granter.grants.store(false, Ordering::SeqCst);
    tokio::time::sleep(figures().wait().to_std()).await;
    assert_eq!(scene.resets.load(Ordering::SeqCst), 0);
    assert!(machine.twin.observe().await.unwrap()[0].1.running);
}

#[tokio::test(flavor = "multi_thread")]
async fn losing_all_controllers_stops_nothing_while_the_others_promise() {
    let scene = Scene::new().await;
    let other = scene.lab.machine("b1").await;
    scene.granter.set.lock().unwrap().insert("b1".into());
    let machine = scene.machine(true, &[&other]).await;
    scene.renewed(|renewal| renewal.armed).await;
    let agents = scene.lab.controller(&[&machine, &other]);
    agents.start(&machine.host, &"v1".into(), &vm(), token(1), &order()).await.unwrap();
    scene.granter.grants.store(false, Ordering::SeqCst);
    tokio::time::sleep(figures().wait().to_std() * 2).await;
    assert_eq!(scene.resets.load(Ordering::SeqCst), 0, "it lives on promises");
    let answer = agents.start(&other.host, &"v1".into(), &vm(), token(9), &order()).await;
    assert!(answer.unwrap_err().to_string().contains("covered by a promise to a1"));
    agents.withhold(&other.host, &machine.host, token(5)).await.unwrap();
    scene.reset().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_to_be_armed_starts_nothing_before() {
    let scene = Scene::new().await;
    scene.granter.grants.store(false, Ordering::SeqCst);
    let machine = scene.machine(true, &[]).await;
    let agents = scene.lab.controller(&[&machine]);
    let answer = agents.start(&machine.host, &"v1".into(), &vm(), token(1), &order()).await;
    assert!(answer.unwrap_err().to_string().contains("is to be armed and is not yet"));
    scene.granter.grants.store(true, Ordering::SeqCst);
    scene.renewed(|renewal| renewal.armed).await;
    agents.start(&machine.host, &"v1".into(), &vm(), token(1), &order()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_restarts_goes_on_feeding_and_a_person_disarms() {
    let scene = Scene::new().await;
    let machine = scene.machine(true, &[]).await;
    scene.renewed(|renewal| renewal.armed).await;
    let machine = machine.restart_agent(&scene.lab).await;
    scene.renewed(|renewal| renewal.armed).await;
    let agents = scene.lab.controller(&[&machine]);
    agents.arm(&machine.host, false, token(2)).await.unwrap();
    scene.renewed(|renewal| !renewal.armed).await;
    let machine = machine.restart_agent(&scene.lab).await;
    scene.renewed(|renewal| !renewal.armed).await;
    assert!(scene.dog.fired().await.unwrap() == 0);
    machine.agent.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_to_disarm_that_a_later_one_to_arm_has_overtaken_is_refused() {
    let scene = Scene::new().await;
    let machine = scene.machine(true, &[]).await;
    scene.renewed(|renewal| renewal.armed).await;
    let agents = scene.lab.controller(&[&machine]);
    agents.arm(&machine.host, false, token(2)).await.unwrap();
    let told = agents.observe(&machine.host, 0).await.unwrap();
    assert_eq!((told.armed, told.arming), (false, token(2)));
    agents.arm(&machine.host, true, token(4)).await.unwrap();
    let late = agents.arm(&machine.host, false, token(3)).await.unwrap_err();
    assert_eq!(late, DriverError::OlderToken { given: token(3), seen: token(4) });
    // Not forgotten by a restart either.
    let machine = machine.restart_agent(&scene.lab).await;
    let agents = scene.lab.controller(&[&machine]);
    assert!(agents.arm(&machine.host, false, token(3)).await.is_err());
    let told = agents.observe(&machine.host, 0).await.unwrap();
    assert_eq!((told.armed, told.arming), (true, token(4)));
    machine.agent.shutdown().await;
}
