use std::sync::Arc;
use std::time::{Duration, Instant};

use model::date::Date;
use model::time::LogTime;
use planning::readiness::{MadeFrom, Now, prove};
use tokio::time::MissedTickBehavior;

use super::standing;
use crate::clock;
use crate::process::Shared;

/// How often it is looked whether anything has changed.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A proof is made again after so long even if nothing has changed: copies age, waivers end.
const AT_LEAST_EVERY: Duration = Duration::from_secs(30);

/// In the middle of a recovery every second brings a change: proving takes a tenth of a core then.
const REST: u32 = 9;

/// However large the estate, a change is proved within a minute.
const REST_AT_MOST: Duration = Duration::from_secs(20);

/// Keeps the standing proof.
pub(crate) async fn keep_proved(shared: Arc<Shared>) {
    let mut beat = tokio::time::interval(LOOK_EVERY);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last: Option<(MadeFrom, Now, Instant)> = None;
    let mut rest_until = Instant::now();
    loop {
        beat.tick().await;
        if Instant::now() < rest_until {
            continue;
        }
        let Some((made_from, now)) = as_it_stands(&shared) else { continue };
        let alike = standing::without_ages(now.clone());
        let same = last.as_ref().is_some_and(|(from, before, at)| {
            *from == made_from && *before == alike && at.elapsed() < AT_LEAST_EVERY
        });
        if same {
            continue;
        }
        let Some(situation) = shared.node.with_state(|state| standing::situation(state, now))
        else {
            continue;
        };
        let began = Instant::now();
        let from = made_from.clone();
        let proved = tokio::task::spawn_blocking(move || prove(&situation, from)).await;
        match proved {
            Ok(readiness) => shared.readiness.proved(readiness, clock::wall()),
            Err(error) => tracing::error!(%error, "the standing proof was not made"),
        }
        rest_until = Instant::now() + (began.elapsed() * REST).min(REST_AT_MOST);
        last = Some((made_from, alike, began));
    }
}

/// What a proof would be made from now.
pub(super) fn as_it_stands(shared: &Shared) -> Option<(MadeFrom, Now)> {
    let since = shared.view().since_last_entry_ms;
    let today = Date::of(clock::wall());
    shared.node.with_state(|state| {
        let log_now = LogTime(state.log_time.0.saturating_add(since));
        Some((standing::made_from(state)?, standing::now(state, log_now, today)?))
    })
}
