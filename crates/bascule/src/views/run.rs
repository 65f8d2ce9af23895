use model::action::Action;
use model::text::Lang;
use model::units::Span;
use server::query::{ItemView, RunView};
use state_machine::{ItemState, RunEnd};

use super::{fields, log_time, or_dash, section};
use crate::output::{Column, Listed, Shown, always, table_of, wide};
use crate::words::{Word, columns, run, states};

fn took(from: Option<u64>, until: Option<u64>) -> String {
    or_dash(from.zip(until).map(|(from, until)| Span::from_millis(until.saturating_sub(from))))
}

fn done(run: &RunView) -> String {
    let all: usize = run.counts.values().sum();
    let count = |state| run.counts.get(&state).copied().unwrap_or(0);
    let settled = count(ItemState::Succeeded) + count(ItemState::Skipped);
    format!("{settled} / {all}")
}

/// Where it stands, and whether persons are waited for or hold it.
fn state(run: &RunView) -> Word {
    let waits = |item: &ItemView| {
        matches!(item.action, Action::Manual(_) | Action::Approval { .. })
            && item.state.is_under_way()
    };
    match &run.end {
        None if run.aborted.is_some() => states::ENDING,
        None if run.pause.is_some() => states::HELD,
        None if run.items.iter().any(waits) => states::WAITS_FOR_PERSONS,
        end => states::run_end(end.as_ref()),
    }
}

/// Why it failed, or who holds it and why.
fn reason(view: &RunView, lang: Lang) -> Option<String> {
    let held = || view.pause.as_ref().map(|pause| run::paused(pause, lang));
    let aborted = || view.aborted.as_ref().map(|aborted| run::aborted(aborted, lang));
    end_reason(view).map(str::to_owned).or_else(aborted).or_else(held)
}

fn end_reason(run: &RunView) -> Option<&str> {
    match &run.end {
        Some(RunEnd::Failed { reason }) => Some(reason),
        _ => None,
    }
}

impl Listed for RunView {
    fn columns() -> Vec<Column> {
        vec![
            always(columns::ID),
            always(columns::RUNBOOK),
            always(columns::INCIDENT),
            always(columns::STATE),
            always(columns::DONE),
            always(columns::AT),
            always(columns::DURATION),
            wide(columns::FORECAST),
            wide(columns::REASON),
        ]
    }

    fn cells(&self, lang: Lang) -> Vec<String> {
        vec![
            self.id.clone(),
            self.runbook.to_string(),
            self.incident.clone(),
            state(self).in_lang(lang).to_owned(),
            done(self),
            log_time(self.started_at_ms),
            took(Some(self.started_at_ms), self.ended_at_ms),
            self.forecast.to_string(),
            or_dash(reason(self, lang)),
        ]
    }

    fn name(&self) -> String {
        format!("run/{}", self.id)
    }
}

impl Listed for ItemView {
    fn columns() -> Vec<Column> {
        vec![
            always(columns::ITEM),
            always(columns::STATE),
            always(columns::ATTEMPTS),
            always(columns::DURATION),
            always(columns::OUTCOME),
            wide(columns::ACTION),
            wide(columns::AT),
        ]
    }

    fn cells(&self, lang: Lang) -> Vec<String> {
        vec![
            self.item.clone(),
            states::item(self.state).in_lang(lang).to_owned(),
            self.attempts.to_string(),
            took(self.started_at_ms, self.ended_at_ms),
            or_dash(self.outcome.as_ref().map(|outcome| outcome.words())),
            self.action.name().to_owned(),
            or_dash(self.started_at_ms.map(log_time)),
        ]
    }

    fn name(&self) -> String {
        format!("step/{}", self.item)
    }
}

impl Shown for RunView {
    fn page(&self, lang: Lang, wide: bool) -> String {
        let titles = [
            columns::ID,
            columns::RUNBOOK,
            columns::INCIDENT,
            columns::STATE,
            columns::DONE,
            columns::AT,
            columns::DURATION,
            columns::FORECAST,
            columns::REASON,
        ];
        let pairs: Vec<_> =
            titles.iter().map(|title| title.in_lang(lang)).zip(self.cells(lang)).collect();
        let mut page = fields(&pairs);
        for shed in &self.shed {
            page.push_str(&format!(
                "{} {}: {}\n",
                states::STOPPED.in_lang(lang),
                shed.vm,
                shed.reason
            ));
        }
        let tasks: String =
            self.items.iter().filter_map(|item| run::task(&self.id, item, lang)).collect();
        if !tasks.is_empty() {
            page.push_str(&section(run::WAITS_FOR, lang, &tasks));
        }
        page.push('\n');
        page.push_str(&table_of(&self.items, lang, wide));
        page
    }

    fn name(&self) -> String {
        Listed::name(self)
    }
}
