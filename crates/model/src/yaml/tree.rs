use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use crate::diagnostic::{ByteSpan, Findings, say};

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it is used.
    pub span: ByteSpan,
}

/// A YAML value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order of the file, repeated keys included.
    Map(Vec<Entry>),
}

/// A key of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// As text.
    pub text: String,
    /// Where it stands.
    pub span: ByteSpan,
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Key,
    /// Its value.
    pub node: Node,
}

impl Node {
    /// Reads a whole file; what is not YAML is reported and gives nothing.
    pub fn parse(findings: &mut Findings<'_>) -> Option<Self> {
        // Repeated keys are let through to us: we name both places, the parser only one.
        let options = serde_saphyr::options! {
            duplicate_keys: serde_saphyr::DuplicateKeyPolicy::PassThrough,
            strict_booleans: true,
            with_snippet: false,
        };
        match serde_saphyr::from_str_with_options::<Self>(findings.source(), options) {
            Ok(node) => Some(node),
            Err(error) => {
                let text = findings.source();
                let at = error.location().map_or_else(ByteSpan::default, |at| place_of(at, text));
                let what = error.without_snippet().to_string();
                // The place is told by the excerpt.
                let what = what.split(" at line ").next().unwrap_or(&what);
                findings.error(
                    "yaml.syntax",
                    at,
                    say!("this is not YAML: {what}", "ce n'est pas du YAML : {what}"),
                    say!("here", "ici"),
                    say!(
                        "check the indentation (spaces, never tabs), quotes and brackets around this place",
                        "vérifier l'indentation (des espaces, jamais de tabulations), les guillemets et les crochets autour de cet endroit"
                    ),
                );
                None
            }
        }
    }

    /// The kind of value, in English and French, for messages.
    pub fn kind(&self) -> (&'static str, &'static str) {
        match &self.value {
            Value::Null => ("nothing", "rien"),
            Value::Bool(_) => ("true or false", "vrai ou faux"),
            Value::Int(_) | Value::Float(_) => ("a number", "un nombre"),
            Value::Text(_) => ("text", "du texte"),
            Value::List(_) => ("a list", "une liste"),
            Value::Map(_) => ("a mapping", "des clés et valeurs"),
        }
    }
}

fn span_of(location: Location) -> ByteSpan {
    let span = location.span();
    let number = |n: Option<u64>| n.and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    ByteSpan { offset: number(span.byte_offset()), length: number(span.byte_len()).max(1) }
}

/// As [`span_of`]; errors of the parser know only line and column.
fn place_of(location: Location, text: &str) -> ByteSpan {
    if location.span().byte_offset().is_some() {
        return span_of(location);
    }
    let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let (line, column) = (number(location.line().max(1)), number(location.column().max(1)));
    let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let rest = text[start..].lines().next().unwrap_or_default();
    let within = rest.char_indices().nth(column - 1).map_or(rest.len(), |(at, _)| at);
    ByteSpan { offset: start + within, length: 1 }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Value>::deserialize(deserializer)?;
        Ok(Self { value: spanned.value, span: span_of(spanned.referenced) })
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        Ok(i64::try_from(value).map_or_else(|_| Value::Text(value.to_string()), Value::Int))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = list.next_element::<Node>()? {
            nodes.push(node);
        }
        Ok(Value::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<Spanned<String>>()? {
            let node = map.next_value::<Node>()?;
            let key = Key { text: key.value, span: span_of(key.referenced) };
            entries.push(Entry { key, node });
        }
        Ok(Value::Map(entries))
    }
}
