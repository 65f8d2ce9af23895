use model::text::Lang;
use server::query::{FenceView, HostView};

use super::{fields, joined};
use crate::output::{Column, Listed, Shown, always, wide};
use crate::words::{columns, fences, states};

fn fence(fence: Option<&FenceView>, lang: Lang) -> String {
    match fence {
        None => states::NONE.in_lang(lang).to_owned(),
        Some(fence) => fences::fence(fence, lang),
    }
}

impl Listed for HostView {
    fn columns() -> Vec<Column> {
        vec![
            always(columns::HOST),
            always(columns::ROOM),
            always(columns::AGENT),
            always(columns::POWER),
            always(columns::ADMITTED),
            always(columns::ARMED),
            always(columns::FENCE),
            always(columns::VMS),
            always(columns::MEMORY),
            wide(columns::WITHHELD_BY),
        ]
    }

    fn cells(&self, lang: Lang) -> Vec<String> {
        vec![
            self.host.to_string(),
            self.room.to_string(),
            states::status(self.agent).in_lang(lang).to_owned(),
            states::status(self.power).in_lang(lang).to_owned(),
            states::yes(self.admitted).in_lang(lang).to_owned(),
            states::yes(self.armed).in_lang(lang).to_owned(),
            fence(self.fence.as_ref(), lang),
            self.vms.to_string(),
            format!("{} / {}", self.memory_used_mib, self.memory_capacity_mib),
            joined(self.fence.iter().flat_map(|fence| &fence.withheld_by)),
        ]
    }

    fn name(&self) -> String {
        format!("host/{}", self.host)
    }
}

impl Shown for HostView {
    fn page(&self, lang: Lang, _wide: bool) -> String {
        let titles = [
            columns::HOST,
            columns::ROOM,
            columns::AGENT,
            columns::POWER,
            columns::ADMITTED,
            columns::ARMED,
            columns::FENCE,
            columns::VMS,
            columns::MEMORY,
            columns::WITHHELD_BY,
        ];
        let pairs: Vec<_> =
            titles.iter().map(|title| title.in_lang(lang)).zip(self.cells(lang)).collect();
        fields(&pairs)
    }

    fn name(&self) -> String {
        Listed::name(self)
    }
}
