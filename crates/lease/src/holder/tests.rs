//! What a holder may do, and until when.

use super::*;

const AT: fn(u64) -> Monotonic = Monotonic;

fn grant(sent_at: u64, number: u64, of: &[&str], fenced: &[&str]) -> Input {
    let hosts = |names: &[&str]| names.iter().map(|name| HostId::from(*name)).collect();
    Input::Granted {
        sent_at: AT(sent_at),
        lease: Span::from_secs(20),
        set: PromiseSet { number, of: hosts(of), fenced: hosts(fenced), ..PromiseSet::default() },
        token: Token::default(),
    }
}

fn promised(by: &str, sent_at: u64, vms_number: u64) -> Input {
    Input::Promised { by: by.into(), sent_at: AT(sent_at), lasts: Span::from_secs(20), vms_number }
}

fn armed() -> Holder {
    Holder::new(LeasePolicy::default(), true, AT(0))
}

#[test]
fn the_lease_counts_from_the_sending_of_the_renewal() {
    let mut holder = armed();
    holder.step(grant(1_000, 1, &["b1"], &[]));
    assert!(holder.may_feed(AT(20_999)));
    assert!(!holder.may_feed(AT(21_000)));
}

#[test]
fn a_late_answer_to_an_old_renewal_never_shortens_the_lease() {
    let mut holder = armed();
    holder.step(grant(8_000, 1, &["b1"], &[]));
    holder.step(grant(1_000, 1, &["b1"], &[]));
    assert!(holder.may_feed(AT(27_999)));
}

#[test]
fn one_missing_promise_obeys_the_lease() {
    let mut holder = armed();
    holder.step(grant(0, 1, &["b1", "b2"], &[]));
    holder.step(promised("b1", 15_000, 0));
    assert!(!holder.may_feed(AT(20_000)));
    holder.step(promised("b2", 15_000, 0));
    assert!(holder.may_feed(AT(20_000)));
    assert!(!holder.may_feed(AT(35_000)), "promises end too");
}

#[test]
fn fenced_hosts_are_not_asked_and_an_empty_set_is_a_no() {
    let mut holder = armed();
    holder.step(grant(0, 1, &["b1", "b2"], &["b2"]));
    holder.step(promised("b1", 15_000, 0));
    assert!(holder.may_feed(AT(20_000)));
    let mut alone = armed();
    alone.step(grant(0, 1, &[], &[]));
    assert!(!alone.may_feed(AT(20_000)));
    let mut all_fenced = armed();
    all_fenced.step(grant(0, 1, &["b1"], &["b1"]));
    assert!(!all_fenced.may_feed(AT(20_000)));
}

#[test]
fn a_vm_more_makes_the_promises_in_hand_too_small() {
    let mut holder = armed();
    holder.step(grant(0, 1, &["b1"], &[]));
    holder.step(promised("b1", 15_000, 0));
    holder.step(Input::Vms { vms: BTreeSet::from([VmId::from("v1")]) });
    assert!(!holder.may_feed(AT(20_000)));
    holder.step(promised("b1", 15_500, 1));
    assert!(holder.may_feed(AT(20_000)));
    holder.step(Input::Vms { vms: BTreeSet::new() });
    assert!(holder.may_feed(AT(20_000)), "one VM less is still covered");
    let outputs = holder.step(Input::Tick { now: AT(20_000) });
    assert!(
        outputs
            .iter()
            .any(|output| matches!(output, Output::AskPromises { vms, .. } if vms.is_empty())),
        "and is not asked about again: {outputs:?}"
    );
}

#[test]
fn promises_are_asked_for_before_the_lease_ends() {
    let mut holder = armed();
    holder.step(Input::Tick { now: AT(0) });
    holder.step(grant(0, 3, &["b1", "b2"], &["b2"]));
    let asked = (1..20_000).step_by(100).find_map(|now| {
        holder.step(Input::Tick { now: AT(now) }).into_iter().find_map(|output| match output {
            Output::AskPromises { of, .. } => Some((now, of)),
            _ => None,
        })
    });
    assert_eq!(asked, Some((8_001, BTreeSet::from([HostId::from("b1")]))));
}

#[test]
fn the_watchdog_is_fed_four_times_per_timeout_and_stopping_is_said_once() {
    let mut holder = armed();
    holder.step(grant(0, 1, &["b1"], &[]));
    let (mut feeds, mut stops) = (Vec::new(), Vec::new());
    for now in (0..30_000).step_by(100) {
        for output in holder.step(Input::Tick { now: AT(now) }) {
            match output {
                Output::Feed => feeds.push(now),
                Output::StopFeeding => stops.push(now),
                _ => {}
            }
        }
    }
    assert_eq!(feeds, [0, 2_500, 5_000, 7_500, 10_000, 12_500, 15_000, 17_500]);
    assert_eq!(stops, [20_000]);
}

#[test]
fn an_unarmed_host_renews_but_asks_and_feeds_nothing() {
    let mut holder = Holder::new(LeasePolicy::default(), false, AT(0));
    holder.step(grant(0, 1, &["b1"], &[]));
    for now in (0..60_000).step_by(100) {
        for output in holder.step(Input::Tick { now: AT(now) }) {
            assert!(matches!(output, Output::SendRenewal { .. }), "{output:?}");
        }
    }
}

#[test]
fn an_agent_that_restarts_without_any_controller_lives_on_promises() {
    let set = PromiseSet { number: 1, of: ["b1".into()].into(), ..PromiseSet::default() };
    let mut holder = armed().with_last_grant(set, Token::default());
    let outputs = holder.step(Input::Tick { now: AT(0) });
    assert!(outputs.iter().any(|output| matches!(output, Output::AskPromises { .. })));
    holder.step(promised("b1", 0, 0));
    assert_eq!(holder.step(Input::Tick { now: AT(1) }), [Output::Feed]);
}

fn guarded_by(controllers: &[u64]) -> PromiseSet {
    let guardians = GuardianSet::new(controllers.iter().copied().map(ControllerId));
    PromiseSet { number: 1, of: ["b1".into()].into(), guardians, ..PromiseSet::default() }
}

fn guardian(by: u64, sent_at: u64) -> Input {
    let lasts = Span::from_secs(20);
    Input::GuardianPromised { by: ControllerId(by), sent_at: AT(sent_at), lasts }
}

#[test]
fn with_no_controller_left_a_host_lives_on_the_promises_of_all_guardians() {
    let mut holder = armed().with_last_grant(guarded_by(&[1, 2]), Token::default());
    let asked = holder.step(Input::Tick { now: AT(0) });
    let of = BTreeSet::from([ControllerId(1), ControllerId(2)]);
    assert!(asked.contains(&Output::AskGuardians { of, lasts: Span::from_secs(20) }));
    assert!(asked.iter().any(|output| matches!(output, Output::AskPromises { .. })));
    holder.step(guardian(1, 0));
    holder.step(guardian(7, 0));
    assert!(!holder.may_feed(AT(1)), "the second is silent, the seventh nobody asked");
    holder.step(guardian(2, 1_000));
    holder.step(Input::Vms { vms: BTreeSet::from([VmId::from("v1")]) });
    assert!(holder.may_feed(AT(19_979)), "whatever VMs it runs");
    assert!(!holder.may_feed(AT(19_980)), "the first promise ends, less the drift");
}

#[test]
fn a_guardian_that_left_the_set_counts_no_more_and_one_that_joined_must_promise() {
    let mut holder = armed().with_last_grant(guarded_by(&[1]), Token::default());
    holder.step(guardian(1, 0));
    assert!(holder.may_feed(AT(1)));
    let set = PromiseSet { number: 2, ..guarded_by(&[1, 4]) };
    let (lease, token) = (Span::ZERO, Token::default());
    holder.step(Input::Granted { sent_at: AT(2), lease, set, token });
    assert!(!holder.may_feed(AT(3)));
    let mut none = armed().with_last_grant(guarded_by(&[]), Token::default());
    none.step(guardian(1, 0));
    assert!(!none.may_feed(AT(1)), "an empty set is a no");
}

#[test]
fn a_newer_set_is_taken_whatever_its_number() {
    let mut holder = armed();
    holder.step(grant(0, 9, &["b1", "b2"], &["b2"]));
    holder.step(grant(4_000, 2, &["b1", "b2"], &[]));
    assert_eq!(holder.set().number, 2, "b2 was let in again and is asked");
    holder.step(grant(1_000, 9, &["b1", "b2"], &["b2"]));
    assert_eq!(holder.set().number, 2, "an answer that was overtaken");
    let set = PromiseSet { number: 1, of: ["b1".into()].into(), ..PromiseSet::default() };
    let raised = Token { epoch: model::era::Epoch(3), ..Token::default() };
    let lease = Span::from_secs(20);
    holder.step(Input::Granted { sent_at: AT(8_000), lease, set, token: raised });
    assert_eq!((holder.set().number, holder.token()), (1, raised));
    holder.step(grant(12_000, 9, &["b1", "b2"], &[]));
    assert_eq!(holder.set().number, 1, "an older token");
}

#[test]
fn a_renewal_confirms_the_set_of_the_last_grant() {
    let mut holder = armed();
    holder.step(grant(0, 7, &["b1"], &[]));
    assert_eq!(
        holder.step(Input::Tick { now: AT(0) }).first(),
        Some(&Output::SendRenewal { set_number: 7 })
    );
}
