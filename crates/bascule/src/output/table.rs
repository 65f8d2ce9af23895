use model::text::Lang;

use crate::words::Word;

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    title: Word,
    only_wide: bool,
}

/// A column that is always there.
pub(crate) const fn always(title: Word) -> Column {
    Column { title, only_wide: false }
}

/// A column of the wide form only.
pub(crate) const fn wide(title: Word) -> Column {
    Column { title, only_wide: true }
}

/// A table under construction.
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Without rows yet.
    pub(crate) fn new(columns: Vec<Column>) -> Self {
        Self { columns, rows: Vec::new() }
    }

    /// Adds a row with a cell for each column.
    pub(crate) fn row(&mut self, cells: Vec<String>) {
        debug_assert_eq!(cells.len(), self.columns.len(), "a cell for each column");
        self.rows.push(cells);
    }

    /// Its text, with its final line feed.
    pub(crate) fn draw(&self, lang: Lang, wide: bool) -> String {
        let shown = |cells: Vec<String>| -> Vec<String> {
            let pairs = cells.into_iter().zip(&self.columns);
            pairs.filter(|(_, column)| wide || !column.only_wide).map(|(cell, _)| cell).collect()
        };
        let mut table = comfy_table::Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        let titles = self.columns.iter().map(|column| column.title.in_lang(lang).to_owned());
        table.set_header(shown(titles.collect()));
        for row in &self.rows {
            table.add_row(shown(row.clone()));
        }
        // A space on each side of a cell keeps columns apart; the first needs none before it.
        let text = table.to_string();
        text.lines()
            .map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line).trim_end()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::columns;

    #[test]
    fn a_narrow_table_leaves_out_what_is_only_wide() {
        let mut table =
            Table::new(vec![always(columns::VM), wide(columns::TOKEN), always(columns::HOST)]);
        table.row(vec!["db-1".into(), "0.3".into(), "a1".into()]);
        assert_eq!(table.draw(Lang::En, false), "VM    HOST\ndb-1  a1\n");
        assert_eq!(table.draw(Lang::Fr, true), "VM    JETON  HÔTE\ndb-1  0.3    a1\n");
    }
}
