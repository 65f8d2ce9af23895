//! Which entry a comment belongs to.

use super::tree::{Entry, Line, Tree, Value};

/// Gives every comment, found at its byte, to the entry that it stands above, beside or below;
/// and every empty line to what follows it.
pub(super) fn attach(tree: &mut Tree, found: Vec<(usize, String)>, text: &str) {
    for (at, comment) in found {
        let line_start = text[..at].rfind('\n').map_or(0, |at| at + 1);
        let before = &text[line_start..at];
        if before.trim().is_empty() {
            let column = before.chars().count();
            let empty = follows_empty_line(text, line_start);
            own_line(tree, at, column, empty, comment);
        } else if let Some(beside) = ends_here(tree, line_start, at) {
            tree.entries[beside].beside.push(comment);
        } else {
            // After a dash or a bracket: it speaks of what comes.
            own_line(tree, at, usize::MAX, false, comment);
        }
    }
    for entry in &mut tree.entries {
        let line_start = text[..entry.start].rfind('\n').map_or(0, |at| at + 1);
        let first = text[line_start..entry.start].trim_matches([' ', '-']).is_empty();
        if first && entry.key_begins_line(text, line_start) && follows_empty_line(text, line_start)
        {
            entry.above.push(Line::Empty);
        }
    }
}

/// The entry that ends last before this place on the same line; of those that end together the
/// outermost.
fn ends_here(tree: &Tree, line_start: usize, at: usize) -> Option<usize> {
    let ended = |entry: &Entry| entry.end <= at && entry.end > line_start;
    let mut best: Option<(usize, usize)> = None;
    for (number, entry) in tree.entries.iter().enumerate() {
        if ended(entry) && best.is_none_or(|(end, _)| entry.end > end) {
            best = Some((entry.end, number));
        }
    }
    best.map(|(_, number)| number)
}

/// A comment on a line of its own is of the deepest block that it stands in by its indentation: at
/// its end, or, where that block goes on, above what comes next.
fn own_line(tree: &mut Tree, at: usize, column: usize, after_empty: bool, comment: String) {
    let next = tree.entries.iter().position(|entry| entry.start > at);
    let last = next.unwrap_or(tree.entries.len()).checked_sub(1);
    let block = last.and_then(|last| {
        ancestors(tree, last).find(|number| {
            let entry = &tree.entries[*number];
            entry.block && entry.column < column && first_column(tree, *number) <= column
        })
    });
    let goes_on = |next: usize| {
        column == usize::MAX
            || block.is_none_or(|block| ancestors(tree, next).any(|number| number == block))
    };
    let lines = match (next, block) {
        (Some(0), _) => &mut tree.head,
        (Some(next), _) if goes_on(next) => &mut tree.entries[next].above,
        (_, Some(block)) => &mut tree.entries[block].tail,
        (_, None) => &mut tree.foot,
    };
    if after_empty {
        lines.push(Line::Empty);
    }
    lines.push(Line::Comment(comment));
}

/// An entry and those that it is in, outwards.
fn ancestors(tree: &Tree, from: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(from), |at| tree.entries[*at].parent)
}

/// How far what is in a block is indented.
fn first_column(tree: &Tree, block: usize) -> usize {
    match &tree.entries[block].value {
        Value::List(members) | Value::Map(members) => {
            members.first().map_or(usize::MAX, |first| tree.entries[*first].column)
        }
        Value::Scalar(_) => usize::MAX,
    }
}

/// Whether the line before the one that begins here is empty.
fn follows_empty_line(text: &str, line_start: usize) -> bool {
    let before = &text[..line_start];
    let before = before.strip_suffix('\n').unwrap_or(before);
    line_start > 0 && before.rsplit('\n').next().is_some_and(|line| line.trim().is_empty())
}

impl Entry {
    /// Whether nothing stands before it on its line but the dashes of the items that begin with it;
    /// of those the outermost counts.
    fn key_begins_line(&self, text: &str, line_start: usize) -> bool {
        let before = &text[line_start..self.start];
        self.key.is_none() || !before.contains('-')
    }
}
