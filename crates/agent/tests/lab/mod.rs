//! Twin hosts with their agents, and controllers that do as they are told, on the loopback.

// Each test file uses its own part of it.
#![allow(unreachable_pub, dead_code)]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use agent::{Agent, AgentConfig};
use contracts::watchdog::Watchdog;
use drivers::hypervisor::agent::GrpcAgents;
use drivers::hypervisor::twin::Twin;
use model::era::{Epoch, Era, Token};
use model::estate::{Vm, VmSource};
use model::id::{ControllerId, HostId, RunId};
use model::policy::LeasePolicy;
use model::step::{ItemRef, Order, StepKey};
use model::units::{CpuCount, MemoryMib, Span};
use tempfile::TempDir;
use tokio::net::TcpListener;
use wire::ca::Authority;
use wire::dial::{DialSettings, Dialer};
use wire::endpoint::{EndpointName, Endpoints};
use wire::identity::Identity;
use wire::tls::Credentials;

pub fn token(epoch: u64) -> Token {
    Token { era: Era(1), epoch: Epoch(epoch) }
}

pub fn key() -> StepKey {
    StepKey {
        era: Era(1),
        run: RunId(7),
        item: ItemRef { step: "start".into(), item: "v1".into() },
    }
}

/// Each one is an attempt of its own.
pub fn order() -> Order {
    static ATTEMPTS: AtomicU32 = AtomicU32::new(1);
    Order { key: key(), attempt: ATTEMPTS.fetch_add(1, Ordering::Relaxed) }
}

pub fn vm() -> Vm {
    Vm {
        service: "dpi".into(),
        cpus: CpuCount(1),
        memory_mib: MemoryMib(512),
        networks: [].into(),
        volumes: [].into(),
        devices: [].into(),
        home: "a1".into(),
        prefers: Vec::new(),
        anti_affinity: None,
        after: [].into(),
        boot: Span::from_secs(5),
        source: VmSource::Stub,
    }
}

pub fn lease() -> LeasePolicy {
    LeasePolicy {
        lease: Span::from_millis(2000),
        watchdog: Span::from_millis(1000),
        drift_ppm: 1000,
        margin: Span::from_millis(500),
        promise: Span::from_millis(20_000),
        renew_every: Span::from_millis(100),
    }
}

pub struct Lab {
    folder: TempDir,
    authority: Authority,
}

pub struct Machine {
    pub host: HostId,
    pub twin: Twin,
    pub agent: Agent,
    pub credentials: Credentials,
    pub spec: Spec,
}

/// What an agent is started with, beyond the defaults.
#[derive(Clone, Default)]
pub struct Spec {
    pub boot: Option<String>,
    pub endpoints: Endpoints,
    pub controllers: Vec<ControllerId>,
    pub watchdog: Option<Arc<dyn Watchdog>>,
    pub arm: bool,
    pub lease: Option<LeasePolicy>,
}

impl Lab {
    pub fn new() -> Self {
        let authority = Authority::create("clinic").unwrap();
        Self { folder: tempfile::tempdir().unwrap(), authority }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn credentials(&self, identity: &Identity) -> Credentials {
        let folder = self.path(&format!("tls-{}", identity.folder()));
        if !folder.exists() {
            self.authority.issue(identity).unwrap().save(&folder).unwrap();
        }
        Credentials::load_as(&folder, identity).unwrap()
    }

    pub async fn machine(&self, host: &str) -> Machine {
        self.machine_with(host, Spec::default()).await
    }

    pub async fn machine_with(&self, host: &str, spec: Spec) -> Machine {
        let twin = Twin::new(&self.path(&format!("{host}-journal.jsonl")), 1000.0).unwrap();
        twin.power_on("boot-1").unwrap();
        self.agent(host.into(), twin, spec).await
    }

    pub async fn agent(&self, host: HostId, twin: Twin, spec: Spec) -> Machine {
        let credentials = self.credentials(&Identity::Agent(host.clone()));
        let config = AgentConfig {
            host: host.clone(),
            boot: spec.boot.clone().unwrap_or_else(|| "boot-1".into()),
            listener: TcpListener::bind("127.0.0.1:0").await.unwrap(),
            credentials: credentials.clone(),
            endpoints: spec.endpoints.clone(),
            dial: DialSettings::default(),
            controllers: spec.controllers.clone(),
            state: self.path(&format!("{host}-state")),
            lease: spec.lease.unwrap_or_else(lease),
            arm: spec.arm,
            sole_starter: true,
        };
        let hypervisor = Arc::new(twin.clone());
        let agent = Agent::start(config, hypervisor, spec.watchdog.clone()).await.unwrap();
        Machine { host, twin, agent, credentials, spec }
    }

    pub fn dialer(
        &self,
        credentials: &Credentials,
        machines: &[&Machine],
        controllers: &[(ControllerId, SocketAddr)],
    ) -> Arc<Dialer> {
        let mut endpoints = BTreeMap::new();
        for machine in machines {
            let name = EndpointName::Agent(machine.host.clone());
            endpoints.insert(name, vec![machine.agent.address()]);
        }
        for (id, address) in controllers {
            endpoints.insert(EndpointName::Controller(*id), vec![*address]);
        }
        let endpoints = endpoints.into_iter().collect();
        Arc::new(Dialer::new(credentials.clone(), endpoints, DialSettings::default()))
    }

    pub fn agents_as(&self, credentials: &Credentials, machines: &[&Machine]) -> GrpcAgents {
        GrpcAgents::new(self.dialer(credentials, machines, &[]))
    }

    /// A controller that calls these agents.
    pub fn controller(&self, machines: &[&Machine]) -> GrpcAgents {
        let identity = Identity::Controller(ControllerId(1), "a".into());
        self.agents_as(&self.credentials(&identity), machines)
    }
}

impl Machine {
    /// The agent's process dies and starts again; the host does not notice.
    pub async fn restart_agent(self, lab: &Lab) -> Self {
        let Self { host, twin, agent, spec, .. } = self;
        agent.abort().await;
        lab.agent(host, twin, spec).await
    }

    /// The host loses its power and comes back.
    pub async fn reboot(self, lab: &Lab, boot: &str) -> Self {
        let Self { host, twin, agent, spec, .. } = self;
        twin.power_cut();
        agent.abort().await;
        twin.power_on(boot).unwrap();
        lab.agent(host, twin, Spec { boot: Some(boot.to_owned()), ..spec }).await
    }
}
