//! A waiver names VMs that exist: one of nothing waives nothing, and somebody believes that it does.

use crate::diagnostic::{Findings, say};
use crate::estate::Estate;
use crate::policy::parse::Places;

pub(super) fn check(places: &Places, estate: &Estate, findings: &mut Findings<'_>) {
    for (vm, at) in places.waived.iter().filter(|(vm, _)| !estate.vms.contains_key(vm)) {
        findings.warning(
            "policy.waives-nothing",
            *at,
            say!(
                "a waiver names the VM `{vm}`, which the estate does not have",
                "une dérogation nomme la VM `{vm}`, absente du parc"
            ),
            say!("no such VM", "aucune VM de ce nom"),
            say!(
                "take it out, or write its name as in the estate",
                "la retirer, ou écrire son nom comme dans le parc"
            ),
        );
    }
}
