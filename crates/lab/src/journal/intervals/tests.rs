use super::*;

fn event(at_ms: u64, host: &str, what: What) -> Event {
    Event { at_ms, host: host.into(), what }
}

fn started(at_ms: u64, host: &str, vm: &str) -> Event {
    event(at_ms, host, What::Started(vm.into()))
}

fn stopped(at_ms: u64, host: &str, vm: &str) -> Event {
    event(at_ms, host, What::Stopped(vm.into()))
}

fn kill(at_ms: u64, host: &str) -> Kill {
    Kill { at_ms, hosts: [host.into()].into() }
}

#[test]
fn a_vm_killed_with_its_room_and_started_elsewhere_is_no_double_start() {
    let events = [started(10, "a1", "v"), started(200, "b1", "v")];
    let all = intervals(&events, &[kill(100, "a1")]);
    assert!(Count(&all).double_starts().is_empty());
    assert_eq!(all[0].ended, Some((100, End::Killed)));
    assert_eq!(Count(&all).running(), [(&"v".into(), [&"b1".into()].into())].into());
}

#[test]
fn a_seeded_double_start_is_counted_once() {
    let events = [started(10, "a1", "v"), started(200, "b1", "v"), stopped(300, "a1", "v")];
    let all = intervals(&events, &[]);
    let expected =
        Overlap { vm: "v".into(), running_on: "a1".into(), started_on: "b1".into(), at_ms: 200 };
    assert_eq!(Count(&all).double_starts(), [expected]);
}

#[test]
fn a_start_before_the_stamp_of_the_kill_is_a_double_start() {
    let events = [started(10, "a1", "v"), started(99, "b1", "v")];
    let all = intervals(&events, &[kill(100, "a1")]);
    assert_eq!(Count(&all).double_starts().len(), 1);
}

#[test]
fn a_move_by_stop_and_start_is_no_double_start() {
    let events = [started(10, "a1", "v"), stopped(20, "a1", "v"), started(20, "b1", "v")];
    assert!(Count(&intervals(&events, &[])).double_starts().is_empty());
}

#[test]
fn a_watchdog_ends_every_vm_of_its_host_and_only_those() {
    let events = [
        started(1, "a1", "v"),
        started(2, "a1", "w"),
        started(3, "a2", "x"),
        event(50, "a1", What::WatchdogReset),
        started(90, "a1", "v"),
    ];
    let all = intervals(&events, &[]);
    let counted = Count(&all);
    assert_eq!(counted.stopped_by_lease(), [&"v".into(), &"w".into()].into());
    assert_eq!(counted.running().len(), 2, "x goes on, v was started again where it ran");
    assert!(counted.double_starts().is_empty());
    assert_eq!(counted.was_on(60)[&VmId::from("v")], &HostId::from("a1"));
}

#[test]
fn a_start_on_the_same_host_after_a_lost_end_line_is_no_double_start() {
    let events = [started(1, "a1", "v"), started(9, "a1", "v")];
    let all = intervals(&events, &[]);
    assert!(Count(&all).double_starts().is_empty());
    assert_eq!(Count(&all).running().len(), 1);
}

#[test]
fn what_was_started_after_the_fault_is_told_from_what_ran_before() {
    let events = [
        started(1, "a1", "v"),
        started(1, "b1", "w"),
        started(200, "b1", "v"),
        event(210, "b1", What::Booted("v".into())),
    ];
    let all = intervals(&events, &[kill(100, "a1")]);
    let after = Count(&all).started_after(100);
    assert_eq!(after.len(), 1);
    assert_eq!(after[&VmId::from("v")].booted_ms, Some(210));
    assert_eq!(Count(&all).was_on(100)[&VmId::from("v")], &HostId::from("a1"));
}
