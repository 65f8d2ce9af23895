//! What two versions of a runbook mean differently: steps, keys, graph, critical path. Not lines.

use std::collections::{BTreeMap, BTreeSet};

use model::id::StepId;
use serde::Serialize;
use serde_json::Value;

use crate::critical_path::CriticalPath;
use crate::format::{Runbook, Step};

/// What changed from one version to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Keys of the runbook itself that say something else.
    pub runbook: Vec<KeyChange>,
    /// Steps that were not there before, in the order of the new file.
    pub steps_added: Vec<StepId>,
    /// Steps that are there no more, in the order of the old file.
    pub steps_removed: Vec<StepId>,
    /// Steps that say something else, in the order of the new file.
    pub steps_changed: Vec<StepChange>,
    /// What waits for what now and did not before; steps added and removed included.
    pub edges_added: Vec<Edge>,
    /// What waited for what and does no more.
    pub edges_removed: Vec<Edge>,
    /// The critical path before and after.
    pub critical_path: Before<CriticalPath>,
}

/// Before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Before<T> {
    /// In the old version.
    pub before: T,
    /// In the new one.
    pub after: T,
}

/// One step that says something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StepChange {
    /// Which.
    pub step: StepId,
    /// Its keys, with every default filled in.
    pub keys: Vec<KeyChange>,
}

/// One key that says something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyChange {
    /// Which, with the blocks that it is in: `for_each.limits.at_once`.
    pub key: String,
    /// What it said; nothing if it was absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What it says; nothing if it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// One step waits for another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Edge {
    /// The one that waits.
    pub step: StepId,
    /// For which.
    pub needs: StepId,
}

impl Difference {
    /// What is different in `new`.
    pub fn between(old: &Runbook, new: &Runbook) -> Self {
        let (old_edges, new_edges) = (edges(old), edges(new));
        let missing = |of: &Runbook, from: &Runbook| {
            let gone = |step: &&Step| from.step(&step.id).is_none();
            of.steps.iter().filter(gone).map(|step| step.id.clone()).collect()
        };
        let changed = new.steps.iter().filter_map(|step| {
            let keys = changes(&keys_of(old.step(&step.id)?, "needs"), &keys_of(step, "needs"));
            (!keys.is_empty()).then(|| StepChange { step: step.id.clone(), keys })
        });
        Self {
            runbook: changes(&keys_of(old, "steps"), &keys_of(new, "steps")),
            steps_added: missing(new, old),
            steps_removed: missing(old, new),
            steps_changed: changed.collect(),
            edges_added: new_edges.difference(&old_edges).cloned().collect(),
            edges_removed: old_edges.difference(&new_edges).cloned().collect(),
            critical_path: Before { before: CriticalPath::of(old), after: CriticalPath::of(new) },
        }
    }

    /// Whether both mean the same. The order of the steps in the file means nothing.
    pub fn is_empty(&self) -> bool {
        self.runbook.is_empty()
            && self.steps_added.is_empty()
            && self.steps_removed.is_empty()
            && self.steps_changed.is_empty()
            && self.edges_added.is_empty()
            && self.edges_removed.is_empty()
    }
}

fn edges(runbook: &Runbook) -> BTreeSet<Edge> {
    let of = |step: &Step| {
        let step_id = step.id.clone();
        let edge = move |needs: &StepId| Edge { step: step_id.clone(), needs: needs.clone() };
        step.needs.iter().map(edge).collect::<Vec<_>>()
    };
    runbook.steps.iter().flat_map(of).collect()
}

/// Every key with what it says, blocks spelled out; without the one that is told elsewhere.
fn keys_of(thing: &impl Serialize, without: &str) -> BTreeMap<String, Value> {
    let mut keys = BTreeMap::new();
    // What the log keeps always has a form: a runbook holds no map with odd keys.
    if let Ok(Value::Object(map)) = serde_json::to_value(thing) {
        for (key, value) in map.into_iter().filter(|(key, _)| key != without) {
            spell_out(key, value, &mut keys);
        }
    }
    keys
}

fn spell_out(key: String, value: Value, keys: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(map) => {
            for (below, value) in map {
                spell_out(format!("{key}.{below}"), value, keys);
            }
        }
        value => {
            keys.insert(key, value);
        }
    }
}

fn changes(old: &BTreeMap<String, Value>, new: &BTreeMap<String, Value>) -> Vec<KeyChange> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names
        .into_iter()
        .filter(|name| old.get(*name) != new.get(*name))
        .map(|name| KeyChange {
            key: name.clone(),
            before: old.get(name).cloned(),
            after: new.get(name).cloned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use expect_test::expect;

    use super::*;
    use crate::parse;

    const OLD: &str = include_str!("../../../runbooks/host-loss.yaml");

    fn between(old: &str, new: &str) -> Difference {
        Difference::between(&parse("old.yaml", old).unwrap(), &parse("new.yaml", new).unwrap())
    }

    #[test]
    fn comments_style_and_order_of_keys_are_no_difference() {
        let text = OLD.replace("# A host whose", "# Some host whose").replace(
            "      needs: [start]\n      action: service.check\n",
            "      action: service.check\n      needs:\n        - start\n",
        );
        assert_ne!(text, OLD);
        assert!(between(OLD, &text).is_empty());
    }

    #[test]
    fn steps_keys_graph_and_path_are_told_apart() {
        let new = OLD
            .replace("at_once: 32", "at_once: 16, per_host: 4")
            .replace("rto: 30m", "rto: 20m")
            .replace("needs: [start]", "needs: [start, storage]")
            .replace("expect: 8m", "expect: 10m")
            .replace(
                "    - id: check\n",
                "    - id: storage\n      action: storage.confirm-side\n      for_each: { storage-layers: affected }\n      expect: 20s\n    - id: check\n",
            );
        let json = serde_json::to_string_pretty(&between(OLD, &new)).unwrap();
        expect![[r#"
            {
              "runbook": [
                {
                  "key": "objectives.rto",
                  "before": "30m",
                  "after": "20m"
                }
              ],
              "steps_added": [
                "storage"
              ],
              "steps_removed": [],
              "steps_changed": [
                {
                  "step": "start",
                  "keys": [
                    {
                      "key": "expect",
                      "before": "8m",
                      "after": "10m"
                    },
                    {
                      "key": "for_each.limits.at_once",
                      "before": 32,
                      "after": 16
                    },
                    {
                      "key": "for_each.limits.per_host",
                      "after": 4
                    }
                  ]
                }
              ],
              "edges_added": [
                {
                  "step": "check",
                  "needs": "storage"
                }
              ],
              "edges_removed": [],
              "critical_path": {
                "before": {
                  "steps": [
                    "fence",
                    "start",
                    "check"
                  ],
                  "length": "8m45s",
                  "percent_of_rto": 30
                },
                "after": {
                  "steps": [
                    "fence",
                    "start",
                    "check"
                  ],
                  "length": "10m45s",
                  "percent_of_rto": 54
                }
              }
            }"#]]
        .assert_eq(&json);
    }

    #[test]
    fn there_and_back_are_mirror_images() {
        let new = OLD.replace("on_failure: continue", "on_failure: abort");
        let (there, back) = (between(OLD, &new), between(&new, OLD));
        let only = |difference: &Difference| difference.steps_changed[0].keys[0].clone();
        assert_eq!(
            (only(&there).before, only(&there).after),
            (only(&back).after, only(&back).before)
        );
        assert_eq!(there.steps_changed[0].step.as_str(), "check");
    }
}
