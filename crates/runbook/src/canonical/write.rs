//! A tree in its canonical form.

use std::fmt::Write;

use crate::keys::{Block, FILE, Holds};

use super::WIDTH;
use super::tree::{Line, Scalar, Tree, Value};

/// The whole file.
pub(super) fn write(tree: &Tree) -> String {
    let mut out = String::new();
    let mut head = tree.head.clone();
    while head.first() == Some(&Line::Empty) {
        head.remove(0);
    }
    lines(&head, 0, &mut out);
    let mut writer = Writer { tree, out };
    writer.map(&tree.root, Some(&FILE), 0, false);
    let mut out = writer.out;
    lines(&tree.foot, 0, &mut out);
    while out.starts_with('\n') {
        out.remove(0);
    }
    out
}

struct Writer<'a> {
    tree: &'a Tree,
    out: String,
}

impl Writer<'_> {
    /// The entries of a mapping over several lines. `open_line` means that the first of them goes
    /// on behind the dash of its item.
    fn map(&mut self, members: &[usize], block: Option<&Block>, indent: usize, open_line: bool) {
        let mut open_line = open_line;
        for at in ordered(self.tree, members, block) {
            let entry = &self.tree.entries[at];
            if !open_line {
                lines(&entry.above, indent, &mut self.out);
                self.pad(indent);
            }
            open_line = false;
            let name = entry.key.as_deref().unwrap_or_default();
            self.out.push_str(&key(name));
            self.out.push(':');
            let holds = block.and_then(|block| block.key(name)).map(|key| &key.holds);
            let used = indent + key(name).chars().count() + 1;
            self.value(at, holds, indent, used);
        }
    }

    /// A value behind its key, to the end of its last line.
    fn value(&mut self, at: usize, holds: Option<&Holds>, indent: usize, used: usize) {
        let entry = &self.tree.entries[at];
        let beside = || entry.beside.iter().fold(String::new(), |all, one| all + " " + one);
        if let Value::Scalar(scalar) = &entry.value {
            let block = if entry.beside.is_empty() { literal(scalar, indent + 2) } else { None };
            match block {
                Some((header, body)) => {
                    let _ = write!(self.out, " {header}\n{body}");
                }
                None => {
                    let text = scalar_text(scalar, false);
                    let gap = if text.is_empty() { "" } else { " " };
                    let _ = writeln!(self.out, "{gap}{text}{}", beside());
                }
            }
            return;
        }
        if let Some(flow) = self.flow(&entry.value, holds).filter(|flow| {
            let fits = used + 1 + flow.chars().count() <= WIDTH;
            fits && entry.tail.is_empty() && !spread(&entry.value, holds)
        }) {
            let _ = writeln!(self.out, " {flow}{}", beside());
            return;
        }
        let _ = writeln!(self.out, "{}", beside());
        match &entry.value {
            Value::Map(members) => self.map(&members.clone(), block_of(holds), indent + 2, false),
            Value::List(items) => self.list(&items.clone(), item_of(holds), indent + 2),
            Value::Scalar(_) => {}
        }
        lines(&entry.tail, indent + 2, &mut self.out);
    }

    fn list(&mut self, items: &[usize], holds: Option<&Holds>, indent: usize) {
        for at in items {
            let entry = &self.tree.entries[*at];
            lines(&entry.above, indent, &mut self.out);
            let Value::Map(members) = &entry.value else {
                self.pad(indent);
                self.out.push('-');
                self.value(*at, holds, indent, indent + 1);
                continue;
            };
            let flow = self.flow(&entry.value, holds).filter(|flow| {
                let fits = indent + 2 + flow.chars().count() <= WIDTH;
                fits && entry.tail.is_empty() && !spread(&entry.value, holds)
            });
            if let Some(flow) = flow {
                self.pad(indent);
                let beside = entry.beside.iter().fold(String::new(), |all, one| all + " " + one);
                let _ = writeln!(self.out, "- {flow}{beside}");
            } else {
                // What stands above the first key, or beside the brackets that are gone, has no
                // line of its own behind the dash.
                let block = block_of(holds);
                let first = ordered(self.tree, members, block).first().copied();
                let beside: Vec<Line> = entry.beside.iter().cloned().map(Line::Comment).collect();
                lines(&beside, indent, &mut self.out);
                if let Some(first) = first {
                    lines(&self.tree.entries[first].above, indent, &mut self.out);
                }
                self.pad(indent);
                self.out.push_str("- ");
                self.map(&members.clone(), block, indent + 2, true);
                lines(&entry.tail, indent + 2, &mut self.out);
            }
        }
    }

    /// A value on one line; nothing where a comment stands in it.
    fn flow(&self, value: &Value, holds: Option<&Holds>) -> Option<String> {
        let commented = |at: usize| {
            let entry = &self.tree.entries[at];
            let comment = |line: &Line| matches!(line, Line::Comment(_));
            !entry.beside.is_empty() || entry.above.iter().chain(&entry.tail).any(comment)
        };
        match value {
            Value::Scalar(scalar) => Some(scalar_text(scalar, true)),
            Value::List(items) => {
                let mut parts = Vec::with_capacity(items.len());
                for at in items {
                    if commented(*at) {
                        return None;
                    }
                    parts.push(self.flow(&self.tree.entries[*at].value, item_of(holds))?);
                }
                Some(format!("[{}]", parts.join(", ")))
            }
            Value::Map(members) => {
                let block = block_of(holds);
                let mut parts = Vec::with_capacity(members.len());
                for at in ordered(self.tree, members, block) {
                    if commented(at) {
                        return None;
                    }
                    let entry = &self.tree.entries[at];
                    let name = entry.key.as_deref().unwrap_or_default();
                    let holds = block.and_then(|block| block.key(name)).map(|key| &key.holds);
                    parts.push(format!("{}: {}", key(name), self.flow(&entry.value, holds)?));
                }
                Some(if parts.is_empty() {
                    "{}".to_owned()
                } else {
                    format!("{{ {} }}", parts.join(", "))
                })
            }
        }
    }

    fn pad(&mut self, indent: usize) {
        self.out.extend(std::iter::repeat_n(' ', indent));
    }
}

/// Whether a value is written over several lines even where it would fit on one.
fn spread(value: &Value, holds: Option<&Holds>) -> bool {
    match value {
        Value::Map(members) => {
            !members.is_empty() && block_of(holds).is_some_and(|block| block.spread)
        }
        Value::List(items) => {
            !items.is_empty() && block_of(item_of(holds)).is_some_and(|block| block.spread)
        }
        Value::Scalar(_) => false,
    }
}

fn block_of(holds: Option<&Holds>) -> Option<&'static Block> {
    match holds {
        Some(Holds::Keys(block)) => Some(block),
        _ => None,
    }
}

fn item_of(holds: Option<&Holds>) -> Option<&'static Holds> {
    match holds {
        Some(Holds::List(of)) => Some(of),
        _ => None,
    }
}

/// Entries in the canonical order; those that the table does not know keep theirs, at the end.
fn ordered(tree: &Tree, members: &[usize], block: Option<&Block>) -> Vec<usize> {
    let mut members = members.to_vec();
    if let Some(block) = block {
        let name = |at: usize| tree.entries[at].key.as_deref().unwrap_or_default();
        members.sort_by_key(|at| block.place(name(*at)));
    }
    members
}

/// Comments on lines of their own, with at most one empty line in a row.
fn lines(all: &[Line], indent: usize, out: &mut String) {
    for line in all {
        match line {
            Line::Comment(text) => {
                let _ = writeln!(out, "{:indent$}{text}", "");
            }
            Line::Empty if out.ends_with("\n\n") || out.is_empty() => {}
            Line::Empty => out.push('\n'),
        }
    }
}

/// A key, in quotes where it needs them.
fn key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.is_empty() && name.chars().all(bare) && !name.starts_with('-') {
        name.to_owned()
    } else {
        quoted(name)
    }
}

/// A scalar on one line.
fn scalar_text(scalar: &Scalar, in_flow: bool) -> String {
    match &scalar.written {
        Some(written) if written.is_empty() && in_flow => "null".to_owned(),
        Some(written) if in_flow && scalar.plain && written.contains([',', '[', ']', '{', '}']) => {
            quoted(&scalar.says)
        }
        Some(written) => written.clone(),
        None => quoted(&scalar.says),
    }
}

/// A text of several lines as a literal block: its header and its body.
fn literal(scalar: &Scalar, indent: usize) -> Option<(&'static str, String)> {
    let says = &scalar.says;
    let fits = scalar.written.is_none()
        && !scalar.plain
        && says.trim_end_matches('\n').contains('\n')
        && !says.starts_with([' ', '\n', '\t'])
        && says.chars().all(|c| c == '\n' || (!c.is_control() && c != '\u{feff}'))
        && !says.ends_with("\n\n")
        && says.lines().all(|line| line.trim_end() == line);
    if !fits {
        return None;
    }
    let header = if says.ends_with('\n') { "|" } else { "|-" };
    let body = says
        .lines()
        .map(
            |line| {
                if line.is_empty() { "\n".to_owned() } else { format!("{:indent$}{line}\n", "") }
            },
        )
        .collect();
    Some((header, body))
}

/// In double quotes.
fn quoted(says: &str) -> String {
    let mut out = String::from("\"");
    for c in says.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() || matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{85}') => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
