//! A file as a tree of entries that know where they stand, with its comments.

use std::collections::BTreeMap;

use granit_parser::{Event, Parser, ScalarStyle, Span, StructureStyle};

use super::CanonicalError;
use super::comments;

/// A whole file.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// What stands above the first key: it is of the file, not of that key.
    pub(super) head: Vec<Line>,
    /// Every entry, in the order of the file; an entry comes before those below it.
    pub(super) entries: Vec<Entry>,
    /// The entries of the outermost mapping.
    pub(super) root: Vec<usize>,
    /// What stands at the end of the file, below everything.
    pub(super) foot: Vec<Line>,
}

/// A key with its value, or an item of a list.
#[derive(Debug)]
pub(super) struct Entry {
    /// The key, as written; none for an item.
    pub(super) key: Option<String>,
    /// The value.
    pub(super) value: Value,
    /// What stands above it, on lines of their own.
    pub(super) above: Vec<Line>,
    /// What stands beside it, at the end of its line.
    pub(super) beside: Vec<String>,
    /// What stands below everything in it, as deep as that.
    pub(super) tail: Vec<Line>,
    /// The entry that it is in.
    pub(super) parent: Option<usize>,
    /// Where it begins, in bytes.
    pub(super) start: usize,
    /// Where it ends, as far as a comment can stand beside it: a block ends with its key.
    pub(super) end: usize,
    /// How far it is indented, in columns.
    pub(super) column: usize,
    /// Whether its value is a list or a mapping over several lines.
    pub(super) block: bool,
}

/// A value.
#[derive(Debug)]
pub(super) enum Value {
    /// Neither list nor mapping.
    Scalar(Scalar),
    /// A list, by its items.
    List(Vec<usize>),
    /// A mapping, by its entries.
    Map(Vec<usize>),
}

/// A scalar.
#[derive(Clone, Debug)]
pub(super) struct Scalar {
    /// What it says.
    pub(super) says: String,
    /// Whether it is written without quotes, so that `5` is a number.
    pub(super) plain: bool,
    /// As written, where that is on one line.
    pub(super) written: Option<String>,
}

/// A line that is no entry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Line {
    /// Nothing.
    Empty,
    /// A comment, with its `#`.
    Comment(String),
}

/// What a file means, whatever its order of keys and its style.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Scalar { says: String, plain: bool },
    List(Vec<Self>),
    Map(BTreeMap<String, Self>),
}

impl Tree {
    /// Reads a file.
    pub(super) fn of(text: &str) -> Result<Self, CanonicalError> {
        let mut build = Build { text, tree: Self::default(), open: Vec::new(), rooted: false };
        let mut found = Vec::new();
        for next in Parser::new_from_str(text) {
            let (event, span) =
                next.map_err(|error| CanonicalError::Unreadable { message: error.to_string() })?;
            let range = bytes(&span);
            if let Event::Comment(says, _) = event {
                found.push((range.0, format!("#{}", says.trim_end())));
            } else {
                build.event(event, range)?;
            }
        }
        let mut tree = build.tree;
        comments::attach(&mut tree, found, text);
        Ok(tree)
    }

    /// What it means.
    pub(super) fn meaning(&self) -> Meaning {
        self.map_meaning(&self.root)
    }

    fn map_meaning(&self, members: &[usize]) -> Meaning {
        let each = members.iter().map(|at| {
            let entry = &self.entries[*at];
            (entry.key.clone().unwrap_or_default(), self.value_meaning(&entry.value))
        });
        Meaning::Map(each.collect())
    }

    fn value_meaning(&self, value: &Value) -> Meaning {
        match value {
            Value::Scalar(scalar) => {
                // A bare word and the same word in quotes are both text; a bare number is not.
                let plain = scalar.plain && !is_text(&scalar.says);
                let nothing = plain && matches!(scalar.says.as_str(), "" | "~" | "null");
                let says = if nothing { "null" } else { &scalar.says };
                Meaning::Scalar { says: says.to_owned(), plain }
            }
            Value::List(items) => Meaning::List(
                items.iter().map(|at| self.value_meaning(&self.entries[*at].value)).collect(),
            ),
            Value::Map(members) => self.map_meaning(members),
        }
    }

    /// Every comment, sorted.
    pub(super) fn all_comments(&self) -> Vec<&str> {
        let ends = self.head.iter().chain(&self.foot);
        let mut all: Vec<&str> = ends.filter_map(Line::comment).collect();
        for entry in &self.entries {
            all.extend(entry.above.iter().chain(&entry.tail).filter_map(Line::comment));
            all.extend(entry.beside.iter().map(String::as_str));
        }
        all.sort_unstable();
        all
    }
}

impl Line {
    fn comment(&self) -> Option<&str> {
        match self {
            Self::Comment(text) => Some(text),
            Self::Empty => None,
        }
    }
}

/// A collection that is not closed yet.
struct Open {
    /// The entry whose value it is; none for the outermost.
    owner: Option<usize>,
    is_map: bool,
    flow: bool,
    /// The key that waits for its value: as written, from, to.
    key: Option<(String, usize, usize)>,
}

/// A tree while its file is read.
struct Build<'a> {
    text: &'a str,
    tree: Tree,
    open: Vec<Open>,
    rooted: bool,
}

impl Build<'_> {
    fn event(
        &mut self,
        event: Event<'_>,
        (start, end): (usize, usize),
    ) -> Result<(), CanonicalError> {
        let line = self.text[..start.min(self.text.len())].matches('\n').count() + 1;
        let no_place = |what| CanonicalError::NoPlace { what, line };
        let tagged = match &event {
            Event::Scalar(.., anchor, tag)
            | Event::SequenceStart(_, anchor, tag)
            | Event::MappingStart(_, anchor, tag) => *anchor != 0 || tag.is_some(),
            _ => false,
        };
        if tagged {
            return Err(no_place("an anchor or a tag"));
        }
        match event {
            Event::Scalar(says, style, ..) => {
                let scalar = self.scalar(&says, style, start, end);
                match self.open.last_mut() {
                    None => return Err(no_place("a single scalar")),
                    Some(map) if map.is_map && map.key.is_none() => {
                        map.key = Some((scalar.says, start, end));
                    }
                    Some(_) => {
                        self.add(Value::Scalar(scalar), start, end);
                    }
                }
            }
            Event::MappingStart(style, ..) => self.begin(true, style, start).map_err(no_place)?,
            Event::SequenceStart(style, ..) => self.begin(false, style, start).map_err(no_place)?,
            Event::MappingEnd | Event::SequenceEnd => self.close(end),
            Event::Alias(_) => return Err(no_place("an alias")),
            Event::DocumentStart(_, Some(_)) => return Err(no_place("a YAML directive")),
            Event::DocumentStart(..) if self.rooted => return Err(no_place("a second document")),
            _ => {}
        }
        Ok(())
    }

    fn scalar(&self, says: &str, style: ScalarStyle, start: usize, end: usize) -> Scalar {
        let slice = self.text.get(start..end).unwrap_or_default();
        let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        Scalar {
            says: says.to_owned(),
            plain: style == ScalarStyle::Plain,
            written: (!block && !slice.contains('\n')).then(|| slice.to_owned()),
        }
    }

    /// Adds an entry to the collection that is open.
    fn add(&mut self, value: Value, start: usize, end: usize) -> usize {
        let number = self.tree.entries.len();
        let parent = self.open.last().and_then(|open| open.owner);
        let taken = self.open.last_mut().and_then(|open| open.key.take());
        let (key, start, end) = match taken {
            // An empty value stands nowhere: it ends with its key.
            Some((key, from, to)) => (Some(key), from, if start == end { to } else { end.max(to) }),
            None => (None, start, end),
        };
        let line_start = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let before = &self.text[line_start..start];
        let in_flow = self.open.last().is_some_and(|open| open.flow);
        let column = if key.is_some() || in_flow {
            before.chars().count()
        } else {
            // An item is as deep as its dash.
            before.chars().take_while(|c| *c == ' ').count()
        };
        self.tree.entries.push(Entry {
            key,
            value,
            above: Vec::new(),
            beside: Vec::new(),
            tail: Vec::new(),
            parent,
            start,
            end,
            column,
            block: false,
        });
        match parent.map(|parent| &mut self.tree.entries[parent].value) {
            Some(Value::List(members) | Value::Map(members)) => members.push(number),
            Some(Value::Scalar(_)) => {}
            None => self.tree.root.push(number),
        }
        number
    }

    fn begin(
        &mut self,
        is_map: bool,
        style: StructureStyle,
        start: usize,
    ) -> Result<(), &'static str> {
        let flow = style == StructureStyle::Flow;
        if self.open.is_empty() {
            if !is_map {
                return Err("a list instead of keys");
            }
            self.rooted = true;
            self.open.push(Open { owner: None, is_map, flow, key: None });
            return Ok(());
        }
        if self.open.last().is_some_and(|open| open.is_map && open.key.is_none()) {
            return Err("a key that is not a word");
        }
        let key_end = self.open.last().and_then(|open| open.key.as_ref()).map(|(.., end)| *end);
        let value = if is_map { Value::Map(Vec::new()) } else { Value::List(Vec::new()) };
        let end = key_end.unwrap_or(start);
        let owner = self.add(value, start, end);
        self.tree.entries[owner].block = !flow;
        self.open.push(Open { owner: Some(owner), is_map, flow, key: None });
        Ok(())
    }

    fn close(&mut self, end: usize) {
        let Some(Open { owner: Some(owner), flow: true, .. }) = self.open.pop() else { return };
        self.tree.entries[owner].end = end;
    }
}

/// Whether a bare word can only be text: not a number, not a truth value, not nothing.
fn is_text(says: &str) -> bool {
    let word = says.to_lowercase();
    let known = ["", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let number = word.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
        && !word.contains(|c: char| c.is_whitespace() || ",[]{}".contains(c));
    !known.contains(&word.as_str()) && !number
}

fn bytes(span: &Span) -> (usize, usize) {
    let range = span.byte_range();
    range.map_or((0, 0), |range| (range.start, range.end))
}
