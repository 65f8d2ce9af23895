//! Waivers and readiness checks.

use std::collections::BTreeMap;

use super::Places;
use crate::diagnostic::say;
use crate::id::{CheckId, VmId};
use crate::incident::IncidentClass;
use crate::policy::{CheckHow, ReadinessCheck, Waiver};
use crate::text::Text;
use crate::yaml::{Fields, Node, Reader, Value};

pub(super) fn waivers<'t>(
    r: &mut Reader<'t>,
    node: &'t Node,
    places: &mut Places,
) -> Option<Vec<Waiver>> {
    let nodes = match &node.value {
        Value::List(nodes) => nodes.as_slice(),
        Value::Null => &[],
        _ => std::slice::from_ref(node),
    };
    let all: Vec<Option<Waiver>> = nodes.iter().map(|node| waiver(r, node, places)).collect();
    all.into_iter().collect()
}

fn waiver<'t>(r: &mut Reader<'t>, node: &'t Node, places: &mut Places) -> Option<Waiver> {
    let known = ["vms", "incidents", "until", "reason", "who"];
    let fields =
        r.fields(node, say!("this waiver", "cette dérogation"), node.span, &known, None)?;
    let vms = fields.required(r, "vms", Reader::name_list);
    let classes = IncidentClass::ALL.map(|class| (class.as_str(), class));
    let incidents = fields.optional(r, "incidents", Vec::new(), |r, node| {
        let nodes = match &node.value {
            Value::List(nodes) => nodes.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let all: Vec<_> = nodes.iter().map(|node| r.choice(node, &classes)).collect();
        all.into_iter().collect()
    });
    let until = fields.required(r, "until", |r, node| {
        let text = r.text(node)?;
        let day = text.parse().ok();
        if day.is_none() {
            r.bad_value(
                node.span,
                say!("`{text}` is not a day", "`{text}` n'est pas un jour"),
                say!(
                    "write a day of the calendar as `2027-03-31`",
                    "écrire un jour du calendrier comme `2027-03-31`"
                ),
            );
        }
        day
    });
    let reason = fields.required(r, "reason", Reader::text);
    let who = fields.required(r, "who", Reader::id);
    let vms = vms?;
    places.waived.extend(vms.iter().map(|item| (VmId::from(item.text.as_str()), item.span)));
    Some(Waiver {
        vms: vms.into_iter().map(|item| VmId::from(item.text)).collect(),
        incidents: incidents?.into_iter().collect(),
        until: until?,
        reason: reason?,
        who: who?,
    })
}

pub(super) fn checks<'t>(
    r: &mut Reader<'t>,
    node: &'t Node,
    places: &mut Places,
) -> Option<BTreeMap<CheckId, ReadinessCheck>> {
    let entries = r.entries(node)?;
    let mut all = BTreeMap::new();
    let mut sound = true;
    for entry in entries {
        let id = CheckId(entry.key.text.clone());
        places.readiness_checks.insert(id.clone(), entry.key.span);
        let what = say!("the readiness check `{id}`", "le contrôle de préparation `{id}`");
        let known =
            ["title", "room", "file", "certificate", "alive-for", "command", "every", "timeout"];
        let found = r.fields(&entry.node, what, entry.key.span, &known, None);
        match found.and_then(|fields| check(r, &fields, &id)) {
            Some(check) if !all.contains_key(&id) => {
                all.insert(id, check);
            }
            Some(_) => {
                r.repeated_key(entry, entries);
                sound = false;
            }
            None => sound = false,
        }
    }
    sound.then_some(all)
}

fn check<'t>(r: &mut Reader<'t>, fields: &Fields<'t>, id: &CheckId) -> Option<ReadinessCheck> {
    let named = Text::from(id.as_str());
    let title = fields.optional(r, "title", named, Reader::title);
    let room = fields.required(r, "room", Reader::id);
    let every = fields.optional(r, "every", ReadinessCheck::EVERY, Reader::duration);
    let timeout = fields.optional(r, "timeout", ReadinessCheck::TIMEOUT, Reader::duration);
    let alive_for = fields.optional(r, "alive-for", ReadinessCheck::ALIVE_FOR, Reader::duration);
    let how = how(r, fields, id, alive_for?);
    Some(ReadinessCheck { title: title?, room: room?, how: how?, every: every?, timeout: timeout? })
}

fn how<'t>(
    r: &mut Reader<'t>,
    fields: &Fields<'t>,
    id: &CheckId,
    alive_for: crate::units::Span,
) -> Option<CheckHow> {
    let written = ["file", "certificate", "command"].map(|key| Some((key, fields.get(key)?)));
    let mut written = written.into_iter().flatten();
    let (first, second) = (written.next(), written.next());
    let (Some((key, node)), None) = (first, second) else {
        let at = second.or(first).map_or(fields.place(), |(_, node)| node.span);
        r.bad_value(
            at,
            say!(
                "the readiness check `{id}` must say in one way what is looked at",
                "le contrôle de préparation `{id}` doit dire d'une seule façon ce qui est regardé"
            ),
            say!(
                "write exactly one of `file`, `certificate` and `command`",
                "écrire exactement un de `file`, `certificate` et `command`"
            ),
        );
        return None;
    };
    match key {
        "file" => Some(CheckHow::File { path: r.text(node)? }),
        "certificate" => Some(CheckHow::Certificate { path: r.text(node)?, alive_for }),
        _ => {
            let mut words = r.texts(node)?.into_iter();
            let Some(program) = words.next() else {
                r.bad_value(
                    node.span,
                    say!(
                        "the readiness check `{id}` names no program",
                        "le contrôle de préparation `{id}` ne nomme aucun programme"
                    ),
                    say!(
                        "write the program and its arguments: `command: [restic, cat, config]`",
                        "écrire le programme et ses arguments : `command: [restic, cat, config]`"
                    ),
                );
                return None;
            };
            Some(CheckHow::Command { program, args: words.collect() })
        }
    }
}
