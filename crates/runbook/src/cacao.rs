//! A runbook as a CACAO 2.0 playbook, for tools that read that format.
//!
//! CACAO knows branches that meet again, not a graph: steps that may run at the same time become
//! one `parallel` step, and the next ones begin when all of them have ended. So the playbook keeps
//! every order of the runbook and adds some. Sets, limits, retries and CEL have no place in it and
//! stand in the descriptions.
//!
//! Ids are made from names: the playbook's is a UUIDv5 in the namespace and from the properties
//! that the standard names for that; those of steps, which the standard wants as version 4, are
//! derived from it and carry that version.

use std::collections::BTreeSet;

use model::action::{NOT_WRITTEN, row};
use model::id::StepId;
use model::plan::OnFailure;
use model::text::{Lang, Text};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::format::{Runbook, Step};
use crate::levels::levels;

/// The namespace that the standard gives for ids that are made from names.
const NAMESPACE: Uuid = Uuid::from_u128(0xaa7c_af3a_d55a_4e9a_b34e_0562_15fb_a56a);

/// What every playbook of ours is: it brings back what is lost.
const PLAYBOOK_TYPE: &str = "remediation";

/// What an export needs to know beside the runbook.
#[derive(Clone, Debug)]
pub struct Provenance {
    /// When this version was made, as RFC 3339 in UTC with milliseconds:
    /// `2026-01-31T12:00:00.000Z`.
    pub at: String,
    /// Who answers for it: an organisation's name.
    pub by: String,
    /// The language of names and descriptions.
    pub lang: Lang,
}

/// The playbook.
pub fn cacao(runbook: &Runbook, provenance: &Provenance) -> Value {
    Export { runbook, provenance, playbook: playbook_id(runbook) }.playbook()
}

struct Export<'a> {
    runbook: &'a Runbook,
    provenance: &'a Provenance,
    playbook: Uuid,
}

impl Export<'_> {
    fn playbook(&self) -> Value {
        let levels = levels(self.runbook);
        let mut workflow = Map::new();
        let first = levels.first().map_or_else(|| self.id("end", "end"), |one| self.enter(0, one));
        workflow.insert(
            self.id("start", "start"),
            json!({
                "type": "start",
                "name": self.say("Start", "Début"),
                "on_completion": first,
            }),
        );
        for (number, level) in levels.iter().enumerate() {
            let next = levels
                .get(number + 1)
                .map_or_else(|| self.id("end", "end"), |level| self.enter(number + 1, level));
            self.level(number, level, &next, &mut workflow);
        }
        workflow.insert(
            self.id("end", "end"),
            json!({
                "type": "end",
                "name": self.say("End", "Fin"),
            }),
        );
        self.stopped(&mut workflow);
        let activities: BTreeSet<&str> = self.runbook.steps.iter().filter_map(activity).collect();
        let mut playbook = json!({
            "type": "playbook",
            "spec_version": "cacao-2.0",
            "id": format!("playbook--{}", self.playbook),
            "name": self.runbook.name,
            "description": self.description(),
            "playbook_types": [PLAYBOOK_TYPE],
            "created_by": self.id("identity", &self.provenance.by),
            "created": self.provenance.at,
            "modified": self.provenance.at,
            "revoked": false,
            "industry_sectors": ["healthcare"],
            "labels": self.runbook.answers.iter().map(|class| class.as_str()).collect::<Vec<_>>(),
            "workflow_start": self.id("start", "start"),
            "workflow_exception": self.id("action", STOPPED),
            "workflow": workflow,
            "agent_definitions": self.agents(),
        });
        if let Some(playbook) = playbook.as_object_mut() {
            // Lists of these kinds are absent rather than empty.
            if self.runbook.answers.is_empty() {
                playbook.remove("labels");
            }
            if !activities.is_empty() {
                playbook.insert("playbook_activities".to_owned(), json!(activities));
            }
        }
        playbook
    }

    /// The step with which a level begins.
    fn enter(&self, number: usize, level: &[&Step]) -> String {
        match level {
            [only] => self.id("action", &format!("step/{}", only.id)),
            _ => self.id("parallel", &format!("level/{number}")),
        }
    }

    /// The steps of a level; all of them end before `next`.
    fn level(&self, number: usize, level: &[&Step], next: &str, workflow: &mut Map<String, Value>) {
        if let [only] = level {
            workflow.insert(self.enter(number, level), self.action(only, next));
            return;
        }
        let mut branches = Vec::with_capacity(level.len());
        for step in level {
            let name = format!("step/{}", step.id);
            // Each branch ends with an end step of its own.
            let end = self.id("end", &name);
            let action = self.id("action", &name);
            workflow.insert(action.clone(), self.action(step, &end));
            workflow.insert(end, json!({ "type": "end" }));
            branches.push(action);
        }
        workflow.insert(
            self.enter(number, level),
            json!({
                "type": "parallel",
                "name": self.say("Side by side", "En parallèle"),
                "next_steps": branches,
                "on_completion": next,
            }),
        );
    }

    fn action(&self, step: &Step, next: &str) -> Value {
        let manual = NOT_WRITTEN.contains(&step.action.as_str());
        let agents = if manual { self.persons(step) } else { BOT.to_owned() };
        let kind = if manual { "group" } else { "security-category" };
        let mut command = json!({
            "type": if manual { "manual" } else { COMMAND },
            "command": self.command(step),
        });
        if let (Some(command), Some(activity)) = (command.as_object_mut(), activity(step)) {
            command.insert("playbook_activity".to_owned(), json!(activity));
        }
        let title = step.title.as_ref().map(|title| title.in_lang(self.provenance.lang));
        let mut action = json!({
            "type": "action",
            "name": title.unwrap_or(step.id.as_str()),
            "description": self.step_description(step),
            "timeout": step.timeout.as_millis(),
            "commands": [command],
            "agent": self.id(kind, &agents),
        });
        // Where the run ends with the step, its failure goes to the exception.
        let on = match step.on_failure {
            OnFailure::Abort => "on_success",
            OnFailure::Continue | OnFailure::Ignore => "on_completion",
        };
        if let Some(action) = action.as_object_mut() {
            action.insert(on.to_owned(), json!(next));
        }
        action
    }

    /// What a failure that ends the run leads to.
    fn stopped(&self, workflow: &mut Map<String, Value>) {
        let end = self.id("end", STOPPED);
        workflow.insert(self.id("action", STOPPED), json!({
            "type": "action",
            "name": self.say("The run has ended", "L'exécution a pris fin"),
            "commands": [{
                "type": "manual",
                "command": self.say(
                    "A step failed for good: nothing more is started. Look at what was done, and decide",
                    "Une étape a échoué pour de bon : rien d'autre n'est démarré. Regarder ce qui a été fait, et décider",
                ),
            }],
            "agent": self.id("group", ON_CALL),
            "on_completion": end,
        }));
        workflow.insert(end, json!({ "type": "end" }));
    }

    fn agents(&self) -> Value {
        let mut agents = Map::new();
        agents.insert(
            self.id("security-category", BOT),
            json!({
                "type": "security-category",
                "name": "Bascule",
                "description": self.say(
                    "The controllers: each step is committed before it leaves",
                    "Les contrôleurs : chaque étape est actée avant de partir",
                ),
                "category": ["orchestrator"],
            }),
        );
        let by_persons = |step: &&Step| step.approval.is_some() || step.manual.is_some();
        let waits = self.runbook.steps.iter().filter(by_persons);
        let groups = waits.map(|step| self.persons(step)).chain([ON_CALL.to_owned()]);
        for group in groups.collect::<BTreeSet<_>>() {
            agents.insert(self.id("group", &group), json!({
                "type": "group",
                "name": if group == ON_CALL { self.say("On call", "Astreinte") } else { &group },
            }));
        }
        Value::Object(agents)
    }

    fn persons(&self, step: &Step) -> String {
        let approval = step.approval.as_ref().map(|approval| approval.from.join(", "));
        let task = step.manual.as_ref().map(|task| task.role.clone());
        approval.or(task).unwrap_or_default()
    }

    fn command(&self, step: &Step) -> String {
        match (&step.approval, &step.manual) {
            (None, Some(task)) => task.text.in_lang(self.provenance.lang).to_owned(),
            (Some(approval), _) => {
                let (quorum, from) = (approval.quorum, approval.from.join(", "));
                match self.provenance.lang {
                    Lang::En => format!(
                        "{quorum} distinct persons of {from} let the run go on; who asked for it does not count"
                    ),
                    Lang::Fr => format!(
                        "{quorum} personnes distinctes parmi {from} laissent l'exécution se poursuivre ; qui l'a demandée ne compte pas"
                    ),
                }
            }
            (None, None) => format!("{} {}", step.action, step.for_each.spelled()),
        }
    }

    fn step_description(&self, step: &Step) -> String {
        let mut parts = Vec::new();
        if let Some(row) = row(&step.action)
            && let Some(done) = row.post_condition
        {
            let word = self.say("Done when", "Fait quand");
            parts.push(match &step.verify {
                Some(verify) => format!("{word}: {verify}"),
                None => format!("{word}: {done}"),
            });
        }
        if let Some(when) = &step.when {
            parts.push(format!("{}: {when}", self.say("Only if", "Seulement si")));
        }
        if !step.needs.is_empty() {
            let needs: Vec<&str> = step.needs.iter().map(StepId::as_str).collect();
            parts.push(format!("{}: {}", self.say("After", "Après"), needs.join(", ")));
        }
        if step.retry.attempts > 1 {
            let (attempts, backoff) = (step.retry.attempts, step.retry.backoff);
            parts.push(format!("{}: {attempts} / {backoff}", self.say("Attempts", "Essais")));
        }
        parts.join(". ")
    }

    fn description(&self) -> String {
        let runbook = self.runbook;
        let each =
            [&runbook.title, &runbook.purpose, &runbook.before, &runbook.reach, &runbook.undo];
        let text = |text: &Text| text.in_lang(self.provenance.lang).to_owned();
        each.into_iter().map(text).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
    }

    fn say(&self, en: &'static str, fr: &'static str) -> &'static str {
        match self.provenance.lang {
            Lang::En => en,
            Lang::Fr => fr,
        }
    }

    /// The id of an object of this playbook: the same name gives the same id, and no two objects
    /// share one, whatever their kinds.
    fn id(&self, kind: &str, name: &str) -> String {
        let derived = Uuid::new_v5(&self.playbook, format!("{kind}/{name}").as_bytes());
        let id = uuid::Builder::from_random_bytes(derived.into_bytes()).into_uuid();
        format!("{kind}--{id}")
    }
}

/// The agent that carries out actions, by its name in ids.
const BOT: &str = "bascule";
/// Those who are called when a run ends early, by their name in ids.
const ON_CALL: &str = "on-call";
/// What a failure leads to, by its name in ids.
const STOPPED: &str = "stopped";
/// The type of the commands that Bascule carries out: the vocabulary is open, and none of its words
/// fits an action that is no script and no request.
const COMMAND: &str = "bascule";

fn playbook_id(runbook: &Runbook) -> Uuid {
    // Canonical JSON: its keys are in order and hold nothing that needs another form.
    let name = json!({ "name": runbook.name, "playbook_types": [PLAYBOOK_TYPE] });
    Uuid::new_v5(&NAMESPACE, name.to_string().as_bytes())
}

/// What a step does, in the words of the standard.
fn activity(step: &Step) -> Option<&'static str> {
    match step.action.as_str() {
        "fence.host" | "vm.stop" => Some("disconnect-system"),
        "storage.confirm-side" | "service.check" => Some("scan-system"),
        "vm.start" => Some("restore-capabilities"),
        "vm.start-from-copy" => Some("restore-data"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
