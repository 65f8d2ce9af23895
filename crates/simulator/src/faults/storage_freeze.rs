use std::time::Duration;

use super::{FaultKind, note};
use crate::world::World;

/// The software of a storage layer does nothing any more, on both sides; then it goes on as it
/// was, whatever has been started elsewhere meanwhile.
pub(super) async fn strike(world: &World, lasts: Duration) {
    let Some(layer) = world.pick(world.estate.storage_layers.keys().cloned().collect()) else {
        return;
    };
    note(world, FaultKind::StorageFreeze, format!("{layer} for {} ms", lasts.as_millis()));
    if let Some(layer) = world.stage().layers.get_mut(&layer) {
        layer.freeze();
    }
    tokio::time::sleep(lasts).await;
    if let Some(layer) = world.stage().layers.get_mut(&layer) {
        layer.thaw();
    }
}
