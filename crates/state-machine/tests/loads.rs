//! A second estate and a third: what leaves and comes back is known as it was.

#![allow(clippy::unwrap_used, clippy::panic)]

mod clinic;

use clinic::*;
use model::fence::FenceEvidence;
use model::observation::{Detail, Status, Target};
use model::units::Span;
use state_machine::{Command, Rejection};

#[test]
fn figures_beyond_any_clock_prove_nothing_and_break_nothing() {
    let mut log = Log::new();
    let Command::EstateLoaded { estate, mut policy, runbooks } = load() else { panic!() };
    policy.value.watch.probe_every = Span::from_millis(u64::MAX / 2);
    policy.value.lease.lease = Span::from_millis(u64::MAX - 1);
    log.ok(Command::EstateLoaded { estate, policy, runbooks });
    let array = Target::Array { array: "array-a".into() };
    log.ok(seen(vec![observation("a", array.clone(), Status::Up, Detail::None)]));
    log.ok(seen(vec![observation("a", array, Status::Down, Detail::None)]));
    let run = log.host_loss();
    log.ok(log.start(run, "fence/a1", 1));
    log.pass(Span::from_secs(365 * 24 * 3600));
    assert!(matches!(log.no(log.power_proof("a1")), Rejection::NoProof { .. }));
    log.ok(Command::Withheld {
        host: "a1".into(),
        token: log.token(),
        by: "b1".into(),
        promise_ends_in: Span::ZERO,
    });
    log.pass(Span::from_secs(365 * 24 * 3600));
    let (withheld_by, waited_ms) = ("b1".into(), 1_000_000);
    let lease = FenceEvidence::LeaseExpired { withheld_by, waited_ms, required_ms: waited_ms };
    assert!(matches!(log.no(log.proof("a1", lease)), Rejection::NoProof { .. }));
}
