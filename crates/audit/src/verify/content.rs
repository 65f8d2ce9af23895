//! Whether leaves that are proved are also what leaves must be.

use serde_json::Value;

use super::{Finding, Head, Problem};
use crate::leaf::canonical;
use crate::leaf_view::LeafView;

/// Checks one leaf by its number in the tree.
pub(super) fn check(head: &Head, leaf: u64, bytes: &[u8]) -> Option<Finding> {
    let manifest = &head.manifest;
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else {
        return Some(malformed(head, leaf, "it is not JSON", "ce n'est pas du JSON"));
    };
    if canonical(&value) != bytes {
        let fr = "ce JSON n'est pas sous forme canonique (RFC 8785)";
        return Some(malformed(head, leaf, "its JSON is not in canonical form (RFC 8785)", fr));
    }
    let Some(view) = LeafView::read(bytes) else {
        let fr = "ce n'est pas un événement de ce journal";
        return Some(malformed(head, leaf, "it is not an event of this log", fr));
    };
    let index = manifest.first_index.checked_add(leaf);
    if view.era != manifest.era || Some(view.index) != index || view.cluster != manifest.cluster {
        let is = format!("{}/{} of `{}`", view.era.0, view.index, view.cluster);
        let is_fr = format!("{}/{} de `{}`", view.era.0, view.index, view.cluster);
        let era = manifest.era.0;
        let ought = index.map_or_else(|| "?".to_owned(), |index| format!("{era}/{index}"));
        return Some(malformed(
            head,
            leaf,
            &format!("it is entry {is}, where the manifest leads to expect {ought}"),
            &format!("c'est l'entrée {is_fr}, le manifeste laisse attendre {ought}"),
        ));
    }
    None
}

fn malformed(head: &Head, leaf: u64, en: &str, fr: &str) -> Finding {
    Finding::error(
        Problem::LeafMalformed,
        format!("leaf {leaf} was signed but is not a leaf of this bundle: {en}"),
        format!("la feuille {leaf} a été signée mais n'est pas une feuille de ce dossier : {fr}"),
    )
    .of_leaf(leaf)
    .of_file(&head.leaves)
}
