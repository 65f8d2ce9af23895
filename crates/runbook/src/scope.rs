//! What lint knows of the place where a runbook will run, beside the file itself.

use std::collections::{BTreeMap, BTreeSet};

use model::blast_radius::BlastRadius;
use model::id::RunbookName;
use model::incident::IncidentClass;
use model::policy::Policy;
use model::relied_on::ReliedOn;

/// What is known of an estate and a policy. By default nothing: then what an incident may take
/// out anywhere counts as lost here too.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Per class of incident, what it takes out of this estate; none without an estate.
    pub radius: Option<BTreeMap<IncidentClass, BlastRadius>>,
    /// What the estate has by name: rooms, hosts and services. Empty without an estate.
    pub names: BTreeSet<ReliedOn>,
    /// Per runbook, the classes for which the policy names it; none without a policy.
    pub asked_of: Option<BTreeMap<RunbookName, BTreeSet<IncidentClass>>>,
}

impl Scope {
    /// The classes for which each runbook of a policy is named.
    pub fn asked_of(policy: &Policy) -> BTreeMap<RunbookName, BTreeSet<IncidentClass>> {
        let mut asked: BTreeMap<RunbookName, BTreeSet<IncidentClass>> = BTreeMap::new();
        for (class, row) in &policy.incidents {
            if let Some(runbook) = &row.runbook {
                asked.entry(runbook.clone()).or_default().insert(*class);
            }
        }
        asked
    }

    /// What an incident of this class takes out, as far as is known.
    pub(crate) fn radius_of(&self, class: IncidentClass) -> BlastRadius {
        let known = self.radius.as_ref().and_then(|radius| radius.get(&class)).cloned();
        known.unwrap_or_else(|| BlastRadius::of(class))
    }

    /// The classes that the policy wants this runbook for.
    pub(crate) fn asked_of_runbook(&self, name: &str) -> Option<&BTreeSet<IncidentClass>> {
        self.asked_of.as_ref()?.get(&RunbookName::from(name))
    }
}
