use model::estate::Estate;
use model::estate::service_tree::{Health, ServiceTree};
use model::id::ServiceId;
use model::observation::{Status, Target};
use state_machine::State;

use super::cluster::seen;
use super::vms::{VmState, vm_state};

/// The tree below one service, or of all of them, with how each is seen. Nothing when there is no
/// such service.
pub(super) fn view(state: &State, of: Option<&ServiceId>) -> Option<ServiceTree> {
    match &state.estate {
        Some(estate) => estate.value.service_tree(of, &health(state, &estate.value)),
        None => Estate::default().service_tree(of, &Health::new()),
    }
}

fn health(state: &State, estate: &Estate) -> Health {
    let services = estate.services.iter().map(|(id, service)| {
        let status = match service.probe {
            Some(_) => seen(state, &Target::Service { service: id.clone() }),
            None => by_its_vms(state, estate, id),
        };
        (id.clone(), status)
    });
    services.collect()
}

/// Without a probe: up or down as far as all of its VMs are. What part of it does is not known.
fn by_its_vms(state: &State, estate: &Estate, service: &ServiceId) -> Status {
    let vms: Vec<VmState> = estate.vms_of(service).map(|vm| vm_state(state, vm)).collect();
    let all = |which: &[VmState]| !vms.is_empty() && vms.iter().all(|vm| which.contains(vm));
    if all(&[VmState::Running]) {
        Status::Up
    } else if all(&[VmState::Stopped, VmState::StoppedOnPurpose]) {
        Status::Down
    } else {
        Status::Unknown
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::estate::Vm;
    use model::id::VmId;
    use model::observation::Detail;
    use model::time::LogTime;
    use state_machine::{Observed, Pinned, VmRecord};

    use super::*;

    const WARD: &str = include_str!("../../../../simulations/estates/ward.yaml");

    fn ward() -> State {
        let (estate, _) = Estate::parse("ward.yaml", WARD).expect("the ward is valid");
        State { estate: Some(Pinned { hash: String::new(), value: estate }), ..State::default() }
    }

    fn see(state: &mut State, target: Target, status: Status) {
        let observed = Observed {
            status,
            since: LogTime::default(),
            heard_at: LogTime::default(),
            last_up: None,
            evidence: String::new(),
            detail: Detail::None,
        };
        state.observations.insert(target, BTreeMap::from([("a".into(), observed)]));
    }

    fn see_service(state: &mut State, service: &str, status: Status) {
        see(state, Target::Service { service: service.into() }, status);
    }

    /// Both VMs of the office, which has no probe, where they are at home.
    fn see_office(state: &mut State, first: Status, second: Status) {
        for (vm, status) in [("office-1", first), ("office-2", second)] {
            let vm = VmId::from(vm);
            let estate = state.estate.as_ref().map(|estate| &estate.value);
            let home = estate.and_then(|estate| estate.vms.get(&vm)).map(|vm: &Vm| vm.home.clone());
            let host = home.expect("the office is in the ward");
            let placed = Some((host.clone(), Default::default()));
            state.vms.insert(vm.clone(), VmRecord { placed, ..VmRecord::default() });
            see(state, Target::Host { host: host.clone() }, Status::Up);
            see(state, Target::Vm { vm, host }, status);
        }
    }

    #[test]
    fn the_lowest_service_whose_probe_fails_is_named() {
        let mut state = ward();
        see_service(&mut state, "names", Status::Up);
        see_service(&mut state, "database", Status::Down);
        see_service(&mut state, "record", Status::Down);
        see_office(&mut state, Status::Up, Status::Up);
        let tree = view(&state, None).expect("the whole tree");
        let lowest: Vec<_> =
            tree.lowest.iter().map(|one| (one.service.as_str(), one.status)).collect();
        assert_eq!(lowest, [("database", Status::Down)]);
        assert_eq!(tree.lowest[0].takes_along, ["record".into()]);
        assert_eq!(view(&state, Some(&"records".into())), None);
    }

    #[test]
    fn a_service_without_a_probe_is_as_its_vms_are_when_they_agree() {
        for (first, second, expected) in [
            (Status::Up, Status::Up, Status::Up),
            (Status::Down, Status::Down, Status::Down),
            (Status::Up, Status::Down, Status::Unknown),
            (Status::Down, Status::Unknown, Status::Unknown),
        ] {
            let mut state = ward();
            see_office(&mut state, first, second);
            let tree = view(&state, Some(&"office".into())).expect("the office");
            let office = tree.services.iter().find(|one| one.service.as_str() == "office");
            assert_eq!(office.and_then(|one| one.status), Some(expected), "{first:?} {second:?}");
        }
    }
}
