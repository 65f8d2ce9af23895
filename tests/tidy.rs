//! The house rules that no compiler checks: who may depend on whom, that every test file runs,
//! that documents point at what exists.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tests::repository;

/// The allowed edges between the crates of the product (docs/ARCHITECTURE.md, "Layers").
const EDGES: &[(&str, &[&str])] = &[
    ("base2histogram", &[]),
    ("model", &[]),
    ("runbook", &["model"]),
    ("decision", &["model"]),
    ("lease", &["model"]),
    ("audit", &["model"]),
    ("planning", &["model", "runbook"]),
    ("state-machine", &["model", "runbook", "lease", "audit"]),
    (
        "controller",
        &["model", "runbook", "decision", "lease", "audit", "planning", "state-machine"],
    ),
    ("contracts", &["model"]),
    ("conformance", &["model", "contracts"]),
    (
        "wire",
        &[
            "model",
            "runbook",
            "decision",
            "lease",
            "audit",
            "planning",
            "state-machine",
            "contracts",
        ],
    ),
    ("consensus", &["model", "state-machine", "audit", "wire"]),
    ("probes", &["model", "contracts"]),
    ("drivers", &["model", "contracts", "wire"]),
    ("agent", &["model", "lease", "contracts", "wire", "probes", "drivers"]),
    (
        "simulator",
        &[
            "model",
            "runbook",
            "decision",
            "lease",
            "audit",
            "planning",
            "state-machine",
            "controller",
            "contracts",
            "consensus",
        ],
    ),
    (
        "lab",
        &[
            "model",
            "runbook",
            "decision",
            "lease",
            "audit",
            "planning",
            "state-machine",
            "controller",
            "contracts",
            "wire",
            "consensus",
            "probes",
            "drivers",
            "agent",
            "simulator",
        ],
    ),
    (
        "server",
        &[
            "model",
            "runbook",
            "decision",
            "lease",
            "audit",
            "planning",
            "state-machine",
            "controller",
            "contracts",
            "wire",
            "consensus",
            "probes",
            "drivers",
        ],
    ),
];

/// Packages that may depend on anything, and on which nothing depends.
const FREE: &[&str] = &["bascule", "xtask", "tests"];

/// Crates that must stay pure: no runtime, no I/O.
const PURE: &[&str] =
    &["model", "runbook", "decision", "lease", "audit", "planning", "state-machine", "controller"];

/// What a pure crate never links.
const IMPURE: &[&str] =
    &["tokio", "tonic", "hyper", "axum", "redb", "rustix", "rand", "openraft", "async-trait"];

struct Package {
    name: String,
    manifest: PathBuf,
    /// (name, is a dev-dependency)
    dependencies: Vec<(String, bool)>,
    test_targets: BTreeSet<PathBuf>,
}

fn packages() -> Vec<Package> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(repository())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| Package {
            name: text(&package["name"]),
            manifest: text(&package["manifest_path"]).into(),
            dependencies: package["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                .map(|dependency| (text(&dependency["name"]), dependency["kind"] == "dev"))
                .collect(),
            test_targets: package["targets"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|target| target["kind"][0] == "test")
                .map(|target| PathBuf::from(text(&target["src_path"])))
                .collect(),
        })
        .collect()
}

/// Every edge that is not allowed, in words.
fn forbidden_edges(packages: &[Package]) -> Vec<String> {
    let edges: BTreeMap<&str, &[&str]> = EDGES.iter().copied().collect();
    let ours: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let mut found = Vec::new();
    for package in packages.iter().filter(|package| !FREE.contains(&package.name.as_str())) {
        let Some(allowed) = edges.get(package.name.as_str()) else {
            found.push(format!("crate {} has no row in EDGES", package.name));
            continue;
        };
        for (dependency, dev) in &package.dependencies {
            if ours.contains(dependency.as_str())
                && !allowed.contains(&dependency.as_str())
                && (!*dev || FREE.contains(&dependency.as_str()))
            {
                found.push(format!("{} must not depend on {dependency}", package.name));
            }
            if !dev
                && PURE.contains(&package.name.as_str())
                && IMPURE.contains(&dependency.as_str())
            {
                found.push(format!("{} is pure and must not link {dependency}", package.name));
            }
        }
    }
    found
}

fn files_below(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && !name.starts_with('.') {
                files_below(&path, ending, found);
            }
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
}

#[test]
fn every_dependency_between_crates_is_on_the_list() {
    let found = forbidden_edges(&packages());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_edge_check_finds_a_forbidden_edge_and_an_impure_dependency() {
    let seeded = [
        Package {
            name: "model".into(),
            manifest: PathBuf::new(),
            dependencies: vec![("server".into(), false), ("tokio".into(), false)],
            test_targets: BTreeSet::new(),
        },
        Package {
            name: "server".into(),
            manifest: PathBuf::new(),
            dependencies: vec![],
            test_targets: BTreeSet::new(),
        },
    ];
    assert_eq!(
        forbidden_edges(&seeded),
        ["model must not depend on server", "model is pure and must not link tokio"]
    );
}

#[test]
fn every_file_under_a_tests_folder_is_a_target_that_runs() {
    for package in packages() {
        let folder = package.manifest.parent().unwrap();
        let tests =
            if package.name == "tests" { folder.to_path_buf() } else { folder.join("tests") };
        if !tests.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&tests).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "rs") {
                assert!(
                    package.test_targets.contains(&path.canonicalize().unwrap()),
                    "{} is no test target and would never run",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn every_crate_inherits_the_lints_and_its_folder_has_its_name() {
    for package in packages() {
        let manifest = fs::read_to_string(&package.manifest).unwrap();
        assert!(
            manifest.contains("[lints]\nworkspace = true"),
            "{} does not inherit the lints",
            package.name
        );
        let folder = package.manifest.parent().unwrap().file_name().unwrap();
        assert_eq!(folder.to_string_lossy(), package.name, "folder and crate differ");
    }
}

#[test]
fn every_crate_root_forbids_unsafe_code() {
    for package in packages().iter().filter(|package| package.name != "xtask") {
        let source = package.manifest.parent().unwrap().join("src");
        for root in ["lib.rs", "main.rs"] {
            if let Ok(text) = fs::read_to_string(source.join(root)) {
                assert!(
                    text.contains("#![forbid(unsafe_code)]"),
                    "{}/{root} does not forbid unsafe code",
                    package.name
                );
            }
        }
    }
}

#[test]
fn no_file_is_a_drawer_for_leftovers() {
    let mut sources = Vec::new();
    files_below(&repository(), ".rs", &mut sources);
    for path in sources {
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(
            !["common", "utils", "util", "helpers", "helper", "misc"].contains(&stem.as_str()),
            "{}: name the one thing that it holds",
            path.display()
        );
    }
}

#[test]
fn links_between_documents_point_at_files_that_exist() {
    let mut documents = Vec::new();
    files_below(&repository(), ".md", &mut documents);
    let mut broken = Vec::new();
    for document in &documents {
        let text = fs::read_to_string(document).unwrap();
        for (_, rest) in text.match_indices("](").map(|(at, _)| text.split_at(at + 2)) {
            let Some(target) = rest.split(')').next() else { continue };
            let target = target.split('#').next().unwrap_or("");
            if target.is_empty() || target.contains("://") {
                continue;
            }
            if !document.parent().unwrap().join(target).exists() {
                broken.push(format!("{}: {target}", document.display()));
            }
        }
    }
    assert!(broken.is_empty(), "broken links:\n{}", broken.join("\n"));
}
