//! Seeded bugs stay where they belong: out of everything that ships, and each with a site that
//! says which one it is.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use model::seeded_bug::SeededBug;
use tests::repository;

fn files_below(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, ending, found);
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
}

/// The manifests that enable seeded bugs elsewhere than in a feature that is off by default.
fn enabling(manifests: &[(String, String)]) -> Vec<String> {
    let mut found = Vec::new();
    for (crate_name, text) in manifests {
        for line in text.lines().filter(|line| line.contains("seeded-bugs")) {
            let of_model = crate_name == "model" && line == "seeded-bugs = []";
            let of_bascule =
                crate_name == "bascule" && line == r#"seeded-bugs = ["model/seeded-bugs"]"#;
            if !of_model && !of_bascule && !line.starts_with('#') {
                found.push(format!("{crate_name}: {line}"));
            }
        }
    }
    found
}

#[test]
fn nothing_that_ships_enables_seeded_bugs() {
    let mut manifests = vec![repository().join("Cargo.toml")];
    files_below(&repository().join("crates"), "Cargo.toml", &mut manifests);
    let manifests: Vec<_> = manifests
        .iter()
        .map(|path| {
            let folder = path.parent().unwrap().file_name().unwrap().to_string_lossy();
            (folder.into_owned(), fs::read_to_string(path).unwrap())
        })
        .collect();
    let found = enabling(&manifests);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_check_finds_a_default_and_a_dependency_that_enable_them() {
    let default = ("bascule".to_owned(), r#"default = ["lab", "seeded-bugs"]"#.to_owned());
    let edge = (
        "server".to_owned(),
        r#"model = { workspace = true, features = ["seeded-bugs"] }"#.to_owned(),
    );
    assert_eq!(enabling(&[default, edge]).len(), 2);
}

#[test]
fn each_seeded_bug_has_a_site_that_names_it() {
    let mut sources = Vec::new();
    files_below(&repository().join("crates"), ".rs", &mut sources);
    let texts: Vec<String> = sources.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let without: BTreeSet<&str> = SeededBug::ALL
        .iter()
        .map(|bug| bug.name())
        .filter(|name| {
            let comment = format!("eeded bug `{name}`");
            !texts.iter().any(|text| text.contains(&comment))
        })
        .collect();
    assert!(without.is_empty(), "no site says that it is one of: {without:?}");
}
