//! Who signed the checkpoint, and whether that is enough.

use std::collections::BTreeSet;

use super::{Finding, Problem, Severity, Trust, file, lines, unreadable};
use crate::bundle::{CHECKPOINT, Files, KEYS};
use crate::note::{NoteVerifier, SignatureCheck, SignedNote};

pub(super) struct Signatures {
    pub(super) signed_by: Vec<String>,
    pub(super) keys: usize,
    pub(super) needed: usize,
}

pub(super) fn check(
    files: &Files,
    note: &SignedNote,
    (trust, voters): (&Trust, Option<&BTreeSet<String>>),
    findings: &mut Vec<Finding>,
) -> Signatures {
    let bundled = bundled_keys(files, findings);
    let known = match &trust.keys {
        Some(trusted) => {
            compare(&bundled, trusted, findings);
            trusted.clone()
        }
        None => {
            note_own_keys(&bundled, findings);
            bundled
        }
    };
    // A room that does not vote in this era neither signs nor counts.
    let known: Vec<NoteVerifier> = known
        .into_iter()
        .filter(|key| voters.is_none_or(|voters| voters.contains(key.name().as_str())))
        .collect();
    // One key under two names is still one signer.
    let keys = known.iter().map(NoteVerifier::public_bytes).collect::<BTreeSet<_>>().len();
    let needed = trust.signatures_needed.unwrap_or(keys / 2 + 1).max(1);
    let mut signers = BTreeSet::new();
    let mut signed_by = Vec::new();
    for (signature, check) in note.check(&known) {
        let name = signature.name.to_string();
        match check {
            SignatureCheck::Valid => {
                let key = known
                    .iter()
                    .find(|key| *key.name() == signature.name && key.id() == signature.id);
                if key.is_some_and(|key| signers.insert(key.public_bytes())) {
                    signed_by.push(name);
                }
            }
            SignatureCheck::Invalid => findings.push(invalid(&name)),
            SignatureCheck::UnknownKey => findings.push(unknown(&name)),
        }
    }
    if signed_by.len() < needed {
        let found = signed_by.len();
        findings.push(
            Finding::error(
                Problem::SignaturesTooFew,
                format!(
                    "the checkpoint has {found} valid signatures, {needed} of {keys} keys must have \
                     signed it: it proves nothing"
                ),
                format!(
                    "le point de contrôle porte {found} signatures valides, il en faut {needed} \
                     sur {keys} clés : il ne prouve rien"
                ),
            )
            .of_file(CHECKPOINT),
        );
    }
    Signatures { signed_by, keys, needed }
}

fn bundled_keys(files: &Files, findings: &mut Vec<Finding>) -> Vec<NoteVerifier> {
    let Some(bytes) = file(files, KEYS, findings) else { return Vec::new() };
    let mut keys = Vec::new();
    for (number, line) in lines(KEYS, bytes, findings).into_iter().enumerate() {
        let key = std::str::from_utf8(line).ok().and_then(|text| text.parse().ok());
        match key {
            Some(key) => keys.push(key),
            None => findings.push(unreadable(
                KEYS,
                &format!("line {} is not a key, or was altered", number + 1),
                &format!("la ligne {} n'est pas une clé, ou a été altérée", number + 1),
            )),
        }
    }
    keys
}

fn compare(bundled: &[NoteVerifier], trusted: &[NoteVerifier], findings: &mut Vec<Finding>) {
    for key in bundled.iter().filter(|key| !trusted.contains(key)) {
        findings.push(
            Finding::new(
                Severity::Warning,
                Problem::KeysDiffer,
                format!("the bundle's key `{key}` is not among the trusted keys: it is not used"),
                format!(
                    "la clé `{key}` du dossier n'est pas de confiance : elle n'est pas utilisée"
                ),
            )
            .of_file(KEYS),
        );
    }
}

fn note_own_keys(keys: &[NoteVerifier], findings: &mut Vec<Finding>) {
    let names: Vec<String> =
        keys.iter().map(|key| format!("{}+{}", key.name(), key.id())).collect();
    let names = names.join(", ");
    findings.push(
        Finding::new(
            Severity::Note,
            Problem::KeysFromBundle,
            format!(
                "the keys come from the bundle itself; compare them with the rooms' keys on paper, \
                 or give those: {names}"
            ),
            format!(
                "les clés viennent du dossier lui-même ; comparez-les aux clés des salles sur \
                 papier, ou donnez celles-ci : {names}"
            ),
        )
        .of_file(KEYS),
    );
}

fn invalid(name: &str) -> Finding {
    Finding::error(
        Problem::SignatureInvalid,
        format!("the signature of `{name}` does not hold: checkpoint or signature was altered"),
        format!(
            "la signature de `{name}` n'est pas valide : le point de contrôle ou la signature a \
             été altéré"
        ),
    )
    .of_file(CHECKPOINT)
}

fn unknown(name: &str) -> Finding {
    Finding::new(
        Severity::Warning,
        Problem::SignatureByUnknownKey,
        format!("the signature of `{name}` is by a key that is not known: it does not count"),
        format!("la signature de `{name}` vient d'une clé inconnue : elle ne compte pas"),
    )
    .of_file(CHECKPOINT)
}
