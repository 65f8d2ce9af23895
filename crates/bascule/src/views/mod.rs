//! How each view of the cluster is shown: one file per noun.

mod cluster;
mod era;
mod estate;
mod host;
mod incident;
mod leaf;
mod readiness;
mod restore;
mod room;
mod run;
pub(crate) mod runbook;
pub(crate) mod runbook_diff;
mod service;
mod service_tree;
mod status;
mod vm;

use model::text::Lang;
use model::units::Span;

use crate::words::{Word, states};

/// A word, or a dash for nothing.
fn or_dash<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| states::NONE.in_lang(Lang::En).to_owned(), |value| value.to_string())
}

/// A list in one cell, or a dash for none.
fn joined<T: ToString>(values: impl IntoIterator<Item = T>) -> String {
    let all: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
    if all.is_empty() { or_dash::<String>(None) } else { all.join(", ") }
}

/// Log time, since the cluster's first entry.
fn log_time(millis: u64) -> String {
    format!("+{}", Span::from_millis(millis))
}

/// A length of time; whole days as such, because nobody counts a year in hours.
fn in_days(span: Span) -> String {
    const DAY: u64 = 24 * 3_600_000;
    let millis = span.as_millis();
    if millis >= 2 * DAY && millis.is_multiple_of(DAY) {
        format!("{}d", millis / DAY)
    } else {
        span.to_string()
    }
}

/// A page of fields: title and value, aligned.
fn fields(pairs: &[(&str, String)]) -> String {
    let width = pairs.iter().map(|(title, _)| title.chars().count()).max().unwrap_or(0);
    pairs
        .iter()
        .map(|(title, value)| {
            let gap = " ".repeat(width - title.chars().count());
            format!("{title}{gap}  {value}\n")
        })
        .collect()
}

/// A heading, and what stands under it.
fn section(title: Word, lang: Lang, body: &str) -> String {
    let indented: String =
        body.lines().map(|line| format!("  {line}").trim_end().to_owned() + "\n").collect();
    format!("\n{}\n{indented}", title.in_lang(lang))
}
