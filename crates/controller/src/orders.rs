//! What leaves for a step: the call of its action, made from what is committed.

use model::action::Action;
use model::call::Call;
use model::era::Token;
use model::id::{HostId, VmId};
use model::seeded_bug::{SeededBug, seeded_bug};
use model::step::Order;
use state_machine::State;

/// The call of an attempt; none for what only waits, and for a fence, whose rungs climb by
/// themselves.
pub(crate) fn call_of(state: &State, action: &Action, token: Token, order: Order) -> Option<Call> {
    match action {
        Action::VmStart { vm, host } => start(state, vm, host, token, order),
        Action::VmStartFromCopy { vm, host } => start_from_copy(state, vm, host, token, order),
        Action::VmStop { vm, host } => {
            Some(Call::StopVm { host: host.clone(), vm: vm.clone(), token })
        }
        Action::FenceHost { .. }
        | Action::StorageConfirmSide { .. }
        | Action::ServiceCheck { .. }
        | Action::Approval { .. }
        | Action::Manual(_) => None,
    }
}

fn start(state: &State, vm: &VmId, host: &HostId, token: Token, order: Order) -> Option<Call> {
    let estate = &state.estate.as_ref()?.value;
    // Seeded bug `retry-elsewhere`: it is tried on another host this time.
    let other = state.hosts.iter().find(|(id, of)| *id != host && of.may_start());
    let host = match other {
        Some((other, _)) if order.attempt > 1 && seeded_bug(SeededBug::RetryElsewhere) => other,
        _ => host,
    };
    Some(Call::StartVm {
        host: host.clone(),
        vm: vm.clone(),
        definition: Box::new(estate.vms.get(vm)?.clone()),
        token,
        order,
    })
}

/// The order to start from the copies in the host's room.
fn start_from_copy(
    state: &State,
    vm: &VmId,
    host: &HostId,
    token: Token,
    order: Order,
) -> Option<Call> {
    let estate = &state.estate.as_ref()?.value;
    Some(Call::StartVmFromCopy {
        host: host.clone(),
        vm: vm.clone(),
        definition: Box::new(estate.vms.get(vm)?.clone()),
        room: estate.hosts.get(host)?.room.clone(),
        token,
        order,
    })
}
