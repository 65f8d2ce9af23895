use std::fmt::Write;

use model::text::Lang;
use runbook::{Difference, KeyChange, Runbook};
use serde::Serialize;
use serde_json::Value;

use super::runbook::critical_path;
use crate::output::Shown;
use crate::words::{Word, runbook as words};

/// Two versions of a runbook and what they mean differently.
#[derive(Serialize)]
pub(crate) struct DiffPage {
    /// The old file.
    pub(crate) old: String,
    /// The new file.
    pub(crate) new: String,
    /// What is different.
    #[serde(flatten)]
    pub(crate) difference: Difference,
    /// For the critical paths.
    #[serde(skip)]
    pub(crate) books: (Runbook, Runbook),
}

impl Shown for DiffPage {
    fn page(&self, lang: Lang, _wide: bool) -> String {
        let found = &self.difference;
        let say = |word: Word| word.in_lang(lang);
        if found.is_empty() {
            return format!("{}, {}: {}\n", self.old, self.new, say(words::SAME));
        }
        let mut page = String::new();
        for change in &found.runbook {
            let _ = writeln!(page, "~ {}", spelled(change, lang));
        }
        for step in &found.steps_removed {
            let _ = writeln!(page, "- {step}: {}", say(words::REMOVED));
        }
        for step in &found.steps_added {
            let _ = writeln!(page, "+ {step}: {}", say(words::ADDED));
        }
        for step in &found.steps_changed {
            let _ = writeln!(page, "~ {}: {}", step.step, say(words::CHANGED));
            for change in &step.keys {
                let _ = writeln!(page, "    {}", spelled(change, lang));
            }
        }
        for edge in &found.edges_removed {
            let _ = writeln!(page, "- {} {} {}", edge.step, say(words::WAITS_NO_MORE), edge.needs);
        }
        for edge in &found.edges_added {
            let _ = writeln!(page, "+ {} {} {}", edge.step, say(words::WAITS_NOW), edge.needs);
        }
        let (old, new) = &self.books;
        let path = &found.critical_path;
        let title = say(words::CRITICAL_PATH);
        if path.before == path.after {
            let _ = write!(page, "= {title}: {}", critical_path(&path.after, new, lang));
        } else {
            let _ = write!(page, "- {title}: {}", critical_path(&path.before, old, lang));
            let _ = write!(page, "+ {title}: {}", critical_path(&path.after, new, lang));
        }
        page
    }

    fn name(&self) -> String {
        format!("runbook/{}", self.books.1.name)
    }
}

fn spelled(change: &KeyChange, lang: Lang) -> String {
    let value = |value: &Option<Value>| match value {
        None => words::ABSENT.in_lang(lang).to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    format!("{}: {} -> {}", change.key, value(&change.before), value(&change.after))
}
