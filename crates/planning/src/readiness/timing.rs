//! How long it takes until the first VM may start: the verdict, the hold-off, the fences.

use model::estate::Restarts;
use model::fence::Rung;
use model::id::HostId;
use model::policy::ClassPolicy;
use model::units::Span;

use super::failure::Failure;
use super::situation::Situation;

/// A leader that dies with what failed is replaced first: twice the longest election time that
/// controllers ship with (900 ms), rounded up.
const LEADER_CHANGE: Span = Span::from_secs(2);

/// From the last moment at which it was seen up until the verdict is committed.
pub(super) fn verdict_after(situation: &Situation, failure: &Failure) -> Span {
    // Nobody reaches this verdict: the order that two persons sign is it.
    if *failure == Failure::Production {
        return Span::ZERO;
    }
    let watch = &situation.policy.watch;
    leader_change(situation, failure)
        .saturating_add(watch.debounce_time())
        .saturating_add(watch.probe_timeout)
}

fn leader_change(situation: &Situation, failure: &Failure) -> Span {
    let takes_one = failure.controllers(&situation.estate).next().is_some();
    if takes_one { LEADER_CHANGE } else { Span::ZERO }
}

/// From the verdict to the first act: the policy's hold-off, or longer where the platform restarts
/// VMs by itself first.
pub(super) fn hold_off<'h>(
    situation: &Situation,
    class: &ClassPolicy,
    mut lost: impl Iterator<Item = &'h HostId>,
) -> Span {
    let by_platform = lost.any(|id| {
        let host = situation.estate.hosts.get(id);
        host.is_some_and(|host| host.restarts == Restarts::Platform)
    });
    if by_platform { class.hold_off.max(class.platform_deadline) } else { class.hold_off }
}

/// How a host is proved fenced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fence {
    /// By itself, so long after the order at most.
    Within(Span),
    /// By nobody but two persons.
    People,
}

/// How this host would be proved fenced, once ordered `after` the failure began. `expect` is what
/// the runbook says of a fence: the only figure there is for power and storage.
///
/// Where the lease rung proves, its own wait counts, because it does not depend on what else died.
/// A host that is dead has renewed nothing since; one that lives may have been promised something
/// just before the order, and its wait begins when that promise ends.
pub(super) fn fence(
    situation: &Situation,
    failure: &Failure,
    host: &HostId,
    after: Span,
    expect: Span,
) -> Fence {
    let Some(rungs) = situation.estate.hosts.get(host).map(|host| &host.rungs) else {
        return Fence::People;
    };
    let lease = &situation.policy.lease;
    if rungs.contains(&Rung::Lease) && situation.now.armed.contains(host) {
        let wait = lease.wait();
        return Fence::Within(if failure.hosts_are_dead() {
            wait.saturating_add(leader_change(situation, failure)).saturating_sub(after)
        } else {
            wait.saturating_add(lease.promise)
        });
    }
    // A management controller dies with its room, and with the host's own power supply.
    let by_power = rungs.contains(&Rung::Power) && !failure.hosts_are_dead();
    if by_power || rungs.contains(&Rung::Storage) { Fence::Within(expect) } else { Fence::People }
}
