use crate::diagnostic::say;
use crate::fence::Rung;
use crate::id::HostId;
use crate::units::{CpuCount, MemoryMib};
use crate::yaml::{Fields, Node, Reader, Value};

use super::{Draft, Shape, each_entry};
use crate::estate::places::Section;
use crate::estate::{Host, Restarts, Watchdog};

const SHAPE: Shape = Shape {
    key: "hosts",
    section: Section::Hosts,
    known: &[
        "room",
        "cpus",
        "cpu-ratio",
        "memory",
        "memory-reserve",
        "networks",
        "volumes",
        "devices",
        "rungs",
        "watchdog",
        "restarts",
    ],
};

const RUNGS: &[(&str, Rung)] = &[
    ("power", Rung::Power),
    ("storage", Rung::Storage),
    ("lease", Rung::Lease),
    ("people", Rung::People),
];

pub(super) fn read<'t>(
    reader: &mut Reader<'t>,
    spec: &Fields<'t>,
    defaults: Option<&Fields<'t>>,
    draft: &mut Draft,
) {
    let hosts = &mut draft.estate.hosts;
    each_entry(reader, spec, defaults, &mut draft.places, &SHAPE, |r, fields, names| {
        let Some(host) = host(r, fields) else { return };
        hosts.extend(names.into_iter().map(|name| (HostId(name), host.clone())));
    });
}

fn host<'t>(r: &mut Reader<'t>, fields: &Fields<'t>) -> Option<Host> {
    let room = fields.required(r, "room", Reader::id);
    let cpus = fields.required(r, "cpus", |r, node| r.count(node, 1, 100_000));
    let ratio = fields.optional(r, "cpu-ratio", 100, Reader::ratio_percent);
    let memory = fields.required(r, "memory", Reader::memory);
    let reserve = fields.optional(r, "memory-reserve", MemoryMib(0), Reader::memory);
    let networks = fields.optional(r, "networks", Vec::new(), Reader::ids);
    let volumes = fields.optional(r, "volumes", Vec::new(), Reader::ids);
    let devices = fields.optional(r, "devices", Vec::new(), Reader::ids);
    let rungs = fields.required(r, "rungs", rungs);
    let watchdog = fields.optional(r, "watchdog", None, |r, node| watchdog(r, node).map(Some));
    let restarts = fields.optional(r, "restarts", Restarts::Bascule, |r, node| {
        r.choice(node, &[("bascule", Restarts::Bascule), ("platform", Restarts::Platform)])
    });
    Some(Host {
        room: room?,
        cpus: CpuCount(cpus?),
        memory_mib: memory?,
        cpu_ratio_percent: ratio?,
        memory_reserve_mib: reserve?,
        networks: networks?.into_iter().collect(),
        volumes: volumes?.into_iter().collect(),
        devices: devices?.into_iter().collect(),
        rungs: rungs?.into_iter().collect(),
        watchdog: watchdog?,
        restarts: restarts?,
    })
}

fn rungs(r: &mut Reader<'_>, node: &Node) -> Option<Vec<Rung>> {
    match &node.value {
        Value::List(nodes) => {
            let rungs: Vec<Option<Rung>> = nodes.iter().map(|node| r.choice(node, RUNGS)).collect();
            rungs.into_iter().collect()
        }
        _ => r.choice(node, RUNGS).map(|rung| vec![rung]),
    }
}

fn watchdog<'t>(r: &mut Reader<'t>, node: &'t Node) -> Option<Watchdog> {
    let what = say!("`watchdog`", "`watchdog`");
    let fields = r.fields(node, what, node.span, &["timeout", "armed"], None)?;
    let timeout = fields.required(r, "timeout", Reader::duration);
    let armed = fields.optional(r, "armed", false, Reader::flag);
    Some(Watchdog { timeout: timeout?, armed: armed? })
}
