//! Reading who may approve and attest.

use crate::diagnostic::say;
use crate::policy::{Approvals, PeoplePolicy};
use crate::yaml::{Node, Reader};

use super::Places;

pub(super) fn approvals<'t>(r: &mut Reader<'t>, node: &'t Node) -> Option<Approvals> {
    let what = say!("`approvals`", "`approvals`");
    let fields = r.fields(node, what, node.span, &["quorum", "from"], None)?;
    let quorum = fields.required(r, "quorum", |r, node| r.count(node, 1, 10));
    let from = fields.optional(r, "from", Vec::new(), Reader::ids);
    Some(Approvals { quorum: quorum?, from: from?.into_iter().collect() })
}

pub(super) fn people<'t>(
    r: &mut Reader<'t>,
    node: &'t Node,
    places: &mut Places,
) -> Option<PeoplePolicy> {
    let what = say!("`people`", "`people`");
    let known = ["attest", "approve", "approval-valid-for"];
    let fields = r.fields(node, what, node.span, &known, None)?;
    let span = |key: &str| fields.get(key).map_or(node.span, |node| node.span);
    places.attest = span("attest");
    places.approve = span("approve");
    places.approval_valid_for = span("approval-valid-for");
    let default = PeoplePolicy::default();
    let attest = fields.optional(r, "attest", Vec::new(), Reader::ids);
    let approve = fields.optional(r, "approve", Vec::new(), Reader::ids);
    let valid_for =
        fields.optional(r, "approval-valid-for", default.approval_valid_for, Reader::duration);
    Some(PeoplePolicy {
        attest: attest?.into_iter().collect(),
        approve: approve?.into_iter().collect(),
        approval_valid_for: valid_for?,
    })
}
