use std::collections::BTreeSet;

use expect_test::expect_file;
use model::estate::{Estate, Measured};
use model::units::{DataRate, Span};

use super::super::{Ages, Lost, Missing, Standing, UnknownLoss, plan};
use super::{planned, radiology, told};

const HOUR: u64 = 3600;

#[test]
fn everything_has_to_be_had_again() {
    expect_file!["stories/everything.txt"].assert_eq(&told(&planned(&radiology(), &[])));
}

#[test]
fn the_fire_takes_the_main_centre_with_its_machines_and_the_copies_beside_them() {
    expect_file!["stories/fire.txt"].assert_eq(&told(&planned(&radiology(), &["centre-01"])));
}

#[test]
fn the_courier_loses_two_hours_and_gains_three_days() {
    let plan = planned(&radiology(), &["centre-01"]);
    let without = plan.without_couriers.unwrap();
    assert_eq!(without.arrives, Span::from_secs(2 * HOUR));
    let days = without.gains.as_millis() / (24 * HOUR * 1000);
    assert_eq!(days, 3, "{}", without.gains);
}

#[test]
fn an_old_servers_motherboard_dies_and_its_disks_are_whole() {
    let plan = planned(&radiology(), &["old-1"]);
    expect_file!["stories/motherboard.txt"].assert_eq(&told(&plan));
    // Sooner with what last night's backup lacks, or later with nothing lost: not ours to choose.
    let [set] = plan.sets.as_slice() else { panic!("{plan:?}") };
    let offered: Vec<&str> = set
        .ways
        .iter()
        .filter(|choice| choice.standing == Standing::Offered)
        .map(|choice| choice.name.as_str())
        .collect();
    let answers = plan.questions[0].answers.iter().map(|answer| answer.way.as_str());
    assert_eq!(answers.collect::<Vec<_>>(), offered);
    assert_eq!(offered, ["local/nas-hq", "spare/twin-of-old-1"]);
}

#[test]
fn what_a_person_answers_changes_what_comes_after_it() {
    let mut estate = radiology();
    estate.couriers.clear();
    estate.backups.retain(|id, _| ["dictation", "office"].contains(&id.as_str()));
    let dictation = estate.backups.get_mut(&"dictation".into()).unwrap();
    dictation.kept_in.remove(&"nas-hq".into());
    let plan = planned(&estate, &[]);
    let [soonest, spare] = plan.questions[0].answers.as_slice() else { panic!("{plan:?}") };
    assert_eq!(soonest.whole, plan.whole);
    let ways = [soonest.way.as_str(), spare.way.as_str()];
    assert_eq!(ways, ["link/vault-hq/vault", "spare/twin-of-old-1"]);
    // The link is free for the office's files as much sooner as dictation would have had it.
    let gained = soonest.whole.ready.saturating_sub(spare.whole.ready);
    assert_eq!(gained, Span::from_secs(50 * 60));
}

#[test]
fn an_age_that_was_found_counts_in_place_of_the_one_that_was_promised() {
    let estate = radiology();
    let lost = Lost::named(&estate, &["old-1".to_owned()]).unwrap();
    let nas = |hours: u64| {
        let of = ("dictation".into(), "nas-hq".into());
        let ages = Ages::from([(of, Span::from_secs(hours * HOUR))]);
        let plan = plan(&estate, &lost, &ages);
        let ways = &plan.sets[0].ways;
        ways.iter().find(|choice| choice.name == "local/nas-hq").unwrap().clone().way
    };
    assert_eq!((nas(9).lost, nas(9).stale), (Span::from_secs(9 * HOUR), false));
    assert_eq!((nas(50).lost, nas(50).stale), (Span::from_secs(50 * HOUR), true));
}

#[test]
fn one_spare_stands_in_for_one_machine() {
    let mut estate = radiology();
    let mut second = estate.backups[&"dictation".into()].clone();
    second.machine = Some("hq1".into());
    estate.backups.insert("second".into(), second);
    let spare = estate.spares.get_mut(&"twin-of-old-1".into()).unwrap();
    spare.replaces.insert("hq1".into());
    // Nothing but the spare is left to choose for either.
    for repository in estate.repositories.values_mut() {
        repository.read = None;
    }
    let plan = planned(&estate, &["old-1", "hq1"]);
    let [first, second] = plan.sets.as_slice() else { panic!("{plan:?}") };
    assert_eq!(first.ways[0].name, "spare/twin-of-old-1");
    let (spare, machine) = ("twin-of-old-1".into(), "old-1".into());
    assert_eq!(second.missing.last().unwrap().missing, Missing::SpareTaken { spare, machine });
    assert_eq!((second.ways.len(), plan.whole.without_a_way), (0, 1));
}

#[test]
fn with_every_room_gone_only_what_serves_in_place_is_left() {
    let plan = planned(&radiology(), &["centre-01", "dc"]);
    for set in &plan.sets {
        assert_eq!(set.to, None);
        assert!(set.missing.iter().any(|none| none.missing == Missing::NowhereToRestore));
        assert!(set.ways.iter().all(|choice| choice.name.starts_with("in-place/")), "{set:?}");
    }
}

#[test]
fn a_stretched_volume_is_lost_with_both_of_its_sides_only() {
    let mut estate = radiology();
    let base = estate.volumes.get_mut(&"base".into()).unwrap();
    estate.arrays.insert("array-dc".into(), model::estate::Array { room: "dc".into() });
    base.arrays.push("array-dc".into());
    let lost = |names: &[&str]| -> BTreeSet<String> {
        planned(&estate, names).sets.iter().map(|set| set.backup.to_string()).collect()
    };
    assert!(!lost(&["hq"]).contains("accounts") && lost(&["hq"]).contains("office"));
    assert!(lost(&["hq", "dc"]).contains("accounts"));
    assert!(lost(&["dc"]).is_empty());
}

#[test]
fn a_name_that_is_nothing_is_refused() {
    let lost = Lost::named(&radiology(), &["hq".to_owned(), "hp".to_owned()]);
    assert_eq!(lost, Err(UnknownLoss("hp".to_owned())));
}

/// What a link of this rate carries beside this load, in megabits a second.
fn measured(rate: u64, load: u64) -> Measured {
    Measured { rate: DataRate(rate * 1_000_000), load: DataRate(load * 1_000_000) }
}

/// The ways over links to the main room for the images of the year.
fn over_links(estate: &Estate) -> Vec<String> {
    let plan = planned(estate, &[]);
    let set = plan.sets.iter().find(|set| set.backup.as_str() == "images-1y").unwrap();
    let links = set.ways.iter().filter(|choice| choice.way.is_over_links());
    links.map(|choice| format!("{} {}", choice.name, choice.way.rate.unwrap())).collect()
}

#[test]
fn a_route_is_as_fast_as_its_narrowest_link_beside_the_other_load() {
    let mut estate = radiology();
    assert_eq!(
        over_links(&estate),
        ["link/vault-hq/vault 800 Mbit/s", "link/vault-dc+lan-hq-dc/vault 600 Mbit/s"]
    );
    estate.links.get_mut(&"lan-hq-dc".into()).unwrap().measured = None;
    assert_eq!(over_links(&estate), ["link/vault-hq/vault 800 Mbit/s"], "not measured");
    estate.wide_links.get_mut(&"vault-hq".into()).unwrap().measured = measured(10_000, 1000);
    assert_eq!(over_links(&estate), ["link/vault-hq/vault 2400 Mbit/s"], "the reader");
    estate.wide_links.clear();
    let plan = planned(&estate, &[]);
    let no_link = Missing::NoLink { from: "vault".into(), to: "hq".into() };
    assert!(plan.sets.iter().any(|set| set.missing.iter().any(|none| none.missing == no_link)));
}

#[test]
fn between_two_rooms_of_a_site_the_link_between_them_has_its_say() {
    let mut estate = radiology();
    estate.sites.remove(&"data-centre".into());
    estate.sites.get_mut(&"centre-01".into()).unwrap().rooms.insert("dc".into());
    estate.repositories.get_mut(&"vault".into()).unwrap().at = ["dc".into()].into();
    estate.wide_links.clear();
    assert_eq!(over_links(&estate), ["link/lan-hq-dc/vault 600 Mbit/s"]);
    estate.links.clear();
    assert!(over_links(&estate).is_empty());
}

#[test]
fn a_courier_whose_way_nobody_knows_is_said() {
    let mut estate = radiology();
    estate.couriers.get_mut(&"van".into()).unwrap().from = Some("supplier".into());
    let plan = planned(&estate, &[]);
    let (courier, from, to) = ("van".into(), "supplier".into(), "vault".into());
    let unknown = Missing::UnknownDrive { courier, from, to };
    assert!(plan.sets.iter().any(|set| set.missing.iter().any(|none| none.missing == unknown)));
    assert_eq!(plan.without_couriers, None);
}
