//! How answers are written: a table for people, JSON and YAML for programs, names for scripts.

mod format;
mod print;
mod table;

use model::text::Lang;
use serde::Serialize;

pub(crate) use format::{Format, OutputArgs};
pub(crate) use print::{line, print, terminal_width};
pub(crate) use table::{Column, Table, always, wide};

use crate::failure::{Class, Failure};

/// Something of which there are many: a row each.
pub(crate) trait Listed: Serialize {
    /// The columns.
    fn columns() -> Vec<Column>;
    /// One cell for each column.
    fn cells(&self, lang: Lang) -> Vec<String>;
    /// `noun/id`.
    fn name(&self) -> String;
}

/// Something that has a page of its own.
pub(crate) trait Shown: Serialize {
    /// The page, with its final line feed.
    fn page(&self, lang: Lang, wide: bool) -> String;
    /// `noun/id`.
    fn name(&self) -> String;
}

/// The text of a list.
pub(crate) fn list<T: Listed>(all: &[T], format: Format, lang: Lang) -> Result<String, Failure> {
    match format {
        Format::Table | Format::Wide => Ok(table_of(all, lang, format == Format::Wide)),
        Format::Name => Ok(all.iter().map(|one| format!("{}\n", one.name())).collect()),
        Format::Json | Format::Yaml => as_data(&all, format),
    }
}

/// The text of one thing.
pub(crate) fn one<T: Shown>(thing: &T, format: Format, lang: Lang) -> Result<String, Failure> {
    match format {
        Format::Table | Format::Wide => Ok(thing.page(lang, format == Format::Wide)),
        Format::Name => Ok(format!("{}\n", thing.name())),
        Format::Json | Format::Yaml => as_data(thing, format),
    }
}

/// A list as the text of a table.
pub(crate) fn table_of<T: Listed>(all: &[T], lang: Lang, wide: bool) -> String {
    let mut table = Table::new(T::columns());
    for one in all {
        table.row(one.cells(lang));
    }
    table.draw(lang, wide)
}

/// As JSON or YAML.
pub(crate) fn as_data(value: &impl Serialize, format: Format) -> Result<String, Failure> {
    match format {
        Format::Yaml => {
            serde_saphyr::to_string(value).map_err(|error| Failure::of(Class::Internal, &error))
        }
        _ => serde_json::to_string_pretty(value)
            .map(|text| format!("{text}\n"))
            .map_err(|error| Failure::of(Class::Internal, &error)),
    }
}
