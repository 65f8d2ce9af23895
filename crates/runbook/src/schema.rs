//! The JSON Schema of a runbook file, for editors that check and complete while one writes.

use serde_json::{Map, Value, json};

use crate::keys::{Block, FILE, Holds, actions, incidents};

/// As editors and other programs know it.
const ID: &str = "https://bascule.invalid/schema/runbook-v1.json";

/// The JSON Schema (draft 2020-12) of a runbook file. What it accepts, lint may still refuse: a
/// schema says nothing of graphs, sets or expressions.
pub fn schema() -> Value {
    let mut definitions = Map::new();
    define(&FILE, &mut definitions);
    let mut whole = match definitions.remove(FILE.name) {
        Some(Value::Object(whole)) => whole,
        _ => Map::new(),
    };
    whole.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    whole.insert("$id".to_owned(), json!(ID));
    whole.insert("title".to_owned(), json!("Bascule runbook"));
    whole.insert("$defs".to_owned(), Value::Object(definitions));
    Value::Object(whole)
}

fn define(block: &Block, definitions: &mut Map<String, Value>) {
    if definitions.contains_key(block.name) {
        return;
    }
    // Named before its keys are looked at: a block may hold itself.
    definitions.insert(block.name.to_owned(), Value::Null);
    let mut properties = Map::new();
    for key in block.keys {
        let mut property = what(&key.holds, definitions);
        if let Some(property) = property.as_object_mut() {
            property.insert("description".to_owned(), json!(key.says));
        }
        properties.insert(key.name.to_owned(), property);
    }
    let required: Vec<&str> =
        block.keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    let mut definition = json!({
        "type": "object",
        "description": block.says,
        "additionalProperties": false,
        "properties": properties,
    });
    if let Some(definition) = definition.as_object_mut()
        && !required.is_empty()
    {
        definition.insert("required".to_owned(), json!(required));
    }
    definitions.insert(block.name.to_owned(), definition);
}

fn what(holds: &Holds, definitions: &mut Map<String, Value>) -> Value {
    match holds {
        Holds::Just(word) => json!({ "const": word }),
        Holds::Text | Holds::Expression => json!({ "type": "string" }),
        Holds::Name => json!({ "type": "string", "pattern": "^[a-z0-9-]+$" }),
        Holds::Duration => json!({ "type": "string", "pattern": DURATION }),
        Holds::Number(from) => json!({ "type": "integer", "minimum": from }),
        Holds::Flag => json!({ "type": "boolean" }),
        Holds::OneOf(words) => json!({ "enum": words }),
        Holds::Action => json!({ "enum": actions().collect::<Vec<_>>() }),
        Holds::Incident => json!({ "enum": incidents().collect::<Vec<_>>() }),
        Holds::Keys(block) => {
            define(block, definitions);
            json!({ "$ref": format!("#/$defs/{}", block.name) })
        }
        Holds::List(of) => json!({ "type": "array", "items": what(of, definitions) }),
    }
}

/// `90s`, `10m`, `1h30m`, `250ms`.
const DURATION: &str = "^([0-9]+(ms|s|min|m|h|d))+$";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use boon::{Compiler, Schemas};

    use super::*;
    use crate::skeleton::{LIBRARY, skeleton};

    fn valid(text: &str) -> bool {
        let mut compiler = Compiler::new();
        compiler.add_resource(ID, schema()).unwrap();
        let mut schemas = Schemas::new();
        let index = compiler.compile(ID, &mut schemas).unwrap();
        let value: Value = serde_saphyr::from_str(text).unwrap();
        schemas.validate(&value, index).is_ok()
    }

    #[test]
    fn every_shipped_runbook_and_every_skeleton_is_valid() {
        for (name, text) in LIBRARY {
            assert!(valid(text), "{name}");
        }
        assert!(valid(&skeleton("our-own", None).unwrap()));
    }

    #[test]
    fn an_unknown_key_a_missing_one_and_a_wrong_word_are_not() {
        let text = LIBRARY[1].1;
        for (from, to) in [
            ("      expect: 8m", "      expct: 8m"),
            ("objectives: {", "objectives: { mtpd: 4h, "),
            ("kind: Runbook", "kind: Estate"),
            ("action: vm.start", "action: vm.strat"),
            ("expect: 35s", "expect: 35"),
            ("expect: 35s", "expect: 35 s"),
            ("on_failure: ignore", "on_failure: undo"),
            ("answers: [host-lost]", "answers: [host-gone]"),
            ("- id: fence\n", "- name: fence\n"),
            ("attempts: 1", "attempts: 0"),
            ("name: host-loss", "name: Host loss"),
            ("en: \"Loss of a host\"", ""),
        ] {
            assert!(text.contains(from), "{from}");
            assert!(!valid(&text.replacen(from, to, 1)), "{from} -> {to}");
        }
    }
}
