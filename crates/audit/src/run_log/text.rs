//! The log of a run as text for people.

use std::fmt::Write;

use model::text::Lang;

use super::entry::{Mode, RunLogEntry};
use super::{RunLog, words_en, words_fr};

/// The log as text.
pub fn render(log: &RunLog, lang: Lang) -> String {
    let mut text = String::new();
    let written = write_all(&mut text, log, lang);
    written.expect("writing to a string never fails");
    text
}

fn write_all(out: &mut String, log: &RunLog, lang: Lang) -> std::fmt::Result {
    head(out, log, lang)?;
    for entry in &log.entries {
        writeln!(out)?;
        write_entry(out, log.mode, entry, lang)?;
    }
    foot(out, log, lang)
}

fn head(out: &mut String, log: &RunLog, lang: Lang) -> std::fmt::Result {
    let found = &log.verification;
    let (cluster, era, run) = (&found.cluster, found.era.0, log.run);
    let incident = log.incident.map_or_else(|| "-".to_owned(), |incident| incident.to_string());
    let (runbook, hash, estate) = (&log.runbook, &log.runbook_hash, &log.estate_hash);
    let (signed, needed, keys) = (found.signed_by.join(", "), found.signatures_needed, found.keys);
    let root = found.root.map_or_else(|| "-".to_owned(), |root| root.to_string());
    let size = found.size;
    match lang {
        Lang::En => {
            writeln!(out, "Log of {run}, cluster {cluster}, era {era}")?;
            writeln!(out, "  answers    {incident}")?;
            writeln!(out, "  runbook    {runbook} ({hash}), estate {estate}")?;
            writeln!(out, "  signed by  {signed} ({needed} of {keys} needed)")?;
            writeln!(out, "  log        {size} leaves, root {root}")
        }
        Lang::Fr => {
            writeln!(out, "Journal de {run}, grappe {cluster}, ère {era}")?;
            writeln!(out, "  répond à   {incident}")?;
            writeln!(out, "  procédure  {runbook} ({hash}), parc {estate}")?;
            writeln!(out, "  signé par  {signed} ({needed} sur {keys} requises)")?;
            writeln!(out, "  journal    {size} feuilles, racine {root}")
        }
    }
}

fn write_entry(out: &mut String, mode: Mode, entry: &RunLogEntry, lang: Lang) -> std::fmt::Result {
    let (leaf, at, wall) = (entry.leaf, entry.at, &entry.wall);
    let by = entry.by.map_or_else(|| "raft".to_owned(), |by| format!("controller-{by}"));
    let (who, mode, proof) = match lang {
        Lang::En => (
            entry.person.as_ref().map_or_else(
                || format!("{by}, automatic"),
                |person| format!("{person}, through {by}"),
            ),
            mode.as_str(),
            if entry.proof_holds { "proof holds" } else { "PROOF DOES NOT HOLD" },
        ),
        Lang::Fr => (
            entry.person.as_ref().map_or_else(
                || format!("{by}, automatique"),
                |person| format!("{person}, par {by}"),
            ),
            match mode {
                Mode::Simulate => "simulation",
                Mode::Drill => "exercice",
                Mode::Execute => "réel",
            },
            if entry.proof_holds { "preuve valide" } else { "PREUVE NON VALIDE" },
        ),
    };
    let (label, what) = match lang {
        Lang::En => ("leaf", words_en::what(&entry.what)),
        Lang::Fr => ("feuille", words_fr::what(&entry.what)),
    };
    writeln!(out, "{label} {leaf}  {at}  {wall}  {who}  {mode}  [{proof}]")?;
    writeln!(out, "  {what}")?;
    match (&entry.rejected, lang) {
        (None, _) => Ok(()),
        (Some(why), Lang::En) => writeln!(out, "  rejected, changed nothing: {why}"),
        (Some(why), Lang::Fr) => writeln!(out, "  rejetée, rien n'a changé : {why}"),
    }
}

fn foot(out: &mut String, log: &RunLog, lang: Lang) -> std::fmt::Result {
    let (entries, others) = (log.entries.len(), log.other_leaves);
    let unproved = log.entries.iter().filter(|entry| !entry.proof_holds).count();
    writeln!(out)?;
    match (lang, log.is_proved()) {
        (Lang::En, true) => writeln!(
            out,
            "Proved: all {entries} entries are in the signed log and none was left out. Leaves of \
             other matters among them: {others}."
        )?,
        (Lang::Fr, true) => writeln!(
            out,
            "Prouvé : les {entries} entrées sont dans le journal signé et aucune n'a été retirée. \
             Feuilles d'autres sujets parmi elles : {others}."
        )?,
        (Lang::En, false) => writeln!(
            out,
            "NOT PROVED: {unproved} of {entries} entries have no valid proof; see the findings."
        )?,
        (Lang::Fr, false) => writeln!(
            out,
            "NON PROUVÉ : {unproved} entrées sur {entries} sont sans preuve valide ; voir les \
             constats."
        )?,
    }
    for finding in &log.verification.findings {
        writeln!(out, "  {}", finding.line(lang))?;
    }
    Ok(())
}
