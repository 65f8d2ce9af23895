//! Who acts or asks knows what to do.

use crate::diagnostic::{Findings, say};
use crate::policy::parse::Places;
use crate::policy::{Autonomy, Policy};

pub(super) fn check(policy: &Policy, places: &Places, findings: &mut Findings<'_>) {
    for (class, row) in &policy.incidents {
        if row.autonomy == Autonomy::Observe || row.runbook.is_some() {
            continue;
        }
        findings.error(
            "policy.no-runbook",
            places.autonomies.get(class).copied().unwrap_or_default(),
            say!(
                "Bascule is to act on `{class}`, but no runbook says how",
                "Bascule doit agir sur `{class}`, mais aucune procédure ne dit comment"
            ),
            say!("needs a runbook", "demande une procédure"),
            say!(
                "add `runbook: NAME`, or write `autonomy: observe`",
                "ajouter `runbook: NOM`, ou écrire `autonomy: observe`"
            ),
        );
    }
}
