//! Runs, and what they wait for.

use model::action::Action;
use model::id::PersonId;
use model::text::Lang;
use model::time::LogTime;
use server::query::{AbortedView, ApprovalView, ItemView, PauseView};

use super::{say, words};

words! {
    WAITS_FOR: "Waits for persons", "Attend des personnes";
}

/// How many of those who are asked have said so: `1 of 2: dana`.
pub(crate) fn said(said: &ApprovalView, lang: Lang) -> String {
    let ApprovalView { quorum, given, .. } = said;
    let mut words = say!(lang, "{given} of {quorum}", "{given} sur {quorum}");
    if !said.by.is_empty() {
        let by = said.by.iter().map(PersonId::as_str).collect::<Vec<_>>().join(", ");
        words.push_str(&say!(lang, ": {by}", " : {by}"));
    }
    words
}

/// What persons are asked to do at a step, and how they answer.
pub(crate) fn task(run: &str, item: &ItemView, lang: Lang) -> Option<String> {
    if !item.state.is_under_way() {
        return None;
    }
    let step = &item.item;
    let run = run.strip_prefix("run-").unwrap_or(run);
    let far = item.said.as_ref().map(|said| format!(" ({})", self::said(said, lang)));
    let far = far.unwrap_or_default();
    Some(match &item.action {
        Action::Manual(task) => {
            let (role, text) = (&task.role, task.text.in_lang(lang));
            let quorum = task.quorum;
            say!(
                lang,
                "{step}: {text}\n  by {role}, {quorum} in all{far}: \
                 `bascule run done {run} {step} --evidence …`, \
                 or `bascule run cannot {run} {step} --reason …`\n",
                "{step} : {text}\n  par {role}, {quorum} en tout{far} : \
                 `bascule run done {run} {step} --evidence …`, \
                 ou `bascule run cannot {run} {step} --reason …`\n",
            )
        }
        Action::Approval { quorum, .. } => say!(
            lang,
            "{step}: {quorum} approvals{far}: `bascule run approve {run}`\n",
            "{step} : {quorum} approbations{far} : `bascule run approve {run}`\n",
        ),
        _ => return None,
    })
}

/// A run that a person holds.
pub(crate) fn paused(pause: &PauseView, lang: Lang) -> String {
    let (until, reason) = (LogTime(pause.until_ms), &pause.reason);
    say!(lang, "paused until {until}: {reason}", "en pause jusqu'à {until} : {reason}")
}

/// A run, or the incident behind it, that a person took over.
pub(crate) fn aborted(aborted: &AbortedView, lang: Lang) -> String {
    let AbortedView { by, reason, .. } = aborted;
    say!(lang, "aborted by {by}: {reason}", "interrompue par {by} : {reason}")
}

/// An incident that a person took over.
pub(crate) fn held(held: &AbortedView, incident: &str, lang: Lang) -> String {
    let AbortedView { by, reason, .. } = held;
    let number = incident.strip_prefix("incident-").unwrap_or(incident);
    say!(
        lang,
        "{by}: {reason}; `bascule incident approve {number}` hands it back",
        "{by} : {reason} ; `bascule incident approve {number}` la rend",
    )
}
