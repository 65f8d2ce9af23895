#![allow(clippy::unwrap_used)]
use model::text::Lang;

use super::*;
use crate::demo::material::Material;

fn clinic(armed: bool) -> Material {
    let folder = tempfile::tempdir().unwrap();
    Material::gather(folder.path(), None, None, armed, Lang::En).unwrap()
}

/// One VM on each of two hosts, of which a1 is lost and its VM runs on b1.
fn recovered() -> Measured {
    Measured {
        running: [("v".into(), ["b1".into()].into()), ("w".into(), ["b1".into()].into())].into(),
        was_on: [("v".into(), "a1".into()), ("w".into(), "b1".into())].into(),
        restarted: [("v".into(), "b1".into())].into(),
        fenced: ["a1".into()].into(),
        proved: ["a1".into()].into(),
        ..Measured::default()
    }
}

fn lost() -> Expected {
    Expected::MovedFrom(["a1".into()].into())
}

#[test]
fn a_recovery_breaks_nothing_and_counts_what_moved() {
    assert_eq!(broken(&lost(), 2, (3, 3), &recovered()), Vec::<String>::new());
    assert_eq!(recovered().moved(), 1);
}

#[test]
fn everything_that_can_go_wrong_is_named() {
    type Change = fn(&mut Measured);
    let changes: [(&str, Change); 7] = [
        ("1 of 2 VMs run", |m| drop(m.running.remove(&VmId::from("v")))),
        ("double start: twice", |m| m.double_starts.push("twice".to_owned())),
        ("not started on another one: v", |m| {
            m.restarted.insert("v".into(), "a1".into());
        }),
        ("not started on another one: v", |m| m.restarted.clear()),
        ("VMs of other hosts were started too: w", |m| {
            m.restarted.insert("w".into(), "b1".into());
        }),
        ("no fence was proved for a1", |m| m.proved.clear()),
        ("a run failed: run-7", |m| m.failed_runs.push("run-7".to_owned())),
    ];
    for (words, change) in changes {
        let mut measured = recovered();
        change(&mut measured);
        let broken = broken(&lost(), 2, (3, 3), &measured);
        assert!(broken.iter().any(|text| text.contains(words)), "{words:?} not in {broken:?}");
    }
    let silent = broken(&lost(), 2, (2, 3), &recovered());
    assert_eq!(silent, ["2 of 3 services answer their probe"]);
}

#[test]
fn where_nothing_may_move_a_start_or_a_fence_breaks_it() {
    let broken = broken(&Expected::Nothing, 2, (3, 3), &recovered());
    assert_eq!(broken.len(), 2, "{broken:?}");
}

#[test]
fn after_a_silence_what_the_lease_stopped_must_run_where_it_ran() {
    let back = Expected::BackHome { stopped: Some(1) };
    let mut measured = recovered();
    measured.restarted = [("v".into(), "a1".into())].into();
    measured.running.insert("v".into(), ["a1".into()].into());
    measured.stopped_by_lease = 1;
    (measured.fenced, measured.proved) = (BTreeSet::new(), BTreeSet::new());
    assert_eq!(broken(&back, 2, (3, 3), &measured), Vec::<String>::new());
    measured.restarted = [("v".into(), "b1".into())].into();
    assert_eq!(broken(&back, 2, (3, 3), &measured), ["nothing may move, but 1 VMs did"]);
    measured.stopped_by_lease = 2;
    assert_eq!(broken(&back, 2, (3, 3), &measured).len(), 3);
}

#[test]
fn fifty_silent_seconds_stop_every_vm_of_armed_hosts_and_none_of_unarmed_ones() {
    let fifty = Duration::from_secs(50);
    let (armed, unarmed) = (clinic(true), clinic(false));
    let predict = |material: &Material, lasts| {
        stopped_by_silence(&material.estate, &material.policy.lease, lasts)
    };
    assert_eq!(predict(&armed, fifty), Some(450));
    assert_eq!(predict(&unarmed, fifty), Some(0));
    assert_eq!(predict(&armed, Duration::from_secs(10)), Some(0));
    assert_eq!(predict(&armed, Duration::from_secs(25)), None, "L has ended, W perhaps not");
}
