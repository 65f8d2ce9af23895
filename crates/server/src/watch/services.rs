use model::estate::Probe;
use model::id::ServiceId;
use model::observation::Target;

use super::Watcher;

/// A service, as its users reach it.
pub(super) async fn watch(watcher: Watcher, service: ServiceId, probe: Probe) {
    let mut beat = watcher.beat();
    loop {
        beat.tick().await;
        let resolve = |name: &str| watcher.shared.config.resolve(name);
        let finding = probes::run(&probe, resolve, watcher.timeout()).await;
        let target = Target::Service { service: service.clone() };
        watcher.report(vec![watcher.observation(target, finding.status, finding.says)]);
    }
}
