#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::skeleton::LIBRARY;

fn export(text: &str, lang: Lang) -> Value {
    let runbook = crate::parse("runbook.yaml", text).unwrap();
    let provenance =
        Provenance { at: "2026-01-31T12:00:00.000Z".to_owned(), by: "A clinic".to_owned(), lang };
    cacao(&runbook, &provenance)
}

fn shipped(name: &str) -> &'static str {
    LIBRARY.iter().find(|(known, _)| *known == name).unwrap().1
}

fn is_id(id: &str, kind: &str) -> bool {
    let Some(uuid) = id.strip_prefix(&format!("{kind}--")) else { return false };
    Uuid::parse_str(uuid).is_ok_and(|parsed| {
        let version = if kind == "playbook" { 5 } else { 4 };
        parsed.get_version_num() == version && parsed.to_string() == uuid
    })
}

/// The rules of the standard that a playbook must obey, as far as ours can break them.
fn check(playbook: &Value) {
    let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        (text(playbook, "type"), text(playbook, "spec_version")),
        ("playbook".into(), "cacao-2.0".into())
    );
    assert!(is_id(&text(playbook, "id"), "playbook"));
    assert!(is_id(&text(playbook, "created_by"), "identity"));
    assert!(!text(playbook, "name").is_empty());
    for time in ["created", "modified"] {
        assert_eq!(text(playbook, time).len(), "2026-01-31T12:00:00.000Z".len());
    }
    let workflow = playbook["workflow"].as_object().unwrap();
    let agents = playbook["agent_definitions"].as_object().unwrap();
    let mut uuids = BTreeSet::new();
    for id in workflow.keys().chain(agents.keys()) {
        assert!(uuids.insert(id.split("--").nth(1).unwrap().to_owned()), "{id} is used twice");
    }
    for (id, step) in workflow {
        let kind = text(step, "type");
        assert!(is_id(id, &kind), "{id}: {kind}");
        let follows = |key: &str| step.get(key).map(|next| next.as_str().unwrap().to_owned());
        let (completion, success, failure) =
            (follows("on_completion"), follows("on_success"), follows("on_failure"));
        assert!(completion.is_none() || (success.is_none() && failure.is_none()), "{id}");
        for next in [&completion, &success, &failure].into_iter().flatten() {
            assert!(workflow.contains_key(next), "{id} leads to {next}");
        }
        match kind.as_str() {
            "end" => assert!(completion.is_none() && success.is_none() && failure.is_none()),
            "start" => assert!(completion.is_some()),
            "parallel" => {
                let branches = step["next_steps"].as_array().unwrap();
                assert!(branches.len() >= 2 && completion.is_some(), "{id}");
                let ends: BTreeSet<String> = branches
                    .iter()
                    .map(|branch| end_of(workflow, branch.as_str().unwrap()))
                    .collect();
                assert_eq!(ends.len(), branches.len(), "each branch ends by itself");
            }
            "action" => {
                assert!(completion.is_some() || success.is_some(), "{id}");
                assert!(agents.contains_key(&text(step, "agent")), "{id}: its agent is defined");
                let commands = step["commands"].as_array().unwrap();
                assert!(!commands.is_empty());
                for command in commands {
                    assert!(
                        !text(command, "type").is_empty() && !text(command, "command").is_empty()
                    );
                }
            }
            other => panic!("{id}: {other}"),
        }
    }
    for (id, agent) in agents {
        assert!(is_id(id, &text(agent, "type")) && !text(agent, "name").is_empty(), "{id}");
    }
    let start = text(playbook, "workflow_start");
    assert_eq!(text(&workflow[&start], "type"), "start");
    assert!(workflow.contains_key(&text(playbook, "workflow_exception")));
    let used: BTreeSet<String> = workflow
        .values()
        .filter_map(|step| step["commands"].as_array())
        .flatten()
        .filter_map(|command| command["playbook_activity"].as_str().map(ToOwned::to_owned))
        .collect();
    let listed: BTreeSet<String> = playbook["playbook_activities"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one.as_str().unwrap().to_owned())
        .collect();
    assert_eq!(used, listed, "each listed activity is in a step");
}

fn end_of(workflow: &Map<String, Value>, from: &str) -> String {
    let step = &workflow[from];
    let next = ["on_completion", "on_success"].into_iter().find_map(|key| step[key].as_str());
    next.map_or_else(|| from.to_owned(), |next| end_of(workflow, next))
}

#[test]
fn every_shipped_runbook_becomes_a_playbook_by_the_rules() {
    for (name, text) in LIBRARY {
        for lang in [Lang::En, Lang::Fr] {
            let playbook = export(text, lang);
            check(&playbook);
            assert_eq!(playbook["name"], *name);
        }
    }
}

#[test]
fn ids_follow_from_names_and_change_with_them_alone() {
    let text = shipped("room-loss");
    let (one, again) = (export(text, Lang::En), export(text, Lang::En));
    assert_eq!(one, again);
    let slower = export(&text.replace("expect: 15m", "expect: 16m"), Lang::Fr);
    let steps = |playbook: &Value| -> BTreeSet<String> {
        playbook["workflow"].as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!((steps(&one), &one["id"]), (steps(&slower), &slower["id"]));
    let other = export(&text.replacen("name: room-loss", "name: room-lost", 1), Lang::En);
    assert_ne!(one["id"], other["id"]);
    assert!(steps(&one).is_disjoint(&steps(&other)));
}

#[test]
fn steps_side_by_side_meet_again_before_what_needs_them() {
    let playbook = export(shipped("room-loss"), Lang::En);
    let workflow = playbook["workflow"].as_object().unwrap();
    let mut order: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut at = playbook["workflow_start"].as_str().unwrap().to_owned();
    let mut told = Vec::new();
    loop {
        let step = &workflow[&at];
        if let Some(branches) = step["next_steps"].as_array() {
            let mut names: Vec<String> = branches
                .iter()
                .map(|branch| {
                    workflow[branch.as_str().unwrap()]["name"].as_str().unwrap().to_owned()
                })
                .collect();
            names.sort();
            order.insert(at.clone(), names.clone());
            told.push(names.join(" + "));
        } else if step["type"] == "action" {
            told.push(step["name"].as_str().unwrap().to_owned());
        }
        let next = ["on_completion", "on_success"].into_iter().find_map(|key| step[key].as_str());
        match next {
            Some(next) => at = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(
        told,
        [
            "Confirm the side of the storage + Fence the hosts",
            "Start the VMs",
            "Check the services"
        ]
    );
}

#[test]
fn what_persons_do_is_a_manual_command_of_a_group() {
    let playbook = export(shipped("last-resort-restart"), Lang::Fr);
    let workflow = playbook["workflow"].as_object().unwrap();
    let approve = workflow
        .values()
        .find(|step| step["name"] == "Faire approuver par deux personnes")
        .unwrap();
    assert_eq!(approve["commands"][0]["type"], "manual");
    let agent = &playbook["agent_definitions"][approve["agent"].as_str().unwrap()];
    assert_eq!((&agent["type"], &agent["name"]), (&json!("group"), &json!("role:operator")));
    let start = workflow
        .values()
        .find(|step| step["name"] == "Démarrer les VM depuis leurs copies")
        .unwrap();
    assert_eq!(start["commands"][0]["type"], "bascule");
    assert!(start["commands"][0]["command"].as_str().unwrap().starts_with("vm.start-from-copy {"));
}
