//! A service is made of VMs.

use std::collections::BTreeSet;

use crate::diagnostic::say;
use crate::estate::places::Section;

use super::Checker;

pub(super) fn check(c: &mut Checker<'_, '_>) {
    let used: BTreeSet<_> = c.estate.vms.values().map(|vm| &vm.service).collect();
    for id in c.estate.services.keys().filter(|id| !used.contains(id)) {
        c.findings.warning(
            "estate.service-without-vms",
            c.key(Section::Services, id.as_str()),
            say!("service `{id}` has no VM", "le service `{id}` n'a aucune VM"),
            say!("nothing to restart", "rien à redémarrer"),
            say!(
                "add its VMs with `service: {id}`, or remove it",
                "ajouter ses VM avec `service: {id}`, ou le retirer"
            ),
        );
    }
}
