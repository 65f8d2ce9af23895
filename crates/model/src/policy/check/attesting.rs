//! Two persons prove that a host is off: one who is named alone never can, and a host that has no
//! other rung needs two.

use crate::diagnostic::{Findings, say};
use crate::estate::Estate;
use crate::fence::Rung;
use crate::policy::Policy;
use crate::policy::parse::Places;

pub(super) fn alone(policy: &Policy, places: &Places, findings: &mut Findings<'_>) {
    let mut names = policy.people.attest.iter();
    let (Some(only), None) = (names.next(), names.next()) else { return };
    findings.error(
        "policy.attests-alone",
        places.attest,
        say!(
            "only `{only}` may attest, and two distinct persons are needed: the people rung would never prove",
            "seul `{only}` peut attester, et il faut deux personnes distinctes : l'échelon `people` ne prouverait jamais"
        ),
        say!("one person", "une personne"),
        say!(
            "name a second person, better a third",
            "nommer une deuxième personne, mieux une troisième"
        ),
    );
}

pub(super) fn nobody(
    policy: &Policy,
    places: &Places,
    estate: &Estate,
    findings: &mut Findings<'_>,
) {
    if !policy.people.attest.is_empty() {
        return;
    }
    let on_people_alone =
        estate.hosts.iter().find(|(_, host)| host.rungs.iter().eq([&Rung::People]));
    let Some((host, _)) = on_people_alone else { return };
    findings.warning(
        "policy.nobody-attests",
        places.attest,
        say!(
            "host `{host}` has no rung but `people`, and the policy names nobody who may attest: its VMs could never be restarted elsewhere",
            "l'hôte `{host}` n'a que l'échelon `people`, et la politique ne nomme personne qui puisse attester : ses VM ne pourraient jamais redémarrer ailleurs"
        ),
        say!("nobody attests", "personne n'atteste"),
        say!(
            "add `people: {{ attest: [NAME, NAME] }}`",
            "ajouter `people: {{ attest: [NOM, NOM] }}`"
        ),
    );
}
