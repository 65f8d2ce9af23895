use std::collections::BTreeMap;

use crate::diagnostic::ByteSpan;
use crate::text::Text;

use super::{Node, Reader};

/// The keys of one mapping, checked against the keys that it may have.
#[derive(Debug)]
pub struct Fields<'n> {
    /// What it is, for messages: "host `a1`".
    pub(super) what: Text,
    /// Where it is, for what is missing.
    pub(super) at: ByteSpan,
    pub(super) own: BTreeMap<&'n str, &'n Node>,
    pub(super) defaults: BTreeMap<&'n str, &'n Node>,
}

impl<'n> Fields<'n> {
    /// The value of a key, from the mapping itself or from its defaults.
    pub fn get(&self, key: &str) -> Option<&'n Node> {
        self.own.get(key).or_else(|| self.defaults.get(key)).copied()
    }

    /// Where it stands.
    pub fn place(&self) -> ByteSpan {
        self.at
    }

    /// Every key with its value, the defaults' included.
    pub fn iter(&self) -> impl Iterator<Item = (&'n str, &'n Node)> + '_ {
        let inherited = self.defaults.iter().filter(|(key, _)| !self.own.contains_key(*key));
        self.own.iter().chain(inherited).map(|(key, node)| (*key, *node))
    }

    /// Reads a key that must be there. Nothing means that the mistake was reported.
    pub fn required<'t, T>(
        &self,
        reader: &mut Reader<'t>,
        key: &'static str,
        read: impl FnOnce(&mut Reader<'t>, &'n Node) -> Option<T>,
    ) -> Option<T> {
        match self.get(key) {
            Some(node) => read(reader, node),
            None => {
                reader.missing_key(self, key);
                None
            }
        }
    }

    /// Reads a key that may be left out. Nothing means that a mistake was reported.
    pub fn optional<'t, T>(
        &self,
        reader: &mut Reader<'t>,
        key: &'static str,
        absent: T,
        read: impl FnOnce(&mut Reader<'t>, &'n Node) -> Option<T>,
    ) -> Option<T> {
        self.get(key).map_or(Some(absent), |node| read(reader, node))
    }
}
