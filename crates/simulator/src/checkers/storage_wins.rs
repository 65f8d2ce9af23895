//! S4: a decision never contradicts the side on which the storage layer goes on. While the layer
//! has gone on alone at one side ever since a run began, that run confirms no other side and
//! moves no VM of the layer to another room. A volume whose copy was opened is the layer's no more:
//! what stands on it follows the copy.

use std::collections::BTreeMap;

use model::action::Action;
use model::estate::Estate;
use model::id::{HostId, RoomId, RunId, VmId, VolumeId};
use model::step::StepKey;
use state_machine::{Command, Effect};

use super::Checker;
use super::log_order::{Committed, LogOrder};
use crate::fact::Fact;

/// The checker.
#[derive(Debug, Default)]
pub(super) struct StorageWins {
    log: LogOrder,
    estate: Option<Estate>,
    /// By layer: the room that goes on alone.
    elected: BTreeMap<String, RoomId>,
    /// By run and layer: the room that has gone on alone ever since the run began.
    all_along: BTreeMap<RunId, BTreeMap<String, RoomId>>,
    confirms: BTreeMap<StepKey, (String, RoomId)>,
    placed: BTreeMap<VmId, HostId>,
    /// By volume: the room whose copy has become it.
    opened: BTreeMap<VolumeId, RoomId>,
}

impl StorageWins {
    fn committed(&mut self, committed: &Committed<'_>) -> Option<String> {
        if !committed.counts() {
            return None;
        }
        match &committed.entry.command {
            Command::EstateLoaded { estate, .. } => {
                for (vm, definition) in &estate.value.vms {
                    self.placed.entry(vm.clone()).or_insert_with(|| definition.home.clone());
                }
                self.estate = Some(estate.value.clone());
            }
            Command::RunStarted { .. } => {
                self.all_along.insert(RunId(committed.index), self.elected.clone());
            }
            Command::RunEnded { run, .. } => {
                self.all_along.remove(run);
            }
            Command::StepFinished { key, outcome, .. } if outcome.is_done() => {
                let (layer, room) = self.confirms.get(key)?;
                let other = self.goes_on_elsewhere(key.run, layer, room)?;
                return Some(format!(
                    "{key} confirmed room {room}'s side of {layer}, which has gone on in room \
                     {other} alone since before the run"
                ));
            }
            _ => {}
        }
        committed.applied.effects.iter().find_map(|effect| self.effect(effect))
    }

    fn goes_on_elsewhere(&self, run: RunId, layer: &str, room: &RoomId) -> Option<&RoomId> {
        self.all_along.get(&run)?.get(layer).filter(|elected| *elected != room)
    }

    fn effect(&mut self, effect: &Effect) -> Option<String> {
        let Effect::Perform { key, action, .. } = effect else { return None };
        match action {
            Action::StorageConfirmSide { layer, room } => {
                self.confirms.insert(key.clone(), (layer.to_string(), room.clone()));
                None
            }
            Action::VmStart { vm, host } => {
                let before = self.placed.insert(vm.clone(), host.clone());
                self.moved_against(key, vm, before.as_ref()?, host)
            }
            // From a copy outside of the layer: no side of it is asked.
            Action::VmStartFromCopy { vm, host } => {
                self.placed.insert(vm.clone(), host.clone());
                self.open_copies(vm, host);
                None
            }
            _ => None,
        }
    }

    fn open_copies(&mut self, vm: &VmId, host: &HostId) {
        let Some(estate) = &self.estate else { return };
        let (Some(vm), Some(host)) = (estate.vms.get(vm), estate.hosts.get(host)) else { return };
        for volume in &vm.volumes {
            self.opened.entry(volume.clone()).or_insert_with(|| host.room.clone());
        }
    }

    fn moved_against(
        &self,
        key: &StepKey,
        vm: &VmId,
        from: &HostId,
        to: &HostId,
    ) -> Option<String> {
        let estate = self.estate.as_ref()?;
        let room = |host: &HostId| estate.hosts.get(host).map(|host| host.room.clone());
        let (from, room) = (room(from)?, room(to)?);
        if from == room {
            return None;
        }
        let volumes = &estate.vms.get(vm)?.volumes;
        let of_layers = volumes.iter().filter(|id| self.opened.get(*id) != Some(&room));
        let layers = of_layers.filter_map(|id| estate.volumes.get(id)?.layer.as_ref());
        layers.into_iter().find_map(|layer| {
            let other = self.goes_on_elsewhere(key.run, layer.as_str(), &room)?;
            Some(format!(
                "{key} moves VM {vm} to {to} in room {room}, but {layer} has gone on in room \
                 {other} alone since before the run"
            ))
        })
    }
}

impl Checker for StorageWins {
    fn property(&self) -> &'static str {
        "S4-storage-wins"
    }

    fn take(&mut self, fact: &Fact) -> Option<String> {
        if let Fact::StorageSide { layer, elected } = fact {
            self.all_along.values_mut().for_each(|layers| {
                layers.remove(layer);
            });
            match elected {
                Some(room) => self.elected.insert(layer.clone(), room.clone()),
                None => self.elected.remove(layer),
            };
            return None;
        }
        let committed = self.log.next(fact)?;
        self.committed(&committed)
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts::{applied, caught, estate_loaded, key, run_started, silent, token};
    use super::*;
    use model::step::Outcome;

    fn elected(room: Option<&str>) -> Fact {
        Fact::StorageSide { layer: "svc".to_owned(), elected: room.map(Into::into) }
    }

    /// The step that confirms room b's side, and its end.
    fn confirm(index: u64) -> [Fact; 2] {
        let key = key("svc");
        let started = Command::StepStarted { key: key.clone(), token: token(3), attempt: 1 };
        let action = Action::StorageConfirmSide { layer: "svc".into(), room: "b".into() };
        let effect = Effect::Perform { key: key.clone(), token: token(3), attempt: 1, action };
        let outcome = Outcome::Done { evidence: "serving".to_owned() };
        let finished = Command::StepFinished { key, attempt: 1, outcome, last: true };
        [
            applied(index, index, started, vec![effect]),
            applied(index + 1, index + 1, finished, Vec::new()),
        ]
    }

    #[test]
    fn a_side_that_did_not_go_on_and_was_confirmed_is_caught() {
        let [started, finished] = confirm(8);
        let facts = [estate_loaded(1), elected(Some("a")), run_started(7, 2), started, finished];
        let said = caught(StorageWins::default(), &facts);
        assert!(said.contains("gone on in room a"), "{said}");
    }

    #[test]
    fn a_side_that_went_on_at_some_moment_of_the_run_is_no_violation() {
        let [started, finished] = confirm(8);
        let facts = [
            estate_loaded(1),
            elected(Some("a")),
            run_started(7, 2),
            elected(None),
            started,
            finished,
        ];
        silent(StorageWins::default(), &facts);
    }

    /// An intent of run 7 that is let through.
    fn performs(index: u64, item: &str, action: Action) -> Fact {
        let key = key(item);
        let started = Command::StepStarted { key: key.clone(), token: token(3), attempt: 1 };
        let effect = Effect::Perform { key, token: token(3), attempt: 1, action };
        applied(index, index, started, vec![effect])
    }

    #[test]
    fn what_stands_on_an_opened_copy_follows_it_wherever_the_layer_goes_on() {
        let copy = |vm: &str| Action::VmStartFromCopy { vm: vm.into(), host: "c1".into() };
        let start = |vm: &str| Action::VmStart { vm: vm.into(), host: "c1".into() };
        let begin = || vec![estate_loaded(1), elected(Some("b")), run_started(7, 2)];

        // dc-1 and office-1 stand on one volume, office-2 on another.
        let mut follows = begin();
        follows.extend([
            performs(8, "dc-1", copy("dc-1")),
            performs(9, "office-1", start("office-1")),
        ]);
        silent(StorageWins::default(), &follows);

        let mut moves = begin();
        moves.push(performs(8, "office-1", start("office-1")));
        let said = caught(StorageWins::default(), &moves);
        assert!(said.contains("moves VM office-1"), "{said}");

        let mut another = begin();
        another.extend([
            performs(8, "dc-1", copy("dc-1")),
            performs(9, "office-2", start("office-2")),
        ]);
        let said = caught(StorageWins::default(), &another);
        assert!(said.contains("moves VM office-2"), "{said}");
    }
}
