//! Who may be let in again: a host that is fenced, or came back with a new boot, whose agent
//! answers, once its storage side is in step again (S7).

use model::id::HostId;
use model::observation::{Detail, Status, Target};

use crate::judge::Judge;

pub(crate) fn admissible(judge: &Judge<'_>) -> Vec<HostId> {
    let hosts = judge.view.hosts.iter();
    hosts
        .filter(|(host, facts)| {
            !facts.admitted
                && !facts.in_a_run
                && !facts.in_maintenance
                && judge.is_alive(&Target::Host { host: (**host).clone() })
                && storage_in_step(judge, host)
        })
        .map(|(host, _)| (*host).clone())
        .collect()
}

/// Every layer that the host uses serves its room from a copy that is in step.
fn storage_in_step(judge: &Judge<'_>, host: &HostId) -> bool {
    let estate = judge.view.estate;
    let Some(definition) = estate.hosts.get(host) else { return false };
    // Its volumes were opened from their copies in another room: what it would open here is old
    // until a person has brought the data back.
    let replica = |volume| estate.replica_room(volume);
    let old =
        |volume| judge.view.opened.contains(volume) && replica(volume) != Some(&definition.room);
    if definition.volumes.iter().any(old) {
        return false;
    }
    let layers =
        definition.volumes.iter().filter_map(|volume| estate.volumes.get(volume)?.layer.as_ref());
    layers.into_iter().all(|layer| {
        let side = Target::StorageSide { layer: layer.clone(), room: definition.room.clone() };
        let sights = judge.sights(&side);
        // A room without an array of this layer has no side that could be out of step.
        let has_side = estate.storage_layers.get(layer).is_some_and(|layer| {
            layer.arrays.iter().any(|array| {
                estate.arrays.get(array).is_some_and(|array| array.room == definition.room)
            })
        });
        let said_no = sights.iter().any(|sight| {
            sight.status == Status::Down
                || matches!(sight.detail, Detail::Storage { in_sync: false, .. })
        });
        let said_yes = sights.iter().any(|sight| sight.status == Status::Up);
        !said_no && (said_yes || !has_side)
    })
}
