//! Older eras. Each is a tree of its own; the first leaf of the next one holds the order that two
//! persons signed, and the order names the size and the root of the log that it goes on from.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use model::era::Era;
use model::id::{PersonId, RoomId};
use model::policy::Person;

use super::{Finding, Head, Problem, whole_log};
use crate::bundle::{Files, Kind, LEAVES, Manifest, command, hashes_of, leaves_of};
use crate::era_order::{OrderError, SIGNERS, SignedOrder};
use crate::frontier::Frontier;
use crate::hash::Hash;
use crate::leaf_view::LeafView;
use crate::note::KeyName;

/// An era before the bundle's own, and how it is linked to the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OlderEra {
    /// Its number.
    pub era: Era,
    /// How many leaves the order names that goes on from it.
    pub size: u64,
    /// Their root, as the order names it, in hex.
    pub root: String,
    /// How many of them are in the bundle and give that root.
    pub leaves_proved: u64,
    /// Who signed the order that ended it.
    pub signed_by: BTreeSet<PersonId>,
}

/// The first leaf of an era, taken apart.
struct Opening {
    signed: SignedOrder,
    /// The persons whom the policy named at the survivor.
    persons: BTreeMap<PersonId, Person>,
    /// The tree of the old log in the state that was taken over.
    carried: Frontier,
}

/// The names of the keys of the rooms that vote in an era which an order opened: the survivor's,
/// and those of the controllers that have joined since. None in a cluster's first era, and where
/// no such order is to be read: then every room votes.
pub(super) fn voters(files: &Files, manifest: &Manifest) -> Option<BTreeSet<String>> {
    if manifest.era == Era(0) {
        return None;
    }
    let leaves = files.get(LEAVES)?.split(|byte| *byte == b'\n');
    let (mut rooms, mut joining) = (BTreeSet::new(), BTreeMap::new());
    for leaf in leaves.filter_map(LeafView::read).filter(|leaf| !leaf.is_rejected()) {
        match leaf.kind.as_str() {
            command::ERA_OPENED if leaf.index == manifest.first_index => {
                rooms.insert(opening(&leaf)?.signed.order().room.clone());
            }
            command::CONTROLLER_JOINING => {
                let who = leaf.field::<u64>("controller").zip(leaf.field::<RoomId>("room"));
                joining.extend(who);
            }
            command::CONTROLLER_JOINED => {
                let who = leaf.field::<u64>("controller");
                rooms.extend(who.and_then(|who| joining.remove(&who)));
            }
            _ => {}
        }
    }
    if rooms.is_empty() {
        return None;
    }
    let name = |room| KeyName::of_room(&manifest.cluster, room).ok();
    Some(rooms.iter().filter_map(name).map(|name| name.to_string()).collect())
}

/// Checks the chain from the bundle's own era back to the first one. The bundle of a run holds no
/// older log: there only the order itself is checked.
pub(super) fn check(
    files: &Files,
    head: &Head,
    first: Option<&[u8]>,
    findings: &mut Vec<Finding>,
) -> Vec<OlderEra> {
    let mut older = Vec::new();
    let mut newer = head.manifest.era;
    let mut first = first;
    while newer > Era(0) {
        let view = first.and_then(LeafView::read).filter(|leaf| {
            leaf.kind == command::ERA_OPENED && leaf.era == newer && !leaf.is_rejected()
        });
        let Some(opening) = view.as_ref().and_then(opening) else {
            findings.push(no_order(newer));
            break;
        };
        let order = opening.signed.order();
        if order.era != newer || order.old.era >= newer || order.cluster != head.manifest.cluster {
            findings.push(order_of_another(newer));
            break;
        }
        let carried = (opening.carried.size, opening.carried.root().to_string());
        if carried != (order.old.size, order.old.root.clone()) {
            findings.push(carried_differs(newer, order.old.era));
        }
        let signed_by = match opening.signed.signed_by(&opening.persons) {
            Ok(persons) => persons,
            Err(error) => {
                findings.push(unsigned(newer, &error));
                BTreeSet::new()
            }
        };
        let mut found = OlderEra {
            era: order.old.era,
            size: order.old.size,
            root: order.old.root.clone(),
            leaves_proved: 0,
            signed_by,
        };
        first = None;
        if head.manifest.kind == Kind::Log {
            let log = Log::of(head, &found);
            let leaves = log.check(files, &mut found, findings);
            first = leaves.first().copied();
            if found.leaves_proved == found.size && persons_of(&leaves) != Some(opening.persons) {
                findings.push(persons_differ(newer, found.era));
            }
        }
        newer = found.era;
        older.push(found);
        if head.manifest.kind == Kind::Run {
            break;
        }
    }
    older
}

/// The log of an older era.
struct Log(Head);

impl Log {
    fn of(newest: &Head, era: &OlderEra) -> Self {
        let manifest =
            Manifest { era: era.era, size: era.size, first_index: 0, ..newest.manifest.clone() };
        // A root that can't be read is the root of nothing.
        let root = era.root.parse().unwrap_or(Hash([0; 32]));
        let (leaves, hashes) = (leaves_of(era.era), hashes_of(era.era));
        Self(Head { manifest, size: era.size, root, leaves, hashes })
    }

    fn check<'a>(
        &self,
        files: &'a Files,
        era: &mut OlderEra,
        findings: &mut Vec<Finding>,
    ) -> Vec<&'a [u8]> {
        let mut found = Vec::new();
        let leaves = whole_log::check(files, &self.0, &mut found);
        findings.extend(found.into_iter().map(|finding| finding.of_era(era.era.0)));
        era.leaves_proved = leaves.iter().filter(|leaf| leaf.proved).count() as u64;
        leaves.into_iter().map(|leaf| leaf.bytes).collect()
    }
}

fn opening(leaf: &LeafView) -> Option<Opening> {
    let opening: Value = leaf.field("opening")?;
    let carried: Value = serde_json::from_str(opening.get("carried")?.as_str()?).ok()?;
    Some(Opening {
        signed: SignedOrder::parse(opening.get("order")?.as_str()?).ok()?,
        persons: persons_in(carried.get("policy")?)?,
        carried: serde_json::from_value(carried.get("audit")?.clone()).ok()?,
    })
}

/// The persons that a policy names, as it stands in the log with its hash.
fn persons_in(policy: &Value) -> Option<BTreeMap<PersonId, Person>> {
    serde_json::from_value(policy.get("value")?.get("persons")?.clone()).ok()
}

/// The persons whom the policy names that was in force at the end of this log.
fn persons_of(leaves: &[&[u8]]) -> Option<BTreeMap<PersonId, Person>> {
    let last = leaves.iter().rev().filter_map(|leaf| LeafView::read(leaf)).find(|leaf| {
        let tells = [command::ESTATE_LOADED, command::ERA_OPENED].contains(&leaf.kind.as_str());
        tells && !leaf.is_rejected()
    })?;
    match last.kind.as_str() {
        command::ERA_OPENED => Some(opening(&last)?.persons),
        _ => persons_in(&last.field("policy")?),
    }
}

fn no_order(era: Era) -> Finding {
    let number = era.0;
    Finding::error(
        Problem::EraUnlinked,
        format!(
            "era {number} does not begin with the order that opened it: nothing links it to the \
             era before"
        ),
        format!(
            "l'ère {number} ne commence pas par l'ordre qui l'a ouverte : rien ne la relie à l'ère \
             précédente"
        ),
    )
    .of_leaf(0)
}

fn order_of_another(era: Era) -> Finding {
    let number = era.0;
    Finding::error(
        Problem::EraUnlinked,
        format!(
            "the order at the beginning of era {number} opens another era, or another cluster's"
        ),
        format!(
            "l'ordre en tête de l'ère {number} ouvre une autre ère, ou celle d'une autre grappe"
        ),
    )
    .of_leaf(0)
}

fn carried_differs(era: Era, old: Era) -> Finding {
    let (number, old) = (era.0, old.0);
    Finding::error(
        Problem::EraUnlinked,
        format!(
            "the state that era {number} took over is not that of the log of era {old} which the \
             order names"
        ),
        format!(
            "l'état repris par l'ère {number} n'est pas celui du journal de l'ère {old} que l'ordre \
             désigne"
        ),
    )
    .of_leaf(0)
}

fn persons_differ(era: Era, old: Era) -> Finding {
    let (number, old) = (era.0, old.0);
    Finding::error(
        Problem::EraOrderInvalid,
        format!(
            "the persons by whom the order of era {number} was judged are not those whom the policy \
             in the log of era {old} names"
        ),
        format!(
            "les personnes d'après lesquelles l'ordre de l'ère {number} a été jugé ne sont pas \
             celles que nomme la politique dans le journal de l'ère {old}"
        ),
    )
    .of_leaf(0)
}

fn unsigned(era: Era, error: &OrderError) -> Finding {
    let number = era.0;
    let why = match error {
        OrderError::TooFew { found } => {
            format!("{found} personne(s) sur {SIGNERS} ont signé cet ordre")
        }
        OrderError::OnePersonTwice { person } => format!("{person} a signé deux fois"),
        OrderError::UnknownKey { signer } | OrderError::Invalid { signer } => {
            format!("la signature de {signer} n'est pas valable")
        }
        OrderError::NotTheirs { person } => format!("{person} n'a pas le rôle `opens-eras`"),
        OrderError::Note(_) | OrderError::NotAnOrder | OrderError::Unwritable { .. } => {
            "il est illisible".to_owned()
        }
    };
    Finding::error(
        Problem::EraOrderInvalid,
        format!("the order that opened era {number} does not hold: {error}"),
        format!("l'ordre qui a ouvert l'ère {number} n'est pas valable : {why}"),
    )
    .of_leaf(0)
}
