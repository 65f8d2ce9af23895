//! Where everything of an estate file stands, so that a check can point at it.

use std::collections::BTreeMap;

use crate::diagnostic::ByteSpan;
use crate::yaml::{Fields, Node, Noun, Value, expand};

/// A section of an estate file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Section {
    Rooms,
    Links,
    Hosts,
    Arrays,
    StorageLayers,
    Volumes,
    Vms,
    Services,
    Contacts,
    Chains,
    PowerFeeds,
    Sensors,
    DataTiers,
    Sites,
    WideLinks,
    Repositories,
    Backups,
    Couriers,
    Spares,
    Repairs,
}

impl Section {
    pub(crate) fn noun(self) -> Noun {
        match self {
            Self::Rooms => Noun { en: "room", fr: "salle" },
            Self::Links => Noun { en: "link", fr: "lien" },
            Self::Hosts => Noun { en: "host", fr: "hôte" },
            Self::Arrays => Noun { en: "array", fr: "baie" },
            Self::StorageLayers => Noun { en: "storage layer", fr: "couche de stockage" },
            Self::Volumes => Noun { en: "volume", fr: "volume" },
            Self::Vms => Noun { en: "VM", fr: "VM" },
            Self::Services => Noun { en: "service", fr: "service" },
            Self::Contacts => Noun { en: "contact", fr: "contact" },
            Self::Chains => Noun { en: "chain", fr: "chaîne" },
            Self::PowerFeeds => Noun { en: "power feed", fr: "alimentation" },
            Self::Sensors => Noun { en: "sensor", fr: "capteur" },
            Self::DataTiers => Noun { en: "data tier", fr: "étage de données" },
            Self::Sites => Noun { en: "site", fr: "site" },
            Self::WideLinks => Noun { en: "wide-area link", fr: "liaison distante" },
            Self::Repositories => Noun { en: "repository", fr: "dépôt" },
            Self::Backups => Noun { en: "backup", fr: "sauvegarde" },
            Self::Couriers => Noun { en: "courier", fr: "coursier" },
            Self::Spares => Noun { en: "spare", fr: "rechange" },
            Self::Repairs => Noun { en: "repair", fr: "réparation" },
        }
    }
}

/// One entry of a section; it stands for several objects when its key is a pattern.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) key: ByteSpan,
    fields: BTreeMap<String, ByteSpan>,
    items: BTreeMap<(String, String), ByteSpan>,
}

impl Place {
    pub(crate) fn new(key: ByteSpan, fields: &Fields<'_>) -> Self {
        let mut place = Self { key, fields: BTreeMap::new(), items: BTreeMap::new() };
        for (name, node) in fields.iter() {
            place.add(name, node);
        }
        place
    }

    fn add(&mut self, name: &str, node: &Node) {
        self.fields.insert(name.to_owned(), node.span);
        match &node.value {
            Value::Text(text) => {
                for item in expand(text).unwrap_or_default() {
                    self.items.insert((name.to_owned(), item), node.span);
                }
            }
            Value::List(nodes) => {
                for node in nodes {
                    self.add(name, node);
                }
                self.fields.insert(name.to_owned(), nodes.first().unwrap_or(node).span);
            }
            Value::Map(entries) => {
                for entry in entries {
                    self.add(&format!("{name}.{}", entry.key.text), &entry.node);
                }
                let span = entries.first().map_or(node.span, |entry| entry.key.span);
                self.fields.insert(name.to_owned(), span);
            }
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => {}
        }
    }
}

/// Where everything stands.
#[derive(Debug, Default)]
pub(crate) struct Places {
    places: Vec<Place>,
    index: BTreeMap<(Section, String), usize>,
}

impl Places {
    /// Adds an entry that stands for these objects.
    pub(crate) fn add(&mut self, section: Section, names: &[String], place: Place) {
        let at = self.places.len();
        self.places.push(place);
        for name in names {
            self.index.insert((section, name.clone()), at);
        }
    }

    /// The number of the entry that an object comes from: equal for objects of one pattern.
    pub(crate) fn entry(&self, section: Section, id: &str) -> Option<usize> {
        self.index.get(&(section, id.to_owned())).copied()
    }

    fn place(&self, section: Section, id: &str) -> Option<&Place> {
        self.entry(section, id).and_then(|at| self.places.get(at))
    }

    /// The key of an object.
    pub(crate) fn key(&self, section: Section, id: &str) -> ByteSpan {
        self.place(section, id).map(|place| place.key).unwrap_or_default()
    }

    /// The value of a field of an object; its key when the field is not written.
    pub(crate) fn field(&self, section: Section, id: &str, field: &str) -> ByteSpan {
        let place = self.place(section, id);
        place
            .and_then(|place| place.fields.get(field).copied())
            .unwrap_or_else(|| self.key(section, id))
    }

    /// Where an object names another one in one of these fields.
    pub(crate) fn item(&self, section: Section, id: &str, fields: &[&str], item: &str) -> ByteSpan {
        let place = self.place(section, id);
        fields
            .iter()
            .find_map(|field| place?.items.get(&((*field).to_owned(), item.to_owned())).copied())
            .unwrap_or_else(|| self.key(section, id))
    }
}
