//! The file as written: every scalar that a rule may point at keeps its place.

use model::action::{APPROVAL, MANUAL};
use model::incident::IncidentClass;
use model::manual::EvidenceKind;
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
    pub(crate) manual: Option<Spanned<RawManual>>,
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
    #[serde(default)]
    pub(crate) always: bool,
}

impl RawStep {
    /// The name of its row in the catalogue.
    pub(crate) fn row_name(&self) -> Option<&str> {
        match &self.action {
            Some(action) => Some(action.value.as_str()),
            None if self.approval.is_some() => Some(APPROVAL),
            None if self.manual.is_some() => Some(MANUAL),
            None => None,
        }
    }

    /// Whether it is one item of the run itself, applied to nothing else.
    pub(crate) fn is_of_the_run(&self) -> bool {
        self.approval.is_some() || self.manual.is_some()
    }

    /// The keys with which it says what it does: one, in a runbook that is right.
    pub(crate) fn written(&self) -> Vec<&'static str> {
        let keys = [
            ("action", self.action.is_some()),
            (MANUAL, self.manual.is_some()),
            (APPROVAL, self.approval.is_some()),
        ];
        keys.into_iter().filter(|(_, written)| *written).map(|(key, _)| key).collect()
    }

    /// Where a finding about what it does points at.
    pub(crate) fn does(&self) -> Location {
        let action = self.action.as_ref().map(|action| action.referenced);
        let approval = || self.approval.as_ref().map(|approval| approval.referenced);
        let manual = || self.manual.as_ref().map(|manual| manual.referenced);
        action.or_else(approval).or_else(manual).unwrap_or(self.id.referenced)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawApproval {
    pub(crate) from: Vec<Spanned<String>>,
    pub(crate) quorum: Spanned<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawManual {
    pub(crate) role: Spanned<String>,
    #[serde(default)]
    pub(crate) quorum: Option<Spanned<u32>>,
    pub(crate) evidence: EvidenceKind,
    pub(crate) text: RawText,
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

impl RawForEach {
    /// Whether it ranges over anything.
    pub(crate) fn is_written(&self) -> bool {
        self.hosts.is_some()
            || self.vms.is_some()
            || self.services.is_some()
            || self.storage_layers.is_some()
    }
}
