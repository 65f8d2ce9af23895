#![allow(clippy::unwrap_used)]

use model::estate::Estate;
use model::policy::Policy;
use model::text::Lang;
use runbook::{CriticalPath, LIBRARY};

use super::page;
use crate::commands::runbook::in_estate;
use crate::views::runbook::RunbookPage;

fn clinic() -> Estate {
    let text = include_str!("../../../../simulations/estates/clinic.yaml");
    Estate::parse("clinic.yaml", text).unwrap().0
}

fn printed(name: &str, langs: &[Lang], estate: Option<&Estate>) -> String {
    let (_, text) = LIBRARY.iter().find(|(known, _)| *known == name).unwrap();
    let book = runbook::parse(name, text).unwrap();
    let here = estate.map(|estate| in_estate(&book, estate, &Policy::default(), Lang::En));
    let critical_path = CriticalPath::of(&book);
    let here = here.unwrap_or_default();
    page(&RunbookPage { runbook: book, critical_path, here }, estate, langs)
}

/// The elements in the order in which they open, with those that close, for balance.
fn tags(html: &str) -> Vec<String> {
    let mut tags = Vec::new();
    for part in html.split('<').skip(1) {
        let name = part.split(['>', ' ', '\n']).next().unwrap_or_default();
        tags.push(name.to_owned());
    }
    tags
}

#[test]
fn a_page_asks_for_nothing_from_anywhere_and_is_well_formed() {
    for (name, _) in LIBRARY {
        let html = printed(name, &[Lang::Fr, Lang::En], Some(&clinic()));
        for forbidden in ["src=", "href=", "@import", "url(", "<script", "<link", "<img"] {
            assert!(!html.contains(forbidden), "{name}: {forbidden}");
        }
        let mut open = Vec::new();
        for tag in tags(&html) {
            match tag.strip_prefix('/') {
                Some(closed) => assert_eq!(open.pop().as_deref(), Some(closed), "{name}"),
                None if tag == "!DOCTYPE" || tag == "meta" => {}
                None => open.push(tag),
            }
        }
        assert!(open.is_empty(), "{name}: {open:?}");
    }
}

#[test]
fn each_step_is_a_box_with_who_what_check_time_and_signature_in_both_languages() {
    let html = printed("room-loss", &[Lang::Fr, Lang::En], None);
    assert_eq!(html.matches("<article class=\"step\">").count(), 4);
    assert_eq!(html.matches("<span class=\"box\"></span> ").count(), 4);
    for words in [
        "Isoler les hôtes",
        "Fence the hosts",
        "Qui",
        "Who",
        "À vérifier",
        "Check",
        "Nom, signature",
    ] {
        assert!(html.contains(words), "{words}");
    }
    let french = printed("room-loss", &[Lang::Fr], None);
    assert!(french.contains("Isoler les hôtes") && !french.contains("Fence the hosts"));
    assert!(french.starts_with("<!DOCTYPE html>\n<html lang=\"fr\">"));
}

#[test]
fn an_approval_has_a_line_for_each_person() {
    let html = printed("last-resort-restart", &[Lang::En], None);
    let first = html.split("<article").nth(1).unwrap();
    assert_eq!(first.matches("Name, signature").count(), 2, "{first}");
}

#[test]
fn with_the_estate_the_lists_name_every_vm_in_start_order_and_every_host() {
    let estate = clinic();
    let html = printed("room-loss", &[Lang::En], Some(&estate));
    for id in estate.vms.keys() {
        assert!(html.contains(&format!("<td>{id}</td>")), "{id} is on no list");
    }
    for host in ["a1", "a2", "b1", "b2"] {
        assert!(html.contains(&format!("<td>{host}</td><td>Room")), "{host}");
    }
    let at = |vm: &str| html.find(&format!("<td>{vm}</td>")).unwrap();
    assert!(at("dns-1") < at("dc-a1"), "names start before the directory");
}

#[test]
fn what_an_author_writes_is_text_and_never_markup() {
    let text = LIBRARY[0].1.replace("Restart the VM", "Restart <b>the</b> & \\\"VM\\\"");
    let book = runbook::parse("vm-loss.yaml", &text).unwrap();
    let critical_path = CriticalPath::of(&book);
    let html =
        page(&RunbookPage { runbook: book, critical_path, here: Vec::new() }, None, &[Lang::En]);
    assert!(html.contains("Restart &lt;b&gt;the&lt;/b&gt; &amp; &quot;VM&quot;"), "{html}");
}
