//! A runbook as one HTML file that is printed and kept in a drawer: a person follows it without
//! names, without the directory and without Bascule. It asks for nothing from anywhere.

mod lists;
mod markup;
mod steps;

use model::estate::Estate;
use model::text::Lang;
use runbook::Runbook;

use crate::views::runbook::{RunbookPage, critical_path};
use crate::words::{paper as words, runbook as runbook_words};
use markup::{Tongues, escape};

const STYLE: &str = include_str!("style.css");

/// The page, in these languages, with the lists behind its sets where an estate is given.
pub(crate) fn page(page: &RunbookPage, estate: Option<&Estate>, langs: &[Lang]) -> String {
    let tongues = Tongues(langs);
    let book = &page.runbook;
    let first = langs.first().copied().unwrap_or_default();
    let lang = match first {
        Lang::Fr => "fr",
        Lang::En => "en",
    };
    let title = escape(book.title.in_lang(first));
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
    );
    html.push_str(&front(book, tongues));
    html.push_str(&path(page, tongues));
    html.push_str(&steps::all(book, tongues));
    html.push_str(&contacts(tongues));
    if let Some(estate) = estate {
        html.push_str(&lists::all(page, estate, tongues));
    }
    html.push_str(&format!(
        "<footer>{}</footer>\n</body>\n</html>\n",
        tongues.word(words::WHO_STANDS_FOR)
    ));
    html
}

/// What it is, and the lines that are filled in as it begins.
fn front(book: &Runbook, tongues: Tongues<'_>) -> String {
    let mut html = format!(
        "<header>\n<p class=\"kind\">{} · <code>{}</code></p>\n<h1>{}</h1>\n<p>{}</p>\n</header>\n<table class=\"facts\">\n",
        tongues.word(words::HEADING),
        escape(book.name.as_str()),
        tongues.text(&book.title),
        tongues.word(words::HOW_TO),
    );
    for (word, text) in [
        (runbook_words::PURPOSE, &book.purpose),
        (runbook_words::BEFORE, &book.before),
        (runbook_words::REACH, &book.reach),
        (runbook_words::UNDO, &book.undo),
    ] {
        html.push_str(&format!(
            "<tr><th>{}</th><td>{}</td></tr>\n",
            tongues.word(word),
            tongues.text(text)
        ));
    }
    html.push_str("</table>\n<table class=\"fill\">\n<tr>");
    for word in [words::BEFORE_USE, words::DATE, words::BEGAN, words::ENDED, words::LEADS] {
        html.push_str(&format!("<td>{}</td>", tongues.word(word)));
    }
    html.push_str("</tr>\n</table>\n");
    html
}

fn path(page: &RunbookPage, tongues: Tongues<'_>) -> String {
    let line = |lang: Lang| critical_path(&page.critical_path, &page.runbook, lang);
    format!(
        "<p class=\"path\"><b>{}</b> {}</p>\n",
        tongues.word(words::CRITICAL_PATH),
        tongues.each(|lang| escape(line(lang).trim()))
    )
}

fn contacts(tongues: Tongues<'_>) -> String {
    let mut html = format!(
        "<section class=\"contacts\">\n<h2>{}</h2>\n<table class=\"fill\">\n<tr><th>{}</th><th>{}</th><th>{}</th></tr>\n",
        tongues.word(words::CONTACTS),
        tongues.word(words::CONTACT_ROLE),
        tongues.word(words::CONTACT_NAME),
        tongues.word(words::CONTACT_PHONE),
    );
    let roles = [words::ON_CALL, words::ON_CALL, words::LEADS, words::SUPPLIER, words::SUPPLIER];
    for role in roles {
        html.push_str(&format!("<tr><td>{}</td><td></td><td></td></tr>\n", tongues.word(role)));
    }
    html.push_str("</table>\n</section>\n");
    html
}

#[cfg(test)]
mod tests;
