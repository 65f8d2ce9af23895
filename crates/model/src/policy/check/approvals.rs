//! Where people are asked, enough of them can answer, and their yes counts for a while.

use crate::diagnostic::{Findings, say};
use crate::policy::parse::Places;
use crate::policy::{Approvals, Autonomy, Policy};

pub(super) fn check(policy: &Policy, places: &Places, findings: &mut Findings<'_>) {
    for (class, row) in &policy.incidents {
        let at = places.approvals.get(class).copied().unwrap_or_default();
        if row.approvals != Approvals::default() && row.autonomy != Autonomy::Ask {
            findings.error(
                "policy.approvals-without-ask",
                at,
                say!(
                    "`{class}` names who approves, but its autonomy asks nobody",
                    "`{class}` dit qui approuve, mais son autonomie ne demande à personne"
                ),
                say!("asked of nobody", "demandé à personne"),
                say!(
                    "write `autonomy: ask`, or take `approvals` out",
                    "écrire `autonomy: ask`, ou retirer `approvals`"
                ),
            );
        }
        let Approvals { quorum, from } = policy.approvals(*class);
        if !from.is_empty() && (from.len() as u64) < u64::from(quorum) {
            let named = from.len();
            findings.error(
                "policy.quorum-out-of-reach",
                at,
                say!(
                    "`{class}` needs {quorum} persons and names {named}: nobody could ever approve it",
                    "`{class}` demande {quorum} personnes et en nomme {named} : personne ne pourrait jamais l'approuver"
                ),
                say!("more than those named", "plus que les personnes nommées"),
                say!(
                    "name at least {quorum} persons in `from`, better one more, or lower `quorum`",
                    "nommer au moins {quorum} personnes dans `from`, mieux une de plus, ou baisser `quorum`"
                ),
            );
        }
    }
    if policy.people.approval_valid_for.as_millis() == 0 {
        findings.error(
            "policy.approval-never-valid",
            places.approval_valid_for,
            say!(
                "an approval that counts for no time lets nothing begin",
                "une approbation qui ne vaut aucune durée ne laisse rien commencer"
            ),
            say!("no time at all", "aucune durée"),
            say!(
                "write for example `approval-valid-for: 30m`",
                "écrire par exemple `approval-valid-for: 30m`"
            ),
        );
    }
}
