//! An order as a file, and what a person must have read before they sign it.

use std::fs;
use std::path::Path;

use audit::era_order::SignedOrder;
use model::text::Lang;

use crate::diagnostics::read_file;
use crate::failure::{Class, Failure};
use crate::words::era;

/// Reads an order.
pub(super) fn read(path: &Path) -> Result<SignedOrder, Failure> {
    let (_, text) = read_file(path)?;
    SignedOrder::parse(&text).map_err(|error| Failure::of(Class::Input, &error))
}

/// Writes an order, in one go: half an order is none.
pub(super) fn write(path: &Path, order: &SignedOrder) -> Result<(), Failure> {
    let new = path.with_extension("new");
    fs::write(&new, order.to_string())
        .and_then(|()| fs::rename(&new, path))
        .map_err(|error| Failure::of(Class::Input, &error))
}

/// What it amounts to: by name, every host that only the statement covers, and every channel whose
/// silence proves nothing.
pub(super) fn summary(order: &SignedOrder, lang: Lang) -> String {
    let of = order.order();
    let mut page = format!(
        "{} {} ({}), {} {} {}\n",
        era::OPENS.in_lang(lang),
        of.era.0,
        order.hash(),
        era::FROM.in_lang(lang),
        of.old.size,
        of.old.root
    );
    let mut part = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            page.push_str(&format!("\n{title}\n"));
            lines.iter().for_each(|line| page.push_str(&format!("  {line}\n")));
        }
    };
    part(
        era::LIFE.in_lang(lang),
        of.signs_of_life().map(|c| format!("{}: {}", c.target, c.words)).collect(),
    );
    part(
        era::NO_WATCHDOG.in_lang(lang),
        of.hosts_without_watchdog()
            .map(|host| format!("{} ({}): {}", host.host, host.room, host.last_known))
            .collect(),
    );
    part(
        era::ARMED.in_lang(lang),
        of.hosts
            .iter()
            .filter_map(|host| Some((host, host.watchdog?)))
            .map(|(host, w)| format!("{} ({}), W = {w}: {}", host.host, host.room, host.last_known))
            .collect(),
    );
    part(
        era::DIED_TOO.in_lang(lang),
        of.channels_that_died_too().map(|c| format!("{}: {}", c.target, c.words)).collect(),
    );
    part(era::STATEMENT.in_lang(lang), vec![of.statement.clone(), of.reason.clone()]);
    part(era::SIGNED_BY.in_lang(lang), order.signers().map(ToOwned::to_owned).collect());
    page
}
