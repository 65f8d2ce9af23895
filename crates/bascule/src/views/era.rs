use model::text::Lang;
use server::EraView;

use super::fields;
use crate::output::Shown;
use crate::words::{cluster, era};

impl Shown for EraView {
    fn page(&self, lang: Lang, _wide: bool) -> String {
        let mut rows = vec![
            (cluster::ERA.in_lang(lang), self.era.to_string()),
            (cluster::ANSWERED_BY.in_lang(lang), self.answered_by.to_string()),
        ];
        if let Some(opened) = &self.opened {
            let persons: Vec<&str> = opened.persons.iter().map(|person| person.as_str()).collect();
            rows.push((era::ORDER.in_lang(lang), opened.order.clone()));
            rows.push((era::SIGNED_BY.in_lang(lang), persons.join(", ")));
            rows.push((era::STATEMENT.in_lang(lang), opened.statement.clone()));
        }
        if let Some(opening) = &self.opening {
            let (waited, required) = (opening.waited_ms / 1000, opening.required_ms.div_ceil(1000));
            rows.push((era::OPENS.in_lang(lang), opening.era.0.to_string()));
            rows.push((era::WAITED.in_lang(lang), format!("{waited} / {required} s")));
            rows.push((era::WAITS_FOR.in_lang(lang), opening.waits_for.join(", ")));
        }
        if let Some(why) = &self.ended {
            rows.push((era::CAME_TO_NOTHING.in_lang(lang), why.clone()));
        }
        if let Some(draft) = &self.draft {
            let life: Vec<String> =
                draft.signs_of_life().map(|channel| channel.target.to_string()).collect();
            rows.push((era::LIFE.in_lang(lang), life.join(", ")));
        }
        fields(&rows)
    }

    fn name(&self) -> String {
        format!("era/{}", self.era)
    }
}
