//! Copies of volumes outside of their storage layer, one task a room that keeps some.

use contracts::copy::CopyStatus;
use contracts::error::DriverError;
use model::id::{RoomId, VolumeId};
use model::observation::{CopyPoint, Detail, Observation, Status, Target};

use model::units::Span;

use super::Watcher;

/// Asks one keeper for all its copies, round after round.
pub(super) async fn watch(watcher: Watcher, room: RoomId, volumes: Vec<VolumeId>) {
    let mut beat = watcher.beat();
    loop {
        beat.tick().await;
        let mut asked = tokio::task::JoinSet::new();
        for volume in &volumes {
            let (volume, room) = (volume.clone(), room.clone());
            let (copies, within) = (watcher.shared.ports.copies.clone(), watcher.timeout());
            asked.spawn(async move {
                let answer = tokio::time::timeout(within, copies.observe(&room, &volume)).await;
                (volume, answer.ok())
            });
        }
        // What was true when a keeper was asked is as much older when all have answered.
        let asked_at = tokio::time::Instant::now();
        let answers = asked.join_all().await;
        let took = Span::from(asked_at.elapsed());
        watcher.report(
            answers.into_iter().map(|(id, answer)| told(&watcher, id, answer, took)).collect(),
        );
    }
}

fn told(
    watcher: &Watcher,
    volume: VolumeId,
    answer: Option<Result<CopyStatus, DriverError>>,
    took: Span,
) -> Observation {
    let target = Target::Copy { volume };
    match answer {
        Some(Ok(status)) => Observation {
            detail: Detail::Copy {
                in_contact: status.in_contact,
                holds_until: CopyPoint::Ago(status.age.saturating_add(took)),
            },
            ..watcher.observation(target, Status::Up, words(&status))
        },
        Some(Err(error)) => watcher.observation(target, Status::Unknown, error.to_string()),
        None => watcher.observation(target, Status::Unknown, "no answer"),
    }
}

fn words(status: &CopyStatus) -> &'static str {
    match (status.opened, status.in_contact) {
        (true, _) => "open, follows no more",
        (false, true) => "follows its volume",
        (false, false) => "does not hear its volume",
    }
}
