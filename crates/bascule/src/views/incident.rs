use model::incident::Evidence;
use model::text::Lang;
use serde::Serialize;
use server::query::{HostFence, IncidentView};

use super::{fields, joined, log_time, or_dash, section};
use crate::output::{Column, Listed, Shown, always, table_of, wide};
use crate::words::{Word, columns, fences, incident, run, states};

/// Where it stands, and whether a person is waited for.
fn phase(incident: &IncidentView) -> Word {
    if incident.held.is_some() {
        states::TAKEN_OVER
    } else if incident.waits_for_approval {
        states::WAITS_FOR_APPROVAL
    } else {
        states::phase(incident.phase)
    }
}

/// Who took it over, and how it is handed back.
fn held(incident: &IncidentView, lang: Lang) -> Option<String> {
    incident.held.as_ref().map(|held| run::held(held, &incident.id, lang))
}

impl Listed for IncidentView {
    fn columns() -> Vec<Column> {
        vec![
            always(columns::INCIDENT),
            always(columns::TITLE),
            always(columns::PHASE),
            always(columns::AT),
            always(columns::VERDICT_AFTER),
            always(columns::RUNS),
            wide(columns::CLASS),
            wide(columns::REASON),
        ]
    }

    fn cells(&self, lang: Lang) -> Vec<String> {
        vec![
            self.id.clone(),
            incident::cause(&self.cause, lang),
            phase(self).in_lang(lang).to_owned(),
            log_time(self.opened_at_ms),
            self.verdict_after.to_string(),
            joined(&self.runs),
            self.class.to_string(),
            or_dash(self.end_reason.clone().or_else(|| held(self, lang))),
        ]
    }

    fn name(&self) -> String {
        format!("incident/{}", self.id)
    }
}

#[derive(Serialize)]
#[serde(transparent)]
struct EvidenceRow<'a>(&'a Evidence);

impl Listed for EvidenceRow<'_> {
    fn columns() -> Vec<Column> {
        vec![always(columns::KIND), always(columns::ROOM), always(columns::EVIDENCE)]
    }

    fn cells(&self, _lang: Lang) -> Vec<String> {
        vec![self.0.target.to_string(), self.0.vantage.to_string(), self.0.says.clone()]
    }

    fn name(&self) -> String {
        self.0.target.to_string()
    }
}

/// One line a host, and under it what persons attested.
fn fence_lines(hosts: &[HostFence], lang: Lang) -> String {
    let mut lines = String::new();
    for HostFence { host, fence } in hosts {
        lines.push_str(&format!("{host}  {}\n", fences::fence(fence, lang)));
        for said in &fence.attested {
            lines.push_str(&format!(
                "    {} {}: {}\n",
                log_time(said.at_ms),
                said.by,
                said.statement
            ));
        }
    }
    lines
}

impl Shown for IncidentView {
    fn page(&self, lang: Lang, wide: bool) -> String {
        let mut page = fields(&[
            (columns::INCIDENT.in_lang(lang), self.id.clone()),
            (columns::TITLE.in_lang(lang), incident::cause(&self.cause, lang)),
            (columns::CLASS.in_lang(lang), self.class.to_string()),
            (columns::PHASE.in_lang(lang), phase(self).in_lang(lang).to_owned()),
            (
                incident::APPROVED_BY.in_lang(lang),
                or_dash(self.approval.as_ref().map(|approval| incident::approved(approval, lang))),
            ),
            (incident::LAST_SEEN_UP.in_lang(lang), log_time(self.last_seen_up_ms)),
            (incident::OPENED.in_lang(lang), log_time(self.opened_at_ms)),
            (incident::HOLD_OFF_ENDS.in_lang(lang), log_time(self.hold_off_ends_ms)),
            (incident::ENDED.in_lang(lang), or_dash(self.ended_at_ms.map(log_time))),
            (
                columns::REASON.in_lang(lang),
                or_dash(self.end_reason.clone().or_else(|| held(self, lang))),
            ),
            (columns::RUNS.in_lang(lang), joined(&self.runs)),
        ]);
        let evidence: Vec<EvidenceRow<'_>> = self.evidence.iter().map(EvidenceRow).collect();
        if !self.fences.is_empty() {
            page.push_str(&section(fences::FENCES, lang, &fence_lines(&self.fences, lang)));
        }
        if let Some(would) = &self.would_run {
            page.push_str(&section(incident::WOULD_RUN, lang, &incident::would_run(would, lang)));
        }
        page.push_str(&section(incident::EVIDENCE, lang, &table_of(&evidence, lang, wide)));
        page
    }

    fn name(&self) -> String {
        Listed::name(self)
    }
}
