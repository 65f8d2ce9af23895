//! Each kind of lint error has a test on its message.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use tests::repository;

fn sources(folder: &Path, found: &mut String) {
    let mut paths: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths.into_iter().filter(|path| path.extension().is_some_and(|e| e == "rs")) {
        found.push_str(&fs::read_to_string(path).unwrap());
    }
}

#[test]
fn every_code_of_the_runbook_lint_stands_in_a_drawn_message_of_its_tests() {
    let crates = repository().join("crates/runbook/src");
    let mut rules = fs::read_to_string(crates.join("read.rs")).unwrap();
    sources(&crates.join("lint"), &mut rules);
    let mut tests = String::new();
    sources(&crates.join("lint/tests"), &mut tests);
    let codes: BTreeSet<&str> = rules
        .split("code: \"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .filter(|code| code.starts_with("runbook/"))
        .collect();
    assert!(codes.len() > 20, "{codes:?}");
    // A drawn message begins with the code on a line of its own.
    let drawn: BTreeSet<&str> = tests.lines().map(str::trim).collect();
    let untold: Vec<&&str> = codes.iter().filter(|code| !drawn.contains(**code)).collect();
    assert!(untold.is_empty(), "no test shows the message of {untold:?}");
}
