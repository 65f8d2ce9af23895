//! A controller that is left without a majority: what it sees is kept, a signed order is followed,
//! and at its end the process starts again in an era of its own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use audit::era_order::SignedOrder;
use consensus::{Identity, Store, StoreError};
use controller::survivor::{OpeningRefused, OpeningStatus, Survivor, SurvivorOutput};
use model::era_order::EraOrder;
use model::id::ControllerId;
use model::observation::Observation;
use serde::{Deserialize, Serialize};
use state_machine::{EraEvidence, OpenedEra};

use crate::clock;
use crate::config::Config;
use crate::process::Shared;

/// A leader that no quorum has acknowledged for so long has none.
const QUORUM_SILENCE: Duration = Duration::from_secs(3);

/// How long an agent may take to withhold.
const WITHHOLD: Duration = Duration::from_secs(5);

/// The survivor's desk, shared between the event loop and the API.
pub(crate) struct SurvivorDesk(Mutex<Survivor>);

/// An era to be founded once the node is stopped.
#[derive(Clone, Debug)]
pub(crate) struct ToFound {
    pub(crate) order: String,
    pub(crate) evidence: EraEvidence,
}

/// The eras as one controller sees them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EraView {
    /// The controller that answers.
    pub answered_by: ControllerId,
    /// Its era.
    pub era: u64,
    /// How the era was opened; none in the first.
    pub opened: Option<OpenedEra>,
    /// The order as it would be drafted here now, without statement and reason.
    pub draft: Option<EraOrder>,
    /// The opening that is under way.
    pub opening: Option<OpeningStatus>,
    /// Why the last order came to nothing.
    pub ended: Option<String>,
    /// A majority is there: nothing can be opened.
    pub majority: bool,
}

impl SurvivorDesk {
    pub(crate) fn new(config: &Config) -> Self {
        let (cluster, room) = (config.cluster.clone(), config.room.clone());
        Self(Mutex::new(Survivor::new(cluster, config.controller, room)))
    }

    fn desk(&self) -> MutexGuard<'_, Survivor> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn probed(&self, observations: &[Observation]) {
        self.desk().probed(clock::monotonic(), observations);
    }
}

/// Whether this node leads and a quorum says so. A follower sees a majority by its leader's
/// sign of life.
fn has_majority(shared: &Shared) -> bool {
    let status = shared.node.status();
    shared.node.leads() && status.quorum_silent_for.is_some_and(|silent| silent < QUORUM_SILENCE)
}

/// What people ask.
pub(crate) fn view(shared: &Shared) -> EraView {
    let (now, majority) = (clock::monotonic(), has_majority(shared));
    let desk = shared.survivor.desk();
    shared.node.with_state(|state| EraView {
        answered_by: shared.config.controller,
        era: state.era.0,
        opened: state.opened.clone(),
        draft: desk.draft(now, state, "", ""),
        opening: desk.status(now, state),
        ended: desk.ended().map(ToOwned::to_owned),
        majority,
    })
}

/// A signed order is handed over.
pub(crate) fn accept(shared: &Shared, order: &str) -> Result<OpeningStatus, OpeningRefused> {
    let (now, majority) = (clock::monotonic(), has_majority(shared));
    let mut desk = shared.survivor.desk();
    let status = shared.node.with_state(|state| desk.accept(now, state, majority, order))?;
    tracing::warn!(
        order = status.order,
        era = status.era.0,
        persons = status.persons.join(", "),
        "an era is being opened: the wait begins"
    );
    Ok(status)
}

/// What is due now; an era to be founded, if that is.
pub(crate) fn tick(shared: &Arc<Shared>) -> Option<ToFound> {
    let (now, majority) = (clock::monotonic(), has_majority(shared));
    let outputs = {
        let mut desk = shared.survivor.desk();
        shared.node.with_state(|state| desk.tick(now, state, majority))
    };
    let mut found = None;
    for output in outputs {
        match output {
            SurvivorOutput::Withhold { by, from, token } => {
                let shared = shared.clone();
                tokio::spawn(async move {
                    let asked = shared.ports.withholding.withhold(&by, &from, token);
                    match tokio::time::timeout(WITHHOLD, asked).await {
                        Ok(Ok(ends_in)) => {
                            let now = clock::monotonic();
                            shared.survivor.desk().withheld(now, &from, &by, ends_in);
                        }
                        Ok(Err(error)) => tracing::warn!(%by, %from, %error, "does not withhold"),
                        Err(_) => tracing::warn!(%by, %from, "no answer about withholding"),
                    }
                });
            }
            SurvivorOutput::Abandoned { why } => {
                tracing::error!(why, "no era is opened: the order came to nothing");
            }
            SurvivorOutput::Found { order, evidence } => found = Some(ToFound { order, evidence }),
        }
    }
    found
}

/// Founds the era in the store of a node that is stopped.
pub(crate) fn found(config: &Config, what: ToFound) -> Result<(), StoreError> {
    let identity = Identity::first_era(config.cluster.clone(), config.controller);
    let store = Store::open_at(&config.data_dir, identity)?;
    let order = SignedOrder::parse(&what.order)
        .map_err(|error| StoreError::NoEra { reason: error.to_string() })?;
    let old = store.identity().clone();
    let place = (format!("controller/{}", config.controller.0), clock::wall());
    let founding = store.survey()?.founding(&old, &order, what.evidence, place)?;
    store.found(&founding)
}
