use model::id::HostId;
use model::observation::{Status, Target};

use super::Watcher;

/// A host's power, as its management controller tells it.
pub(super) async fn watch(watcher: Watcher, host: HostId) {
    let mut beat = watcher.beat();
    loop {
        beat.tick().await;
        let power = watcher.shared.ports.power.clone();
        let (status, says) = match tokio::time::timeout(watcher.timeout(), power.read(&host)).await
        {
            Ok(Ok(reading)) if reading.on => (Status::Up, reading.answer),
            Ok(Ok(reading)) => (Status::Down, reading.answer),
            Ok(Err(error)) => (Status::Unknown, error.to_string()),
            Err(_) => (Status::Unknown, "no answer".to_owned()),
        };
        let target = Target::Power { host: host.clone() };
        watcher.report(vec![watcher.observation(target, status, says)]);
    }
}
