//! Every bad input has its message: `bad-estates/*.yaml` and `bad-policies/*.yaml`, each beside the
//! messages that it gives, in English and in French. `UPDATE_EXPECT=1` writes these anew.

// A test reads files; the crate itself never does.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, missing_docs)]

use std::path::{Path, PathBuf};

use model::diagnostic::{Diagnostic, Style};
use model::estate::Estate;
use model::policy::Policy;
use model::text::Lang;

fn cases(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "yaml"))
        .collect();
    files.sort();
    assert!(files.len() > 10, "the folder of bad files was found");
    files
}

fn assert_messages(path: &Path, text: &str, found: &[Diagnostic]) {
    assert!(!found.is_empty(), "{} is bad, but nothing was said", path.display());
    let mut messages = String::new();
    for lang in [Lang::En, Lang::Fr] {
        for diagnostic in found {
            assert!(diagnostic.at.line >= 1 && diagnostic.at.column >= 1);
            assert!(!diagnostic.help.in_lang(lang).is_empty());
            messages.push_str(&diagnostic.one_line(lang));
            messages.push('\n');
            messages.push_str(&diagnostic.render(text, lang, Style::default()));
            messages.push('\n');
        }
    }
    let trimmed: String = messages.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    expect_test::expect_file![path.with_extension("txt")].assert_eq(&trimmed);
}

fn found<T>(result: Result<(T, Vec<Diagnostic>), Vec<Diagnostic>>) -> Vec<Diagnostic> {
    match result {
        Ok((_, warnings)) => {
            assert!(warnings.iter().all(|found| !found.is_error()));
            warnings
        }
        Err(found) => {
            assert!(found.iter().any(Diagnostic::is_error));
            found
        }
    }
}

#[test]
fn every_bad_estate_gets_its_message() {
    for path in cases("bad-estates") {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        assert_messages(&path, &text, &found(Estate::parse(name, &text)));
    }
}

#[test]
fn every_bad_policy_gets_its_message() {
    let clinic =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../simulations/estates/clinic.yaml");
    let text = std::fs::read_to_string(clinic).unwrap();
    let (clinic, _) = Estate::parse("clinic.yaml", &text).unwrap();
    for path in cases("bad-policies") {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        assert_messages(&path, &text, &found(Policy::parse_for(&clinic, name, &text)));
    }
}

#[test]
fn every_mistake_of_a_file_is_named_at_once() {
    let path = cases("bad-estates")
        .into_iter()
        .find(|path| path.ends_with("several-mistakes.yaml"))
        .unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    let found = Estate::parse("several-mistakes.yaml", &text).unwrap_err();
    let lines: Vec<u32> = found.iter().map(|found| found.at.line).collect();
    assert_eq!(lines, [8, 24, 26], "{found:#?}");
}
