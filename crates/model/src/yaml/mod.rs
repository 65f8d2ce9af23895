//! YAML that a person wrote, read into a tree that knows where everything stands. Reading goes on
//! after a mistake, so that one look at a file names all that is wrong with it.

mod fields;
mod pattern;
mod quantities;
mod read;
mod tree;

pub use fields::Fields;
pub use pattern::{PatternError, expand};
pub(crate) use read::nearest;
pub use read::{Item, Noun, Reader};
pub use tree::{Entry, Key, Node, Value};
