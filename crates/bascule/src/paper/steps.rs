//! Each step as a box to tick.

use model::text::Lang;
use runbook::{Runbook, Step, levels};

use super::markup::{Tongues, escape};
use crate::words::by_hand::by_hand;
use crate::words::{paper as words, runbook as runbook_words};

/// Every step, numbered by what must come before it.
pub(super) fn all(book: &Runbook, tongues: Tongues<'_>) -> String {
    let mut html = String::from("<section class=\"steps\">\n");
    for (number, level) in levels(book).into_iter().enumerate() {
        for step in level {
            html.push_str(&one(number + 1, step, tongues));
        }
    }
    html.push_str("</section>\n");
    html
}

fn one(number: usize, step: &Step, tongues: Tongues<'_>) -> String {
    let hand = by_hand(&step.action);
    let title = step.title.as_ref().map_or_else(String::new, |title| tongues.text(title));
    let mut rows: Vec<(String, String)> = vec![(tongues.word(words::WHO), who(step, tongues))];
    if let Some(when) = &step.when {
        rows.push((tongues.word(words::ONLY_IF), format!("<code>{}</code>", escape(when))));
    }
    if !step.needs.is_empty() {
        let needs: Vec<String> = step
            .needs
            .iter()
            .map(|need| format!("<code>{}</code>", escape(need.as_str())))
            .collect();
        rows.push((tongues.word(words::AFTER), needs.join(", ")));
    }
    let to_do = match &step.manual {
        Some(task) => tongues.text(&task.text),
        None => tongues.word(hand.to_do),
    };
    rows.push((tongues.word(words::TO_DO), to_do));
    if step.approval.is_none() && step.manual.is_none() {
        let set = format!("<code>{}</code>", escape(&step.for_each.spelled()));
        rows.push((tongues.word(words::SET), set));
    }
    let limits = limits(step, tongues);
    if !limits.is_empty() {
        rows.push((tongues.word(words::LIMITS), limits));
    }
    rows.push((tongues.word(words::CHECK), check(step, tongues)));
    if let Some(expect) = step.expect {
        rows.push((tongues.word(words::EXPECTED), escape(&expect.to_string())));
    }
    let fails = tongues.word(runbook_words::on_failure(step.on_failure));
    rows.push((tongues.word(words::IF_IT_FAILS), fails));
    let body: String = rows
        .iter()
        .map(|(title, value)| format!("<tr><th>{title}</th><td>{value}</td></tr>\n"))
        .collect();
    let quorum = step.approval.as_ref().map(|approval| approval.quorum);
    let quorum = quorum.or(step.manual.as_ref().map(|task| task.quorum));
    let lines = quorum.unwrap_or(1).max(1);
    let signatures: String = (0..lines)
        .map(|_| {
            format!(
                "<tr><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                tongues.word(words::TIME),
                tongues.word(words::NAME_SIGNATURE),
                tongues.word(words::REMARKS),
            )
        })
        .collect();
    format!(
        "<article class=\"step\">\n<h2><span class=\"box\"></span> {number}. {title} <code>{}</code></h2>\n\
         <table class=\"facts\">\n{body}</table>\n<table class=\"fill\">\n{signatures}</table>\n</article>\n",
        escape(step.id.as_str())
    )
}

fn who(step: &Step, tongues: Tongues<'_>) -> String {
    match (&step.approval, &step.manual) {
        (Some(approval), _) => {
            escape(&format!("{} × {}", approval.quorum, approval.from.join(", ")))
        }
        (None, Some(task)) => escape(&format!("{} × {}", task.quorum, task.role)),
        (None, None) => tongues.word(by_hand(&step.action).who),
    }
}

/// What to look at: by hand, and what Bascule itself would wait for.
fn check(step: &Step, tongues: Tongues<'_>) -> String {
    let by_hand = tongues.word(by_hand(&step.action).check);
    match &step.verify {
        Some(verify) => format!("{by_hand} <code>{}</code>", escape(verify)),
        None => by_hand,
    }
}

fn limits(step: &Step, tongues: Tongues<'_>) -> String {
    let limits = &step.for_each.limits;
    [
        (limits.at_once, words::AT_ONCE),
        (limits.per_host, words::PER_HOST),
        (limits.per_volume, words::PER_VOLUME),
    ]
    .into_iter()
    .filter_map(|(limit, word)| {
        let limit = limit?;
        Some(tongues.each(|lang: Lang| format!("{limit} {}", word.in_lang(lang))))
    })
    .collect::<Vec<_>>()
    .join("; ")
}
