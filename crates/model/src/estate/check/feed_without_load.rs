//! A power feed feeds something.

use crate::diagnostic::say;
use crate::estate::places::Section;

use super::Checker;

pub(super) fn check(c: &mut Checker<'_, '_>) {
    for (id, feed) in &c.estate.power_feeds {
        if !feed.rooms.is_empty() || !feed.hosts.is_empty() || !feed.arrays.is_empty() {
            continue;
        }
        c.findings.warning(
            "estate.feed-without-load",
            c.key(Section::PowerFeeds, id.as_str()),
            say!(
                "nothing draws from power feed `{id}`: what stops with it is not known",
                "rien n'est branché sur l'alimentation `{id}` : ce qui s'arrête avec elle est inconnu"
            ),
            say!("feeds nothing", "n'alimente rien"),
            say!(
                "name its `rooms`, `hosts` or `arrays`, or remove it",
                "nommer ses salles (`rooms`), hôtes (`hosts`) ou baies (`arrays`), ou la retirer"
            ),
        );
    }
}
