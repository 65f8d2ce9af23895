//! Checks the bundle of a whole log: the leaves against the list of their hashes, the list against
//! the signed root. The root proves the list, and the list names the leaf.

use super::alignment::{Alignment, Expected, align};
use super::{ExaminedLeaf, Finding, Head, Problem, content, file, lines};
use crate::bundle::Files;
use crate::frontier::Frontier;
use crate::hash::{Hash, leaf_hash};
use crate::leaf_view::LeafView;

pub(super) fn check<'a>(
    files: &'a Files,
    head: &Head,
    findings: &mut Vec<Finding>,
) -> Vec<ExaminedLeaf<'a>> {
    let Some(bytes) = file(files, &head.leaves, findings) else { return Vec::new() };
    let lines = lines(&head.leaves, bytes, findings);
    let hashes: Vec<Hash> = lines.iter().map(|line| leaf_hash(line)).collect();
    let listed = listed_hashes(files, head, findings);
    let leaves_hold = root(&hashes) == head.root && hashes.len() as u64 == head.size;
    let list: Vec<Hash> = listed.iter().flatten().copied().collect();
    let list_holds =
        list.len() == listed.len() && list.len() as u64 == head.size && root(&list) == head.root;

    if leaves_hold {
        // A list that is not there at all has its finding already.
        if !list_holds && files.contains_key(&head.hashes) {
            list_altered(head, &hashes, &listed, findings);
        }
        return examined(head, &lines, (0..).map(Some), true, findings);
    }
    // The leaves are not the signed ones. If the list is, it names which; if not even the list is,
    // it still tells where leaves and list disagree.
    let expected: Vec<Expected> = (0..)
        .zip(&listed)
        .filter_map(|(leaf, hash)| Some(Expected { leaf, hash: (*hash)? }))
        .collect();
    let claims =
        |line: usize| LeafView::read(lines[line])?.index.checked_sub(head.manifest.first_index);
    let alignment = align(&hashes, &expected, claims);
    if !list_holds {
        findings.push(neither_holds(head, hashes.len() as u64));
    }
    report(&alignment, &head.leaves, findings);
    let proved = |leaf: u64| list_holds && !alignment.altered.contains(&leaf);
    let mut leaves = Vec::new();
    for (line, leaf) in alignment.leaf_of_line.iter().enumerate() {
        let Some(leaf) = *leaf else { continue };
        let bytes = lines[line];
        if !alignment.altered.contains(&leaf) {
            findings.extend(content::check(head, leaf, bytes));
        }
        leaves.push(ExaminedLeaf { leaf, bytes, proved: proved(leaf) });
    }
    leaves
}

fn root(hashes: &[Hash]) -> Hash {
    let mut frontier = Frontier::default();
    hashes.iter().for_each(|hash| frontier.append_hash(*hash));
    frontier.root()
}

fn listed_hashes(files: &Files, head: &Head, findings: &mut Vec<Finding>) -> Vec<Option<Hash>> {
    let Some(bytes) = file(files, &head.hashes, findings) else { return Vec::new() };
    lines(&head.hashes, bytes, findings)
        .into_iter()
        .map(|line| std::str::from_utf8(line).ok()?.parse().ok())
        .collect()
}

fn list_altered(
    head: &Head,
    hashes: &[Hash],
    listed: &[Option<Hash>],
    findings: &mut Vec<Finding>,
) {
    let differs = |line: usize| listed.get(line).copied().flatten() != hashes.get(line).copied();
    let last = hashes.len().max(listed.len());
    // A dropped line shifts all that follow: the first difference says where.
    let shifted = listed.len() != hashes.len();
    let shown = (0..last).filter(|line| differs(*line)).take(if shifted { 1 } else { last });
    for line in shown {
        let leaf = line as u64;
        findings.push(
            Finding::error(
                Problem::HashAltered,
                format!("the leaves are the signed ones, but entry {leaf} of the file `hashes` was altered, dropped or added"),
                format!("les feuilles sont bien celles qui ont été signées, mais l'entrée {leaf} du fichier `hashes` a été altérée, retirée ou ajoutée"),
            )
            .of_leaf(leaf)
            .of_file(&head.hashes),
        );
    }
}

fn neither_holds(head: &Head, lines: u64) -> Finding {
    let size = head.size;
    Finding::error(
        Problem::RootDiffers,
        format!(
            "neither the {lines} leaves nor the list of hashes give the checkpoint's root over \
             {size} leaves: both were altered, or the checkpoint is of another log"
        ),
        format!(
            "ni les {lines} feuilles ni la liste des empreintes ne donnent la racine du point de \
             contrôle sur {size} feuilles : les deux ont été altérées, ou le point de contrôle est \
             celui d'un autre journal"
        ),
    )
    .of_file(&head.leaves)
}

/// Words for what the alignment found.
pub(super) fn report(alignment: &Alignment, file: &str, findings: &mut Vec<Finding>) {
    let mut push = |problem, leaf: u64, en: String, fr: String| {
        findings.push(Finding::error(problem, en, fr).of_leaf(leaf).of_file(file));
    };
    for leaf in &alignment.altered {
        push(
            Problem::LeafAltered,
            *leaf,
            format!("leaf {leaf} was altered: its bytes are not those that were signed"),
            format!(
                "la feuille {leaf} a été altérée : ses octets ne sont pas ceux qui ont été signés"
            ),
        );
    }
    for leaf in &alignment.missing {
        push(
            Problem::LeafMissing,
            *leaf,
            format!("leaf {leaf} is missing"),
            format!("la feuille {leaf} manque"),
        );
    }
    for leaf in &alignment.out_of_place {
        push(
            Problem::LeafOutOfPlace,
            *leaf,
            format!("leaf {leaf} stands at another leaf's place: the order was changed"),
            format!("la feuille {leaf} est à la place d'une autre : l'ordre a été changé"),
        );
    }
    for line in &alignment.extra {
        let number = line + 1;
        findings.push(
            Finding::error(
                Problem::LeafExtra,
                format!("line {number} of `{file}` is no leaf of the log, or one a second time"),
                format!("la ligne {number} de `{file}` n'est pas une feuille du journal, ou y est deux fois"),
            )
            .of_file(file),
        );
    }
}

fn examined<'a>(
    head: &Head,
    lines: &[&'a [u8]],
    leaves: impl Iterator<Item = Option<u64>>,
    proved: bool,
    findings: &mut Vec<Finding>,
) -> Vec<ExaminedLeaf<'a>> {
    let pairs = leaves.zip(lines).filter_map(|(leaf, bytes)| Some((leaf?, *bytes)));
    pairs
        .map(|(leaf, bytes)| {
            findings.extend(content::check(head, leaf, bytes));
            ExaminedLeaf { leaf, bytes, proved }
        })
        .collect()
}
