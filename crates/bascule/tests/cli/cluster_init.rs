//! Making a cluster's keys.

use crate::bascule::{run, shipped};

#[test]
fn a_cluster_is_made_once_and_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("keys").display().to_string();
    let estate = shipped("simulations/estates/ward.yaml").display().to_string();
    let init = ["cluster", "init", "--dir", &to, "--name", "ward", "--estate", &estate];
    let first = run(init);
    assert_eq!(first.code, 0, "{first:?}");
    for made in
        ["ca/ca.pem", "keys", "controller-3/cert.pem", "agent-b2/key.pem", "device-a/key.pem"]
    {
        assert!(folder.path().join("keys").join(made).exists(), "{made}");
    }
    assert!(folder.path().join("keys/person-admin/cert.pem").exists());
    let authority = std::fs::read(folder.path().join("keys/ca/ca.pem")).unwrap();

    let second = run(init);
    assert_eq!(second.code, 7, "{second:?}");
    assert!(second.stderr.contains("nothing is overwritten"), "{second:?}");
    assert_eq!(std::fs::read(folder.path().join("keys/ca/ca.pem")).unwrap(), authority);
}

#[test]
fn what_names_no_cluster_is_refused_with_an_example() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("keys").display().to_string();
    for (more, code, says) in [
        (&["--controllers", "1=a,2=a"][..], 3, "named twice"),
        (&["--controllers", "one=a"], 2, "write for example `1=a`"),
        (&["--controllers", "1=a", "--person", "dana=queen"], 2, "roles are viewer"),
        (&[], 2, "--estate"),
    ] {
        let ran = run([&["cluster", "init", "--dir", &to, "--name", "x"], more].concat());
        assert_eq!(ran.code, code, "{ran:?}");
        assert!(ran.stderr.contains(says), "{says:?} is not in: {}", ran.stderr);
        assert!(!folder.path().join("keys").exists(), "nothing is left behind");
    }
}
