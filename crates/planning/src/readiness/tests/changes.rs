//! What a change would break.

use super::*;

#[test]
fn a_change_tells_beforehand_what_it_would_break() {
    let clinic = clinic();
    let told = |text: &str| {
        let changes = Change::read_all(text).unwrap();
        let told = what_if(&clinic, &MadeFrom::default(), &changes).unwrap();
        let breaks = told.breaks.iter();
        let lines: String = breaks
            .map(|r| format!("  {}: {}\n", r.level.as_str(), r.text.in_lang(Lang::En)))
            .collect();
        format!("{text} -> {}\n{lines}", told.level().as_str())
    };
    let all = [
        "host c2 gone",
        "host a1 gone",
        "vm big-1 added with 4 cpus 64GiB",
        "vm dns-3 added with 1 cpu 1 GiB of dns",
        "controller 2 gone",
        "array array-a gone",
        "link san-ab gone",
        "room b gone",
        "service dpi within 1m",
        "host b3 added in b with 8 cpus 64GiB; host b1 gone",
        "vm wiki-1 with 1 cpus 21GiB",
    ];
    let mut text = String::new();
    for change in all {
        let changes = Change::read_all(change).unwrap();
        text += &match what_if(&clinic, &MadeFrom::default(), &changes) {
            Ok(_) => told(change),
            Err(error) => format!("{change} -> {error}\n"),
        };
    }
    expect_test::expect![[r#"
        host c2 gone -> red
          red: storage layer svc lost in every room: VM dns-2 stays down: each host in room c that has the room runs a VM of group dns: add a host there or let them run together
          red: every production room lost: VM dns-2 stays down: each host in room c that has the room runs a VM of group dns: add a host there or let them run together
        host a1 gone -> red
          red: room b lost: 2 VMs stay down: dns-2 (needs 2 GiB more on a host of room a that reaches vol-1, least on a2), dpi-2
          red: link san-ab cut: 2 VMs stay down: dns-2 (needs 2 GiB more on a host of room a that reaches vol-1, least on a2), dpi-2
        vm big-1 added with 4 cpus 64GiB -> red
          red: room a lost: VM dpi-1 stays down: needs 6 GiB more on a host of room b that reaches vol-1, least on b2
          red: storage layer svc lost in every room: VM big-1 stays down: it has no volume that could be copied to the last-resort room: give it one
          red: every production room lost: VM big-1 stays down: it has no volume that could be copied to the last-resort room: give it one
          red: host b1 runs more than it can hold: it needs 36 GiB more, or VM big-1 elsewhere
        vm dns-3 added with 1 cpu 1 GiB of dns -> green
        controller 2 gone -> red
          red: room a lost: 4 VMs stay down: dns-1 (no majority of the controllers is left to decide: bring one back), db-1, dpi-1, wiki-1
          red: room a lost: elsewhere the leases of armed hosts end and their VMs stop too, 2 in all
          amber: room a lost: no majority of the controllers is left, nothing is restarted until one is back
          amber: room c lost: no majority of the controllers is left, nothing is restarted until one is back
          amber: controller 1 lost: no majority of the controllers is left, nothing is restarted until one is back
          amber: controller 3 lost: no majority of the controllers is left, nothing is restarted until one is back
        array array-a gone -> red
          red: room b lost: 2 VMs stay down: dns-2 (the runbook makes no plan: storage layer svc has no side outside the lost room: nothing can be started from it), dpi-2
          red: array array-b lost: 6 VMs stay down: dns-1 (no other array has a copy of vol-1: stretch it over two arrays), dns-2, db-1, dpi-1, dpi-2, wiki-1
        link san-ab gone -> red
          red: room a lost: 6 VMs stay down: dns-1 (the runbook makes no plan: storage layer svc has no side outside the lost room: nothing can be started from it), dns-2, db-1, dpi-1, dpi-2, wiki-1
          red: array array-a lost: 6 VMs stay down: dns-1 (no other array has a copy of vol-1: stretch it over two arrays), dns-2, db-1, dpi-1, dpi-2, wiki-1
        room b gone -> red
          red: room a lost: 6 VMs stay down: dns-1 (no majority of the controllers is left to decide: bring one back), dns-2, db-1, dpi-1, dpi-2, wiki-1
          red: host a1 lost: 2 VMs stay down: dns-1 (each host in room a that has the room runs a VM of group dns: add a host there or let them run together), db-1
          red: host a2 lost: 2 VMs stay down: dns-2 (needs 2 GiB more on a host of room a that reaches vol-1, least on a1), dpi-2
          red: array array-a lost: 6 VMs stay down: dns-1 (no other array has a copy of vol-1: stretch it over two arrays), dns-2, db-1, dpi-1, dpi-2, wiki-1
          amber: room a lost: no majority of the controllers is left, nothing is restarted until one is back
          amber: room c lost: no majority of the controllers is left, nothing is restarted until one is back
          amber: controller 1 lost: no majority of the controllers is left, nothing is restarted until one is back
          amber: controller 3 lost: no majority of the controllers is left, nothing is restarted until one is back
        service dpi within 1m -> red
          red: room a lost: dpi back after 3m4s500ms, the objective is 1m
          red: room b lost: dpi back after 2m34s500ms, the objective is 1m
          red: host a1 lost: dpi back after 1m42s500ms, the objective is 1m
          red: host a2 lost: dpi back after 1m12s500ms, the objective is 1m
          red: host b1 lost: dpi back after 1m12s500ms, the objective is 1m
          red: host b2 lost: dpi back after 1m12s500ms, the objective is 1m
          red: link san-ab cut: dpi back after 3m4s530ms, the objective is 1m
          red: storage layer svc lost in every room: dpi back after 6m34s530ms, the objective is 1m
          red: every production room lost: dpi back after 5m12s30ms, the objective is 1m
        host b3 added in b with 8 cpus 64GiB; host b1 gone -> green
        vm wiki-1 with 1 cpus 21GiB -> red
          red: room a lost: VM wiki-1 stays down: needs 9 GiB more on a host of room b that reaches vol-1, least on b1
          red: room b lost: VM dns-2 stays down: each host in room a that has the room runs a VM of group dns: add a host there or let them run together
          red: link san-ab cut: VM dns-2 stays down: each host in room a that has the room runs a VM of group dns: add a host there or let them run together
    "#]].assert_eq(&text);
}

#[test]
fn a_change_of_what_is_not_there_is_refused_by_name() {
    let clinic = clinic();
    for (text, words) in [
        ("host z9 gone", "there is no host `z9`"),
        ("controller 9 gone", "there is no controller `9`"),
        ("vm dns-1 added with 1 cpus 1GiB", "has a vm `dns-1` already"),
        ("vm x added with 1 cpus 1GiB like y", "there is no vm `y`"),
        ("vm x added with 1 cpus 1GiB of nothing", "there is no service `nothing`"),
        ("host x added in z with 1 cpus 1GiB", "there is no room `z`"),
        ("service mail within 5m", "there is no service `mail`"),
    ] {
        let change: Change = text.parse().unwrap();
        let error = change.applied(&clinic).unwrap_err().to_string();
        assert!(error.contains(words), "{text}: {error}");
    }
}
