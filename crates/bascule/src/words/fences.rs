//! Fences, what proved them, and who attested.

use model::id::{HostId, PersonId};
use model::text::Lang;
use server::query::FenceView;
use state_machine::PERSONS_NEEDED;

use super::{say, words};

words! {
    FENCES: "Fences", "Isolements";
}

/// How many persons have attested a host: `a1: 1 of 2`.
pub(crate) fn attested(host: &HostId, counted: usize, lang: Lang) -> String {
    say!(lang, "{host}: {counted} of {PERSONS_NEEDED}", "{host} : {counted} sur {PERSONS_NEEDED}")
}

/// A fence in one line: its token, the rungs that proved it, and who attested.
pub(crate) fn fence(fence: &FenceView, lang: Lang) -> String {
    let rungs: Vec<&str> = fence.proofs.iter().map(|rung| rung.as_str()).collect();
    let mut words = format!("{} [{}]", fence.token, rungs.join(", "));
    let counted = fence.attested.iter().filter(|one| one.counts);
    let by = counted.map(|one| PersonId::as_str(&one.by)).collect::<Vec<_>>().join(", ");
    if !by.is_empty() {
        words.push_str(&say!(lang, ", attested by {by}", ", attesté par {by}"));
    }
    words
}

#[cfg(test)]
mod tests {
    use model::era::{Epoch, Era, Token};
    use server::query::AttestationView;

    use super::*;

    #[test]
    fn a_fence_names_who_attested_it_and_whose_word_counts() {
        let order = Token { era: Era(0), epoch: Epoch(7) };
        let said = |by: &str, counts| AttestationView {
            by: by.into(),
            statement: "no fan turns".to_owned(),
            at_ms: 1,
            counts,
        };
        let view = FenceView {
            token: order.to_string(),
            order,
            proofs: Vec::new(),
            withheld_by: Vec::new(),
            attested: vec![said("anna", true), said("bob", false)],
        };
        assert!(fence(&view, Lang::En).ends_with("[], attested by anna"));
        assert!(fence(&view, Lang::Fr).ends_with("[], attesté par anna"));
    }
}
