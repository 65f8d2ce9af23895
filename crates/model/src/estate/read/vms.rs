use crate::diagnostic::say;
use crate::id::{HostId, VmId, VolumeId};
use crate::units::CpuCount;
use crate::yaml::{Fields, Node, Reader};

use super::{Draft, Shape, each_entry};
use crate::estate::places::Section;
use crate::estate::{Vm, VmSource};

const SHAPE: Shape = Shape {
    key: "vms",
    section: Section::Vms,
    known: &[
        "service",
        "cpus",
        "memory",
        "networks",
        "volumes",
        "devices",
        "home",
        "prefers",
        "spread",
        "anti-affinity",
        "after",
        "boot",
        "source",
    ],
};

pub(super) fn read<'t>(
    reader: &mut Reader<'t>,
    spec: &Fields<'t>,
    defaults: Option<&Fields<'t>>,
    draft: &mut Draft,
) {
    let vms = &mut draft.estate.vms;
    each_entry(reader, spec, defaults, &mut draft.places, &SHAPE, |r, fields, names| {
        let Some((vm, spread)) = vm(r, fields) else { return };
        for (turn, name) in names.into_iter().enumerate() {
            let mut vm = vm.clone();
            if let Some(home) = in_turn(&spread.homes, turn) {
                vm.home = home.clone();
            }
            vm.volumes.extend(in_turn(&spread.volumes, turn).cloned());
            vms.insert(VmId(name), vm);
        }
    });
}

/// What the VMs of a pattern are dealt in turn, like cards.
#[derive(Default)]
struct Spread {
    homes: Vec<HostId>,
    volumes: Vec<VolumeId>,
}

fn in_turn<T>(list: &[T], turn: usize) -> Option<&T> {
    list.get(turn % list.len().max(1))
}

fn vm<'t>(r: &mut Reader<'t>, fields: &Fields<'t>) -> Option<(Vm, Spread)> {
    let service = fields.required(r, "service", Reader::id);
    let cpus = fields.required(r, "cpus", |r, node| r.count(node, 1, 4096));
    let memory = fields.required(r, "memory", Reader::memory);
    let networks = fields.optional(r, "networks", Vec::new(), Reader::ids);
    let volumes = fields.optional(r, "volumes", Vec::new(), Reader::ids);
    let devices = fields.optional(r, "devices", Vec::new(), Reader::ids);
    let spread = fields.optional(r, "spread", Spread::default(), spread);
    // A home of its own wins over the turn.
    let dealt = spread.as_ref().and_then(|spread| spread.homes.first().cloned());
    let home = match dealt {
        Some(first) => fields.optional(r, "home", first, Reader::id),
        None => fields.required(r, "home", Reader::id),
    };
    let prefers = fields.optional(r, "prefers", Vec::new(), Reader::ids);
    let anti_affinity = fields.optional(r, "anti-affinity", None, |r, node| r.text(node).map(Some));
    let after = fields.optional(r, "after", Vec::new(), Reader::ids);
    let boot = fields.required(r, "boot", Reader::duration);
    let source = fields.optional(r, "source", VmSource::Stub, |r, node| {
        r.choice(node, &[("stub", VmSource::Stub), ("kernel", VmSource::Kernel)])
    });
    let vm = Vm {
        service: service?,
        cpus: CpuCount(cpus?),
        memory_mib: memory?,
        networks: networks?.into_iter().collect(),
        volumes: volumes?.into_iter().collect(),
        devices: devices?.into_iter().collect(),
        home: home?,
        prefers: prefers?,
        anti_affinity: anti_affinity?,
        after: after?.into_iter().collect(),
        boot: boot?,
        source: source?,
    };
    let mut spread = spread?;
    if fields.get("home").is_some() {
        spread.homes.clear();
    }
    Some((vm, spread))
}

fn spread<'t>(r: &mut Reader<'t>, node: &'t Node) -> Option<Spread> {
    let what = say!("`spread`", "`spread`");
    let fields = r.fields(node, what, node.span, &["home", "volume"], None)?;
    let homes = fields.optional(r, "home", Vec::new(), Reader::ids);
    let volumes = fields.optional(r, "volume", Vec::new(), Reader::ids);
    Some(Spread { homes: homes?, volumes: volumes? })
}
