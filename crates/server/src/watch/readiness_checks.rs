use std::time::Instant;

use model::id::CheckId;
use model::observation::Target;
use model::policy::ReadinessCheck;

use super::Watcher;

/// What this room needs to act alone. A look is made as often as the policy says; what it found is
/// told at every beat, so that it is believed like anything else that is seen several times.
pub(super) async fn watch(watcher: Watcher, id: CheckId, check: ReadinessCheck) {
    let mut beat = watcher.beat();
    let mut last: Option<(Instant, probes::Finding)> = None;
    loop {
        beat.tick().await;
        let due = last.as_ref().is_none_or(|(at, _)| at.elapsed() >= check.every.to_std());
        if due {
            last = Some((Instant::now(), crate::readiness::look(&check).await));
        }
        if let Some((_, finding)) = &last {
            let target = Target::ReadinessCheck { check: id.clone() };
            let says = finding.says.clone();
            watcher.report(vec![watcher.observation(target, finding.status, says)]);
        }
    }
}
