//! S9: a volume is opened from a side that holds every acknowledged write, or from a copy that lacks
//! no more than the service of its VM may lose.

use std::collections::BTreeMap;

use model::estate::Estate;
use model::id::{RoomId, VmId, VolumeId};
use model::units::Span;
use state_machine::Command;

use super::Checker;
use crate::fact::Fact;

/// The checker.
#[derive(Debug, Default)]
pub(super) struct CurrentCopies {
    /// What a VM may lose.
    rpo: BTreeMap<VmId, Span>,
    /// Where a volume's copy is.
    copies: BTreeMap<VolumeId, RoomId>,
}

impl CurrentCopies {
    fn loaded(&mut self, estate: &Estate) {
        self.rpo = estate
            .vms
            .iter()
            .filter_map(|(id, vm)| Some((id.clone(), estate.services.get(&vm.service)?.rpo)))
            .collect();
        self.copies = estate
            .volumes
            .keys()
            .filter_map(|id| Some((id.clone(), estate.replica_room(id)?.clone())))
            .collect();
    }
}

impl Checker for CurrentCopies {
    fn property(&self) -> &'static str {
        "S9-current-copy"
    }

    fn take(&mut self, fact: &Fact) -> Option<String> {
        match fact {
            Fact::Applied { entry, .. } => {
                if let Command::EstateLoaded { estate, .. } = &entry.command {
                    self.loaded(&estate.value);
                }
                None
            }
            Fact::VolumeOpened { volume, vm, host, from, missing } => {
                let is_copy = self.copies.get(volume) == Some(from);
                let rpo = self.rpo.get(vm).copied().unwrap_or_default();
                let may_lack = if is_copy { rpo } else { Span::ZERO };
                (*missing > may_lack).then(|| {
                    format!(
                        "VM {vm} on {host} opened {volume} from room {from}, which lacks what was \
                         acknowledged within {missing}; {may_lack} is allowed"
                    )
                })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts::{caught, silent};
    use super::*;

    fn opened(from: &str, missing: u64) -> Fact {
        Fact::VolumeOpened {
            volume: "svc-1".into(),
            vm: "v1".into(),
            host: "b1".into(),
            from: from.into(),
            missing: Span::from_secs(missing),
        }
    }

    fn with_copy_in_c() -> CurrentCopies {
        CurrentCopies {
            rpo: BTreeMap::from([("v1".into(), Span::from_secs(30))]),
            copies: BTreeMap::from([("svc-1".into(), "c".into())]),
        }
    }

    #[test]
    fn a_side_that_lacks_a_second_is_caught() {
        let said = caught(with_copy_in_c(), &[opened("b", 1)]);
        assert!(said.contains("svc-1 from room b"), "{said}");
        silent(with_copy_in_c(), &[opened("b", 0)]);
    }

    #[test]
    fn a_copy_may_lack_what_the_service_may_lose_and_no_more() {
        silent(with_copy_in_c(), &[opened("c", 30)]);
        caught(with_copy_in_c(), &[opened("c", 31)]);
    }
}
