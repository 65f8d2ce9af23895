//! Every key of the format, block by block, in the order in which files are written. The schema
//! and the canonical form are made from this table; a test holds that the reader knows the same
//! keys, no more and no fewer.

use model::action::{CATALOGUE, NOT_WRITTEN};
use model::incident::IncidentClass;

/// A block of keys.
#[derive(Debug)]
pub(crate) struct Block {
    /// Its name in the schema.
    pub(crate) name: &'static str,
    /// What it is, for people.
    pub(crate) says: &'static str,
    /// Whether it is written over several lines even where it would fit on one.
    pub(crate) spread: bool,
    /// Its keys, in order.
    pub(crate) keys: &'static [Key],
}

/// One key.
#[derive(Debug)]
pub(crate) struct Key {
    /// As written.
    pub(crate) name: &'static str,
    /// Whether a file without it can't be read.
    pub(crate) required: bool,
    /// What may stand there.
    pub(crate) holds: Holds,
    /// What it means, for people.
    pub(crate) says: &'static str,
}

/// What may stand at a key.
#[derive(Debug)]
pub(crate) enum Holds {
    /// One fixed word.
    Just(&'static str),
    /// Free text.
    Text,
    /// A name: lower-case letters, digits, `-`.
    Name,
    /// A CEL expression.
    Expression,
    /// A length of time, `90s`.
    Duration,
    /// A whole number from this on.
    Number(u32),
    /// `true` or `false`.
    Flag,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// The name of an action of the catalogue.
    Action,
    /// A class of incident.
    Incident,
    /// A block of keys.
    Keys(&'static Block),
    /// A list of such.
    List(&'static Holds),
}

const fn key(name: &'static str, holds: Holds, says: &'static str) -> Key {
    Key { name, required: false, holds, says }
}

const fn required(name: &'static str, holds: Holds, says: &'static str) -> Key {
    Key { name, required: true, holds, says }
}

/// A whole file.
pub(crate) static FILE: Block = Block {
    name: "runbook",
    says: "A runbook: what a recovery does, step by step",
    spread: true,
    keys: &[
        required("apiVersion", Holds::Just("bascule/v1"), "The version of the format"),
        required("kind", Holds::Just("Runbook"), "The kind of file"),
        required("metadata", Holds::Keys(&METADATA), "What it is, for people"),
        required("spec", Holds::Keys(&SPEC), "What it does"),
    ],
};

static METADATA: Block = Block {
    name: "metadata",
    says: "What a runbook is, for people",
    spread: true,
    keys: &[
        required("name", Holds::Name, "By which the policy names it"),
        required("title", Holds::Keys(&TEXT), "Its name for people"),
        key("purpose", Holds::Keys(&TEXT), "What it is for"),
        key("before", Holds::Keys(&TEXT), "What must be true before"),
        key("reach", Holds::Keys(&TEXT), "How far it reaches"),
        key("undo", Holds::Keys(&TEXT), "How to undo it"),
    ],
};

static TEXT: Block = Block {
    name: "text",
    says: "Text for people, in French and English",
    spread: false,
    keys: &[required("fr", Holds::Text, "In French"), required("en", Holds::Text, "In English")],
};

static SPEC: Block = Block {
    name: "spec",
    says: "What a runbook does",
    spread: true,
    keys: &[
        key("answers", Holds::List(&Holds::Incident), "The classes of incidents that it answers"),
        key("objectives", Holds::Keys(&OBJECTIVES), "What it must achieve"),
        key("defaults", Holds::Keys(&DEFAULTS), "What holds for steps that say nothing else"),
        required("steps", Holds::List(&Holds::Keys(&STEP)), "Its steps"),
    ],
};

static OBJECTIVES: Block = Block {
    name: "objectives",
    says: "What a run must achieve",
    spread: false,
    keys: &[
        key("rto", Holds::Duration, "Recovery time"),
        key("rpo", Holds::Duration, "Recovery point"),
    ],
};

static DEFAULTS: Block = Block {
    name: "defaults",
    says: "What holds for steps that say nothing else",
    spread: false,
    keys: &[
        key("timeout", Holds::Duration, "One attempt, with its verification"),
        key("retry", Holds::Keys(&RETRY), "How often it is tried"),
        key("on_failure", Holds::OneOf(ON_FAILURE), "What a failure for good does to the run"),
    ],
};

static RETRY: Block = Block {
    name: "retry",
    says: "How often a step is tried",
    spread: false,
    keys: &[
        required("attempts", Holds::Number(1), "Attempts in all"),
        key("backoff", Holds::Duration, "The pause between two"),
    ],
};

const ON_FAILURE: &[&str] = &["abort", "continue", "ignore"];

/// One step.
pub(crate) static STEP: Block = Block {
    name: "step",
    says: "One step",
    spread: true,
    keys: &[
        required("id", Holds::Name, "Unique in the file; part of the step key in the log"),
        key("title", Holds::Keys(&TEXT), "Its name for people"),
        key("needs", Holds::List(&Holds::Name), "The steps that come before"),
        key("action", Holds::Action, "An action of the catalogue"),
        key("approval", Holds::Keys(&APPROVAL_BLOCK), "Waits for persons instead of an action"),
        key("manual", Holds::Keys(&MANUAL_BLOCK), "A task of a person instead of an action"),
        key("when", Holds::Expression, "A CEL condition on the policy; false leaves the step out"),
        key("for_each", Holds::Keys(&FOR_EACH), "The one set that the action is made for"),
        key("uses", Holds::List(&Holds::Text), "What it relies on, beside what its action does"),
        key("verify", Holds::Expression, "CEL over probes that must hold"),
        key("timeout", Holds::Duration, "One attempt, with its verification"),
        key("retry", Holds::Keys(&RETRY), "How often it is tried"),
        key("on_failure", Holds::OneOf(ON_FAILURE), "What a failure for good does to the run"),
        key("expect", Holds::Duration, "How long the whole step should take"),
        key("always", Holds::Flag, "Runs however the run ends"),
    ],
};

static APPROVAL_BLOCK: Block = Block {
    name: "approval",
    says: "Who must let the run go on",
    spread: false,
    keys: &[
        required("from", Holds::List(&Holds::Text), "`role:…` or `person:…`"),
        required("quorum", Holds::Number(1), "How many distinct persons"),
    ],
};

static MANUAL_BLOCK: Block = Block {
    name: "manual",
    says: "What persons do by hand, and with what they show it",
    spread: false,
    keys: &[
        required("role", Holds::Text, "Who may do it, `operator`"),
        key("quorum", Holds::Number(1), "How many distinct persons must have done it"),
        required("evidence", Holds::OneOf(&["text", "photo", "none"]), "What they show"),
        required("text", Holds::Keys(&TEXT), "What is to be done"),
    ],
};

static FOR_EACH: Block = Block {
    name: "for_each",
    says: "The set that a step ranges over",
    spread: false,
    keys: &[
        key("hosts", Holds::OneOf(WHICH), "Hosts that the incident takes out"),
        key("vms", Holds::OneOf(WHICH), "VMs to restart"),
        key("services", Holds::OneOf(WHICH), "Services that lost something"),
        key("storage-layers", Holds::OneOf(WHICH), "Storage layers that lost a side"),
        key("order", Holds::OneOf(&["id", "start-order"]), "In which order"),
        key("up_to_tier", Holds::Number(0), "Leaves what is above that tier down"),
        key("at_once", Holds::Number(1), "How many at once in this step"),
        key("per_host", Holds::Number(1), "How many at once on one host, in the whole run"),
        key("per_volume", Holds::Number(1), "How many at once on one volume, in the whole run"),
    ],
};

/// `whole` is the set of steps that are applied to nothing: no file needs to write it.
const WHICH: &[&str] = &["lost", "affected", "whole"];

impl Block {
    /// The key of this name.
    pub(crate) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// Where a key comes in the canonical order.
    pub(crate) fn place(&self, name: &str) -> usize {
        self.keys.iter().position(|key| key.name == name).unwrap_or(self.keys.len())
    }
}

/// The names of the actions that a step may write.
pub(crate) fn actions() -> impl Iterator<Item = &'static str> {
    CATALOGUE.iter().map(|row| row.name).filter(|name| !NOT_WRITTEN.contains(name))
}

/// The classes of incidents, as written.
pub(crate) fn incidents() -> impl Iterator<Item = &'static str> {
    IncidentClass::ALL.into_iter().map(IncidentClass::as_str)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use serde_json::{Map, Value, json};
    use serde_saphyr::Error;

    use super::*;
    use crate::yaml::RawFile;

    /// Something that the reader takes at such a key.
    fn sample(holds: &Holds) -> Value {
        match holds {
            Holds::Just(word) => json!(word),
            Holds::Text | Holds::Name | Holds::Expression => json!("x"),
            Holds::Duration => json!("5m"),
            Holds::Number(from) => json!(from),
            Holds::Flag => json!(true),
            Holds::OneOf(words) => json!(words[0]),
            Holds::Action => json!(actions().next().unwrap()),
            Holds::Incident => json!(incidents().next().unwrap()),
            Holds::Keys(block) => {
                let each = block.keys.iter();
                Value::Object(each.map(|key| (key.name.to_owned(), sample(&key.holds))).collect())
            }
            Holds::List(of) => json!([sample(of)]),
        }
    }

    fn read(value: &Value) -> Result<RawFile, Error> {
        serde_saphyr::from_str(&value.to_string())
    }

    /// Calls back with every block of a file with all keys, and the way to it.
    fn walk(block: &'static Block, way: &str, found: &mut dyn FnMut(&'static Block, &str)) {
        found(block, way);
        for key in block.keys {
            let way = format!("{way}/{}", key.name);
            match &key.holds {
                Holds::Keys(below) => walk(below, &way, found),
                Holds::List(Holds::Keys(below)) => walk(below, &format!("{way}/0"), found),
                _ => {}
            }
        }
    }

    fn at<'a>(file: &'a mut Value, way: &str) -> &'a mut Map<String, Value> {
        file.pointer_mut(way).unwrap().as_object_mut().unwrap()
    }

    #[test]
    fn the_reader_knows_every_key_of_the_table_and_no_other() {
        let all = sample(&Holds::Keys(&FILE));
        read(&all).unwrap();
        let mut blocks = 0;
        walk(&FILE, "", &mut |block, way| {
            blocks += 1;
            let mut file = all.clone();
            at(&mut file, way).insert("no-such-key".to_owned(), json!(1));
            let error = read(&file).unwrap_err();
            let Error::SerdeUnknownField { expected, .. } = error.without_snippet() else {
                panic!("{way}: {error}");
            };
            let known: BTreeSet<&str> = expected.iter().copied().collect();
            let table: BTreeSet<&str> = block.keys.iter().map(|key| key.name).collect();
            assert_eq!(known, table, "the block `{}` at {way}", block.name);
        });
        assert!(blocks > 10, "{blocks}");
    }

    #[test]
    fn the_reader_misses_the_keys_that_the_table_says_it_needs_and_no_other() {
        let all = sample(&Holds::Keys(&FILE));
        walk(&FILE, "", &mut |block, way| {
            for key in block.keys {
                let mut file = all.clone();
                at(&mut file, way).remove(key.name).unwrap();
                assert_eq!(read(&file).is_err(), key.required, "{way}/{}", key.name);
            }
        });
    }
}
