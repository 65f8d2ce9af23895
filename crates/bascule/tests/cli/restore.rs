//! A radiology group plans how its data are had again.

use crate::bascule::{Ran, run, shipped};

fn plan(more: &[&str]) -> Ran {
    let estate = shipped("simulations/estates/radiology.yaml").display().to_string();
    run([&["plan", "restore", &estate], more].concat())
}

/// The page, as it stands beside this file. `UPDATE_EXPECT=1` writes it anew.
fn assert_page(name: &str, ran: &Ran) {
    assert_eq!(ran.code, 0, "{ran:?}");
    let path = shipped("crates/bascule/tests/cli/restore").join(name);
    expect_test::expect_file![path].assert_eq(&ran.stdout);
}

#[test]
fn everything_has_to_be_had_again() {
    assert_page("everything.txt", &plan(&[]));
}

#[test]
fn after_the_fire_the_courier_loses_two_hours_and_gains_three_days() {
    let english = plan(&["--lost", "centre-01"]);
    assert_page("fire.txt", &english);
    assert!(english.stdout.contains("The courier loses 2h at the start and gains 3d "));
    assert_page("fire.fr.txt", &plan(&["--lost", "centre-01", "--lang", "fr"]));
}

#[test]
fn a_dead_motherboard_is_a_question_of_hours_or_of_data() {
    let dead = ["--lost", "old-1", "--age", "dictation@nas-hq=9h"];
    assert_page("motherboard.txt", &plan(&dead));
    assert_page("motherboard.fr.txt", &plan(&[&dead[..], &["--lang", "fr"]].concat()));
}

#[test]
fn a_backup_that_is_older_than_promised_is_marked() {
    let ran = plan(&["--lost", "old-1", "--age", "dictation@nas-hq=50h"]);
    assert!(ran.stdout.contains("older than promised"), "{ran:?}");
}

#[test]
fn what_is_not_lost_needs_no_plan() {
    let ran = plan(&["--lost", "dc"]);
    assert!(ran.code == 0 && ran.stdout.contains("Nothing that the estate backs up is lost"));
    let ward = shipped("simulations/estates/ward.yaml").display().to_string();
    let ran = run(["plan", "restore", &ward]);
    assert!(ran.code == 0 && ran.stdout.contains("names no backups"), "{ran:?}");
}

#[test]
fn programs_read_the_same_plan() {
    let json = plan(&["--lost", "centre-01", "-o", "json"]).json();
    assert_eq!(json["without_couriers"]["arrives"], "2h");
    let set = json["sets"].as_array().unwrap().iter().find(|set| set["backup"] == "images-older");
    let ways = set.unwrap()["ways"].as_array().unwrap();
    assert_eq!(
        (&ways[0]["name"], &ways[0]["standing"]),
        (&"courier/van/vault".into(), &"offered".into())
    );
    assert_eq!((&ways[1]["kind"], &ways[1]["standing"]), (&"link".into(), &"dominated".into()));
    assert_eq!(ways[1]["by"], "courier/van/vault");
    let yaml = plan(&["--lost", "centre-01", "-o", "yaml"]);
    assert!(yaml.code == 0 && yaml.stdout.contains("name: courier/van/vault"), "{yaml:?}");
}

#[test]
fn a_name_that_is_nothing_and_an_age_of_nothing_are_refused_with_what_there_is() {
    let ran = plan(&["--lost", "centre-99"]);
    assert!(ran.code == 6 && ran.stderr.contains("centre-16"), "{ran:?}");
    let ran = plan(&["--age", "dictation@cloud=9h"]);
    assert!(ran.code == 6 && ran.stderr.contains("dictation@nas-hq"), "{ran:?}");
    assert_eq!(plan(&["--age", "dictation=9h"]).code, 2);
}
