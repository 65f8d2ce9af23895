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
                told(&watcher, &host, report)
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

fn told(watcher: &Watcher, host: &HostId, report: HostReport) -> Vec<Observation> {
    let mut observations = vec![Observation {
        detail: Detail::Host {
            boot: report.boot,
            armed: report.armed,
            accepted: report.accepted.unwrap_or_default(),
            sealed: report.sealed,
        },
        ..watcher.observation(Target::Host { host: host.clone() }, Status::Up, "the agent answers")
    }];
    for (vm, status) in report.vms {
        observations.push(vm_observation(watcher, host, vm, &status));
    }
    observations
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
            stopped_on_purpose: status.stopped_on_purpose,
            booted: status.booted,
        },
        ..watcher.observation(Target::Vm { vm, host: host.clone() }, seen, says)
    }
}
