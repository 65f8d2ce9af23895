use std::fmt::Write;

use model::action::row;
use model::id::{StepId, VmId};
use model::incident::Cause;
use model::plan::Shed;
use model::text::{Lang, Text};
use model::units::Span;
use runbook::{CriticalPath, Runbook, Step, levels};
use serde::Serialize;

use super::{fields, joined, or_dash, section};
use crate::output::Shown;
use crate::words::{Word, by_hand, runbook as words};

/// A runbook on one page, and what it amounts to in an estate.
#[derive(Serialize)]
pub(crate) struct RunbookPage {
    /// The runbook, with every default filled in.
    #[serde(flatten)]
    pub(crate) runbook: Runbook,
    /// Its critical path.
    pub(crate) critical_path: CriticalPath,
    /// What it would do here, cause by cause; nothing without an estate.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) here: Vec<Here>,
}

/// What a runbook would do for causes that come to the same.
#[derive(Serialize)]
pub(crate) struct Here {
    /// The causes, in words.
    pub(crate) causes: Vec<String>,
    /// Why there is no plan; nothing if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) no_plan: Option<String>,
    /// The members of each step's set, in order.
    pub(crate) steps: Vec<Members>,
    /// The VMs that it leaves down, each with why.
    pub(crate) left_down: Vec<Shed>,
    /// How long it takes by expected times.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) forecast: Option<Span>,
    /// The causes themselves, for the page on paper; none where there are too many for lists.
    #[serde(skip)]
    pub(crate) of: Vec<Cause>,
}

/// The members of a step's set.
#[derive(Serialize)]
pub(crate) struct Members {
    /// The step.
    pub(crate) step: StepId,
    /// In order.
    pub(crate) items: Vec<Member>,
}

/// One member of a set.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Member {
    /// Its id.
    pub(crate) id: String,
    /// Where it starts, or the room that must be served.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) on: Option<String>,
    /// The VMs that come before, where it is a VM.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) after: Vec<VmId>,
}

impl Shown for RunbookPage {
    fn page(&self, lang: Lang, wide: bool) -> String {
        let book = &self.runbook;
        let mut page = format!("{}  ({})\n\n", book.title.in_lang(lang), book.name);
        page.push_str(&head(book, lang));
        page.push_str(&section(words::GRAPH, lang, &self.graph(lang)));
        let steps: Vec<String> = book.steps.iter().map(|step| one_step(step, lang)).collect();
        page.push_str(&section(words::STEPS, lang, &steps.join("\n")));
        page.push_str(&section(words::CRITICAL_PATH, lang, &self.path(lang)));
        if !self.here.is_empty() {
            let here: Vec<String> = self.here.iter().map(|one| one.page(lang, wide)).collect();
            page.push_str(&section(words::HERE, lang, &here.join("\n")));
        }
        page
    }

    fn name(&self) -> String {
        format!("runbook/{}", self.runbook.name)
    }
}

fn head(book: &Runbook, lang: Lang) -> String {
    let text = |text: &Text| text.in_lang(lang).to_owned();
    let objectives = [("RTO", book.objectives.rto), ("RPO", book.objectives.rpo)]
        .into_iter()
        .filter_map(|(name, span)| Some(format!("{name} {}", span?)));
    let objectives = joined(objectives);
    let all = [
        (words::PURPOSE, text(&book.purpose)),
        (words::BEFORE, text(&book.before)),
        (words::REACH, text(&book.reach)),
        (words::UNDO, text(&book.undo)),
        (words::ANSWERS, joined(&book.answers)),
        (words::OBJECTIVES, objectives),
    ];
    let said: Vec<(&str, String)> = all
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(title, value)| (title.in_lang(lang), value))
        .collect();
    fields(&said)
}

impl RunbookPage {
    fn graph(&self, lang: Lang) -> String {
        let mut graph = String::new();
        for level in levels(&self.runbook) {
            let each = level.iter().map(|step| {
                let mark = if self.critical_path.steps.contains(&step.id) { "*" } else { "" };
                let time = or_dash(step.expect);
                match step.needs.as_slice() {
                    [] => format!("{}{mark} ({time})", step.id),
                    needs => format!("{}{mark} ({time}) <- {}", step.id, joined(needs)),
                }
            });
            let _ = writeln!(graph, "{}", each.collect::<Vec<_>>().join("   |   "));
        }
        let _ = writeln!(graph, "{}", words::GRAPH_LEGEND.in_lang(lang));
        graph
    }

    fn path(&self, lang: Lang) -> String {
        critical_path(&self.critical_path, &self.runbook, lang)
    }
}

/// A critical path in one line.
pub(crate) fn critical_path(path: &CriticalPath, book: &Runbook, lang: Lang) -> String {
    let steps = path.steps.iter().map(|id| {
        let expect = book.step(id).and_then(|step| step.expect).unwrap_or_default();
        format!("{id} {expect}")
    });
    let mut line = format!("{} = {}", steps.collect::<Vec<_>>().join(" -> "), path.length);
    if let (Some(percent), Some(rto)) = (path.percent_of_rto, book.objectives.rto) {
        let of = words::OF_THE_OBJECTIVE.in_lang(lang);
        let _ = write!(line, ", {percent} % {of} {rto}");
    }
    line.push('\n');
    line
}

fn one_step(step: &Step, lang: Lang) -> String {
    let say = |word: Word| word.in_lang(lang);
    let title = step.title.as_ref().map_or("", |title| title.in_lang(lang));
    let mut all: Vec<(&str, String)> = Vec::new();
    let needs = if step.needs.is_empty() {
        say(words::AFTER_NOTHING).to_owned()
    } else {
        joined(&step.needs)
    };
    all.push((say(words::AFTER), needs));
    if let Some(when) = &step.when {
        all.push((say(words::ONLY_IF), when.clone()));
    }
    match (&step.approval, &step.manual) {
        (None, Some(task)) => {
            all.push((say(words::WAITS_FOR), format!("{} x {}", task.quorum, task.role)));
            all.push((say(words::DOES), task.text.in_lang(lang).to_owned()));
        }
        (Some(approval), _) => {
            all.push((
                say(words::WAITS_FOR),
                format!("{} x {}", approval.quorum, joined(&approval.from)),
            ));
        }
        (None, None) => {
            all.push((say(words::DOES), format!("{} {}", step.action, step.for_each.spelled())))
        }
    }
    if let Some(row) = row(&step.action) {
        all.push((say(words::EFFECTS), say(words::effects(row.effects)).to_owned()));
    }
    let uses = uses(step, lang);
    if !uses.is_empty() {
        all.push((say(words::USES), uses.join(", ")));
    }
    let done = match &step.verify {
        Some(verify) => verify.clone(),
        None => by_hand::done_when(&step.action).in_lang(lang).to_owned(),
    };
    all.push((say(words::DONE_WHEN), done));
    all.push((say(words::TIME), time(step, lang)));
    all.push((say(words::IF_IT_FAILS), say(words::on_failure(step.on_failure)).to_owned()));
    let body: String = fields(&all).lines().map(|line| format!("  {line}\n")).collect();
    format!("{}  {title}\n{body}", step.id)
}

/// What a step relies on: of its own words and of its action's.
pub(crate) fn uses(step: &Step, lang: Lang) -> Vec<String> {
    let of_action = row(&step.action).map_or(&[][..], |row| row.uses).iter().map(|group| {
        let each: Vec<String> =
            group.0.iter().map(|means| means.title().in_lang(lang).to_owned()).collect();
        each.join(&format!(" {} ", words::OR.in_lang(lang)))
    });
    of_action.chain(step.uses.iter().map(ToString::to_string)).collect()
}

/// How long a step takes and may take.
pub(crate) fn time(step: &Step, lang: Lang) -> String {
    let say = |word: Word| word.in_lang(lang);
    let expect = step.expect.map_or(say(words::NOT_SAID).to_owned(), |span| span.to_string());
    let mut text =
        format!("{} {expect}; {} {}", say(words::EXPECTED), say(words::ATTEMPT), step.timeout);
    if step.retry.attempts > 1 {
        let _ = write!(
            text,
            "; {} {}, {} {}",
            step.retry.attempts,
            say(words::ATTEMPTS),
            step.retry.backoff,
            say(words::APART)
        );
    }
    text
}

impl Here {
    fn page(&self, lang: Lang, wide: bool) -> String {
        let mut page = format!("{}\n", self.causes.join("; "));
        if let Some(why) = &self.no_plan {
            let _ = writeln!(page, "  {}: {why}", words::NO_PLAN.in_lang(lang));
            return page;
        }
        let mut rows: Vec<(&str, String)> = Vec::new();
        for members in &self.steps {
            let items = members.items.iter().map(Member::spelled).collect();
            rows.push((members.step.as_str(), counted(items, wide)));
        }
        if !self.left_down.is_empty() {
            let vms = self.left_down.iter().map(|shed| shed.vm.to_string()).collect();
            rows.push((words::LEFT_DOWN.in_lang(lang), counted(vms, wide)));
        }
        if let Some(forecast) = self.forecast {
            rows.push((words::FORECAST.in_lang(lang), forecast.to_string()));
        }
        for line in fields(&rows).lines() {
            let _ = writeln!(page, "  {line}");
        }
        page
    }
}

/// How many members of a set are shown on a screen that is not wide.
const SHOWN: usize = 8;

/// How many there are, and the first few; the wide form and data have all.
fn counted(mut items: Vec<String>, wide: bool) -> String {
    let count = items.len();
    if !wide && count > SHOWN {
        items.truncate(SHOWN);
        items.push(format!("+{}", count - SHOWN));
    }
    format!("{count}: {}", items.join(", "))
}

impl Member {
    fn spelled(&self) -> String {
        match &self.on {
            Some(on) => format!("{}@{on}", self.id),
            None => self.id.clone(),
        }
    }
}
