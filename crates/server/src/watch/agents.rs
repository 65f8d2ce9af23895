use std::collections::BTreeSet;

use model::id::{HostId, VmId};
use model::observation::{Detail, Observation, Status, Target};
use wire::agent::ObserveRequest;
use wire::convert::HostReport;
use wire::endpoint::EndpointName;

use contracts::hypervisor::VmStatus;

use super::Watcher;

/// A host's agent, and every VM that it tells of. After the first report the agent tells only
/// what changed.
pub(super) async fn watch(watcher: Watcher, host: HostId) {
    let mut beat = watcher.beat();
    let mut since = (String::new(), 0_u64);
    let mut listed = BTreeSet::new();
    loop {
        beat.tick().await;
        let observations = match ask(&watcher, &host, since.1).await {
            Ok(report) if report.boot != since.0 && since.1 != 0 && !report.complete => {
                // Another boot, and only changes: ask again for everything.
                since = (report.boot, 0);
                continue;
            }
            Ok(report) => {
                since = (report.boot.clone(), report.revision);
                if report.complete {
                    listed.clear();
                }
                listed.extend(report.vms.iter().map(|(vm, _)| vm.clone()));
                told(&watcher, &host, report, &listed)
            }
            Err(reason) => {
                // What happened meanwhile is asked for in full.
                since.1 = 0;
                vec![watcher.observation(
                    Target::Host { host: host.clone() },
                    Status::Unknown,
                    reason,
                )]
            }
        };
        watcher.report(observations);
    }
}

async fn ask(watcher: &Watcher, host: &HostId, since: u64) -> Result<HostReport, String> {
    let connection = watcher
        .shared
        .dialer
        .dial(&EndpointName::Agent(host.clone()))
        .map_err(|error| error.to_string())?;
    let mut agent = connection.within(watcher.policy.probe_timeout).agent();
    let reply = agent
        .observe(ObserveRequest { since_revision: since })
        .await
        .map_err(|status| status.message().to_owned())?;
    HostReport::try_from(reply.into_inner()).map_err(|error| error.to_string())
}

fn told(
    watcher: &Watcher,
    host: &HostId,
    report: HostReport,
    listed: &BTreeSet<VmId>,
) -> Vec<Observation> {
    let mut observations = vec![Observation {
        detail: Detail::Host {
            boot: report.boot,
            armed: report.armed,
            arming: report.arming,
            accepted: report.accepted.unwrap_or_default(),
            sealed: report.sealed,
        },
        ..watcher.observation(Target::Host { host: host.clone() }, Status::Up, "the agent answers")
    }];
    // A VM that this host never held is in no report, and none says more of it than that it is not
    // there.
    let absent = VmStatus {
        running: false,
        booted: false,
        token: None,
        key: None,
        stopped_on_purpose: false,
    };
    let unlisted = placed_on(watcher, host).into_iter().filter(|vm| !listed.contains(vm));
    observations.extend(unlisted.map(|vm| vm_observation(watcher, host, vm, &absent)));
    for (vm, status) in report.vms {
        observations.push(vm_observation(watcher, host, vm, &status));
    }
    observations
}

/// The VMs that the log places on this host.
fn placed_on(watcher: &Watcher, host: &HostId) -> Vec<VmId> {
    watcher.shared.node.with_state(|state| {
        let placed =
            state.vms.iter().filter(|(_, vm)| vm.placed.as_ref().is_some_and(|(on, _)| on == host));
        placed.map(|(id, _)| id.clone()).collect()
    })
}

fn vm_observation(watcher: &Watcher, host: &HostId, vm: VmId, status: &VmStatus) -> Observation {
    let (seen, says) = match (status.running, status.booted) {
        (true, true) => (Status::Up, "running"),
        (true, false) => (Status::Up, "booting"),
        (false, _) if status.stopped_on_purpose => (Status::Down, "stopped on purpose"),
        (false, _) => (Status::Down, "stopped"),
    };
    Observation {
        detail: Detail::Vm {
            token: status.token,
            key: status.key.clone(),
            stopped_on_purpose: status.stopped_on_purpose,
            booted: status.booted,
        },
        ..watcher.observation(Target::Vm { vm, host: host.clone() }, seen, says)
    }
}
