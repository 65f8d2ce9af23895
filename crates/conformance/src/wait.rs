//! Waiting for something to become true, with a bound.

use std::time::Duration;

/// How often is looked.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Looks until `look` finds something; none once `patience` is over.
pub async fn eventually<T, F>(patience: Duration, mut look: F) -> Option<T>
where
    F: AsyncFnMut() -> Option<T>,
{
    let attempt = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    tokio::time::timeout(patience, attempt).await.ok()
}
