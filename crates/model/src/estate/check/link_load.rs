//! What else is on a link leaves something of it.

use crate::diagnostic::say;
use crate::estate::Measured;
use crate::estate::places::Section;
use crate::id::LinkId;

use super::Checker;

pub(super) fn check(c: &mut Checker<'_, '_>) {
    let estate = c.estate;
    for (id, link) in &estate.links {
        if let Some(measured) = link.measured {
            load(c, Section::Links, id, measured);
        }
    }
    for (id, link) in &estate.wide_links {
        load(c, Section::WideLinks, id, link.measured);
    }
}

fn load(c: &mut Checker<'_, '_>, section: Section, id: &LinkId, measured: Measured) {
    if measured.free().is_some() {
        return;
    }
    let Measured { rate, load } = measured;
    c.findings.error(
        "estate.link-load",
        c.places.field(section, id.as_str(), "load"),
        say!(
            "`{id}` carries {rate} and has {load} of other load: nothing is left to restore over it",
            "`{id}` porte {rate} et a {load} d'autre charge : il n'en reste rien pour une restauration"
        ),
        say!("not below the rate", "pas inférieure au débit"),
        say!(
            "measure both again: `rate` is what it carries with nothing else on it, `load` is the rest while data are restored",
            "mesurer à nouveau les deux : `rate` est ce qu'il porte à vide, `load` le reste du trafic pendant une restauration"
        ),
    );
}
