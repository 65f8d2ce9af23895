//! The file as written: every scalar that a rule may point at keeps its place.

use model::action::APPROVAL;
use model::incident::IncidentClass;
use model::plan::OnFailure;
use model::text::Text;
use model::units::Span;
use serde::Deserialize;
use serde_saphyr::{Location, Spanned};

use crate::format::{Order, Which};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawFile {
    #[serde(rename = "apiVersion")]
    pub(crate) api_version: Spanned<String>,
    pub(crate) kind: Spanned<String>,
    pub(crate) metadata: RawMetadata,
    pub(crate) spec: RawSpec,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawMetadata {
    pub(crate) name: Spanned<String>,
    pub(crate) title: RawText,
    #[serde(default)]
    pub(crate) purpose: Option<RawText>,
    #[serde(default)]
    pub(crate) before: Option<RawText>,
    #[serde(default)]
    pub(crate) reach: Option<RawText>,
    #[serde(default)]
    pub(crate) undo: Option<RawText>,
}

/// Text for people in a runbook is always in both languages: its reader may be either's.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawText {
    pub(crate) fr: String,
    pub(crate) en: String,
}

impl From<RawText> for Text {
    fn from(text: RawText) -> Self {
        Self::Each { fr: text.fr, en: text.en }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawSpec {
    #[serde(default)]
    pub(crate) answers: Option<Spanned<Vec<Spanned<IncidentClass>>>>,
    #[serde(default)]
    pub(crate) objectives: RawObjectives,
    #[serde(default)]
    pub(crate) defaults: RawDefaults,
    pub(crate) steps: Spanned<Vec<RawStep>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawObjectives {
    #[serde(default)]
    pub(crate) rto: Option<Spanned<Span>>,
    #[serde(default)]
    pub(crate) rpo: Option<Span>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawDefaults {
    #[serde(default)]
    pub(crate) timeout: Option<Spanned<Span>>,
    #[serde(default)]
    pub(crate) retry: Option<RawRetry>,
    #[serde(default)]
    pub(crate) on_failure: Option<OnFailure>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawRetry {
    pub(crate) attempts: Spanned<u32>,
    #[serde(default)]
    pub(crate) backoff: Option<Span>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawStep {
    pub(crate) id: Spanned<String>,
    #[serde(default)]
    pub(crate) title: Option<RawText>,
    #[serde(default)]
    pub(crate) action: Option<Spanned<String>>,
    #[serde(default)]
    pub(crate) approval: Option<Spanned<RawApproval>>,
    #[serde(default)]
    pub(crate) when: Option<Spanned<String>>,
    #[serde(default)]
    pub(crate) needs: Vec<Spanned<String>>,
    #[serde(default)]
    pub(crate) for_each: RawForEach,
    #[serde(default)]
    pub(crate) uses: Vec<Spanned<String>>,
    #[serde(default)]
    pub(crate) verify: Option<Spanned<String>>,
    #[serde(default)]
    pub(crate) timeout: Option<Spanned<Span>>,
    #[serde(default)]
    pub(crate) retry: Option<RawRetry>,
    #[serde(default)]
    pub(crate) on_failure: Option<OnFailure>,
    #[serde(default)]
    pub(crate) expect: Option<Spanned<Span>>,
}

impl RawStep {
    /// The name of its row in the catalogue.
    pub(crate) fn row_name(&self) -> Option<&str> {
        match (&self.action, &self.approval) {
            (Some(action), _) => Some(action.value.as_str()),
            (None, Some(_)) => Some(APPROVAL),
            (None, None) => None,
        }
    }

    /// Where a finding about what it does points at.
    pub(crate) fn does(&self) -> Location {
        match (&self.action, &self.approval) {
            (Some(action), _) => action.referenced,
            (None, Some(approval)) => approval.referenced,
            (None, None) => self.id.referenced,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawApproval {
    pub(crate) from: Vec<Spanned<String>>,
    pub(crate) quorum: Spanned<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawForEach {
    #[serde(default)]
    pub(crate) hosts: Option<Spanned<Which>>,
    #[serde(default)]
    pub(crate) vms: Option<Spanned<Which>>,
    #[serde(default)]
    pub(crate) services: Option<Spanned<Which>>,
    #[serde(default, rename = "storage-layers")]
    pub(crate) storage_layers: Option<Spanned<Which>>,
    #[serde(default)]
    pub(crate) order: Option<Spanned<Order>>,
    #[serde(default)]
    pub(crate) at_once: Option<Spanned<u32>>,
    #[serde(default)]
    pub(crate) per_host: Option<Spanned<u32>>,
    #[serde(default)]
    pub(crate) per_volume: Option<Spanned<u32>>,
    #[serde(default)]
    pub(crate) up_to_tier: Option<Spanned<u8>>,
}
