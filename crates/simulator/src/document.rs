//! The head of a file that says what a campaign plays: its version, its kind, its name.

use std::path::Path;

use model::text::Text;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::scenario::ScenarioError;

const VERSION: &str = "bascule/v1";

/// A file as written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Document<T> {
    #[serde(rename = "apiVersion")]
    #[expect(dead_code, reason = "the head was looked at before")]
    api_version: String,
    #[expect(dead_code, reason = "the head was looked at before")]
    kind: String,
    pub(crate) metadata: Metadata,
    pub(crate) spec: T,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Metadata {
    pub(crate) name: String,
    pub(crate) title: Text,
}

/// What a file says that it is, whatever else is in it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    api_version: String,
    kind: String,
}

/// Whether the file says that it is of this kind.
pub(crate) fn is_of_kind(text: &str, kind: &str) -> bool {
    serde_saphyr::from_str::<Head>(text).is_ok_and(|head| head.kind == kind)
}

/// Reads a file of this kind.
pub(crate) fn parse<T: DeserializeOwned>(
    path: &Path,
    text: &str,
    kind: &str,
) -> Result<Document<T>, ScenarioError> {
    // A file of another kind is told so, not that it lacks the keys of this one.
    if let Ok(Head { api_version, kind: said }) = serde_saphyr::from_str(text)
        && (said != kind || api_version != VERSION)
    {
        let reason = format!(
            "it is `{said}` of `{api_version}`; it should say `apiVersion: {VERSION}` and \
             `kind: {kind}`"
        );
        return Err(ScenarioError::Figures { path: path.into(), reason });
    }
    serde_saphyr::from_str(text)
        .map_err(|source| ScenarioError::Parse { path: path.into(), source: Box::new(source) })
}
