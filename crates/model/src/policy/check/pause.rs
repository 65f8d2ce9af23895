//! A pause ends before anybody has forgotten it.

use crate::diagnostic::{Findings, say};
use crate::policy::Policy;
use crate::policy::parse::Places;
use crate::units::Span;

/// A week.
const AT_MOST: Span = Span::from_secs(7 * 24 * 3600);

pub(super) fn check(policy: &Policy, places: &Places, findings: &mut Findings<'_>) {
    let longest = policy.longest_pause;
    if longest.as_millis() > 0 && longest <= AT_MOST {
        return;
    }
    findings.error(
        "policy.pause-without-end",
        places.longest_pause,
        say!(
            "a pause may last {longest} at most: no pause at all, or one that nobody remembers",
            "une pause peut durer {longest} au plus : aucune pause, ou une pause que tout le monde oublie"
        ),
        say!("from 1s to 7d", "de 1s à 7d"),
        say!("write for example `longest-pause: 24h`", "écrire par exemple `longest-pause: 24h`"),
    );
}
