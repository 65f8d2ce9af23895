use model::text::Lang;
use server::query::{ClusterView, MemberView};

use super::{fields, or_dash};
use crate::output::{Column, Listed, Shown, always, table_of};
use crate::words::{cluster, columns, states};

impl Shown for ClusterView {
    fn page(&self, lang: Lang, wide: bool) -> String {
        let leader = match (&self.leader, &self.leader_room) {
            (Some(leader), Some(room)) => format!("{leader} ({room})"),
            (Some(leader), None) => leader.to_string(),
            (None, _) => cluster::NOBODY.in_lang(lang).to_owned(),
        };
        let mut page = fields(&[
            (cluster::LEADER.in_lang(lang), leader),
            (cluster::ERA.in_lang(lang), self.era.to_string()),
            (cluster::EPOCH.in_lang(lang), self.epoch.to_string()),
            (cluster::APPLIED.in_lang(lang), self.applied_index.to_string()),
            (cluster::APPLY_VERSION.in_lang(lang), self.apply_version.to_string()),
            (cluster::ANSWERED_BY.in_lang(lang), self.answered_by.to_string()),
        ]);
        page.push('\n');
        page.push_str(&table_of(&self.members, lang, wide));
        page
    }

    fn name(&self) -> String {
        format!("controller/{}", or_dash(self.leader.map(|leader| leader.0)))
    }
}

impl Listed for MemberView {
    fn columns() -> Vec<Column> {
        vec![
            always(columns::CONTROLLER),
            always(columns::ROOM),
            always(columns::LEADS),
            always(columns::SEEN),
        ]
    }

    fn cells(&self, lang: Lang) -> Vec<String> {
        vec![
            self.controller.0.to_string(),
            self.room.to_string(),
            states::yes(self.leads).in_lang(lang).to_owned(),
            states::status(self.seen).in_lang(lang).to_owned(),
        ]
    }

    fn name(&self) -> String {
        format!("controller/{}", self.controller.0)
    }
}
