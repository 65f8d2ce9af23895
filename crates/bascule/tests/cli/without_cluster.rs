//! Asking when nobody can answer.

use crate::bascule::run;

fn keys() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("keys");
    let init =
        ["cluster", "init", "--dir", &to.display().to_string(), "--name", "x"].map(str::to_owned);
    let ran = run(init.into_iter().chain(["--controllers".to_owned(), "1=a".to_owned()]));
    assert_eq!(ran.code, 0, "{ran:?}");
    let person = to.join("person-admin").display().to_string();
    (folder, person)
}

#[test]
fn without_a_context_it_is_said_how_to_make_one() {
    let ran = run(["status"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("config.yaml") && ran.stderr.contains("--controller"), "{ran:?}");
    let french = run(["status", "--lang", "fr"]);
    assert!(french.stderr.contains("il n'y a pas de contexte"), "{french:?}");
}

#[test]
fn a_context_file_with_an_unknown_key_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.yaml");
    std::fs::write(&path, "contexts: { x: { controlers: {}, tls_dir: y } }\n").unwrap();
    let ran = run(["vm", "list", "--context-file", &path.display().to_string()]);
    assert!(ran.code == 3 && ran.stderr.contains("controlers"), "{ran:?}");
}

#[test]
fn when_nobody_answers_each_controller_is_named() {
    let (_folder, person) = keys();
    // Port 1 is nobody's.
    let at = ["--controller", "1=127.0.0.1:1", "--tls-dir", &person];
    let ran = run([&["status"][..], &at].concat());
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.stderr.contains("controller/1") && ran.stderr.contains("to do:"), "{ran:?}");
}

#[test]
fn a_folder_without_keys_is_told_from_a_cluster_that_is_silent() {
    let ran = run(["status", "--controller", "1=127.0.0.1:1", "--tls-dir", "/nonexistent"]);
    assert!(ran.code == 5 && ran.stderr.contains("cert.pem is missing"), "{ran:?}");
}
