//! Help, usage errors, completion, versions.

use crate::bascule::{command, run};

#[test]
fn help_is_spoken_in_english_and_french() {
    let english = run(["host", "--help"]);
    assert_eq!(english.code, 0, "{english:?}");
    assert!(english.stdout.contains("List the hosts") && english.stdout.contains("Usage:"));
    for french in [run(["host", "--help", "--lang", "fr"]), {
        let output = command().args(["host", "--help"]).env("LC_ALL", "fr_FR.UTF-8").output();
        let output = output.unwrap();
        crate::bascule::Ran {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::new(),
        }
    }] {
        assert_eq!(french.code, 0);
        for words in ["Liste les hôtes", "Utilisation :", "Commandes", "Affiche cette aide"] {
            assert!(french.stdout.contains(words), "{words:?} is not in:\n{}", french.stdout);
        }
        for words in ["Usage:", "Commands:", "Print ", "possible values", "default:"] {
            assert!(!french.stdout.contains(words), "{words:?} is in:\n{}", french.stdout);
        }
    }
}

#[test]
fn a_wrong_command_line_ends_with_2_and_a_hint_in_the_language() {
    let english = run(["vm", "lst"]);
    assert!(english.code == 2 && english.stderr.contains("list"), "{english:?}");
    for (arguments, says) in [
        (&["vm", "lst", "--lang", "fr"][..], "vouliez-vous dire « "),
        (&["--lang", "fr", "vm", "list", "--colour"], "argument inattendu « --colour »"),
        (&["--lang", "fr", "pause", "--for", "soon", "--reason", "x"], "valeur « soon »"),
        (&["--lang", "fr", "pause", "--for", "1h"], "arguments obligatoires"),
        (&["--lang", "fr", "vm", "list", "-o", "xml"], "valeurs possibles : table"),
    ] {
        let french = run(arguments);
        assert_eq!(french.code, 2, "{french:?}");
        assert!(french.stderr.contains(says), "{says:?} is not in: {}", french.stderr);
    }
}

#[test]
fn completion_scripts_know_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let ran = run(["completion", shell]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.stdout.contains("transfer-leader"), "{shell}");
    }
    assert_eq!(run(["completion", "tcsh"]).code, 2);
}

#[test]
fn man_pages_are_written_for_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(["man", "--to", &folder.path().display().to_string()]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for page in ["bascule.1", "bascule-audit-verify.1"] {
        assert!(folder.path().join(page).exists(), "{page} is not among: {}", ran.stdout);
    }
}

#[test]
fn the_version_is_said_for_people_and_programs() {
    assert!(run(["version"]).stdout.starts_with("bascule "));
    assert!(run(["--version"]).stdout.starts_with("bascule "));
    assert!(run(["version", "-o", "json"]).json()["protocol"].is_string());
}
