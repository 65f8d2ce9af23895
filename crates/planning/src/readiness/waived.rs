//! What people have agreed may stay down, until a day.

use std::collections::BTreeSet;

use model::date::Date;
use model::id::{PersonId, VmId};
use model::incident::IncidentClass;
use serde::{Deserialize, Serialize};

use super::few;
use super::level::Remark;
use super::situation::Situation;

/// A waiver that counts today is over within so many days: time to mend or to ask again.
const SOON_DAYS: i32 = 14;

/// That somebody agreed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waived {
    /// The last day on which it counts.
    pub until: Date,
    /// Who agreed.
    pub who: PersonId,
    /// Why.
    pub reason: String,
}

/// The waiver that lets an incident of this class leave the VM down today; of several, the one that
/// lasts longest.
pub(super) fn waived(situation: &Situation, vm: &VmId, class: IncidentClass) -> Option<Waived> {
    let today = situation.now.today;
    situation
        .policy
        .waivers
        .iter()
        .filter(|waiver| waiver.names(vm, class) && waiver.until >= today)
        .max_by_key(|waiver| waiver.until)
        .map(|waiver| Waived {
            until: waiver.until,
            who: waiver.who.clone(),
            reason: waiver.reason.clone(),
        })
}

/// What is to be said of the waivers themselves.
pub(super) fn remarks(situation: &Situation) -> Vec<Remark> {
    let today = situation.now.today;
    let mut remarks = Vec::new();
    for waiver in &situation.policy.waivers {
        let left: BTreeSet<&VmId> =
            waiver.vms.iter().filter(|vm| situation.estate.vms.contains_key(*vm)).collect();
        if left.is_empty() {
            continue;
        }
        let (until, who, vms) = (waiver.until, &waiver.who, few(left.iter()));
        let (en, fr) = (vms.in_lang(model::text::Lang::En), vms.in_lang(model::text::Lang::Fr));
        let days = today.days_until(until);
        if days < 0 {
            remarks.push(Remark::amber(say!(
                "the waiver of {en} by {who} ended on {until}: it counts no more",
                "la dérogation de {who} pour {fr} a pris fin le {until} : elle ne compte plus"
            )));
        } else if days <= SOON_DAYS {
            remarks.push(Remark::amber(say!(
                "the waiver of {en} by {who} ends on {until}, in {days} days",
                "la dérogation de {who} pour {fr} prend fin le {until}, dans {days} jours"
            )));
        }
    }
    remarks
}
