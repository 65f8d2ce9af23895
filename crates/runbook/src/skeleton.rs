//! A new runbook to begin with: commented, and linted clean.

use crate::keys::actions;

/// The runbooks that are shipped, by name: a new one can begin like one of them.
pub const LIBRARY: &[(&str, &str)] = &[
    ("vm-loss", include_str!("../../../runbooks/vm-loss.yaml")),
    ("host-loss", include_str!("../../../runbooks/host-loss.yaml")),
    ("room-loss", include_str!("../../../runbooks/room-loss.yaml")),
    ("last-resort-restart", include_str!("../../../runbooks/last-resort-restart.yaml")),
];

const BLANK: &str = include_str!("skeleton.yaml");

/// Why there is no skeleton.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SkeletonError {
    /// A name that can't stand in step keys and file names.
    #[error("`{name}` can't be a name: use lower-case letters, digits and `-`")]
    Name {
        /// As asked for.
        name: String,
    },
    /// There is no such runbook to begin like.
    #[error("there is no runbook `{like}` to begin like; there are: {known}")]
    Like {
        /// As asked for.
        like: String,
        /// Those that there are.
        known: String,
    },
}

/// A new runbook of this name, from a blank one or like one that is shipped.
pub fn skeleton(name: &str, like: Option<&str>) -> Result<String, SkeletonError> {
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || !name.chars().all(legal) {
        return Err(SkeletonError::Name { name: name.to_owned() });
    }
    let Some(like) = like else {
        let actions: Vec<&str> = actions().collect();
        return Ok(BLANK.replace("NAME", name).replace("ACTIONS", &actions.join(", ")));
    };
    let unknown = || SkeletonError::Like {
        like: like.to_owned(),
        known: LIBRARY.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", "),
    };
    let (_, text) = LIBRARY.iter().find(|(known, _)| *known == like).ok_or_else(unknown)?;
    // The file's own head speaks of the other runbook: it begins with its keys.
    let keys = text.find("apiVersion:").unwrap_or(0);
    let renamed = text[keys..].replacen(&format!("name: {like}\n"), &format!("name: {name}\n"), 1);
    Ok(format!(
        "# {name}: begun like {like}. Title, purpose and the rest are still of that one.\n{renamed}"
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{canonical, parse, read};

    #[test]
    fn each_skeleton_lints_clean_carries_its_name_and_is_in_canonical_form() {
        let likes = LIBRARY.iter().map(|(name, _)| Some(*name));
        for like in likes.chain([None]) {
            let text = skeleton("our-own", like).unwrap();
            let reading = read("our-own.yaml", &text);
            assert!(reading.diagnostics.is_empty(), "{like:?}: {:?}", reading.diagnostics);
            assert_eq!(reading.runbook.unwrap().name.as_str(), "our-own");
            assert_eq!(canonical(&text).unwrap(), text, "{like:?}");
            assert!(text.contains("# "), "{like:?}");
        }
    }

    #[test]
    fn the_library_is_what_is_shipped_under_these_names() {
        for (name, text) in LIBRARY {
            assert_eq!(parse(name, text).unwrap().name.as_str(), *name);
        }
    }

    #[test]
    fn a_bad_name_and_an_unknown_model_are_refused() {
        assert!(skeleton("Our own", None).unwrap_err().to_string().contains("lower-case"));
        let error = skeleton("our-own", Some("room")).unwrap_err().to_string();
        assert!(error.contains("there are: vm-loss, host-loss"), "{error}");
    }
}
