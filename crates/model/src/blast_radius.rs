//! What an incident may take with it: nothing that answers it may rely on that.

use std::collections::BTreeMap;

use crate::incident::IncidentClass;
use crate::relied_on::{Means, ReliedOn};

/// What is lost, or may be, together with what an incident of one class takes out; each with why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlastRadius {
    inside: BTreeMap<ReliedOn, String>,
}

/// What hospitals run as VMs in their production rooms, beside what all else stands on.
const BASE_SERVICES: [Means; 6] = [
    Means::Vcenter,
    Means::Directory,
    Means::Dns,
    Means::MailRelay,
    Means::TimeSource,
    Means::Login,
];

impl BlastRadius {
    /// What an incident of this class may take out in any hospital, as long as no estate says that
    /// it is not so in this one.
    pub fn of(class: IncidentClass) -> Self {
        let mut radius = Self::default();
        let base = "it runs in the production rooms, and nothing says that some of it is left";
        match class {
            IncidentClass::RoomLost | IncidentClass::StorageSideLost => {
                radius.add_means(&BASE_SERVICES, base);
                if class == IncidentClass::RoomLost {
                    radius.add_means(&[Means::Bmc], "the room's power and its BMCs died with it");
                }
            }
            IncidentClass::StorageLayerLost | IncidentClass::ProductionLost => {
                radius.add_means(&BASE_SERVICES, "it runs in the production rooms");
                let storage = "the layer serves no room any more";
                radius.add_means(&[Means::StorageManagement], storage);
                if class == IncidentClass::ProductionLost {
                    let power = "the rooms' power and their BMCs may be gone with them";
                    radius.add_means(&[Means::Bmc], power);
                }
            }
            // There is one of it as a rule, and it runs on some host.
            IncidentClass::HostLost => {
                radius.add_means(&[Means::Vcenter], "it may run on the lost host");
            }
            IncidentClass::VmLost
            | IncidentClass::ArrayLost
            | IncidentClass::LinkLost
            | IncidentClass::ControllerLost => {}
        }
        radius
    }

    /// Adds one thing; what is there already keeps its reason.
    pub fn add(&mut self, what: ReliedOn, why: String) {
        self.inside.entry(what).or_insert(why);
    }

    /// Says that one thing is left after all.
    pub fn remove(&mut self, what: &ReliedOn) {
        self.inside.remove(what);
    }

    /// Why it is inside; nothing where it is not.
    pub fn why(&self, what: &ReliedOn) -> Option<&str> {
        self.inside.get(what).map(String::as_str)
    }

    /// Everything inside, by name.
    pub fn inside(&self) -> impl Iterator<Item = (&ReliedOn, &str)> {
        self.inside.iter().map(|(what, why)| (what, why.as_str()))
    }

    fn add_means(&mut self, means: &[Means], why: &str) {
        for means in means {
            self.add(ReliedOn::Means(*means), why.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loss_of_a_room_may_take_every_base_service_and_never_what_fences_without_it() {
        for class in [IncidentClass::RoomLost, IncidentClass::ProductionLost] {
            let radius = BlastRadius::of(class);
            for means in BASE_SERVICES {
                assert!(radius.why(&ReliedOn::Means(means)).is_some(), "{class}: {means}");
            }
            for means in [Means::Agent, Means::Persons, Means::Controllers, Means::Probe] {
                assert!(radius.why(&ReliedOn::Means(means)).is_none(), "{class}: {means}");
            }
        }
    }
}
