//! A person armed or disarmed a host: once that is committed, its agent is told.

use std::sync::Arc;
use std::time::Duration;

use state_machine::Command;

use crate::process::Shared;

/// How long the agent may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// Carries an applied entry of a person's to the agent, if it arms or disarms and this node leads.
///
/// Disarming is in the log before the device: from the commit on no proof stands on the watchdog.
/// Arming is in the device before the log counts on it: the log believes the agent's own word,
/// which the rooms observe. So an order that is lost here leaves nothing unsafe; it is given again.
pub(crate) fn carry_out(shared: &Arc<Shared>, event: &consensus::AppliedEvent) {
    let Command::HostArmed { host, watchdog, .. } = &event.entry.command else { return };
    let ours = event.entry.by == shared.config.controller && shared.node.leads();
    let of_a_person = event.entry.person.is_some();
    if event.replayed || event.applied.rejected.is_some() || !ours || !of_a_person {
        return;
    }
    // The state may be ahead of this event. The order in force is carried out, never one that a
    // later entry has overtaken: the agent would refuse it anyway.
    let in_force = shared
        .node
        .with_state(|state| state.hosts.get(host).map(|record| (!record.disarmed, record.arming)));
    let Some((arm, token)) = in_force else { return };
    let (shared, host, said) = (shared.clone(), host.clone(), *watchdog);
    tokio::spawn(async move {
        let order = shared.agents.arm(&host, arm, token);
        match tokio::time::timeout(DEADLINE, order).await {
            Ok(Ok(found)) if arm && found != said => {
                tracing::warn!(%host, %found, %said, "armed; the device says another time");
            }
            Ok(Ok(found)) if arm => tracing::info!(%host, %found, "armed"),
            Ok(Ok(_)) => tracing::info!(%host, "disarmed"),
            Ok(Err(error)) => {
                tracing::error!(%host, arm, "the agent did not follow: {error}; give the order again");
            }
            Err(_) => {
                tracing::error!(%host, arm, "no answer within {DEADLINE:?}; give the order again");
            }
        }
    });
}
