use model::observation::Status;
use model::text::Lang;
use planning::readiness::{Answer, Level, Played, Readiness, Remark, RoomAlone, WhatIf};
use server::readiness::{ReadinessBrief, ReadinessView};

use super::{or_dash, section};
use crate::output::{Shown, Table, always};
use crate::words::{columns, readiness as words, say, states};

/// A level, as loud as it must be.
pub(super) fn level(level: Level, lang: Lang) -> &'static str {
    let word = match level {
        Level::Green => words::GREEN,
        Level::Amber => words::AMBER,
        Level::Red => words::RED,
    };
    word.in_lang(lang)
}

fn sentences(remarks: &[Remark], lang: Lang) -> String {
    let line = |remark: &Remark| {
        format!("{:<6} {}\n", level(remark.level, lang), remark.text.in_lang(lang))
    };
    remarks.iter().map(line).collect()
}

/// The lines of `bascule status`.
pub(super) fn brief(brief: Option<&ReadinessBrief>, lang: Lang) -> (String, String) {
    let Some(brief) = brief else {
        return (words::NOT_PROVED.in_lang(lang).to_owned(), String::new());
    };
    let mut head = level(brief.level, lang).to_owned();
    if brief.stale {
        head = format!("{}: {}", words::STALE.in_lang(lang), words::STALE_MEANS.in_lang(lang));
    }
    let mut lines = sentences(&brief.sentences, lang);
    if brief.more > 0 {
        let more = brief.more;
        lines += &say!(
            lang,
            "and {more} more: see `bascule readiness`\n",
            "et {more} autres : voir `bascule readiness`\n"
        );
    }
    (head, lines)
}

fn failures(readiness: &Readiness, lang: Lang) -> String {
    let mut table = Table::new(vec![
        always(words::FAILURE),
        always(words::LEVEL),
        always(columns::VMS),
        always(words::VERDICT),
        always(words::HOLD_OFF),
        always(words::FENCES),
        always(words::ALL_BACK),
        always(words::LEFT_DOWN),
        always(columns::RUNBOOK),
    ]);
    for played in &readiness.failures {
        table.row(row(played, lang));
    }
    table.draw(lang, false)
}

fn row(played: &Played, lang: Lang) -> Vec<String> {
    let runbook = match &played.answer {
        Answer::Absorbed => words::ABSORBED.in_lang(lang).to_owned(),
        Answer::Nobody => words::NOBODY.in_lang(lang).to_owned(),
        Answer::Runbook { runbook, .. } => runbook.to_string(),
    };
    let lost = played.lost > 0;
    let span = |span: model::units::Span| or_dash(lost.then_some(span));
    vec![
        played.failure.words().in_lang(lang).to_owned(),
        level(played.level, lang).to_owned(),
        played.lost.to_string(),
        span(played.verdict_after),
        span(played.hold_off),
        span(played.fence_wait),
        span(played.forecast),
        played.left_down.len().to_string(),
        runbook,
    ]
}

/// Every VM that stays down, with what it needs.
fn left_down(readiness: &Readiness, lang: Lang) -> String {
    let mut table = Table::new(vec![
        always(words::FAILURE),
        always(columns::VM),
        always(columns::TIER),
        always(words::NEEDS),
        always(words::WAIVED),
    ]);
    for played in &readiness.failures {
        for left in &played.left_down {
            table.row(vec![
                played.failure.words().in_lang(lang).to_owned(),
                left.vm.to_string(),
                left.tier.0.to_string(),
                left.needs.in_lang(lang).to_owned(),
                or_dash(left.waived.as_ref().map(|waived| waived.until)),
            ]);
        }
    }
    table.draw(lang, false)
}

/// The services of each failure, beside their objectives.
fn services(readiness: &Readiness, lang: Lang) -> String {
    let mut table = Table::new(vec![
        always(words::FAILURE),
        always(columns::SERVICE),
        always(words::BACK_AFTER),
        always(columns::RTO),
        always(words::LEVEL),
    ]);
    for played in &readiness.failures {
        for service in &played.services {
            table.row(vec![
                played.failure.words().in_lang(lang).to_owned(),
                service.service.to_string(),
                or_dash(service.back_after),
                service.rto.to_string(),
                level(service.level, lang).to_owned(),
            ]);
        }
    }
    table.draw(lang, false)
}

fn checks(rooms: &[RoomAlone], lang: Lang) -> String {
    let mut table = Table::new(vec![
        always(columns::ROOM),
        always(words::CHECK),
        always(columns::STATE),
        always(words::LAST_WELL),
        always(words::SAYS),
    ]);
    for room in rooms {
        for check in &room.checks {
            let state = match check.status {
                Status::Up => words::WELL,
                Status::Down => words::NOT_WELL,
                Status::Unknown => states::UNKNOWN,
            };
            table.row(vec![
                room.room.to_string(),
                check.title.in_lang(lang).to_owned(),
                state.in_lang(lang).to_owned(),
                or_dash(check.last_success_ago),
                check.says.clone(),
            ]);
        }
    }
    table.draw(lang, false)
}

impl Shown for ReadinessView {
    fn page(&self, lang: Lang, wide: bool) -> String {
        let proof = &self.readiness;
        let (estate, ago, colour) = (&self.estate, self.proved_ago, level(proof.level, lang));
        let by = match self.answered_by {
            Some(by) => say!(lang, ", proved {ago} ago by {by}", ", prouvé il y a {ago} par {by}"),
            None => String::new(),
        };
        let mut page = format!("{colour}  {estate}{by}\n");
        if self.stale {
            let (stale, means) = (words::STALE.in_lang(lang), words::STALE_MEANS.in_lang(lang));
            page = format!("{stale}  {means}\n{page}");
        }
        if !proof.sentences.is_empty() {
            page += &section(words::NOT_GREEN, lang, &sentences(&proof.sentences, lang));
        }
        page += &section(words::FAILURES, lang, &failures(proof, lang));
        if wide {
            page += &section(words::SERVICES, lang, &services(proof, lang));
            page += &section(words::STAY_DOWN, lang, &left_down(proof, lang));
        }
        if proof.rooms_alone.iter().any(|room| !room.checks.is_empty()) {
            page += &section(words::ALONE, lang, &checks(&proof.rooms_alone, lang));
        }
        if wide && !self.history.is_empty() {
            let past = self.history.iter().rev().map(|past| {
                let day = model::date::Date::of(past.since);
                format!("{day}  {}\n", level(past.level, lang))
            });
            page += &section(words::HISTORY, lang, &past.collect::<String>());
        }
        page
    }

    fn name(&self) -> String {
        format!("readiness/{}", self.readiness.level.as_str())
    }
}

impl Shown for WhatIf {
    fn page(&self, lang: Lang, wide: bool) -> String {
        let (before, after) = (level(self.before, lang), level(self.level(), lang));
        let mut page = say!(
            lang,
            "{before} now, {after} after the change\n",
            "{before} maintenant, {after} après le changement\n"
        );
        for (title, remarks) in [(words::BREAKS, &self.breaks), (words::MENDS, &self.mends)] {
            if !remarks.is_empty() {
                page += &section(title, lang, &sentences(remarks, lang));
            }
        }
        if wide {
            page += &section(words::FAILURES, lang, &failures(&self.after, lang));
        }
        page
    }

    fn name(&self) -> String {
        format!("readiness/{}", self.level().as_str())
    }
}
