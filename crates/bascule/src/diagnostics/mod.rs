//! What is wrong with files that people write: drawn for people, as data for programs.

mod finding;
mod report;

pub(crate) use finding::Finding;
pub(crate) use report::{FileReport, read_file, report};
