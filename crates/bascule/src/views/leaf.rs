use audit::LeafSummary;
use model::text::Lang;

use super::{log_time, or_dash};
use crate::output::{Column, Listed, always};
use crate::words::columns;

impl Listed for LeafSummary {
    fn columns() -> Vec<Column> {
        vec![
            always(columns::INDEX),
            always(columns::AT),
            always(columns::WALL),
            always(columns::KIND),
            always(columns::BY),
            always(columns::PERSON),
            always(columns::REJECTED),
        ]
    }

    fn cells(&self, _lang: Lang) -> Vec<String> {
        vec![
            self.index.to_string(),
            log_time(self.at.0),
            self.wall.clone(),
            self.kind.clone(),
            or_dash(self.by),
            or_dash(self.person.as_ref()),
            or_dash(self.rejected.as_ref()),
        ]
    }

    fn name(&self) -> String {
        format!("leaf/{}", self.index)
    }
}
