use model::text::Lang;
use server::query::ServiceView;

use super::{fields, or_dash};
use crate::output::{Column, Listed, Shown, always, wide};
use crate::words::{columns, states};

impl Listed for ServiceView {
    fn columns() -> Vec<Column> {
        vec![
            always(columns::SERVICE),
            always(columns::TIER),
            always(columns::RTO),
            always(columns::PROBE),
            always(columns::RUNNING),
            wide(columns::TITLE),
        ]
    }

    fn cells(&self, lang: Lang) -> Vec<String> {
        vec![
            self.service.to_string(),
            self.tier.0.to_string(),
            self.rto.to_string(),
            or_dash(self.probe.map(|probe| states::status(probe).in_lang(lang))),
            format!("{} / {}", self.vms_running, self.vms),
            self.title.in_lang(lang).to_owned(),
        ]
    }

    fn name(&self) -> String {
        format!("service/{}", self.service)
    }
}

impl Shown for ServiceView {
    fn page(&self, lang: Lang, _wide: bool) -> String {
        let titles = [
            columns::SERVICE,
            columns::TIER,
            columns::RTO,
            columns::PROBE,
            columns::RUNNING,
            columns::TITLE,
        ];
        let pairs: Vec<_> =
            titles.iter().map(|title| title.in_lang(lang)).zip(self.cells(lang)).collect();
        fields(&pairs)
    }

    fn name(&self) -> String {
        Listed::name(self)
    }
}
