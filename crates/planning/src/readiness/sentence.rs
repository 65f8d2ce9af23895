//! The proof in sentences: what is not green, with the VM's name and what would make it fit.

use model::text::Text;

use super::alone::RoomAlone;
use super::few;
use super::left_down::LeftDown;
use super::level::{Level, Remark};
use super::play::{Played, words_of};
use super::situation::Situation;

/// Of failures: one sentence for what stays down, one for services that are late.
pub(super) fn of_failures(_situation: &Situation, failures: &[Played]) -> Vec<Remark> {
    let mut said = Vec::new();
    for played in failures {
        let words = played.failure.words();
        said.extend(down(&words, played));
        said.extend(waived(&words, played));
        said.extend(late(&words, played));
        said.extend(played.remarks.iter().cloned());
    }
    said
}

/// The VMs that stay down and are not waived: the most important first, with what it needs.
fn down(words: &Text, played: &Played) -> Option<Remark> {
    let mut down: Vec<&LeftDown> =
        played.left_down.iter().filter(|left| left.waived.is_none()).collect();
    down.sort_by_key(|left| (left.tier, &left.vm));
    let first = down.first()?;
    let ((en, fr), (needs_en, needs_fr)) = (words_of(words), words_of(&first.needs));
    let (vm, count) = (&first.vm, down.len());
    Some(Remark::red(if count == 1 {
        say!("{en}: VM {vm} stays down: {needs_en}", "{fr} : la VM {vm} reste arrêtée : {needs_fr}")
    } else {
        let others = few(down.iter().skip(1).map(|left| &left.vm));
        let (others_en, others_fr) = words_of(&others);
        say!(
            "{en}: {count} VMs stay down: {vm} ({needs_en}), {others_en}",
            "{fr} : {count} VM restent arrêtées : {vm} ({needs_fr}), {others_fr}"
        )
    }))
}

fn waived(words: &Text, played: &Played) -> Option<Remark> {
    let waived: Vec<&LeftDown> =
        played.left_down.iter().filter(|left| left.waived.is_some()).collect();
    let until = waived.iter().filter_map(|left| Some(left.waived.as_ref()?.until)).min()?;
    let names = few(waived.iter().map(|left| &left.vm));
    let ((en, fr), (names_en, names_fr)) = (words_of(words), words_of(&names));
    Some(Remark::amber(say!(
        "{en}: {names_en} stay down, as agreed until {until}",
        "{fr} : {names_fr} restent arrêtées, comme convenu jusqu'au {until}"
    )))
}

/// The services that are back too late, or nearly.
fn late(words: &Text, played: &Played) -> Option<Remark> {
    let late = played.services.iter().filter(|s| s.back_after.is_some());
    let level = late.clone().map(|service| service.level).max()?;
    if level == Level::Green {
        return None;
    }
    let of_level: Vec<_> = late.filter(|service| service.level == level).collect();
    let worst = of_level.iter().max_by_key(|service| service.back_after)?;
    let names = few(of_level.iter().map(|service| &service.service));
    let ((en, fr), (names_en, names_fr)) = (words_of(words), words_of(&names));
    let (back, rto) = (worst.back_after?, worst.rto);
    Some(Remark {
        level,
        text: say!(
            "{en}: {names_en} back after {back}, the objective is {rto}",
            "{fr} : {names_fr} de retour après {back}, l'objectif est {rto}"
        ),
    })
}

/// Of a room that might have to act alone.
pub(super) fn of_room(room: &RoomAlone) -> Vec<Remark> {
    room.remarks.clone()
}
