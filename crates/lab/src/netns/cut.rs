//! Cutting links: a cable is pulled, or one of its ends drops what comes in.

use model::id::{LinkId, PathId};

use super::command::{ip, run};
use super::error::LabError;
use super::plan::{Cable, End, Lab, Place};
use super::progress::Progress;
use super::wiring::plug;

/// The table of the rules that drop.
const TABLE: &str = "inet bascule-lab";

/// Cuts every path between two rooms, or the named one. One way: what `a` sends to `b` is lost,
/// what `b` sends to `a` arrives.
pub async fn cut(
    lab: &Lab,
    (a, b): (&str, &str),
    path: Option<&str>,
    one_way: bool,
    progress: &Progress,
) -> Result<(), LabError> {
    let (from, to) = (Place::Room(lab.room(a)?), Place::Room(lab.room(b)?));
    lab.must_be_up()?;
    let cut = between(lab, &from, &to, path);
    if cut.is_empty() {
        return Err(LabError::NoSuchPath {
            a: a.to_owned(),
            b: b.to_owned(),
            path: path.map(|path| format!("`{path}` ")).unwrap_or_default(),
            paths: every_path(lab),
        });
    }
    for (cable, (link, path)) in cut {
        if one_way {
            for end in cable.ends.iter().filter(|end| end.place == to) {
                drop_what_comes_in(end).await?;
            }
        } else {
            for end in &cable.ends {
                plug(end, false).await?;
            }
        }
        progress.say(&format!("cut: {link}/{path}"), &format!("coupé : {link}/{path}"));
    }
    Ok(())
}

/// Undoes every cut.
pub async fn heal(lab: &Lab, progress: &Progress) -> Result<(), LabError> {
    lab.must_be_up()?;
    for end in lab.cables.iter().flat_map(|cable| &cable.ends) {
        plug(end, true).await?;
    }
    for place in lab.places() {
        // `add` before `delete`: a table that is not there can't be deleted.
        let rules = format!("add table {TABLE}; delete table {TABLE}");
        nft(&place.namespace(), &rules).await?;
    }
    progress.say("every link is whole", "toutes les liaisons sont rétablies");
    Ok(())
}

fn between<'a>(
    lab: &'a Lab,
    one: &Place,
    other: &Place,
    wanted: Option<&str>,
) -> Vec<(&'a Cable, &'a (LinkId, PathId))> {
    let cables = lab.cables.iter().filter_map(|cable| Some((cable, cable.path.as_ref()?)));
    cables
        .filter(|(cable, (_, path))| {
            let has = |place: &Place| cable.ends.iter().any(|end| end.place == *place);
            one != other
                && has(one)
                && has(other)
                && wanted.is_none_or(|wanted| path.as_str() == wanted)
        })
        .collect()
}

fn every_path(lab: &Lab) -> String {
    let paths = lab.cables.iter().filter_map(|cable| cable.path.as_ref());
    paths.map(|(link, path)| format!("{link}/{path}")).collect::<Vec<_>>().join(", ")
}

async fn drop_what_comes_in(end: &End) -> Result<(), LabError> {
    let rules = format!(
        "add table {TABLE}; \
         add chain {TABLE} dropped {{ type filter hook input priority 0; }}; \
         add rule {TABLE} dropped iifname \"{}\" drop",
        end.interface
    );
    nft(&end.place.namespace(), &rules).await
}

async fn nft(namespace: &str, rules: &str) -> Result<(), LabError> {
    run("ip", &["netns", "exec", namespace, "nft", rules]).await.map(drop)
}

/// Whether a card is plugged in.
pub(super) async fn is_plugged(end: &End) -> Result<bool, LabError> {
    let shown =
        ip(&format!("-n {} -o link show dev {}", end.place.namespace(), end.interface)).await?;
    Ok(has_flag_up(&shown))
}

/// Whether `ip -o link show` tells of a card that is up: `2: x@if3: <BROADCAST,UP,LOWER_UP> …`.
fn has_flag_up(line: &str) -> bool {
    let flags = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    flags.is_some_and(|(flags, _)| flags.split(',').any(|flag| flag == "UP"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::path::Path;

    use super::*;

    #[test]
    fn a_card_is_up_by_its_own_flag_and_not_by_its_neighbour_s() {
        let up = "2: cable0@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue";
        let pulled = "2: cable0@if2: <BROADCAST,MULTICAST> mtu 1500 qdisc noqueue state DOWN";
        let alone = "2: cable0@if2: <NO-CARRIER,BROADCAST,MULTICAST,LOWER_UP> mtu 1500";
        assert_eq!([up, pulled, alone].map(has_flag_up), [true, false, false]);
    }

    #[test]
    fn all_paths_between_two_rooms_are_found_or_the_one_that_is_named() {
        let lab = Lab::new(Path::new("/run/x")).unwrap();
        let place = |room: &str| Place::Room(room.into());
        let count = |a: &str, b: &str, path| between(&lab, &place(a), &place(b), path).len();
        assert_eq!(count("a", "b", None), 2);
        assert_eq!(count("b", "a", Some("west")), 1);
        assert_eq!(count("a", "c", None), 1);
        assert_eq!(count("a", "a", None), 0);
        assert_eq!(count("a", "b", Some("north")), 0);
        assert!(every_path(&lab).contains("lan-ab/west"));
    }
}
