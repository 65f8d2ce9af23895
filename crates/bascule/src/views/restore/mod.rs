//! A restore plan on a page: a table for each set of data, the courier beside the links, what is
//! left to a person.

mod about;
mod sentences;

use model::text::Lang;
use planning::restore::{Choice, Question, RestorePlan, SetPlan, Standing};

use crate::output::{Shown, Table, always};
use crate::words::{restore, say};
use about::{lost, span, when};

impl Shown for RestorePlan {
    fn page(&self, lang: Lang, _wide: bool) -> String {
        let mut page = sentences::head(self, lang);
        for (number, set) in self.sets.iter().enumerate() {
            page.push('\n');
            page.push_str(&sentences::set(number + 1, set, lang));
            for line in body(self, set, lang).lines() {
                page.push_str(&format!("  {line}\n"));
            }
        }
        page.push_str(&sentences::questions(self, lang));
        page.push_str(&sentences::whole(self, lang));
        page
    }

    fn name(&self) -> String {
        format!("restore-plan/{}", self.estate)
    }
}

fn body(plan: &RestorePlan, set: &SetPlan, lang: Lang) -> String {
    let mut body = if set.ways.is_empty() {
        format!("{}\n", restore::NO_WAY.in_lang(lang))
    } else {
        table(plan, set, lang)
    };
    for none in &set.missing {
        let why = restore::missing(&none.missing, lang);
        body.push_str(&match &none.repository {
            Some(repository) => say!(
                lang,
                "no way from {repository}: {why}\n",
                "pas de voie depuis {repository} : {why}\n"
            ),
            None => say!(lang, "no way: {why}\n", "pas de voie : {why}\n"),
        });
    }
    if let Some(sentence) = sentences::crossover(set, lang) {
        body.push_str(&sentence);
        body.push('\n');
    }
    body
}

fn table(plan: &RestorePlan, set: &SetPlan, lang: Lang) -> String {
    let mut table = Table::new(vec![
        always(restore::WAY),
        always(restore::BEGINS),
        always(restore::RATE),
        always(restore::READY),
        always(restore::LOST),
        always(restore::STANDING),
    ]);
    for choice in &set.ways {
        let way = &choice.way;
        table.row(vec![
            restore::way(&way.kind, lang),
            way.rate.map_or_else(String::new, |_| when(way.begins, lang)),
            way.rate.map_or_else(String::new, |rate| rate.to_string()),
            when(way.ready, lang),
            lost(way.lost, lang),
            standing(plan, set, choice, lang),
        ]);
    }
    table.draw(lang, false)
}

fn standing(plan: &RestorePlan, set: &SetPlan, choice: &Choice, lang: Lang) -> String {
    let asked = plan.questions.iter().find(|question| question.backup == set.backup);
    let stands = match &choice.standing {
        Standing::Offered if is_asked(asked, choice) => restore::ASKED.in_lang(lang).to_owned(),
        Standing::Offered if choice.reckoned => restore::BEST.in_lang(lang).to_owned(),
        Standing::Offered => restore::AS_GOOD.in_lang(lang).to_owned(),
        Standing::Dominated(by) => {
            let named = named(set, &by.by, lang);
            let later = span(by.later, lang);
            let more = span(by.loses_more, lang);
            match (by.later.as_millis() > 0, by.loses_more.as_millis() > 0) {
                (true, true) => say!(
                    lang,
                    "dominated by {named}: {later} later, {more} more lost",
                    "dominée par {named} : {later} plus tard, {more} de plus perdues"
                ),
                (false, _) => say!(
                    lang,
                    "dominated by {named}: {more} more lost",
                    "dominée par {named} : {more} de plus perdues"
                ),
                (true, false) => say!(
                    lang,
                    "dominated by {named}: {later} later",
                    "dominée par {named} : {later} plus tard"
                ),
            }
        }
    };
    let marks = [
        (choice.way.stale, restore::STALE),
        (choice.way.late, restore::LATE),
        (choice.way.loses_too_much, restore::TOO_MUCH),
    ];
    let marks = marks.into_iter().filter(|(is, _)| *is).map(|(_, word)| word.in_lang(lang));
    let between = match lang {
        Lang::En => "; ",
        Lang::Fr => " ; ",
    };
    std::iter::once(stands.as_str()).chain(marks).collect::<Vec<_>>().join(between)
}

fn is_asked(question: Option<&Question>, choice: &Choice) -> bool {
    question.is_some_and(|question| question.answers.iter().any(|a| a.way == choice.name))
}

/// A way of this set, by its stable name, in words.
fn named(set: &SetPlan, name: &str, lang: Lang) -> String {
    let choice = set.ways.iter().find(|choice| choice.name == name);
    choice.map_or_else(|| name.to_owned(), |choice| restore::way(&choice.way.kind, lang))
}
