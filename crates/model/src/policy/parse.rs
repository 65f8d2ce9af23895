//! Reading and checking a policy file.

mod people;
mod readiness;

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Approvals, Autonomy, ClassPolicy, LeasePolicy, PeoplePolicy, Person, PersonRole, Policy,
    RateLimit, StartLimits, WatchPolicy, check,
};
use crate::diagnostic::{ByteSpan, Diagnostic, say};
use crate::estate::Estate;
use crate::id::{CheckId, PersonId, VmId};
use crate::incident::IncidentClass;
use crate::yaml::{Fields, Node, Reader, Value};

/// Where the figures that rules speak of stand.
#[derive(Debug, Default)]
pub(super) struct Places {
    pub(super) hold_offs: BTreeMap<IncidentClass, ByteSpan>,
    pub(super) autonomies: BTreeMap<IncidentClass, ByteSpan>,
    pub(super) watchdog: ByteSpan,
    pub(super) renew_every: ByteSpan,
    pub(super) promise: ByteSpan,
    pub(super) approvals: BTreeMap<IncidentClass, ByteSpan>,
    pub(super) attest: ByteSpan,
    pub(super) approve: ByteSpan,
    pub(super) approval_valid_for: ByteSpan,
    pub(super) longest_pause: ByteSpan,
    pub(super) persons: BTreeMap<PersonId, ByteSpan>,
    /// Each VM that a waiver names, and where.
    pub(super) waived: Vec<(VmId, ByteSpan)>,
    pub(super) readiness_checks: BTreeMap<CheckId, ByteSpan>,
}

impl Policy {
    /// Reads and checks a policy file (`kind: Policy`). `file` is its name for messages. Gives the
    /// policy with its warnings, or everything that is wrong with the file.
    pub fn parse(file: &str, text: &str) -> Result<(Self, Vec<Diagnostic>), Vec<Diagnostic>> {
        read(None, file, text)
    }

    /// As [`Policy::parse`], and checks that the policy suits this estate.
    pub fn parse_for(
        estate: &Estate,
        file: &str,
        text: &str,
    ) -> Result<(Self, Vec<Diagnostic>), Vec<Diagnostic>> {
        read(Some(estate), file, text)
    }
}

fn read(
    estate: Option<&Estate>,
    file: &str,
    text: &str,
) -> Result<(Policy, Vec<Diagnostic>), Vec<Diagnostic>> {
    let mut reader = Reader::new(file, text, "policy");
    let root = Node::parse(&mut reader.findings);
    let mut places = Places::default();
    let policy = root.as_ref().and_then(|root| policy(&mut reader, root, &mut places));
    let mut findings = reader.findings;
    match policy {
        Some(policy) if !findings.has_errors() => {
            check::all(&policy, &places, estate, &mut findings);
            if findings.has_errors() {
                Err(findings.into_sorted())
            } else {
                Ok((policy, findings.into_sorted()))
            }
        }
        _ => Err(findings.into_sorted()),
    }
}

fn policy<'t>(r: &mut Reader<'t>, root: &'t Node, places: &mut Places) -> Option<Policy> {
    let (_, spec) = r.document(root, "Policy")?;
    let known = [
        "incidents",
        "rate-limit",
        "lease",
        "watch",
        "starts",
        "people",
        "longest-pause",
        "persons",
        "waivers",
        "readiness-checks",
    ];
    let spec = r.fields(spec, say!("`spec`", "`spec`"), spec.span, &known, None)?;
    let incidents = spec.required(r, "incidents", |r, node| incidents(r, node, places));
    let rate_limit = spec.required(r, "rate-limit", rate_limit);
    let lease = spec.optional(r, "lease", LeasePolicy::default(), |r, node| lease(r, node, places));
    let watch = spec.optional(r, "watch", WatchPolicy::default(), watch);
    let starts = spec.optional(r, "starts", StartLimits::default(), starts);
    let people = spec
        .optional(r, "people", PeoplePolicy::default(), |r, node| people::people(r, node, places));
    places.longest_pause = spec.get("longest-pause").map_or(places.longest_pause, |n| n.span);
    let pause = spec.optional(r, "longest-pause", super::longest_pause(), Reader::duration);
    let persons = spec.optional(r, "persons", BTreeMap::new(), |r, node| persons(r, node, places));
    let waivers =
        spec.optional(r, "waivers", Vec::new(), |r, node| readiness::waivers(r, node, places));
    let checks = spec.optional(r, "readiness-checks", BTreeMap::new(), |r, node| {
        readiness::checks(r, node, places)
    });
    Some(Policy {
        incidents: incidents?,
        rate_limit: rate_limit?,
        lease: lease?,
        watch: watch?,
        starts: starts?,
        people: people?,
        longest_pause: pause?,
        persons: persons?,
        waivers: waivers?,
        readiness_checks: checks?,
    })
}

fn incidents<'t>(
    r: &mut Reader<'t>,
    node: &'t Node,
    places: &mut Places,
) -> Option<BTreeMap<IncidentClass, ClassPolicy>> {
    let known: Vec<&'static str> = IncidentClass::ALL.iter().map(|c| c.as_str()).collect();
    let what = say!("`incidents`", "`incidents`");
    let fields = r.fields(node, what, node.span, &known, None)?;
    let mut all = BTreeMap::new();
    let mut sound = true;
    for class in IncidentClass::ALL {
        let Some(node) = fields.get(class.as_str()) else { continue };
        let what = say!("the policy of `{class}`", "la politique de `{class}`");
        let keys = ["autonomy", "hold-off", "runbook", "platform-deadline", "approvals"];
        let found = r.fields(node, what, node.span, &keys, None);
        let policy = found.and_then(|fields| class_policy(r, &fields, class, places));
        match policy {
            Some(policy) => {
                all.insert(class, policy);
            }
            None => sound = false,
        }
    }
    sound.then_some(all)
}

fn class_policy<'t>(
    r: &mut Reader<'t>,
    fields: &Fields<'t>,
    class: IncidentClass,
    places: &mut Places,
) -> Option<ClassPolicy> {
    if let Some(node) = fields.get("hold-off") {
        places.hold_offs.insert(class, node.span);
    }
    if let Some(node) = fields.get("autonomy") {
        places.autonomies.insert(class, node.span);
    }
    let autonomy = fields.required(r, "autonomy", |r, node| {
        r.choice(
            node,
            &[("observe", Autonomy::Observe), ("ask", Autonomy::Ask), ("act", Autonomy::Act)],
        )
    });
    let hold_off = fields.optional(r, "hold-off", Default::default(), Reader::duration);
    let runbook = fields.optional(r, "runbook", None, |r, node| r.id(node).map(Some));
    let deadline =
        fields.optional(r, "platform-deadline", super::platform_deadline(), Reader::duration);
    if let Some(node) = fields.get("approvals") {
        places.approvals.insert(class, node.span);
    }
    let approvals = fields.optional(r, "approvals", Approvals::default(), people::approvals);
    Some(ClassPolicy {
        autonomy: autonomy?,
        hold_off: hold_off?,
        runbook: runbook?,
        platform_deadline: deadline?,
        approvals: approvals?,
    })
}

fn rate_limit<'t>(r: &mut Reader<'t>, node: &'t Node) -> Option<RateLimit> {
    let what = say!("`rate-limit`", "`rate-limit`");
    let fields = r.fields(node, what, node.span, &["runs", "window"], None)?;
    let runs = fields.required(r, "runs", |r, node| r.count(node, 1, 100_000));
    let window = fields.required(r, "window", Reader::duration);
    Some(RateLimit { runs: runs?, window: window? })
}

fn lease<'t>(r: &mut Reader<'t>, node: &'t Node, places: &mut Places) -> Option<LeasePolicy> {
    let what = say!("`lease`", "`lease`");
    let known = ["lease", "watchdog", "drift-ppm", "margin", "promise", "renew-every"];
    let fields = r.fields(node, what, node.span, &known, None)?;
    let span = |key: &str| fields.get(key).map_or(node.span, |node| node.span);
    places.watchdog = span("watchdog");
    places.renew_every = span("renew-every");
    places.promise = span("promise");
    let default = LeasePolicy::default();
    let lease = fields.optional(r, "lease", default.lease, Reader::duration);
    let watchdog = fields.optional(r, "watchdog", default.watchdog, Reader::duration);
    let drift =
        fields.optional(r, "drift-ppm", default.drift_ppm, |r, node| r.count(node, 0, 500_000));
    let margin = fields.optional(r, "margin", default.margin, Reader::duration);
    let promise = fields.optional(r, "promise", default.promise, Reader::duration);
    let renew_every = fields.optional(r, "renew-every", default.renew_every, Reader::duration);
    Some(LeasePolicy {
        lease: lease?,
        watchdog: watchdog?,
        drift_ppm: drift?,
        margin: margin?,
        promise: promise?,
        renew_every: renew_every?,
    })
}

fn watch<'t>(r: &mut Reader<'t>, node: &'t Node) -> Option<WatchPolicy> {
    let what = say!("`watch`", "`watch`");
    let known = ["probe-every", "probe-timeout", "debounce"];
    let fields = r.fields(node, what, node.span, &known, None)?;
    let default = WatchPolicy::default();
    let every = fields.optional(r, "probe-every", default.probe_every, Reader::duration);
    let timeout = fields.optional(r, "probe-timeout", default.probe_timeout, Reader::duration);
    let debounce =
        fields.optional(r, "debounce", default.debounce, |r, node| r.count(node, 1, 100));
    Some(WatchPolicy { probe_every: every?, probe_timeout: timeout?, debounce: debounce? })
}

fn starts<'t>(r: &mut Reader<'t>, node: &'t Node) -> Option<StartLimits> {
    let what = say!("`starts`", "`starts`");
    let fields = r.fields(node, what, node.span, &["per-host", "per-volume"], None)?;
    let default = StartLimits::default();
    let per_host =
        fields.optional(r, "per-host", default.per_host, |r, node| r.count(node, 1, 10_000));
    let per_volume =
        fields.optional(r, "per-volume", default.per_volume, |r, node| r.count(node, 1, 10_000));
    Some(StartLimits { per_host: per_host?, per_volume: per_volume? })
}

fn persons<'t>(
    r: &mut Reader<'t>,
    node: &'t Node,
    places: &mut Places,
) -> Option<BTreeMap<PersonId, Person>> {
    let entries = r.entries(node)?;
    let mut all = BTreeMap::new();
    let mut sound = true;
    for entry in entries {
        let id = PersonId(entry.key.text.clone());
        places.persons.insert(id.clone(), entry.key.span);
        let what = say!("the person `{id}`", "la personne `{id}`");
        let found = r.fields(&entry.node, what, entry.key.span, &["key", "roles"], None);
        let person = found.and_then(|fields| {
            let key = fields.required(r, "key", Reader::text);
            let roles = fields.required(r, "roles", |r, node| roles(r, node));
            Some(Person { key: key?, roles: roles? })
        });
        match person {
            Some(person) if !all.contains_key(&id) => {
                all.insert(id, person);
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

fn roles<'t>(r: &mut Reader<'t>, node: &'t Node) -> Option<BTreeSet<PersonRole>> {
    let nodes = match &node.value {
        Value::List(nodes) => nodes.as_slice(),
        _ => std::slice::from_ref(node),
    };
    nodes.iter().map(|node| r.choice(node, &PersonRole::ALL)).collect()
}
