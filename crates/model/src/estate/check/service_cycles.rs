//! No service waits for itself.

use std::collections::BTreeMap;

use crate::diagnostic::say;
use crate::estate::places::Section;

use super::{Checker, cycle};

pub(super) fn check(c: &mut Checker<'_, '_>) {
    let edges: BTreeMap<_, Vec<_>> = c
        .estate
        .services
        .iter()
        .map(|(id, service)| (id.clone(), service.depends_on.iter().cloned().collect()))
        .collect();
    let Some(cycle) = cycle::find(&edges) else { return };
    let names: Vec<String> =
        cycle.iter().chain(cycle.first()).map(|id| format!("`{id}`")).collect();
    let chain = names.join(" → ");
    let place = |at: usize| {
        let (from, to) = (&cycle[at], &cycle[(at + 1) % cycle.len()]);
        let span = c.places.item(Section::Services, from.as_str(), &["depends-on"], to.as_str());
        (span, say!("`{from}` waits for `{to}`", "`{from}` attend `{to}`"))
    };
    let (at, label) = place(0);
    let others: Vec<_> = (1..cycle.len()).map(place).collect();
    let others: Vec<_> =
        others.into_iter().map(|(span, text)| c.findings.label(span, text)).collect();
    let found = c.findings.error(
        "estate.service-cycle",
        at,
        say!(
            "services wait for each other in a circle, none could ever start: {chain}",
            "des services s'attendent en cercle, aucun ne pourrait démarrer : {chain}"
        ),
        label,
        say!(
            "take one of these dependencies out: the one that the service can live without for a while",
            "retirer l'une de ces dépendances : celle dont le service peut se passer un moment"
        ),
    );
    found.also = others;
}
