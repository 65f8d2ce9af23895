//! S1, one owner: may a VM be started on a host under a token?

use model::era::Token;
use model::id::{HostId, RoomId, VmId, VolumeId};
use model::observation::{Status, Target};
use model::seeded_bug::{SeededBug, seeded_bug};

use super::premise;
use crate::rejection::Rejection;
use crate::state::{State, VmRecord};

/// A start is let through only when, for every other host where the VM might be running, there is
/// a committed fence proof at or above the token under which it came there, or a sealed
/// observation above it. A seal at exactly that token would not do: the host refuses what is
/// *below* its seal, so a delayed start under the same token would still get through.
///
/// The target itself needs neither: one hypervisor does not run a VM twice, and a target that has
/// rebooted since is in quarantine and is refused before this is asked (S7).
pub(super) fn one_owner(
    state: &State,
    id: &VmId,
    vm: &VmRecord,
    target: &HostId,
) -> Result<(), Rejection> {
    for (host, placed) in &vm.might_run_on {
        if host == target {
            continue;
        }
        // Seeded bug `unsealed-stop`: that it was seen stopped there is enough.
        if seeded_bug(SeededBug::UnsealedStop) && is_seen_stopped(state, id, host) {
            continue;
        }
        if !is_fenced(state, host, *placed) && !is_sealed(vm, host, *placed) {
            return Err(Rejection::NotFenced {
                vm: id.clone(),
                host: host.clone(),
                placed: *placed,
            });
        }
    }
    Ok(())
}

/// A copy is opened only when nobody can write to the volume elsewhere any more: every VM on it
/// is fenced, or sealed, on every host outside of the copy's room.
pub(super) fn no_other_writer(
    state: &State,
    volume: &VolumeId,
    room: &RoomId,
) -> Result<(), Rejection> {
    let estate = premise::estate(state)?;
    let on_it = estate.vms.iter().filter(|(_, vm)| vm.volumes.contains(volume));
    for (id, record) in on_it.filter_map(|(id, _)| Some((id, state.vms.get(id)?))) {
        for (host, placed) in &record.might_run_on {
            let in_room = estate.hosts.get(host).is_some_and(|host| host.room == *room);
            if !in_room && !is_fenced(state, host, *placed) && !is_sealed(record, host, *placed) {
                return Err(Rejection::NotFenced {
                    vm: id.clone(),
                    host: host.clone(),
                    placed: *placed,
                });
            }
        }
    }
    Ok(())
}

fn is_fenced(state: &State, host: &HostId, placed: Token) -> bool {
    let order = state.hosts.get(host).and_then(|record| record.fence.as_ref());
    order.is_some_and(|order| order.proofs.iter().any(|proof| proof.token >= placed))
}

/// The seeded bug `unsealed-stop`.
fn is_seen_stopped(state: &State, vm: &VmId, host: &HostId) -> bool {
    let target = Target::Vm { vm: vm.clone(), host: host.clone() };
    state.seen(&target).any(|(_, seen)| seen.status == Status::Down)
}

fn is_sealed(vm: &VmRecord, host: &HostId, placed: Token) -> bool {
    vm.sealed.get(host).is_some_and(|sealed| *sealed > placed)
}
