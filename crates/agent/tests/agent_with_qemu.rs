//! The agent as it runs on a host of its own: configuration file, QEMU, boot file.
//!
//! Where `qemu-system-x86_64` is not installed this says so and passes, unless
//! `BASCULE_NEEDS_QEMU` is set.

#![allow(clippy::unwrap_used)]

mod lab;

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use agent::Agent;
use agent::process::{FileConfig, start};
use conformance::wait::eventually;
use contracts::call::Agents;
use drivers::hypervisor::agent::GrpcAgents;
use model::id::{ControllerId, HostId, VmId};
use model::policy::LeasePolicy;
use wire::dial::{DialSettings, Dialer};
use wire::endpoint::{EndpointName, Endpoints};
use wire::identity::Identity;

use lab::{Lab, order, token, vm};

const PROGRAM: &str = "qemu-system-x86_64";

fn config(lab: &Lab, host: &HostId) -> FileConfig {
    let identity = Identity::Agent(host.clone());
    lab.credentials(&identity);
    FileConfig {
        host: host.clone(),
        listen: "127.0.0.1:0".parse().unwrap(),
        credentials: lab.path(&format!("tls-{}", identity.folder())),
        endpoints: Endpoints::default(),
        controllers: Vec::new(),
        state: lab.path("state"),
        run: lab.path("run"),
        journal: lab.path("journal.jsonl"),
        lease: LeasePolicy::default(),
        watchdog: None,
        arm: false,
        sole_starter: true,
        program: PROGRAM.into(),
        guest: None,
    }
}

fn agents(lab: &Lab, agent: &Agent) -> GrpcAgents {
    let identity = Identity::Controller(ControllerId(1), "a".into());
    let name = EndpointName::Agent(agent.host().clone());
    let endpoints = BTreeMap::from([(name, vec![agent.address()])]).into_iter().collect();
    GrpcAgents::new(Arc::new(Dialer::new(
        lab.credentials(&identity),
        endpoints,
        DialSettings::default(),
    )))
}

#[tokio::test(flavor = "multi_thread")]
async fn vms_outlive_the_agent_and_a_new_boot_needs_an_admission() {
    if Command::new(PROGRAM).arg("--version").output().is_err() {
        assert!(std::env::var_os("BASCULE_NEEDS_QEMU").is_none(), "{PROGRAM} is missing");
        eprintln!("not run: {PROGRAM} is not installed");
        return;
    }
    let lab = Lab::new();
    let host = HostId(format!("q{}", std::process::id()));
    let id = VmId::from("v1");
    let agent = start(config(&lab, &host)).await.unwrap();
    let controller = agents(&lab, &agent);
    controller.start(&host, &id, &vm(), token(1), &order()).await.unwrap();
    let booted = eventually(Duration::from_secs(30), async || {
        let report = controller.observe(&host, 0).await.unwrap();
        report.vms.iter().any(|(_, status)| status.booted).then_some(report)
    });
    let before = booted.await.expect("the stub prints its byte");
    agent.shutdown().await;

    let agent = start(config(&lab, &host)).await.unwrap();
    let controller = agents(&lab, &agent);
    let after = controller.observe(&host, before.revision).await.unwrap();
    assert_eq!(after.boot, before.boot);
    assert!(after.complete, "another process gave that revision");
    assert_eq!(after.vms, before.vms);
    controller.start(&host, &id, &vm(), token(1), &order()).await.unwrap();
    controller.stop(&host, &id, token(2)).await.unwrap();
    assert!(!controller.observe(&host, 0).await.unwrap().vms.iter().any(|(_, vm)| vm.running));
    agent.shutdown().await;

    std::fs::remove_file(config(&lab, &host).boot_file()).unwrap();
    let agent = start(config(&lab, &host)).await.unwrap();
    let controller = agents(&lab, &agent);
    let answer = controller.start(&host, &id, &vm(), token(3), &order()).await;
    assert!(answer.unwrap_err().to_string().contains("S7"));
    agent.abort().await;
}

#[test]
fn a_configuration_file_is_read_and_an_unknown_key_is_an_error() {
    let text = "host: a1\nlisten: 127.0.0.1:7100\ncredentials: /etc/bascule/agent-a1\n\
                endpoints: { controller/1: ['127.0.0.1:7001'] }\nstate: /var/lib/bascule\n\
                run: /run/bascule\njournal: /var/log/bascule/journal.jsonl\n\
                lease: { lease: 2s, watchdog: 1s, drift-ppm: 1000, margin: 500ms, promise: 2s, \
                renew-every: 400ms }\narm: true\nwatchdog: /run/bascule/watchdog\n";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("agent.yaml");
    std::fs::write(&file, text).unwrap();
    let config = agent::process::read_config(&file).unwrap();
    assert!(config.arm && config.sole_starter);
    assert_eq!(config.lease.renew_every.as_millis(), 400);
    std::fs::write(&file, format!("{text}armed: true\n")).unwrap();
    let error = agent::process::read_config(&file).unwrap_err().to_string();
    assert!(error.contains("armed"), "{error}");
}
