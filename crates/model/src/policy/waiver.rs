//! What may stay down, by name and until a day.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::id::{PersonId, VmId};
use crate::incident::IncidentClass;

/// VMs of which somebody has agreed that a failure may leave them down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Waiver {
    /// Which VMs.
    pub vms: BTreeSet<VmId>,
    /// In incidents of which classes; none named: of every class.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub incidents: BTreeSet<IncidentClass>,
    /// The last day on which it counts, in UTC.
    pub until: Date,
    /// Why.
    pub reason: String,
    /// Who agreed.
    pub who: PersonId,
}

impl Waiver {
    /// Whether it speaks of this VM in such an incident, whatever the day.
    pub fn names(&self, vm: &VmId, class: IncidentClass) -> bool {
        self.vms.contains(vm) && (self.incidents.is_empty() || self.incidents.contains(&class))
    }
}
