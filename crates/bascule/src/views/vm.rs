use model::text::Lang;
use server::query::VmView;

use super::{fields, joined, or_dash};
use crate::output::{Column, Listed, Shown, always, wide};
use crate::words::{columns, states};

impl Listed for VmView {
    fn columns() -> Vec<Column> {
        vec![
            always(columns::VM),
            always(columns::SERVICE),
            always(columns::STATE),
            always(columns::HOST),
            wide(columns::TOKEN),
            wide(columns::MIGHT_RUN_ON),
        ]
    }

    fn cells(&self, lang: Lang) -> Vec<String> {
        vec![
            self.vm.to_string(),
            self.service.to_string(),
            states::vm(self.state).in_lang(lang).to_owned(),
            or_dash(self.host.as_ref()),
            or_dash(self.token.as_ref()),
            joined(&self.might_run_on),
        ]
    }

    fn name(&self) -> String {
        format!("vm/{}", self.vm)
    }
}

impl Shown for VmView {
    fn page(&self, lang: Lang, _wide: bool) -> String {
        let titles = [
            columns::VM,
            columns::SERVICE,
            columns::STATE,
            columns::HOST,
            columns::TOKEN,
            columns::MIGHT_RUN_ON,
        ];
        let pairs: Vec<_> =
            titles.iter().map(|title| title.in_lang(lang)).zip(self.cells(lang)).collect();
        fields(&pairs)
    }

    fn name(&self) -> String {
        Listed::name(self)
    }
}
