use model::text::Lang;
use model::units::Span;
use server::query::{StatusView, VmCounts};

use super::{fields, readiness, section};
use crate::output::{Shown, table_of};
use crate::words::{readiness as words, states, status};

fn vm_line(vms: &VmCounts, lang: Lang) -> String {
    let mut line = format!("{} / {} {}", vms.running, vms.total, states::RUNNING.in_lang(lang));
    for (count, word) in [
        (vms.booting, states::BOOTING),
        (vms.stopped, states::STOPPED),
        (vms.stopped_on_purpose, states::STOPPED_ON_PURPOSE),
        (vms.unknown, states::UNKNOWN),
    ] {
        if count > 0 {
            line.push_str(&format!(", {count} {}", word.in_lang(lang)));
        }
    }
    line
}

impl Shown for StatusView {
    fn page(&self, lang: Lang, wide: bool) -> String {
        let leader = match (&self.leader, &self.leader_room) {
            (Some(leader), Some(room)) => {
                format!("{leader}, {} {room}", status::IN_ROOM.in_lang(lang))
            }
            (Some(leader), None) => leader.to_string(),
            (None, _) => status::NOBODY_LEADS.in_lang(lang).to_owned(),
        };
        let not_loaded = || status::NOT_LOADED.in_lang(lang).to_owned();
        let ago = Span::from_millis(self.since_last_entry_ms);
        let last = format!("{} ({ago} {})", self.applied_index, status::AGO.in_lang(lang));
        let (answering, probed) = self.services_ok;
        let mut pairs = vec![
            (status::ESTATE.in_lang(lang), self.estate.clone().unwrap_or_else(not_loaded)),
            (status::LEADER.in_lang(lang), leader),
            (
                status::LAST_ENTRY.in_lang(lang),
                format!("{last}, {} {}", status::ANSWERED_BY.in_lang(lang), self.answered_by),
            ),
            (status::VMS.in_lang(lang), vm_line(&self.vms, lang)),
            (
                status::SERVICES.in_lang(lang),
                format!("{answering} / {probed} {}", status::SERVICES_OK.in_lang(lang)),
            ),
        ];
        let (level, _) = readiness::brief(self.readiness.as_ref(), lang);
        pairs.push((words::READINESS.in_lang(lang), level));
        let now = self.log_time_ms.saturating_add(self.since_last_entry_ms);
        if let Some(left) = self.paused_until_ms.and_then(|until| until.checked_sub(now)) {
            let left = Span::from_secs(left.div_ceil(1000));
            let paused = format!("{} {left}", status::PAUSED_FOR.in_lang(lang));
            pairs.push((status::PAUSED.in_lang(lang), paused));
        }
        let mut page = fields(&pairs);
        page.push_str(&section(status::ROOMS, lang, &table_of(&self.rooms, lang, wide)));
        if wide {
            page.push_str(&section(status::HOSTS, lang, &table_of(&self.hosts, lang, wide)));
        }
        let (_, not_green) = readiness::brief(self.readiness.as_ref(), lang);
        if !not_green.is_empty() {
            page.push_str(&section(words::NOT_GREEN, lang, &not_green));
        }
        let incidents = if self.incidents.is_empty() {
            status::NO_INCIDENT.in_lang(lang).to_owned()
        } else {
            table_of(&self.incidents, lang, wide)
        };
        page.push_str(&section(status::INCIDENTS, lang, &incidents));
        if !self.runs.is_empty() {
            page.push_str(&section(status::RUNS, lang, &table_of(&self.runs, lang, wide)));
        }
        page
    }

    fn name(&self) -> String {
        format!("estate/{}", self.estate.as_deref().unwrap_or("-"))
    }
}
