use std::collections::BTreeMap;

use crate::diagnostic::{ByteSpan, Findings, say};
use crate::text::Text;
use crate::units::{MemoryMib, Span};

use super::{Entry, Fields, Node, Value, expand};

/// The name of a kind of thing, for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noun {
    /// In English.
    pub en: &'static str,
    /// In French.
    pub fr: &'static str,
}

/// A text of a list and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The text.
    pub text: String,
    /// Where it stands.
    pub span: ByteSpan,
}

/// Reads nodes into values and reports every mistake with its place.
#[derive(Debug)]
pub struct Reader<'t> {
    /// What was found so far.
    pub findings: Findings<'t>,
    /// The first part of codes: `estate`, `policy`.
    section: &'static str,
}

impl<'t> Reader<'t> {
    /// Reads this file; `section` is the first part of the codes of what it finds.
    pub fn new(file: &'t str, text: &'t str, section: &'static str) -> Self {
        Self { findings: Findings::new(file, text), section }
    }

    fn error(&mut self, rule: &str, at: ByteSpan, message: Text, label: Text, help: Text) {
        let code = format!("{}.{rule}", self.section);
        self.findings.error(&code, at, message, label, help);
    }

    /// Reads the file and its head; gives `metadata.name` and the `spec`.
    pub fn document(&mut self, root: &'t Node, kind: &'static str) -> Option<(String, &'t Node)> {
        if root.value == Value::Null {
            self.error(
                "empty-file",
                ByteSpan::default(),
                say!("the file is empty", "le fichier est vide"),
                say!("nothing here", "rien ici"),
                say!(
                    "begin with `apiVersion: bascule/v1`, `kind: {kind}`, `metadata` and `spec`",
                    "commencer par `apiVersion: bascule/v1`, `kind: {kind}`, `metadata` et `spec`"
                ),
            );
            return None;
        }
        let what = say!("the file", "le fichier");
        let known = ["apiVersion", "kind", "metadata", "spec"];
        let top = self.fields(root, what, ByteSpan { offset: 0, length: 1 }, &known, None)?;
        let version =
            top.required(self, "apiVersion", |r, node| r.choice(node, &[("bascule/v1", ())]));
        let is_kind = top.required(self, "kind", |r, node| r.choice(node, &[(kind, ())]));
        let name = top.required(self, "metadata", |r, node| {
            let what = say!("`metadata`", "`metadata`");
            let fields = r.fields(node, what, node.span, &["name"], None)?;
            fields.required(r, "name", |r, node| r.text(node))
        });
        let spec = top.required(self, "spec", |_, node| Some(node));
        version?;
        is_kind?;
        Some((name?, spec?))
    }

    /// The entries of a mapping.
    pub fn entries<'n>(&mut self, node: &'n Node) -> Option<&'n [Entry]> {
        match &node.value {
            Value::Map(entries) => Some(entries),
            Value::Null => Some(&[]),
            _ => {
                self.wrong_kind(
                    node,
                    ("a mapping `key: value`", "des clés et valeurs `clé: valeur`"),
                );
                None
            }
        }
    }

    /// The keys of a mapping that may only have the `known` ones.
    pub fn fields<'n>(
        &mut self,
        node: &'n Node,
        what: Text,
        at: ByteSpan,
        known: &[&'static str],
        defaults: Option<&'n Node>,
    ) -> Option<Fields<'n>> {
        let entries = self.entries(node)?;
        let mut own: BTreeMap<&str, &Node> = BTreeMap::new();
        let mut sound = true;
        for entry in entries {
            let key = entry.key.text.as_str();
            if !known.contains(&key) {
                self.unknown_key(entry, &what, known);
                sound = false;
            } else if own.insert(key, &entry.node).is_some() {
                self.repeated_key(entry, entries);
                sound = false;
            }
        }
        let mut inherited: BTreeMap<&str, &Node> = BTreeMap::new();
        if let Some(Node { value: Value::Map(entries), .. }) = defaults {
            inherited.extend(entries.iter().map(|entry| (entry.key.text.as_str(), &entry.node)));
        }
        sound.then_some(Fields { what, at, own, defaults: inherited })
    }

    /// Reports a key that is there twice in one mapping.
    pub fn repeated_key(&mut self, entry: &Entry, entries: &[Entry]) {
        let key = &entry.key.text;
        let code = format!("{}.repeated-key", self.section);
        let first = entries.iter().find(|other| other.key.text == *key).map(|other| other.key.span);
        let first = first.map(|span| self.findings.label(span, say!("first here", "d'abord ici")));
        let diagnostic = self.findings.error(
            &code,
            entry.key.span,
            say!("the key `{key}` is written twice", "la clé `{key}` est écrite deux fois"),
            say!("again here", "à nouveau ici"),
            say!(
                "keep one of the two: Bascule does not guess which one counts",
                "garder l'une des deux : Bascule ne devine pas laquelle compte"
            ),
        );
        diagnostic.also.extend(first);
    }

    fn unknown_key(&mut self, entry: &Entry, what: &Text, known: &[&'static str]) {
        let (key, valid) = (&entry.key.text, known.join(", "));
        let (en, fr) = both(what);
        let help = match nearest(key, known.iter().copied()) {
            Some(near) => say!(
                "did you mean `{near}`? The valid keys are: {valid}",
                "vouliez-vous dire `{near}` ? Les clés valides sont : {valid}"
            ),
            None => say!("the valid keys are: {valid}", "les clés valides sont : {valid}"),
        };
        self.error(
            "unknown-key",
            entry.key.span,
            say!("{en} has no key `{key}`", "{fr} n'a pas de clé `{key}`"),
            say!("unknown key", "clé inconnue"),
            help,
        );
    }

    pub(super) fn missing_key(&mut self, fields: &Fields<'_>, key: &'static str) {
        let (en, fr) = both(&fields.what);
        self.error(
            "missing-key",
            fields.at,
            say!("{en} has no `{key}`", "{fr} n'a pas de `{key}`"),
            say!("`{key}` is missing here", "`{key}` manque ici"),
            say!("add the key `{key}`", "ajouter la clé `{key}`"),
        );
    }

    fn wrong_kind(&mut self, node: &Node, expected: (&str, &str)) {
        let (kind_en, kind_fr) = node.kind();
        let (en, fr) = expected;
        self.error(
            "wrong-type",
            node.span,
            say!("this should be {en}, it is {kind_en}", "ici il faut {fr}, or c'est {kind_fr}"),
            say!("this is {kind_en}", "c'est {kind_fr}"),
            say!("write {en} here", "écrire ici {fr}"),
        );
    }

    /// Reports a value that makes no sense.
    pub fn bad_value(&mut self, at: ByteSpan, message: Text, help: Text) {
        let label = say!("not understood", "incompris");
        self.error("bad-value", at, message, label, help);
    }

    /// Text.
    pub fn text(&mut self, node: &Node) -> Option<String> {
        match &node.value {
            Value::Text(text) if !text.is_empty() => Some(text.clone()),
            Value::Int(_) | Value::Float(_) | Value::Bool(_) => {
                self.wrong_kind(
                    node,
                    ("text (put quotes around it)", "du texte (l'entourer de guillemets)"),
                );
                None
            }
            _ => {
                self.wrong_kind(node, ("text", "du texte"));
                None
            }
        }
    }

    /// An id, or the new type of one.
    pub fn id<T: From<String>>(&mut self, node: &Node) -> Option<T> {
        self.text(node).map(T::from)
    }

    /// Text for people: one string, or `{fr: …, en: …}`.
    pub fn title(&mut self, node: &Node) -> Option<Text> {
        if !matches!(node.value, Value::Map(_)) {
            return self.text(node).map(Text::Same);
        }
        let what = say!("this text", "ce texte");
        let fields = self.fields(node, what, node.span, &["fr", "en"], None)?;
        let fr = fields.required(self, "fr", |r, node| r.text(node));
        let en = fields.required(self, "en", |r, node| r.text(node));
        Some(Text::Each { fr: fr?, en: en? })
    }

    /// `true` or `false`.
    pub fn flag(&mut self, node: &Node) -> Option<bool> {
        if let Value::Bool(flag) = node.value {
            return Some(flag);
        }
        self.wrong_kind(node, ("`true` or `false`", "`true` ou `false`"));
        None
    }

    /// A whole number within bounds.
    pub fn count(&mut self, node: &Node, least: u32, most: u32) -> Option<u32> {
        if let Value::Int(number) = node.value {
            if let Ok(count) = u32::try_from(number)
                && (least..=most).contains(&count)
            {
                return Some(count);
            }
            self.bad_value(
                node.span,
                say!("{number} is out of bounds", "{number} est hors des bornes"),
                say!(
                    "write a number from {least} to {most}",
                    "écrire un nombre de {least} à {most}"
                ),
            );
            return None;
        }
        self.wrong_kind(node, ("a whole number", "un nombre entier"));
        None
    }

    /// A duration as `90s`.
    pub fn duration(&mut self, node: &Node) -> Option<Span> {
        let text = self.raw(node, ("a duration such as `90s`", "une durée telle que `90s`"))?;
        let span = text.parse::<Span>().ok();
        if span.is_none() {
            self.bad_value(
                node.span,
                say!("`{text}` is not a duration", "`{text}` n'est pas une durée"),
                say!(
                    "write a number with its unit: `250ms`, `90s`, `10m`, `1h30m`, `2d`",
                    "écrire un nombre et son unité : `250ms`, `90s`, `10m`, `1h30m`, `2d`"
                ),
            );
        }
        span
    }

    /// Memory as `8GiB`.
    pub fn memory(&mut self, node: &Node) -> Option<MemoryMib> {
        let text = self.raw(node, ("a size such as `8GiB`", "une taille telle que `8GiB`"))?;
        let memory = text.parse::<MemoryMib>().ok();
        if memory.is_none() {
            self.bad_value(
                node.span,
                say!("`{text}` is not a memory size", "`{text}` n'est pas une taille de mémoire"),
                say!(
                    "write a whole number of `MiB`, `GiB` or `TiB`: `512MiB`, `8GiB`",
                    "écrire un nombre entier de `MiB`, `GiB` ou `TiB` : `512MiB`, `8GiB`"
                ),
            );
        }
        memory
    }

    /// Virtual processors per core, in percent: `4:1`, `4` or `1.5`.
    pub fn ratio_percent(&mut self, node: &Node) -> Option<u32> {
        let expected = ("a ratio such as `4:1`", "un rapport tel que `4:1`");
        let text = self.raw(node, expected)?;
        let number = text.strip_suffix(":1").unwrap_or(&text).trim().parse::<f64>().ok();
        match number {
            Some(ratio) if (0.1..=100.0).contains(&ratio) => Some((ratio * 100.0).round() as u32),
            _ => {
                self.bad_value(
                    node.span,
                    say!("`{text}` is not a CPU ratio", "`{text}` n'est pas un rapport de CPU"),
                    say!(
                        "write the virtual processors per core, from 0.1 to 100: `4:1` or `1.5`",
                        "écrire le nombre de processeurs virtuels par cœur, de 0.1 à 100 : `4:1` ou `1.5`"
                    ),
                );
                None
            }
        }
    }

    /// A scalar as it is written.
    pub(super) fn raw(&mut self, node: &Node, expected: (&str, &str)) -> Option<String> {
        match &node.value {
            Value::Text(text) => Some(text.clone()),
            Value::Int(number) => Some(number.to_string()),
            Value::Float(number) => Some(number.to_string()),
            _ => {
                self.wrong_kind(node, expected);
                None
            }
        }
    }

    /// One of a few words.
    pub fn choice<T: Clone>(&mut self, node: &Node, words: &[(&'static str, T)]) -> Option<T> {
        let text = self.text(node)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(value.clone());
        }
        let valid =
            words.iter().map(|(word, _)| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        let help = match nearest(&text, words.iter().map(|(word, _)| *word)) {
            Some(near) => say!(
                "did you mean `{near}`? Valid here: {valid}",
                "vouliez-vous dire `{near}` ? Valides ici : {valid}"
            ),
            None => say!("valid here: {valid}", "valides ici : {valid}"),
        };
        self.bad_value(
            node.span,
            say!("`{text}` is not valid here", "`{text}` n'est pas valide ici"),
            help,
        );
        None
    }

    /// The names that a pattern stands for.
    pub fn names(&mut self, pattern: &str, at: ByteSpan) -> Option<Vec<String>> {
        let names = match expand(pattern) {
            Ok(names) => names,
            Err(error) => {
                self.bad_value(
                    at,
                    say!("{error}", "motif incompris : {error}"),
                    say!(
                        "write a range as `web-{{01..12}}`, a choice as `{{a,b}}-web`",
                        "écrire un intervalle comme `web-{{01..12}}`, un choix comme `{{a,b}}-web`"
                    ),
                );
                return None;
            }
        };
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if let Some(name) = names.iter().find(|name| name.is_empty() || !name.chars().all(fits)) {
            self.bad_value(
                at,
                say!("`{name}` cannot be an id", "`{name}` ne peut pas être un identifiant"),
                say!(
                    "an id is made of letters without accents, digits, `-`, `_` and `.`",
                    "un identifiant est fait de lettres sans accent, de chiffres, de `-`, `_` et `.`"
                ),
            );
            return None;
        }
        Some(names)
    }

    /// A list of names; a pattern in it stands for its names; one name alone is a list of one.
    pub fn name_list(&mut self, node: &Node) -> Option<Vec<Item>> {
        let nodes = match &node.value {
            Value::List(nodes) => nodes.as_slice(),
            Value::Null => &[],
            _ => std::slice::from_ref(node),
        };
        let mut items = Vec::new();
        let mut sound = true;
        for node in nodes {
            let names = self.text(node).and_then(|text| self.names(&text, node.span));
            match names {
                Some(names) => {
                    items.extend(names.into_iter().map(|text| Item { text, span: node.span }));
                }
                None => sound = false,
            }
        }
        sound.then_some(items)
    }

    /// A list of texts, taken as they are.
    pub fn texts(&mut self, node: &Node) -> Option<Vec<String>> {
        let Value::List(nodes) = &node.value else {
            self.wrong_kind(node, ("a list of texts", "une liste de textes"));
            return None;
        };
        let texts: Vec<Option<String>> = nodes.iter().map(|node| self.text(node)).collect();
        texts.into_iter().collect()
    }

    /// Typed ids, in order.
    pub fn ids<T: From<String>>(&mut self, node: &Node) -> Option<Vec<T>> {
        Some(self.name_list(node)?.into_iter().map(|item| T::from(item.text)).collect())
    }
}

/// A text in both languages, to be put inside another.
pub(crate) fn both(text: &Text) -> (&str, &str) {
    (text.in_lang(crate::text::Lang::En), text.in_lang(crate::text::Lang::Fr))
}

/// The nearest valid word, when one is near.
pub(crate) fn nearest<'w>(word: &str, valid: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    valid
        .map(|valid| (strsim::damerau_levenshtein(word, valid), valid))
        .filter(|(distance, valid)| *distance <= 1 + valid.chars().count() / 3)
        .min()
        .map(|(_, valid)| valid)
}
