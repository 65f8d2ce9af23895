use model::id::RoomId;
use model::observation::{Status, Target};

use super::Watcher;

/// The inter-room paths that end at a room's switch. Only the room's own controller reports
/// them: two ends that see differently are two vantages, not one that flaps.
pub(super) async fn watch(watcher: Watcher, room: RoomId) {
    if room != watcher.shared.config.room {
        return;
    }
    let mut beat = watcher.beat();
    loop {
        beat.tick().await;
        let network = watcher.shared.ports.network.clone();
        // A switch that does not answer tells nothing of its paths; the other ends do.
        if let Ok(Ok(paths)) = tokio::time::timeout(watcher.timeout(), network.paths(&room)).await {
            let observations = paths
                .into_iter()
                .map(|path| {
                    let (status, says) = if path.up {
                        (Status::Up, "signal")
                    } else {
                        (Status::Down, "no signal from the other end")
                    };
                    let target = Target::Path { link: path.link, path: path.path };
                    watcher.observation(target, status, says)
                })
                .collect();
            watcher.report(observations);
        }
    }
}
