use std::collections::BTreeMap;
use std::sync::Arc;

use contracts::storage::ArrayStatus;
use model::estate::Estate;
use model::id::{ArrayId, RoomId, StorageLayerId};
use model::observation::{Detail, Observation, Status, Target};

use super::Watcher;

/// What one round of questions brought: each array's answer, or why there is none.
type Answers = BTreeMap<ArrayId, Result<ArrayStatus, String>>;

/// Arrays that serve the same volumes are watched together: what one of them says of an election
/// says something of the others' sides.
pub(super) async fn watch(
    watcher: Watcher,
    estate: Arc<Estate>,
    layer: Option<StorageLayerId>,
    arrays: Vec<ArrayId>,
) {
    let mut beat = watcher.beat();
    loop {
        beat.tick().await;
        let mut asked = tokio::task::JoinSet::new();
        for array in &arrays {
            let (array, storage) = (array.clone(), watcher.shared.ports.storage.clone());
            let within = watcher.timeout();
            asked.spawn(async move {
                let answer = match tokio::time::timeout(within, storage.observe(&array)).await {
                    Ok(answer) => answer.map_err(|error| error.to_string()),
                    Err(_) => Err("no answer".to_owned()),
                };
                (array, answer)
            });
        }
        let answers: Answers = asked.join_all().await.into_iter().collect();
        let mut found: Vec<Observation> =
            answers.iter().map(|(array, answer)| itself(&watcher, array, answer)).collect();
        if let Some(layer) = &layer {
            found.extend(sides(&watcher, &estate, layer, &answers));
            found.push(tie_break(&watcher, layer, &answers));
        }
        found.extend(volumes(&watcher, &answers));
        watcher.report(found);
    }
}

fn words(status: &ArrayStatus) -> String {
    let elected =
        status.elected.as_ref().map_or(String::new(), |room| format!(", room {room} goes on"));
    format!(
        "{}, {}{elected}",
        if status.serving { "serving" } else { "not serving" },
        if status.in_sync { "in sync" } else { "not in sync" },
    )
}

fn detail(status: &ArrayStatus) -> Detail {
    Detail::Storage {
        serving: status.serving,
        in_sync: status.in_sync,
        elected: status.elected.clone(),
        generation: status.generation,
    }
}

fn itself(watcher: &Watcher, array: &ArrayId, answer: &Result<ArrayStatus, String>) -> Observation {
    let target = Target::Array { array: array.clone() };
    match answer {
        Ok(status) => Observation {
            detail: detail(status),
            ..watcher.observation(target, Status::Up, words(status))
        },
        Err(says) => watcher.observation(target, Status::Unknown, says),
    }
}

/// The side of each room. An array that answers speaks for its own side. Of a silent array's side
/// the array that was elected knows: the layer has stopped it, or it would not go on alone.
fn sides(
    watcher: &Watcher,
    estate: &Estate,
    layer: &StorageLayerId,
    answers: &Answers,
) -> Vec<Observation> {
    let elected: Option<&RoomId> = answers
        .values()
        .flatten()
        .filter(|status| status.serving)
        .find_map(|status| status.elected.as_ref());
    answers
        .iter()
        .filter_map(|(array, answer)| {
            let room = &estate.arrays.get(array)?.room;
            let target = Target::StorageSide { layer: layer.clone(), room: room.clone() };
            Some(match (answer, elected) {
                (Ok(status), _) => {
                    let seen = if status.serving { Status::Up } else { Status::Down };
                    Observation {
                        detail: detail(status),
                        ..watcher.observation(target, seen, words(status))
                    }
                }
                (Err(_), Some(winner)) if winner != room => watcher.observation(
                    target,
                    Status::Down,
                    format!("the storage layer goes on in room {winner} alone"),
                ),
                (Err(says), _) => watcher.observation(target, Status::Unknown, says),
            })
        })
        .collect()
}

fn tie_break(watcher: &Watcher, layer: &StorageLayerId, answers: &Answers) -> Observation {
    let seen = answers.values().flatten().any(|status| status.sees_quorum);
    let (status, says) = if seen {
        (Status::Up, "an array reaches the tie-break")
    } else {
        (Status::Unknown, "no array that answers reaches the tie-break")
    };
    watcher.observation(Target::StorageQuorum { layer: layer.clone() }, status, says)
}

/// A volume is up where any array serves it, down where those that answer do not.
fn volumes(watcher: &Watcher, answers: &Answers) -> Vec<Observation> {
    let mut served: BTreeMap<_, Vec<&ArrayId>> = BTreeMap::new();
    for (array, status) in answers {
        for (volume, serving) in status.iter().flat_map(|status| &status.volumes) {
            let by = served.entry(volume).or_default();
            if *serving {
                by.push(array);
            }
        }
    }
    served
        .into_iter()
        .map(|(volume, by)| {
            let target = Target::Volume { volume: volume.clone() };
            match by.first() {
                Some(array) => {
                    watcher.observation(target, Status::Up, format!("served by {array}"))
                }
                None => {
                    watcher.observation(target, Status::Down, "no array that answers serves it")
                }
            }
        })
        .collect()
}
