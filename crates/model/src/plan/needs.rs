//! What an item needs. Hundreds of items of a plan need the same: it is kept once.

use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::step::ItemRef;

/// What an item needs, in the order of names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs(Arc<[ItemRef]>);

impl Needs {
    /// Whether both are kept in one place. If so they are equal; if not, they may be so all the same.
    pub fn is_same_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// One more.
    pub fn push(&mut self, need: ItemRef) {
        self.0 = self.0.iter().cloned().chain([need]).collect();
    }
}

impl Deref for Needs {
    type Target = [ItemRef];

    fn deref(&self) -> &[ItemRef] {
        &self.0
    }
}

impl From<Vec<ItemRef>> for Needs {
    fn from(needs: Vec<ItemRef>) -> Self {
        Self(needs.into())
    }
}

impl FromIterator<ItemRef> for Needs {
    fn from_iter<I: IntoIterator<Item = ItemRef>>(needs: I) -> Self {
        Self(needs.into_iter().collect())
    }
}

impl Serialize for Needs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Needs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<ItemRef>::deserialize(deserializer).map(Self::from)
    }
}
