//! The canonical form of a runbook file: one order of keys, one style, every comment kept.
//!
//! - two spaces a level, lists one level deeper than their key;
//! - the keys of each block in the order of the table of keys;
//! - `metadata`, `spec` and each step over several lines; every other block and list on one line
//!   where that fits in [`WIDTH`] columns and no comment stands in it, otherwise over several;
//! - scalars as the author wrote them, where they stand on one line;
//! - comments stay with what they stand above, beside or below; at most one empty line in a row.
//!
//! What the file means is read before and after; a file whose meaning or comments would not come
//! out the same is refused.

mod comments;
mod error;
mod tree;
mod write;

#[cfg(test)]
mod tests;

pub use error::CanonicalError;

use tree::Tree;

/// Up to this column a block stays on one line.
const WIDTH: usize = 100;

/// The canonical form of a file that can be read. What lint refuses for its meaning is written all
/// the same; what can't be read is not.
pub fn canonical(text: &str) -> Result<String, CanonicalError> {
    let text = text.replace("\r\n", "\n");
    serde_saphyr::from_str::<crate::yaml::RawFile>(&text).map_err(|error| {
        CanonicalError::Unreadable { message: error.without_snippet().to_string() }
    })?;
    let before = Tree::of(&text)?;
    let written = write::write(&before);
    let after = Tree::of(&written)?;
    if before.meaning() != after.meaning() {
        return Err(CanonicalError::MeaningLost);
    }
    if before.all_comments() != after.all_comments() {
        return Err(CanonicalError::CommentsLost);
    }
    Ok(written)
}
