//! A VM's home can run it.

use crate::diagnostic::say;
use crate::estate::places::Section;

use super::Checker;
use super::naming::some_of;

pub(super) fn check(c: &mut Checker<'_, '_>) {
    let misplaced: Vec<String> = c
        .estate
        .vms
        .iter()
        .filter(|(id, vm)| {
            let takers = c.takers(id);
            !takers.is_empty() && !takers.contains(&vm.home)
        })
        .map(|(id, _)| id.to_string())
        .collect();
    for group in c.by_entry(Section::Vms, misplaced) {
        let Some(vm) = group.first().and_then(|id| c.estate.vms.get(&id.as_str().into())) else {
            continue;
        };
        let (en, fr) = some_of(&group);
        let home = &vm.home;
        let able: Vec<_> = c.takers(&group[0].as_str().into()).iter().collect();
        let (able_en, able_fr) = some_of(&able);
        let at = c.places.item(Section::Vms, &group[0], &["home", "spread.home"], home.as_str());
        c.findings.error(
            "estate.home-out-of-reach",
            at,
            say!(
                "the home `{home}` of VM {en} cannot run it: it lacks a network, a volume, a device or the size that it needs",
                "l'hôte `{home}`, où est chez elle la VM {fr}, ne peut pas la faire tourner : il lui manque un réseau, un volume, un périphérique ou la taille voulue"
            ),
            say!("cannot run here", "ne peut pas tourner ici"),
            say!("it can run on {able_en}", "elle peut tourner sur {able_fr}"),
        );
    }
}
