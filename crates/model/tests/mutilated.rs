//! However a file is torn, reading it names what is wrong and never panics.

// A test reads files; the crate itself never does.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, missing_docs)]

use model::diagnostic::{Diagnostic, Style};
use model::estate::Estate;
use model::policy::Policy;
use model::text::Lang;
use proptest::prelude::*;

fn shipped(path: &str) -> Vec<char> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../simulations/");
    std::fs::read_to_string(format!("{root}{path}")).unwrap().chars().collect()
}

/// Cuts a stretch out and puts something else in its place.
fn torn(whole: &[char], at: usize, length: usize, instead: &str) -> String {
    let at = at % whole.len();
    let end = (at + length).min(whole.len());
    whole[..at].iter().copied().chain(instead.chars()).chain(whole[end..].iter().copied()).collect()
}

fn assert_all_drawn(text: &str, found: &[Diagnostic]) {
    for diagnostic in found {
        for lang in [Lang::En, Lang::Fr] {
            let drawn = diagnostic.render(text, lang, Style::default());
            assert!(drawn.contains(&diagnostic.code), "{drawn}");
        }
    }
}

proptest! {
    #[test]
    fn a_torn_estate_never_panics(
        file in proptest::sample::select(vec!["estates/ward.yaml", "estates/radiology.yaml"]),
        at in 0usize..100_000,
        length in 0usize..60,
        instead in "[a-zé0-9:{}\\[\\], \n\"*&<-]{0,12}",
    ) {
        let text = torn(&shipped(file), at, length, &instead);
        let found = match Estate::parse(file, &text) {
            Ok((_, warnings)) => warnings,
            Err(found) => { prop_assert!(found.iter().any(Diagnostic::is_error)); found }
        };
        assert_all_drawn(&text, &found);
    }

    #[test]
    fn a_torn_policy_never_panics(
        at in 0usize..100_000,
        length in 0usize..60,
        instead in "[a-zé0-9:{}\\[\\], \n\"*&<-]{0,12}",
    ) {
        let text = torn(&shipped("policies/default.yaml"), at, length, &instead);
        let found = match Policy::parse("default.yaml", &text) {
            Ok((_, warnings)) => warnings,
            Err(found) => { prop_assert!(found.iter().any(Diagnostic::is_error)); found }
        };
        assert_all_drawn(&text, &found);
    }
}
